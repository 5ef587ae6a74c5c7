package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.peer.ScrubControl;
import io.twinroot.peer.ScrubView;
import io.twinroot.store.ScrubPart;
import io.twinroot.store.ScrubProgress;
import io.twinroot.store.ScrubReport;
import io.twinroot.store.Store;
import io.twinroot.store.StoreException;
import io.twinroot.store.Verified;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Scrubs a node's store when it is due and when it is asked for, on a thread of its own. */
final class ScrubRunner implements ScrubControl, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ScrubRunner.class);

    /** A node that has just started has other things to do. */
    private static final Duration AFTER_START = Duration.ofMinutes(1);

    private static final int FINDINGS_SHOWN = 100;

    private final Store store;
    private final Config.Scrub config;
    private final InstantSource clock;
    private final Runnable onDamage;
    private final Instant started;

    // guarded by this
    private @Nullable Thread thread;
    private @Nullable ScrubPart asked;
    private @Nullable ScrubPart running;
    private boolean closed;
    private ScrubProgress progress = new ScrubProgress("", 0, 0);
    private ScrubView.@Nullable Run last;

    /** @param onDamage is told after a scrub that found something */
    ScrubRunner(Store store, Config.Scrub config, InstantSource clock, Runnable onDamage) {
        this.store = store;
        this.config = config;
        this.clock = clock;
        this.onDamage = onDamage;
        this.started = clock.instant();
    }

    void begin() {
        synchronized (this) {
            thread = Thread.ofPlatform().daemon().name("twinroot-scrub").start(this::loop);
        }
    }

    @Override
    public synchronized ScrubView start() {
        ask(ScrubPart.ALL);
        return view();
    }

    /** Has what was not found whole read again, once nothing else is. */
    synchronized void ask(ScrubPart what) {
        if (what == ScrubPart.REST ? asked == null : running != ScrubPart.ALL) {
            asked = what;
            notifyAll();
        }
    }

    @Override
    public synchronized ScrubView stop() {
        asked = null;
        store.stopScrub();
        return view();
    }

    @Override
    public ScrubView view() {
        List<ScrubView.Table> tables = store.verified().entrySet().stream()
                .map(entry -> {
                    Verified verified = entry.getValue();
                    return new ScrubView.Table(
                            entry.getKey(),
                            store.isReadOnly(entry.getKey()),
                            time(verified.oldestMs()),
                            time(verified.newestMs()),
                            verified.ranges());
                })
                .toList();
        synchronized (this) {
            boolean active = running == ScrubPart.ALL || asked == ScrubPart.ALL;
            return new ScrubView(
                    active, progress.step(), progress.doneBytes(), progress.totalBytes(), next(), last, tables);
        }
    }

    private static @Nullable Instant time(long ms) {
        return ms == 0 ? null : Instant.ofEpochMilli(ms);
    }

    /** When the next is due; null for never. */
    private @Nullable Instant next() {
        Duration every = config.every();
        if (every == null) {
            return null;
        }
        Store.LastScrub before = store.lastScrub();
        Instant due = before.isOver() && before.beganMs() > 0
                ? Instant.ofEpochMilli(before.beganMs()).plus(every)
                : Instant.MIN;
        Instant earliest = started.plus(AFTER_START);
        return due.isBefore(earliest) ? earliest : due;
    }

    private void loop() {
        try {
            for (ScrubPart what = await(); what != null; what = await()) {
                scrub(what);
            }
        } catch (InterruptedException e) {
            LOG.warn("the scrubs ended: {}", String.valueOf(e.getMessage()));
        }
    }

    /** What to read now; null at the end. */
    private synchronized @Nullable ScrubPart await() throws InterruptedException {
        while (!closed && asked == null) {
            Instant next = next();
            long wait =
                    next == null ? 0 : Duration.between(clock.instant(), next).toMillis();
            if (next != null && wait <= 0) {
                asked = ScrubPart.ALL;
            } else {
                wait(Math.min(wait, Duration.ofHours(1).toMillis()));
            }
        }
        ScrubPart what = closed ? null : asked;
        running = what;
        asked = null;
        progress = new ScrubProgress("", 0, 0);
        return what;
    }

    private void scrub(ScrubPart what) {
        ScrubView.Run ended = null;
        try {
            ScrubReport report = store.scrub(what, config.bytesPerSecond(), this::progress);
            report.findings().forEach(finding -> LOG.warn("scrub: {}", finding));
            ended = new ScrubView.Run(
                    Instant.ofEpochMilli(report.beganMs()),
                    Instant.ofEpochMilli(report.endedMs()),
                    report.complete(),
                    report.rows(),
                    report.bytes(),
                    report.damaged(),
                    report.findings().stream().limit(FINDINGS_SHOWN).toList());
            if (report.damaged() > 0) {
                onDamage.run();
            }
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.CLOSED) {
                LOG.warn("the scrub failed: {}", e.getMessage());
                Instant now = clock.instant();
                ended = new ScrubView.Run(now, now, false, 0, 0, 0, List.of(String.valueOf(e.getMessage())));
            }
        } catch (RuntimeException e) { // a mistake of ours must not end the scrubs for ever
            LOG.error("the scrub failed", e);
        }
        synchronized (this) {
            running = null;
            if (ended != null && what == ScrubPart.ALL) {
                last = ended;
            }
        }
    }

    private synchronized void progress(ScrubProgress now) {
        progress = now;
    }

    @Override
    public void close() {
        Thread ending;
        synchronized (this) {
            closed = true;
            ending = thread;
            notifyAll();
        }
        store.stopScrub();
        boolean interrupted = false;
        while (ending != null && ending.isAlive()) {
            try {
                ending.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
