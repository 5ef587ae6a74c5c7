package io.twinroot.reconcile;

import io.twinroot.table.Digest;
import io.twinroot.table.RowState;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of a row on one side.
 *
 * @param listed its state as the side's index has it
 * @param read its state by what was read of the row; as listed where it was not read
 * @param whole the digest of all that was read; null where it was not, or nothing was there
 */
record Sight(RowState listed, RowState read, @Nullable Digest whole) {
    static final Sight ABSENT = of(new RowState.Absent());

    static Sight of(RowState state) {
        return new Sight(state, state, null);
    }

    /** Whether index and row say the same: else the row was written in between, or the index lies. */
    boolean isSteady() {
        return listed.equals(read);
    }

    boolean isLive() {
        return read instanceof RowState.Live;
    }
}
