package io.twinroot.carry;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Rows for tests, each a function of its arguments. */
final class Rows {
    static final TableName ORDERS = new TableName("shop/orders");
    static final TableName FILES = new TableName("files");
    static final long EPOCH_MS = 1_767_225_600_000L;

    private Rows() {}

    /** A write of one writer at so many milliseconds after the epoch. */
    static Stamp stamp(int ms, int writer) {
        return new Stamp((EPOCH_MS + ms) << 16, new Incarnation(0, writer), ms + 1L);
    }

    static RowData fields(String uid, Stamp stamp, String text) {
        return new RowData(
                new Row.Live(
                        Uid.ofText(uid),
                        stamp,
                        new Body.Fields(new Value.Mapping(
                                new TreeMap<>(Map.of("text", new Value.Text(text), "n", new Value.Int(1)))))),
                null);
    }

    static RowData deleted(String uid, Stamp stamp) {
        return new RowData(new Row.Tombstone(Uid.ofText(uid), stamp), null);
    }

    static RowData blob(String uid, Stamp stamp, byte[] bytes) {
        return new RowData(
                new Row.Live(Uid.ofText(uid), stamp, new Body.Blob(bytes.length, Digest.sha256(bytes))),
                BlobSource.of(bytes));
    }

    /** Bytes that don't compress. */
    static byte[] noise(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
