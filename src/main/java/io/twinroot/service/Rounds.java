package io.twinroot.service;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does some work again and again on a thread of its own: at a pace, and sooner where there is a reason. */
final class Rounds implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);

    private final Pace pace;
    private final Runnable work;
    private final Thread thread;

    // guarded by this
    private boolean news;
    private boolean closed;

    /**
     * How often.
     *
     * @param every without any reason
     * @param soonest the least time between two rounds, whatever happens
     */
    record Pace(Duration every, Duration soonest) {}

    /** @param work of a round; what it throws ends the rounds */
    Rounds(String name, Pace pace, Runnable work) {
        this.pace = pace;
        this.work = work;
        this.thread = Thread.ofVirtual().name(name).unstarted(this::loop);
    }

    void begin() {
        thread.start();
    }

    /** There is a reason to do it soon. Returns at once. */
    synchronized void look() {
        news = true;
        notifyAll();
    }

    private void loop() {
        try {
            while (await()) {
                work.run();
            }
        } catch (InterruptedException e) {
            LOG.debug("{} ends", Thread.currentThread().getName());
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

    /** Ends it, after the round that is going on. */
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
