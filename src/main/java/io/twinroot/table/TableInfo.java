package io.twinroot.table;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a replica says of one of its tables.
 *
 * @param format number of the tree's format
 * @param saltId names the salt of the tree's boundaries; copies compare only under the same salt
 * @param count live rows
 * @param tombstones deletes remembered
 * @param root of the hash tree over the live rows
 * @param newest the largest stamp of any row or tombstone; null while there is none
 */
public record TableInfo(
        TableName name,
        TableRules rules,
        int format,
        long saltId,
        long count,
        long tombstones,
        Digest root,
        @Nullable Stamp newest) {
    /** The salt's name in hexadecimal digits. */
    public String saltHex() {
        return HexFormat.of().toHexDigits(saltId);
    }
}
