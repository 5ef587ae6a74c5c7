package io.twinroot.table;

import org.jspecify.annotations.Nullable;

/**
 * A row on its way from one replica to another.
 *
 * @param blob the bytes of a blob body; null for every other row
 */
public record RowData(Row row, @Nullable BlobSource blob) {
    public RowData {
        boolean isBlob = row instanceof Row.Live(var uid, var stamp, Body.Blob body, var past);
        if (isBlob != (blob != null)) {
            throw new IllegalArgumentException("a blob's bytes come with a blob body and with no other: " + row.uid());
        }
    }

    /** About how many bytes it takes in a batch, found quickly; the bytes of a long blob are not among them. */
    public long weight() {
        return switch (row) {
            case Row.Tombstone ignored -> 100;
            case Row.Live(var uid, var stamp, Body.Fields(Value.Mapping fields), var past) -> 100 + fields.weight();
            case Row.Live(var uid, var stamp, Body.Blob(long size, var content), var past) ->
                200 + Math.min(size, 1 << 16);
        };
    }
}
