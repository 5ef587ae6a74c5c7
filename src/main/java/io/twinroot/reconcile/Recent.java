package io.twinroot.reconcile;

import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some of the rows and deletes of a range that are not older than a time.
 *
 * @param rows in UID order
 * @param next where to read on; null at the end of the range
 */
public record Recent(List<Item> rows, @Nullable Uid next) {
    /** @param state live or deleted */
    public record Item(Uid uid, RowState state) {
        public Item {
            if (state instanceof RowState.Absent) {
                throw new IllegalArgumentException("row " + uid + " is absent, and so is in no list");
            }
        }
    }

    public Recent {
        rows = List.copyOf(rows);
    }
}
