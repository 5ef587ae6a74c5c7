package io.twinroot.log;

/**
 * Where a frame begins.
 *
 * @param segment the number of the segment, from 1
 * @param offset in bytes from the start of its file
 */
public record LogPosition(long segment, long offset) implements Comparable<LogPosition> {
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

    @Override
    public int compareTo(LogPosition other) {
        return Long.compare(packed(), other.packed());
    }

    @Override
    public String toString() {
        return segment + ":" + offset;
    }
}
