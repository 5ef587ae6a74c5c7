package io.twinroot.service;

import io.twinroot.peer.FeedView;
import io.twinroot.table.Outcome;
import io.twinroot.table.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the feed of one peer gets on, for those who ask. May be used by many threads. */
final class FeedProgress {
    // guarded by this
    private final Map<TableName, OfTable> tables = new HashMap<>();
    private @Nullable Instant caughtUp;
    private @Nullable Instant begunAnew;
    private boolean isCaughtUp;
    private @Nullable String trouble;

    private static final class OfTable {
        private long applied;
        private long refused;
        private @Nullable Instant lastApplied;
        private @Nullable String trouble;

        void refuse(String reason) {
            refused++;
            trouble = "refused " + refused + ", the last because " + reason;
        }
    }

    /** What became of changes of a table. */
    synchronized void outcomes(TableName table, List<Outcome> outcomes, Instant now) {
        OfTable progress = tables.computeIfAbsent(table, name -> new OfTable());
        for (Outcome outcome : outcomes) {
            switch (outcome) {
                case Outcome.Applied applied -> {
                    progress.applied++;
                    progress.lastApplied = now;
                }
                case Outcome.Parked(String reason) -> progress.refuse(reason);
                case Outcome.Refused(String reason) -> progress.refuse(reason);
                case Outcome.Lingering lingering -> {}
                case Outcome.Same same -> {}
                case Outcome.Older older -> {}
                case Outcome.ChangedMeanwhile changed -> {}
            }
        }
    }

    /** Nothing of a table can come. */
    synchronized void unusable(TableName table, String why) {
        tables.computeIfAbsent(table, name -> new OfTable()).trouble = why;
    }

    /** A page is done; {@code more}: there was more than this page. */
    synchronized void page(boolean more, Instant now) {
        trouble = null;
        isCaughtUp = !more;
        if (!more) {
            caughtUp = now;
        }
    }

    /** The peer's log no longer has what follows the cursor. */
    synchronized void begunAnew(Instant now) {
        begunAnew = now;
        isCaughtUp = false;
    }

    synchronized void failed(String why) {
        trouble = why;
        isCaughtUp = false;
    }

    synchronized FeedView view(String peer, TableName table, boolean on, Instant now) {
        OfTable progress = tables.getOrDefault(table, new OfTable());
        Long lag = isCaughtUp ? Long.valueOf(0) : caughtUp == null ? null : lag(caughtUp, now);
        return new FeedView(
                peer,
                table,
                on,
                progress.applied,
                progress.refused,
                progress.lastApplied,
                on ? lag : null,
                begunAnew,
                !on ? null : trouble != null ? trouble : progress.trouble);
    }

    private static Long lag(Instant since, Instant now) {
        return Math.max(0, Duration.between(since, now).toMillis());
    }
}
