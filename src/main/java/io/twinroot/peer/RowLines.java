package io.twinroot.peer;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Value;
import io.twinroot.wire.RowJson;
import io.twinroot.wire.WireRow;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Rows as JSON lines, small blobs with their bytes. */
final class RowLines {
    private RowLines() {}

    /** Sends rows as lines, at most {@code limit}. What the store can't give breaks the answer off. */
    static void send(Exchange exchange, RowCursor rows, long limit) throws IOException {
        StreamOutput out = exchange.stream(200, Exchange.JSON_LINES);
        for (long n = 0; n < limit && rows.hasNext(); n++) {
            out.write(line(rows.next()));
            out.write('\n');
        }
        out.finish();
    }

    static byte[] line(RowData data) {
        return RowJson.encode(data.row(), content(data.row(), data.blob()));
    }

    /** The bytes of a row's blob, where it is small enough to be in JSON. */
    static Value.@Nullable Bytes content(Row row, @Nullable BlobSource source) {
        return row instanceof Row.Live live ? content(live.body(), source) : null;
    }

    static Value.@Nullable Bytes content(Body body, @Nullable BlobSource source) {
        if (source == null || !(body instanceof Body.Blob blob) || blob.size() > WireRow.INLINE_MAX) {
            return null;
        }
        try (InputStream in = source.open()) {
            byte[] bytes = in.readNBytes(WireRow.INLINE_MAX + 1);
            if (bytes.length != blob.size()) {
                throw new ReplicaException(
                        ReplicaException.Kind.STORAGE,
                        "a blob of " + blob.size() + " bytes gave " + bytes.length + " when it was read");
            }
            return new Value.Bytes(bytes);
        } catch (IOException e) {
            throw new ReplicaException(
                    ReplicaException.Kind.STORAGE,
                    "a blob of " + blob.size() + " bytes could not be read: " + e.getMessage(),
                    e);
        }
    }
}
