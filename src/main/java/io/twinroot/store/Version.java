package io.twinroot.store;

import io.twinroot.log.BlobFiles;
import io.twinroot.log.Frame;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowDigest;
import io.twinroot.table.RowState;
import org.jspecify.annotations.Nullable;

/**
 * A version of a row with what the log needs of it.
 *
 * @param body in its encoding; null for a tombstone
 * @param digest of the body; null for a tombstone
 * @param inline the bytes of a small blob
 */
@SuppressWarnings("ArrayRecordComponent")
record Version(Row row, byte @Nullable [] body, @Nullable Digest digest, byte @Nullable [] inline) {
    static Version of(Row.Tombstone row) {
        return new Version(row, null, null, null);
    }

    /** A change's row; of one that was merged, the body is the same. */
    static Version of(Row row, Staged staged) {
        return new Version(row, staged.body(), staged.digest(), staged.inline());
    }

    Version with(Row newRow) {
        return new Version(newRow, body, digest, inline);
    }

    private @Nullable Digest rowDigest() {
        return digest == null ? null : RowDigest.of(digest, row.past().marks());
    }

    RowState state() {
        Digest whole = rowDigest();
        return whole == null ? new RowState.Deleted(row.stamp()) : new RowState.Live(row.stamp(), whole);
    }

    /** What the view knows of it, while its frame has no place yet. */
    IndexRow index() {
        return IndexRow.of(row.stamp(), rowDigest(), row.past(), 0, 0);
    }

    Frame frame(int table) {
        return body == null
                ? new Frame.Delete(table, row.uid(), row.stamp(), row.past())
                : new Frame.Put(table, row.uid(), row.stamp(), row.past(), body, inline);
    }

    RowData data(BlobFiles blobs) {
        BlobSource source = null;
        if (row instanceof Row.Live live && live.body() instanceof Body.Blob blob) {
            source = inline == null ? blobs.source(blob) : BlobSource.of(inline);
        }
        return new RowData(row, source);
    }
}
