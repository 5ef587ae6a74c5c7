package io.twinroot.store;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A second thread that does steps in their order, one step behind the thread that gives them: while it does
 * one, the next is prepared. So what is under way is bounded by two steps. Given by one thread.
 *
 * <p>After a step failed none is done any more.
 */
final class OneAhead implements AutoCloseable {
    /** A part of the work. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }

    private final String attempted;
    private final ExecutorService thread;
    private @Nullable Future<?> last;

    /**
     * @param name of the thread
     * @param attempted what it does, for errors
     */
    OneAhead(String name, String attempted) {
        this.attempted = attempted;
        thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
    }

    /**
     * Waits for the step before, then has this one begun.
     *
     * @throws StoreException when the step before failed
     */
    void begin(Step step) {
        await();
        last = thread.submit(() -> {
            step.run();
            return null;
        });
    }

    /**
     * Returns when all steps are done; what they did can be seen then.
     *
     * @throws StoreException when the last step failed
     */
    void await() {
        if (last == null) {
            return;
        }
        try {
            last.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Kind.IO, attempted + ": the thread was interrupted", e);
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case IOException io -> StoreException.of(attempted, io);
                case RuntimeException failure -> failure;
                case Error failure -> throw failure;
                case null, default -> new IllegalStateException(attempted, e);
            };
        }
    }

    /** Lets the step that is under way end, and ends the thread. */
    @Override
    public void close() {
        thread.close();
    }
}
