package io.twinroot.peer;

import java.time.Duration;

/**
 * Watches that a stream moves: in each window of time spent waiting for the other side, so many bytes at
 * least. Time that we need ourselves does not count. For one thread.
 */
final class Pace {
    private final long windowNanos;
    private final long bytesMin;
    private long waitedNanos;
    private long bytes;

    Pace(Limits limits) {
        this(limits.leastRate(), limits.rateWindow());
    }

    private Pace(int leastRate, Duration window) {
        windowNanos = window.toNanos();
        bytesMin = leastRate * window.toMillis() / 1_000;
    }

    /** How long to wait until the window is over. */
    long leftNanos() {
        return Math.max(1, windowNanos - waitedNanos);
    }

    /** Counts a wait and the bytes that it brought; false when the window is over with too few bytes. */
    boolean keepsUp(long nanos, long moved) {
        waitedNanos += nanos;
        bytes += moved;
        if (waitedNanos < windowNanos) {
            return true;
        }
        boolean enough = bytes >= bytesMin;
        waitedNanos = 0;
        bytes = 0;
        return enough;
    }
}
