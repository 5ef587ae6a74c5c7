package io.twinroot.source;

/** How fast a scan may go. */
@FunctionalInterface
public interface Pacing {
    /** As fast as it can. */
    Pacing NONE = (rows, bytes, nanos) -> {};

    /**
     * Waits, where it must, after a chunk.
     *
     * @param rows of the chunk
     * @param bytes of the chunk, about
     * @param nanos that reading it took
     */
    void after(long rows, long bytes, long nanos);

    /** The most rows that a chunk should have. */
    default long rowsMax() {
        return Long.MAX_VALUE;
    }

    /** Whether {@link #after} would wait long now, so that nothing should be held meanwhile. */
    default boolean waitsLong() {
        return false;
    }
}
