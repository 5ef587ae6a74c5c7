package io.twinroot.reconcile;

import io.twinroot.table.Change;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows and tombstones on their way to one side. It goes when it is full, and begins anew. */
final class Batch {
    /** Rows in one batch of changes, at most; several of them come in one stream, so that both sides have work. */
    static final int ROWS_MAX = 2_000;

    /** A batch ends with the row that takes it above this many bytes, about. */
    private static final long BYTES_MAX = 4 << 20;

    private final Delivery delivery;
    private final boolean mayBeOlder;
    private final List<Change.Replicate> changes = new ArrayList<>();
    private long bytes;

    /** @param mayBeOlder whether it does not matter that something newer is there already */
    Batch(Delivery delivery, boolean mayBeOlder) {
        this.delivery = delivery;
        this.mayBeOlder = mayBeOlder;
    }

    /** @param expected the state that it is to replace; null for any */
    void add(RowData data, @Nullable RowState expected) {
        changes.add(new Change.Replicate(data, expected));
        bytes += data.weight();
        if (changes.size() == ROWS_MAX || bytes > BYTES_MAX) {
            apply();
        }
    }

    /** Sends what is in it. */
    void apply() {
        if (changes.isEmpty()) {
            return;
        }
        List<Change.Replicate> sent = List.copyOf(changes);
        changes.clear();
        bytes = 0;
        delivery.bring(sent, mayBeOlder);
    }
}
