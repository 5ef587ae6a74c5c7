package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.peer.LinkView;
import io.twinroot.peer.RepairView;
import io.twinroot.reconcile.Mode;
import io.twinroot.table.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** How one table stands with one peer, and when it is due again. Guarded by its {@link RepairBoard}. */
final class Link {
    record Key(String peer, TableName table) {}

    private final Key key;
    private @Nullable Instant verified;
    private @Nullable Instant tried;
    private @Nullable Instant next;
    private int failures;
    private boolean leftDifferent;
    private @Nullable String trouble;
    private @Nullable RepairJob running;

    Link(Key key) {
        this.key = key;
    }

    Key key() {
        return key;
    }

    /** When it is due; null for now, as it was never tried. */
    @Nullable
    Instant next() {
        return next;
    }

    void postpone(Instant until) {
        next = until;
    }

    void begun(RepairJob job, Instant now) {
        running = job;
        tried = now;
    }

    void ended(RepairView view, Config.Peer peer, LongSupplier random) {
        running = null;
        Instant now = view.ended() == null ? view.started() : view.ended();
        if (view.state() == RepairView.State.DONE) {
            failures = 0;
            trouble = view.trouble();
            boolean comparedAll =
                    view.approves() == null && view.request().scope().isWhole();
            leftDifferent = Boolean.FALSE.equals(view.same()) && !comparedAll;
            if (Boolean.TRUE.equals(view.same())) {
                verified = now;
            }
            next = now.plus(jittered(peer.every(), peer.jitter(), random));
        } else {
            failed(String.valueOf(view.trouble()), now, peer, random);
        }
    }

    /** Counts a failure; the wait doubles with each, up to the largest. */
    void failed(String why, Instant now, Config.Peer peer, LongSupplier random) {
        failures++;
        trouble = why;
        long doubled = peer.retry().first().toMillis() << Math.min(failures - 1, 20);
        Duration wait = Duration.ofMillis(Math.min(doubled, peer.retry().max().toMillis()));
        next = now.plus(jittered(wait, peer.jitter(), random));
    }

    private static Duration jittered(Duration wait, double jitter, LongSupplier random) {
        double unit = (random.getAsLong() >>> 11) * 0x1.0p-53;
        return Duration.ofMillis(Math.round(wait.toMillis() * (1 + jitter * (2 * unit - 1))));
    }

    /** Whether the last repair looked at some rows only, and the copies were still different afterwards. */
    boolean isLeftDifferent() {
        return leftDifferent;
    }

    static Mode mode(Config.Peer peer) {
        return switch (peer.mode()) {
            case TREE -> Mode.TREE;
            case FULL -> Mode.FULL;
            case PARTIAL -> Mode.PARTIAL;
            case INCREMENTAL -> Mode.INCREMENTAL;
        };
    }

    LinkView view(Config.Peer peer, @Nullable Instant lastSync) {
        return new LinkView(
                key.table(),
                key.peer(),
                peer.url().toString(),
                RepairBoard.direction(peer),
                peer.every(),
                mode(peer),
                lastSync,
                verified,
                tried,
                next,
                failures,
                trouble,
                running == null ? null : running.view().id());
    }
}
