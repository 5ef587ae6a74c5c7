package io.twinroot.service;

import io.twinroot.source.Pacing;
import io.twinroot.source.sql.Strain;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Waits after a chunk while a server's replication is too far behind, or too much is going on there. For one thread.
 *
 * @param maxLagMs the most that replication may be behind
 * @param maxRunning the most statements of others that may be executed
 * @param strain asks the server
 */
record StrainPacing(long maxLagMs, int maxRunning, Supplier<Strain> strain, Pacing then) implements Pacing {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    @Override
    public long rowsMax() {
        return then.rowsMax();
    }

    @Override
    public boolean waitsLong() {
        Strain now = strain.get();
        return now.lagMs() > maxLagMs || now.running() > maxRunning;
    }

    @Override
    public void after(long rows, long bytes, long nanos) {
        while (waitsLong() && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        then.after(rows, bytes, nanos);
    }
}
