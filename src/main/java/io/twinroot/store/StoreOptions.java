package io.twinroot.store;

import io.twinroot.table.Incarnation;
import io.twinroot.tree.Salt;
import java.util.function.LongSupplier;

/**
 * How a store is opened.
 *
 * @param nowMs the clock: milliseconds since 1970
 * @param incarnation a fresh one for each time that a store is opened
 * @param salt of the tables' trees
 * @param create whether to make the store where there is none
 * @param force whether a write is forced to the disk before it is acknowledged; only a benchmark says no
 * @param overlayBytes how much of the newest data is held in memory before it is written to a file; about
 * @param segmentBytes the size of the log's files; about
 * @param maxClockSkewMs how far ahead of our clock a foreign stamp may be
 */
public record StoreOptions(
        LongSupplier nowMs,
        Incarnation incarnation,
        Salt salt,
        boolean create,
        boolean force,
        long overlayBytes,
        long segmentBytes,
        long maxClockSkewMs) {
    public static final long OVERLAY_BYTES = 64L << 20;
    public static final long SEGMENT_BYTES = 64L << 20;
    public static final long MAX_CLOCK_SKEW_MS = 300_000;

    public StoreOptions {
        if (overlayBytes < 1 || segmentBytes < 1 || maxClockSkewMs < 0) {
            throw new IllegalArgumentException("overlayBytes " + overlayBytes + ", segmentBytes " + segmentBytes
                    + " and maxClockSkewMs " + maxClockSkewMs + " must be positive");
        }
    }

    /** The usual sizes; the store is made where there is none. */
    public static StoreOptions of(LongSupplier nowMs, Incarnation incarnation, Salt salt) {
        return new StoreOptions(nowMs, incarnation, salt, true, true, OVERLAY_BYTES, SEGMENT_BYTES, MAX_CLOCK_SKEW_MS);
    }

    public StoreOptions create(boolean newCreate) {
        return new StoreOptions(nowMs, incarnation, salt, newCreate, force, overlayBytes, segmentBytes, maxClockSkewMs);
    }

    public StoreOptions force(boolean newForce) {
        return new StoreOptions(nowMs, incarnation, salt, create, newForce, overlayBytes, segmentBytes, maxClockSkewMs);
    }

    public StoreOptions sizes(long newOverlayBytes, long newSegmentBytes) {
        return new StoreOptions(
                nowMs, incarnation, salt, create, force, newOverlayBytes, newSegmentBytes, maxClockSkewMs);
    }
}
