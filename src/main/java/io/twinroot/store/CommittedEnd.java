package io.twinroot.store;

import io.twinroot.log.LogPosition;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How far the log is not only written but also in the tables. Who reads the log up to here and a table after
 * that misses nothing. One thread moves it, any number wait for it.
 */
final class CommittedEnd {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private volatile LogPosition position;
    private boolean closed;

    CommittedEnd(LogPosition position) {
        this.position = position;
    }

    LogPosition position() {
        return position;
    }

    void move(LogPosition to) {
        lock.lock();
        try {
            position = to;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends all waiting. */
    void close() {
        lock.lock();
        try {
            closed = true;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the end lies beyond a position.
     *
     * @param deadlineNs of {@link System#nanoTime}
     * @return whether it does; false when the time is over, the store is closed or the thread was interrupted
     */
    boolean awaitBeyond(LogPosition from, long deadlineNs) {
        lock.lock();
        try {
            while (position.compareTo(from) <= 0 && !closed) {
                long left = deadlineNs - System.nanoTime();
                if (left <= 0 || moved.awaitNanos(left) <= 0) {
                    break;
                }
            }
            return position.compareTo(from) > 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }
}
