package io.twinroot.reconcile;

import io.twinroot.table.TableInfo;
import java.util.OptionalLong;

/**
 * How much a repair may change on each side before a person must say yes. Rows that come new to a side are
 * not counted: they take nothing from anybody.
 *
 * @param maxChanges live rows that may be replaced
 * @param maxDeletes live rows that may be deleted; empty for 100, or a tenth of the side's rows where that is less
 */
public record Guards(long maxChanges, OptionalLong maxDeletes) {
    public static final Guards DEFAULT = new Guards(100_000, OptionalLong.empty());

    public Guards {
        if (maxChanges < 0 || maxDeletes.orElse(0) < 0) {
            throw new IllegalArgumentException("a guard is negative: " + maxChanges + ", " + maxDeletes);
        }
    }

    /** How many of so many rows may be deleted. */
    public long deletesOf(long rows) {
        return maxDeletes.orElse(Math.min(100, rows / 10));
    }

    /**
     * Checks what is to be done to a side. What was done already counts too: a plan in two parts is one plan.
     *
     * @throws GuardException when it goes beyond these
     */
    void check(Plan.Effect effect, Plan.Effect before, Replica side) {
        long changed = effect.changed() + before.changed();
        long deleted = effect.deleted() + before.deleted();
        String undone = before.changed() + before.deleted() == 0 ? "; nothing was changed" : "";
        if (effect.changed() > 0 && changed > maxChanges) {
            throw new GuardException("would replace " + changed + " rows of " + side.address() + ", more than the "
                    + maxChanges + " that maxChanges allows" + undone);
        }
        if (effect.deleted() > 0) {
            TableInfo info = side.info();
            long rows = info.count() + before.deleted();
            long most = deletesOf(rows);
            if (deleted > most) {
                throw new GuardException("would delete " + deleted + " of the " + rows + " rows of " + side.address()
                        + ", more than the " + most + " that maxDeletes allows" + undone);
            }
        }
    }
}
