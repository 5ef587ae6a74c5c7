package io.twinroot.log;

/**
 * Where a frame begins. Positions in the tail, which grows, order as the frames were written; those in base
 * segments, which compaction makes, only name a place.
 *
 * @param segment the number of the segment, from 1; from {@link #FIRST_BASE} on it is a base segment
 * @param offset in bytes from the start of its file
 */
public record LogPosition(long segment, long offset) implements Comparable<LogPosition> {
    /** The number of the first base segment: no tail ever has so many. */
    static final long FIRST_BASE = 1L << 22;

    private static final int OFFSET_BITS = 40;

    /** The most that an offset can be, in bytes. */
    static final long MAX_OFFSET = (1L << OFFSET_BITS) - 1;

    public LogPosition {
        if (segment < 1 || segment >= 1L << (Long.SIZE - 1 - OFFSET_BITS) || offset < 0 || offset > MAX_OFFSET) {
            throw new IllegalArgumentException("no such log position: segment " + segment + ", offset " + offset);
        }
    }

    /** Both numbers in one, which order as the positions do. */
    public long packed() {
        return segment << OFFSET_BITS | offset;
    }

    /** The position that {@link #packed} gave this number for. */
    public static LogPosition unpack(long packed) {
        return new LogPosition(packed >>> OFFSET_BITS, packed & MAX_OFFSET);
    }

    /** Whether it is in a base segment. */
    public boolean isBase() {
        return segment >= FIRST_BASE;
    }

    @Override
    public int compareTo(LogPosition other) {
        return Long.compare(packed(), other.packed());
    }

    @Override
    public String toString() {
        return (isBase() ? "base " + (segment - FIRST_BASE) : String.valueOf(segment)) + ":" + offset;
    }
}
