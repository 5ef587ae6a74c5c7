package io.twinroot.reconcile;

import io.twinroot.table.TableInfo;
import io.twinroot.table.Uid;
import java.util.List;

/** What a {@link Survey} found. */
public sealed interface Comparison {
    TableInfo mine();

    TableInfo theirs();

    /** What the comparison cost. */
    Cost cost();

    /** What was looked at. */
    Scope scope();

    /**
     * @param bytes of its messages, both ways
     * @param suspected rows that seemed to differ and were looked at again
     */
    record Cost(int roundTrips, long bytes, long suspected) {
        Cost plus(Cost other) {
            return new Cost(roundTrips + other.roundTrips, bytes + other.bytes, suspected + other.suspected);
        }
    }

    /** The two roots are equal, all 32 bytes: the copies are the same. */
    record Same(TableInfo mine, TableInfo theirs, Cost cost, Scope scope) implements Comparison {}

    /**
     * No difference was found among what was looked at, which is not all; or each row was seen to be equal, and writes
     * went on so that the roots never were. That does not make the copies the same.
     */
    record NoneFound(TableInfo mine, TableInfo theirs, Cost cost, Scope scope) implements Comparison {}

    /**
     * The copies differ, and did so when the rows were read again.
     *
     * @param differences in the order of their UIDs, with the states that were read last
     * @param rows how many rows they stand for
     * @param proven whether at the moment of comparing they were all there was: applied to one side, they
     *     gave the other's root
     * @param truncated whether there are more, which were not looked for
     * @param unsettled rows that kept changing while they were looked at, neither equal nor different for sure
     */
    record Different(
            TableInfo mine,
            TableInfo theirs,
            Cost cost,
            List<Difference> differences,
            long rows,
            boolean proven,
            boolean truncated,
            List<Uid> unsettled,
            Scope scope)
            implements Comparison {
        public Different {
            differences = List.copyOf(differences);
            unsettled = List.copyOf(unsettled);
        }
    }

    /** Writes came so fast that nothing stood still: neither the same nor different for sure. */
    record Unsettled(TableInfo mine, TableInfo theirs, Cost cost, List<Uid> unsettled, Scope scope)
            implements Comparison {
        public Unsettled {
            unsettled = List.copyOf(unsettled);
        }
    }
}
