package io.twinroot.carry;

import io.twinroot.table.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of the changes of one table.
 *
 * @param refused why the table takes none of them; null where it was opened
 * @param fresh rows and deletes that are new here
 * @param same that were here already
 * @param older of which something newer is here
 * @param refusedRows that the table did not take
 * @param refusals the first of those, each with its reason
 */
public record TableTally(
        TableName table,
        @Nullable String refused,
        long fresh,
        long same,
        long older,
        long refusedRows,
        List<Refusal> refusals) {
    /** The most refusals that are told, of one table. */
    public static final int REFUSALS_MAX = 100;

    public TableTally {
        refusals = List.copyOf(refusals);
    }

    /** Whether all of it is here now. */
    public boolean isComplete() {
        return refused == null && refusedRows == 0;
    }
}
