package io.twinroot.reconcile;

/**
 * What reading a whole table took.
 *
 * @param bytes that its rows took on the connection, about
 * @param resumed how many of the rows were read by an earlier run, which was interrupted
 */
public record Reading(long rows, long bytes, long nanos, long resumed) {
    /** Rows in a second. */
    public long rate() {
        return Math.round((rows - resumed) * 1e9 / Math.max(1, nanos));
    }
}
