package io.twinroot.service;

import io.twinroot.source.Pacing;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Waits after each chunk until no more rows than allowed were read in the time since it began. For one thread. */
final class RatePacing implements Pacing {
    private final long rowsInSecond;
    private final long begunNs = System.nanoTime();
    private long rows;

    private RatePacing(long rowsInSecond) {
        this.rowsInSecond = rowsInSecond;
    }

    static Pacing of(OptionalLong maxRate) {
        return maxRate.isEmpty() ? Pacing.NONE : new RatePacing(maxRate.getAsLong());
    }

    /** What half a second allows. */
    @Override
    public long rowsMax() {
        return Math.max(1, rowsInSecond / 2);
    }

    @Override
    public void after(long chunkRows, long bytes, long nanos) {
        rows += chunkRows;
        long due = begunNs + (long) ((double) rows / rowsInSecond * TimeUnit.SECONDS.toNanos(1));
        try {
            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the next statement fails, or who paces looks
        }
    }
}
