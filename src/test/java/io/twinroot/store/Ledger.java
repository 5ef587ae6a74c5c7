package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Digest;
import io.twinroot.table.RowState;
import java.util.Arrays;
import java.util.Set;

/**
 * What a store has acknowledged of {@link TracedBatch}es, to hold it to it after a crash. A writer has at most
 * one batch open: the one after its last acknowledged one, which may be there or not, but only whole.
 */
final class Ledger {
    private final long[][] acknowledged;
    private final long[][] deleted;
    private final long[] last;
    private long count;

    Ledger(int writers) {
        acknowledged = nothing(writers);
        deleted = nothing(writers);
        last = new long[writers];
    }

    private static long[][] nothing(int writers) {
        long[][] all = new long[writers][TracedBatch.SLOTS];
        for (long[] slots : all) {
            Arrays.fill(slots, TracedBatch.NOTHING);
        }
        return all;
    }

    private Ledger(Ledger other) {
        deleted = Arrays.stream(other.deleted).map(long[]::clone).toArray(long[][]::new);
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
        set(batch.writer(), batch.slot(), batch.outcome());
        count++;
    }

    private void set(int writer, int slot, long number) {
        if (number == TracedBatch.NOTHING && acknowledged[writer][slot] != TracedBatch.NOTHING) {
            deleted[writer][slot] = acknowledged[writer][slot];
        }
        acknowledged[writer][slot] = number;
    }

    /** Checks that what each slot's last delete took is in the trash. After {@link #check}. */
    synchronized void checkTrash(String when, Store store) {
        for (int writer = 0; writer < deleted.length; writer++) {
            for (int slot = 0; slot < TracedBatch.SLOTS; slot++) {
                long number = deleted[writer][slot];
                long row = TracedBatch.row(writer, slot, 0);
                assertTrue(
                        number == TracedBatch.NOTHING || isInTrash(store, row, number),
                        when + ": row " + row + " was deleted, and what it had, " + number + ", is not in the trash");
            }
        }
    }

    private static boolean isInTrash(Store store, long row, long number) {
        KeptQuery query = KeptQuery.of(Set.of(KeptRow.Kind.DELETED))
                .startingWith(StoreFixture.uid(row).toBytes());
        return store.kept().list(query).stream()
                .map(kept -> store.kept().get(kept.id()).orElseThrow().data())
                .anyMatch(data -> StoreFixture.number(data) == number);
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
                    set(writer, slot, found);
                }
            }
            assertTrue(open <= 1, when + ": " + open + " slots of writer " + writer + " changed unacknowledged");
        }
        return root;
    }
}
