package io.twinroot.log;

import io.twinroot.table.Incarnation;
import java.util.function.LongSupplier;

/**
 * How a log is opened.
 *
 * @param incarnation of this process, written at the head of each segment that it begins
 * @param segmentBytes a segment that has this size is followed by the next
 * @param sync when what was appended is forced to the disk
 * @param nowMs the clock: milliseconds since 1970
 */
public record LogOptions(Incarnation incarnation, long segmentBytes, Sync sync, LongSupplier nowMs) {
    /** When appends are forced to the disk. */
    public enum Sync {
        /** Before they return: they outlast a loss of power. */
        ALWAYS,
        /** When {@link ChangeLog#sync} is called: a loss of power may take those since the last one. */
        INTERVAL,
        /** Never; only a benchmark says so. */
        NEVER
    }
}
