package io.twinroot.service;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.store.Store;
import io.twinroot.store.StoreException;
import io.twinroot.table.TableName;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go of what all others have seen and nobody needs any more, on a thread of its own: marks of deletes, and lives
 * of this store that are long over.
 */
final class Tidying implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tidying.class);

    private final Store store;
    private final Meetings meetings;
    private final Pace pace;
    private final Thread thread;

    // guarded by this
    private boolean news;
    private boolean closed;

    /**
     * How often it looks.
     *
     * @param every without any reason
     * @param soonest the least time between two looks, whatever happens
     */
    record Pace(Duration every, Duration soonest) {
        static final Pace DEFAULT = new Pace(Duration.ofHours(1), Duration.ofMinutes(10));
    }

    Tidying(Store store, Meetings meetings, Pace pace) {
        this.store = store;
        this.meetings = meetings;
        this.pace = pace;
        this.thread = Thread.ofVirtual().name("tidying").unstarted(this::loop);
    }

    void begin() {
        thread.start();
    }

    /** Another node has seen more. Returns at once. */
    synchronized void look() {
        news = true;
        notifyAll();
    }

    private void loop() {
        try {
            while (await()) {
                store.counts().keySet().forEach(this::tidy);
            }
        } catch (InterruptedException e) {
            LOG.debug("tidying ends");
        } catch (StoreException e) {
            LOG.debug("tidying ends: {}", e.getMessage());
        }
    }

    private synchronized boolean await() throws InterruptedException {
        long began = System.nanoTime();
        while (!closed) {
            Duration left = (news ? pace.soonest : pace.every).minusNanos(System.nanoTime() - began);
            if (!left.isPositive()) {
                break;
            }
            wait(Math.max(1, left.toMillis()));
        }
        news = false;
        return !closed;
    }

    private void tidy(TableName table) {
        try {
            long forgotten = meetings.clean(table);
            int folded = meetings.fold(table);
            if (forgotten > 0 || folded > 0) {
                LOG.info(
                        "table {}: {} deletes are forgotten and {} earlier lives are one, as all others know them",
                        table,
                        forgotten,
                        folded);
            }
        } catch (StoreException | ReplicaException e) {
            LOG.warn("table {} could not be tidied: {}", table, e.getMessage());
        } catch (RuntimeException e) { // a mistake of ours must not end it for all tables
            LOG.error("table {} could not be tidied", table, e);
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
