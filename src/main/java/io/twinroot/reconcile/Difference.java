package io.twinroot.reconcile;

import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;

/** Where two copies differ. */
public sealed interface Difference {
    /** One row: what each side holds under this UID. */
    record OfRow(Uid uid, RowState mine, RowState theirs) implements Difference {}

    /** A run of rows that only my side has, too long to list. */
    record OnlyMine(UidRange range, long count) implements Difference {}

    /** A run of rows that only the other side has, too long to list. */
    record OnlyTheirs(UidRange range, long count) implements Difference {}

    /** How many rows it stands for. */
    default long rows() {
        return switch (this) {
            case OfRow ignored -> 1;
            case OnlyMine(var range, long count) -> count;
            case OnlyTheirs(var range, long count) -> count;
        };
    }

    /** The same difference seen from the other side. */
    default Difference flipped() {
        return switch (this) {
            case OfRow(Uid uid, RowState mine, RowState theirs) ->
                new OfRow(uid, /* mine= */ theirs, /* theirs= */ mine);
            case OnlyMine(UidRange range, long count) -> new OnlyTheirs(range, count);
            case OnlyTheirs(UidRange range, long count) -> new OnlyMine(range, count);
        };
    }
}
