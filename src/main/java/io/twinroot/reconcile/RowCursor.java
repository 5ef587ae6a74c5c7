package io.twinroot.reconcile;

import io.twinroot.table.RowData;
import java.util.Iterator;

/** A stream of rows. Used by one thread; {@code next} and {@code hasNext} may throw {@link ReplicaException}. */
public interface RowCursor extends Iterator<RowData>, AutoCloseable {
    @Override
    void close();

    /** A cursor over rows that are at hand. */
    static RowCursor of(Iterable<RowData> rows) {
        Iterator<RowData> iterator = rows.iterator();
        return new RowCursor() {
            @Override
            public boolean hasNext() {
                return iterator.hasNext();
            }

            @Override
            public RowData next() {
                return iterator.next();
            }

            @Override
            public void close() {}
        };
    }
}
