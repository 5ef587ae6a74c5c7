package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Digest;
import io.twinroot.table.RowState;
import java.util.Arrays;

/**
 * What a store has acknowledged of {@link TracedBatch}es, to hold it to it after a crash. A writer has at most
 * one batch open: the one after its last acknowledged one, which may be there or not, but only whole.
 */
final class Ledger {
    private final long[][] acknowledged;
    private final long[] last;
    private long count;

    Ledger(int writers) {
        acknowledged = new long[writers][TracedBatch.SLOTS];
        for (long[] slots : acknowledged) {
            Arrays.fill(slots, TracedBatch.NOTHING);
        }
        last = new long[writers];
    }

    private Ledger(Ledger other) {
        acknowledged = Arrays.stream(other.acknowledged).map(long[]::clone).toArray(long[][]::new);
        last = other.last.clone();
        count = other.count;
    }

    /** The same as it is now. */
    synchronized Ledger copy() {
        return new Ledger(this);
    }

    /** The writers begin anew with this number. */
    synchronized void begin(long number) {
        Arrays.fill(last, number - 1);
    }

    synchronized void acknowledge(TracedBatch batch) {
        assertEquals(last[batch.writer()] + 1, batch.number(), "a batch was never acknowledged: before " + batch);
        last[batch.writer()] = batch.number();
        acknowledged[batch.writer()][batch.slot()] = batch.outcome();
        count++;
    }

    /** How many batches were acknowledged. */
    synchronized long count() {
        return count;
    }

    /** Checks all of a snapshot, and takes what it has as acknowledged from now on. Gives the root. */
    synchronized Digest check(String when, TableSnapshot snapshot) {
        Digest root = StoreFixture.check(snapshot);
        for (int writer = 0; writer < acknowledged.length; writer++) {
            int open = 0;
            for (int slot = 0; slot < TracedBatch.SLOTS; slot++) {
                long found = TracedBatch.found(when, snapshot, writer, slot);
                long expected = acknowledged[writer][slot];
                if (found != expected) {
                    String what = when + ": writer " + writer + ", slot " + slot + " has " + found + ", not " + expected
                            + "; the last acknowledged batch is " + last[writer];
                    assertTrue(found == TracedBatch.NOTHING || found == last[writer] + 1, what);
                    RowState state = snapshot.state(StoreFixture.uid(TracedBatch.row(writer, slot, 0)));
                    assertFalse(state instanceof RowState.Absent, what);
                    open++;
                    acknowledged[writer][slot] = found;
                }
            }
            assertTrue(open <= 1, when + ": " + open + " slots of writer " + writer + " changed unacknowledged");
        }
        return root;
    }
}
