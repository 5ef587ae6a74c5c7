package io.twinroot.service;

import io.twinroot.source.Pacing;
import io.twinroot.source.SourceException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Keeps a scan below a rate, and ends it when the node stops. For one scan. */
final class MirrorPace implements Pacing {
    private final long maxRate;
    private final BooleanSupplier stopped;
    private final Runnable meanwhile;
    private final long beganNs = System.nanoTime();
    private long rows;

    /**
     * @param maxRate rows a second; 0 for any
     * @param meanwhile is run after each chunk
     */
    MirrorPace(long maxRate, BooleanSupplier stopped, Runnable meanwhile) {
        this.maxRate = maxRate;
        this.stopped = stopped;
        this.meanwhile = meanwhile;
    }

    /** What half a second allows. */
    @Override
    public long rowsMax() {
        return maxRate > 0 ? Math.max(1, maxRate / 2) : Long.MAX_VALUE;
    }

    @Override
    public void after(long chunk, long bytes, long nanos) {
        rows += chunk;
        if (stopped.getAsBoolean()) {
            throw stopping();
        }
        meanwhile.run();
        if (maxRate > 0) {
            long dueNs = (long) (rows * 1e9 / maxRate);
            try {
                TimeUnit.NANOSECONDS.sleep(dueNs - (System.nanoTime() - beganNs));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw stopping();
            }
        }
    }

    private static SourceException stopping() {
        return new SourceException(SourceException.Kind.UNREACHABLE, "the node is stopping");
    }
}
