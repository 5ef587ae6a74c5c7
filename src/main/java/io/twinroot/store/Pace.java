package io.twinroot.store;

import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Holds one thread to so many bytes a second, until another thread stops it. */
final class Pace {
    /** It does not wait for less than this. */
    private static final long LEAST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final double nsPerByte;
    private final long startedNs = System.nanoTime();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stopping = lock.newCondition();
    private volatile boolean stopped;
    private volatile long bytes;

    Pace(long bytesPerSecond) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("a rate of " + bytesPerSecond + " bytes a second; it is 1 or more");
        }
        nsPerByte = 1e9 / bytesPerSecond;
    }

    long bytes() {
        return bytes;
    }

    /**
     * So many bytes more were read; waits until they may have been.
     *
     * @throws CancellationException when it was stopped
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes it
    void used(long more) {
        bytes += more;
        long ahead = (long) (bytes * nsPerByte) - (System.nanoTime() - startedNs);
        if (ahead > LEAST_WAIT_NS) {
            await(ahead);
        }
        if (stopped) {
            throw new CancellationException("stopped by request");
        }
    }

    private void await(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (!stopped && left > 0) {
                left = stopping.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stopped = true;
        } finally {
            lock.unlock();
        }
    }

    boolean isStopped() {
        return stopped;
    }

    void stop() {
        stopped = true;
        lock.lock();
        try {
            stopping.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
