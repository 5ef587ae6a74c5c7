package io.twinroot.store;

/**
 * When the rows of a table were last read and found whole, range by range, in milliseconds since 1970.
 *
 * @param oldestMs of the range where that is longest ago; 0 where one never was
 * @param newestMs of the range that was read last; 0 for never
 * @param ranges how many there are
 */
public record Verified(long oldestMs, long newestMs, int ranges) {
    static final Verified NEVER = new Verified(0, 0, 0);
}
