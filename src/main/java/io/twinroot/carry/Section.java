package io.twinroot.carry;

import io.twinroot.reconcile.Logged;
import io.twinroot.wire.CarryLine;
import java.util.List;

/**
 * What is between two flush points, read and found to be what was written. Closing deletes the temporary files
 * of its blobs.
 *
 * @param items tables and rows in their order
 * @param gaps what is missing, for people
 * @param flush the flush point at its end
 */
record Section(List<Logged> items, List<String> gaps, CarryLine.Flush flush, List<BlobSpool> spools)
        implements AutoCloseable {
    /** The most rows. */
    static final int ROWS_MAX = 10_000;

    /** A section with so many bytes, not compressed, takes no further line but pieces of its last blob. */
    static final int BYTES_MAX = 4 << 20;

    /** The bytes of a blob in one line; the last line of a blob may have less. */
    static final int PIECE_BYTES = 48 << 10;

    Section {
        items = List.copyOf(items);
        gaps = List.copyOf(gaps);
        spools = List.copyOf(spools);
    }

    @Override
    public void close() {
        spools.forEach(BlobSpool::close);
    }
}
