package io.twinroot.reconcile;

import io.twinroot.table.TableInfo;
import io.twinroot.table.Uid;
import java.util.List;

/** What a {@link Verify} found. */
public sealed interface Comparison {
    TableInfo mine();

    TableInfo theirs();

    /** What the narrowing cost. */
    Cost cost();

    /** @param bytes of the narrowing's messages, both ways */
    record Cost(int roundTrips, long bytes) {
        Cost plus(Cost other) {
            return new Cost(roundTrips + other.roundTrips, bytes + other.bytes);
        }
    }

    /** The two roots are equal, all 32 bytes: the copies are the same. */
    record Same(TableInfo mine, TableInfo theirs, Cost cost) implements Comparison {}

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
            List<Uid> unsettled)
            implements Comparison {
        public Different {
            differences = List.copyOf(differences);
            unsettled = List.copyOf(unsettled);
        }
    }

    /** Writes came so fast that nothing stood still: neither the same nor different for sure. */
    record Unsettled(TableInfo mine, TableInfo theirs, Cost cost, List<Uid> unsettled) implements Comparison {
        public Unsettled {
            unsettled = List.copyOf(unsettled);
        }
    }
}
