package io.twinroot.service;

import io.twinroot.source.Pacing;
import io.twinroot.source.SourceException;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/** Keeps a scan below a rate, and ends it when the node stops. For one scan. */
final class MirrorPace implements Pacing {
    private final Pacing rate;
    private final BooleanSupplier stopped;
    private final Runnable meanwhile;

    /**
     * @param maxRate rows a second; 0 for any
     * @param meanwhile is run after each chunk
     */
    MirrorPace(long maxRate, BooleanSupplier stopped, Runnable meanwhile) {
        this.rate = RatePacing.of(maxRate > 0 ? OptionalLong.of(maxRate) : OptionalLong.empty());
        this.stopped = stopped;
        this.meanwhile = meanwhile;
    }

    @Override
    public long rowsMax() {
        return rate.rowsMax();
    }

    @Override
    public void after(long rows, long bytes, long nanos) {
        if (stopped.getAsBoolean()) {
            throw stopping();
        }
        meanwhile.run();
        rate.after(rows, bytes, nanos);
        if (Thread.currentThread().isInterrupted()) {
            throw stopping();
        }
    }

    private static SourceException stopping() {
        return new SourceException(SourceException.Kind.UNREACHABLE, "the node is stopping");
    }
}
