package io.twinroot.table;

import org.jspecify.annotations.Nullable;

/**
 * A row on its way from one replica to another.
 *
 * @param blob the bytes of a blob body; null for every other row
 */
public record RowData(Row row, @Nullable BlobSource blob) {
    public RowData {
        boolean isBlob = row instanceof Row.Live(var uid, var stamp, Body.Blob body);
        if (isBlob != (blob != null)) {
            throw new IllegalArgumentException("a blob's bytes come with a blob body and with no other: " + row.uid());
        }
    }
}
