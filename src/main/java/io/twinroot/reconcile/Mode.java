package io.twinroot.reconcile;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What of two copies is compared; docs/repairing.md has a table of what each reads, costs and does not look at. */
public enum Mode {
    /** All rows, by the digests of the trees. */
    TREE,
    /** Every field of each row. */
    FULL,
    /** The stamps of all rows. */
    PARTIAL,
    /** The stamps of the rows that were written or deleted since a time. */
    INCREMENTAL;

    /** As users and the wire write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads {@link #word}. */
    public static Optional<Mode> of(String word) {
        return Arrays.stream(values()).filter(mode -> mode.word().equals(word)).findFirst();
    }
}
