package io.twinroot.service;

import io.twinroot.store.Store;
import io.twinroot.store.StoreException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries parked rows again, now and then and when something has changed, on a thread of its own. */
final class ParkedRetries implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ParkedRetries.class);
    private static final Duration EVERY = Duration.ofMinutes(1);

    private final Store store;
    private final Thread thread;

    // guarded by this
    private boolean news;
    private boolean closed;

    ParkedRetries(Store store) {
        this.store = store;
        this.thread = Thread.ofVirtual().name("parked-retries").unstarted(this::loop);
    }

    void begin() {
        thread.start();
    }

    /** What stood in the way may be gone. Returns at once. */
    synchronized void look() {
        news = true;
        notifyAll();
    }

    private void loop() {
        try {
            while (await()) {
                retry();
            }
        } catch (InterruptedException e) {
            LOG.debug("retries end");
        }
    }

    private synchronized boolean await() throws InterruptedException {
        long end = System.nanoTime() + EVERY.toNanos();
        while (!news && !closed) {
            long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
            if (left <= 0) {
                break;
            }
            wait(left);
        }
        news = false;
        return !closed;
    }

    private void retry() {
        try {
            int over = store.kept().retryParked();
            if (over > 0) {
                LOG.info("{} parked rows are parked no more", over);
            }
        } catch (StoreException e) {
            LOG.debug("parked rows were not tried again: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
