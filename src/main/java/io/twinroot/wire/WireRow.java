package io.twinroot.wire;

import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import io.twinroot.table.Row;
import io.twinroot.table.Value;
import org.jspecify.annotations.Nullable;

/**
 * A row as it was read from JSON.
 *
 * @param content the bytes of a small blob, where they came along; null for every other row
 */
public record WireRow(Row row, Value.@Nullable Bytes content) {
    /** The most bytes of a blob that are written into a row's JSON; a larger one moves by itself. */
    public static final int INLINE_MAX = 64 * 1024;

    public WireRow {
        if (content != null && !describes(row, content)) {
            throw new IllegalArgumentException("the bytes are not those that the row's blob has: " + row.uid());
        }
    }

    private static boolean describes(Row row, Value.Bytes content) {
        return row instanceof Row.Live(var uid, var stamp, Body.Blob(long size, Digest digest), var past)
                && size == content.length()
                && digest.equals(Digest.sha256(content.toBytes()));
    }
}
