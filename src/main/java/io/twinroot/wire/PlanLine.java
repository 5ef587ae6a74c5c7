package io.twinroot.wire;

import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Digest;
import io.twinroot.table.RowState;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.time.Instant;
import java.util.Locale;

/** One line of a plan in a file, as docs/carry.md has it. A and B are the two copies. */
public sealed interface PlanLine {
    /**
     * The first line.
     *
     * @param a the address of the place of A
     * @param b the address of the place of B
     * @param policy for rows that both sides changed
     * @param made when the copies were compared
     */
    record Head(String a, String b, Way way, ConflictPolicy policy, Instant made) implements PlanLine {}

    /** Which copy the repair may change. */
    enum Way {
        /** Only A. */
        PULL,
        /** Only B. */
        PUSH,
        BOTH;

        /** Whether an action changes nothing on the side that is left alone. */
        public boolean allows(Action action) {
            return switch (action) {
                case TAKE, DELETE_A, DROP_A -> this != PUSH;
                case GIVE, DELETE_B, DROP_B -> this != PULL;
                case MERGE, KEEP_A, KEEP_B -> true;
            };
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The steps of two copies of a table follow, in the order of their UIDs. */
    record Table(Copy a, Copy b, TableRules rules) implements PlanLine {}

    /** A copy as it was when it was compared. */
    record Copy(TableName name, long rows, Digest root) {}

    /** What is to be done with a row. */
    enum Action {
        /** Bring B's row to A. */
        TAKE("take"),
        /** Bring A's row to B. */
        GIVE("give"),
        /** Bring B's delete to A. */
        DELETE_A("delete-a"),
        /** Bring A's delete to B. */
        DELETE_B("delete-b"),
        /** Take A's row away, which lingers. */
        DROP_A("drop-a"),
        /** Take B's row away, which lingers. */
        DROP_B("drop-b"),
        /** Bring each side's row to the other, where parts of both are merged. */
        MERGE("merge"),
        /** Write A's row anew, so that it wins. */
        KEEP_A("keep-a"),
        /** Write B's row anew, so that it wins. */
        KEEP_B("keep-b");

        private final String word;

        Action(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /** One thing to do while both sides are in the states that were seen. */
    record Step(Action action, Uid uid, RowState a, RowState b) implements PlanLine {}

    /** A row that differs and stays as it is. */
    record Leave(Uid uid, RowState a, RowState b, String why) implements PlanLine {}

    /**
     * A run of rows that only one side has, and that stay as they are.
     *
     * @param rows how many there are
     */
    record LeaveRange(UidRange range, long rows, String why) implements PlanLine {}

    /**
     * The last line: nothing was cut off.
     *
     * @param steps how many {@link Step} there are
     * @param left how many rows are left as they are
     * @param digest of all bytes of the file before this line
     */
    record End(long steps, long left, Digest digest) implements PlanLine {}
}
