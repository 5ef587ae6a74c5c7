package io.twinroot.table;

import org.jspecify.annotations.Nullable;

/**
 * One change to a table.
 *
 * <p>{@code expected}, where it is given, guards the change: it is applied only while the replica still holds
 * exactly that state for the UID, otherwise the outcome is {@link Outcome.ChangedMeanwhile}.
 */
public sealed interface Change {
    Uid uid();

    @Nullable
    RowState expected();

    /** A new write of this replica, which gets its next stamp. */
    record Put(
            Uid uid,
            Body body,
            @Nullable BlobSource blob,
            @Nullable RowState expected) implements Change {}

    /** A delete by this replica, which gets its next stamp. Of a row that is not there: {@link Outcome.Same}. */
    record Delete(Uid uid, @Nullable RowState expected) implements Change {}

    /** A write of some replica, which keeps its stamp. It is applied if it is newer than what is held. */
    record Replicate(RowData data, @Nullable RowState expected) implements Change {
        @Override
        public Uid uid() {
            return data.row().uid();
        }
    }
}
