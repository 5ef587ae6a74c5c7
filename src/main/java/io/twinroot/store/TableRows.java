package io.twinroot.store;

import io.twinroot.table.Uid;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The sorted rows of all tables as a run for one table after the other, in the order of their numbers. */
final class TableRows implements Run<IndexRow> {
    private final SortedRows rows;
    private final long max;
    private int table;
    private boolean waits;
    private boolean ended;
    private byte[] key = new byte[0];
    private byte[] encoded = key;
    private @Nullable Uid uid;
    private @Nullable IndexRow row;

    /** @param max so many rows there are, at the most */
    TableRows(SortedRows rows, long max) {
        this.rows = rows;
        this.max = max;
    }

    /** Turns to the rows of a table; those of the one before must be done. */
    void table(int number) {
        table = number;
    }

    @Override
    public boolean next() {
        try {
            if (!waits && !ended) {
                ended = !rows.next();
                key = ended ? key : rows.key();
            }
            waits = !ended && ByteBuffer.wrap(key).getInt() != table;
            if (ended || waits) {
                return false;
            }
            encoded = rows.value();
            uid = ViewCodec.uid(key, ViewCodec.TABLE_BYTES);
            row = Space.ROWS.decode(key, uid, encoded);
            return true;
        } catch (IOException e) {
            throw StoreException.of("sorting the rows of the log", e);
        } catch (ViewCodec.Mismatch e) {
            throw new StoreException(
                    StoreException.Kind.IO,
                    "sorting the rows of the log: a row came back from a temporary file as another (" + e.getMessage()
                            + "). The disk or the memory of this machine is not to be trusted",
                    e);
        }
    }

    @Override
    public Uid uid() {
        return java.util.Objects.requireNonNull(uid);
    }

    @Override
    public IndexRow value() {
        return java.util.Objects.requireNonNull(row);
    }

    /** The key of the row in its encoding; no one changes it. */
    byte[] key() {
        return key;
    }

    /** The row in its encoding; no one changes it. */
    byte[] encoded() {
        return encoded;
    }

    long max() {
        return max;
    }
}
