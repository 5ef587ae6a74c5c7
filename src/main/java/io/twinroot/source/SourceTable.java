package io.twinroot.source;

import io.twinroot.table.Uid;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One table that lives elsewhere. Calls block; for many threads. Each throws {@link SourceException} when it fails. */
public interface SourceTable {
    /** The most UIDs or changes in one call. */
    int MAX_BATCH = 10_000;

    /** Where this is, as a user writes it, without a password. */
    String address();

    /** Whether {@link #scan} gives the rows in the order of their UIDs. Where not, it gives them in the source's own. */
    boolean isOrdered();

    /**
     * Reads all rows in chunks, in one order that stays the same from scan to scan.
     *
     * @param after the row after which to begin, as {@link RowSink#chunk} was told; null for the first
     * @param pacing is asked before each chunk
     */
    void scan(@Nullable Uid after, Pacing pacing, RowSink sink);

    /** The rows of these UIDs as they are now, in any order, those that are absent left out; at most {@value #MAX_BATCH}. */
    List<SourceRow> fetch(List<Uid> uids);

    /**
     * Applies changes, each only while the row is still what the change expects. One that cannot be applied does not stop
     * the others.
     *
     * @param changes at most {@value #MAX_BATCH}, of different UIDs
     * @return the outcome of each, in the same order
     */
    List<SourceOutcome> apply(List<SourceChange> changes);
}
