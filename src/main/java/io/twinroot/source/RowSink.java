package io.twinroot.source;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;

/** Takes the rows of a scan. */
public interface RowSink {
    /**
     * One row.
     *
     * @param digest SHA-256 of its canonical encoding
     * @param canonical the encoding of its fields (io.twinroot.table.CanonicalCbor), from 0 to {@code length}; only good
     *     during this call
     */
    void row(Uid uid, Digest digest, byte[] canonical, int length);

    /**
     * A chunk ended: a scan may go on after this row.
     *
     * @param last the last row of the chunk, in the source's order
     * @param rows how many the chunk had
     * @param bytes that were read for it, about
     */
    void chunk(Uid last, long rows, long bytes);
}
