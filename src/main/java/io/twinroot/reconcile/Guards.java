package io.twinroot.reconcile;

import java.util.OptionalLong;

/**
 * How much a repair may change on each side before a person must say yes. Rows that come new to a side are
 * not counted: they take nothing from anybody.
 *
 * @param maxChanges live rows that may be replaced
 * @param maxDeletes live rows that may be deleted; empty for 100, or a tenth of the side's rows where that is less
 */
public record Guards(long maxChanges, OptionalLong maxDeletes) {
    public static final Guards DEFAULT = new Guards(100_000, OptionalLong.empty());

    public Guards {
        if (maxChanges < 0 || maxDeletes.orElse(0) < 0) {
            throw new IllegalArgumentException("a guard is negative: " + maxChanges + ", " + maxDeletes);
        }
    }

    /** How many of so many rows may be deleted. */
    public long deletesOf(long rows) {
        return maxDeletes.orElse(Math.min(100, rows / 10));
    }
}
