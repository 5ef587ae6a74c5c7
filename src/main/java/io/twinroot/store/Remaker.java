package io.twinroot.store;

import io.twinroot.log.ChangeLog;
import io.twinroot.log.LogPosition;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes the view again from the log while the store is in use, on a thread of its own, once damage in a file of
 * the view was noticed.
 *
 * <p>A second view is built beside the one in use, from the frames of the log up to its end, as an opening
 * without a view does it. It catches up with what was appended meanwhile, in the end on the committer's thread,
 * where nothing is appended; then it has what the log has, and takes the place of the other. Until then reads
 * of undamaged values and writes that need no damaged one go on. The log is compacted neither before nor
 * after, and no other file of the view is written, so nothing that is read goes away.
 */
final class Remaker {
    /** The rest that may be left for the committer's thread, in bytes of the log. */
    private static final long REST = 1 << 20;

    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(30);

    private final ChangeLog log;
    private final View view;
    private final Committer committer;
    private final Compactor compactor;
    private final DamageBook damage;
    private final StoreOptions options;
    private @Nullable Thread thread;
    private volatile boolean stopped;

    // guarded by this
    private @Nullable String wanted;
    private boolean working;
    private @Nullable String trouble;
    private long retryNs = System.nanoTime();

    Remaker(
            ChangeLog log,
            View view,
            Committer committer,
            Compactor compactor,
            DamageBook damage,
            StoreOptions options) {
        this.log = log;
        this.view = view;
        this.committer = committer;
        this.compactor = compactor;
        this.damage = damage;
        this.options = options;
    }

    void start() {
        thread = Thread.ofPlatform().daemon().name("twinroot-remake").start(this::loop);
    }

    /** Ends the thread, in the middle of its work if need be. */
    void stop() {
        stopped = true;
        synchronized (this) {
            notifyAll();
        }
        Thread running = thread;
        boolean interrupted = false;
        while (running != null && running.isAlive()) {
            try {
                running.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Has the view made again; returns at once. What is noticed while that goes on is the same damage. */
    synchronized void want(String why) {
        if (wanted == null && !working) {
            wanted = why;
            System.getLogger(Remaker.class.getName())
                    .log(System.Logger.Level.WARNING, why + "; the view is made again from the log");
            notifyAll();
        }
    }

    /** Why the view that is needed could not be made yet; it is tried again. */
    synchronized Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** Waits until nothing is to be made, or making it failed. */
    synchronized void await() throws InterruptedException {
        while (!stopped && trouble == null && (wanted != null || working)) {
            wait();
        }
    }

    private void loop() {
        while (!stopped) {
            try {
                String why = next();
                if (why == null) {
                    continue;
                }
                String failure = attempt();
                ended(why, failure);
                if (failure == null && !stopped) {
                    damage.mended("the view", why);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
        }
    }

    /** Why the view is to be made now; null for nothing. After a failure it waits a while. */
    private synchronized @Nullable String next() throws InterruptedException {
        while (!stopped && (wanted == null || retryNs - System.nanoTime() > 0)) {
            long left = TimeUnit.NANOSECONDS.toMillis(retryNs - System.nanoTime());
            wait(wanted == null ? 0 : Math.max(1, left));
        }
        String why = stopped ? null : wanted;
        working = why != null;
        return why;
    }

    private synchronized void ended(String why, @Nullable String failure) {
        working = false;
        trouble = failure;
        retryNs = System.nanoTime() + (failure == null ? 0 : RETRY_NS);
        wanted = failure == null ? null : why;
        notifyAll();
    }

    /** Makes the view; says what stood in the way, or null. */
    private @Nullable String attempt() {
        try {
            compactor.exclusively(this::remake);
            return null;
        } catch (RuntimeException | IOException e) {
            if (!stopped) {
                System.getLogger(Remaker.class.getName())
                        .log(
                                System.Logger.Level.WARNING,
                                "the view was not made again, and it is tried again: " + e.getMessage());
            }
            return String.valueOf(e.getMessage());
        }
    }

    private void remake() throws IOException {
        CompletableFuture<Recovery.Remade> made = new CompletableFuture<>();
        LogPosition end = committer.beginRemake(made);
        boolean taken;
        try {
            Recovery.Remade remade = Recovery.remake(log, view.directory(), options, view.tables(), end, () -> stopped);
            made.complete(caughtUp(remade));
        } finally {
            made.completeExceptionally(new StoreException(StoreException.Kind.IO, "the view was not made again"));
            taken = committer.endRemake();
        }
        if (!taken) {
            throw new StoreException(StoreException.Kind.IO, "the view that was made again could not be taken");
        }
    }

    /** With what was written meanwhile, as long as that gets less; writers wait for the rest. */
    private Recovery.Remade caughtUp(Recovery.Remade remade) {
        Recovery.Remade now = remade;
        long before = Long.MAX_VALUE;
        for (long rest = log.bytesFrom(now.position());
                rest > REST && rest < before / 2;
                rest = log.bytesFrom(now.position())) {
            before = rest;
            now = now.caughtUp(log, view.directory(), options, log.end());
        }
        return now;
    }
}
