package io.twinroot.cli;

import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Replica;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** Reads two tables of databases side by side, each as fast as it goes. */
final class Preparing {
    private Preparing() {}

    /** @param progress is told of the rows of both */
    static void both(Replica mine, Replica theirs, Progress progress) {
        AtomicLong a = new AtomicLong();
        AtomicLong b = new AtomicLong();
        Object one = new Object();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletableFuture<Void> left =
                    CompletableFuture.runAsync(() -> mine.prepare(counting(a, b, one, progress)), threads);
            CompletableFuture<Void> right =
                    CompletableFuture.runAsync(() -> theirs.prepare(counting(b, a, one, progress)), threads);
            CompletableFuture.allOf(left, right).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static Progress counting(AtomicLong own, AtomicLong other, Object one, Progress progress) {
        return (what, done, total) -> {
            own.set(done);
            synchronized (one) {
                progress.at(what, done + other.get(), total);
            }
        };
    }
}
