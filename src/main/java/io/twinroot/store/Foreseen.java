package io.twinroot.store;

import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import org.jspecify.annotations.Nullable;

/**
 * What a change would do, if it were applied now.
 *
 * @param before the state of its row now
 * @param after the state that its row would have; its stamp may be another one in the end
 * @param row that would be there; null where nothing would be written, or the row would be gone
 */
public record Foreseen(
        Outcome outcome,
        RowState before,
        RowState after,
        @Nullable Row row) {}
