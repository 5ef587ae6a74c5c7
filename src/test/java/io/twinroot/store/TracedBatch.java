package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A batch of writes that can be recognised afterwards: whole, in part, or not at all. Each writer has slots of
 * its own: {@link #RUNS} runs of {@link #SIZE} rows that all get the batch's number or are all deleted, and
 * {@link #BLOBS} pairs of a large blob, made of the number, and a row.
 *
 * @param number of the writer's batches, growing by one
 */
record TracedBatch(int writer, int slot, long number, boolean deletes) {
    static final int SIZE = 8;
    static final int RUNS = 40;
    static final int BLOBS = 4;
    static final int SLOTS = RUNS + BLOBS;

    /** What {@link #found} says of a slot that has no rows. */
    static final long NOTHING = -1;

    private static final int BLOB_BYTES = 66_000;

    static TracedBatch any(Random random, int writer, long number) {
        boolean blob = random.nextInt(12) == 0;
        int slot = blob ? RUNS + random.nextInt(BLOBS) : random.nextInt(RUNS);
        return new TracedBatch(writer, slot, number, random.nextInt(8) == 0);
    }

    /** The number that the slot's rows have after this batch. */
    long outcome() {
        return deletes ? NOTHING : number;
    }

    String line() {
        return writer + " " + slot + " " + number + " " + deletes;
    }

    static TracedBatch parse(String line) {
        String[] words = line.split(" ", -1);
        return new TracedBatch(
                Integer.parseInt(words[0]),
                Integer.parseInt(words[1]),
                Long.parseLong(words[2]),
                Boolean.parseBoolean(words[3]));
    }

    List<Change> changes() {
        List<Change> changes = new ArrayList<>();
        if (slot >= RUNS) {
            Uid blob = blob(writer, slot);
            changes.add(deletes ? new Change.Delete(blob, null) : StoreFixture.blobPut(blob, bytes(number)));
        }
        for (int i = 0; i < rows(slot); i++) {
            long row = row(writer, slot, i);
            changes.add(deletes ? StoreFixture.delete(row) : StoreFixture.put(row, number));
        }
        return changes;
    }

    private static int rows(int slot) {
        return slot >= RUNS ? 1 : SIZE;
    }

    /** The number of a slot's row. */
    static long row(int writer, int slot, int i) {
        return (writer * SLOTS + slot) * (long) SIZE + i;
    }

    private static Uid blob(int writer, int slot) {
        return Uid.ofText("blob-" + writer + "-" + slot);
    }

    private static byte[] bytes(long number) {
        byte[] bytes = new byte[BLOB_BYTES + (int) (number % 5000)];
        new Random(number).nextBytes(bytes);
        ByteBuffer.wrap(bytes).putLong(number);
        return bytes;
    }

    /** The number that all rows of a slot have; fails when they differ, or a blob has other bytes. */
    static long found(String when, TableSnapshot snapshot, int writer, int slot) {
        String where = when + ": writer " + writer + ", slot " + slot;
        long first = StoreFixture.number(snapshot, row(writer, slot, 0));
        for (int i = 1; i < rows(slot); i++) {
            assertEquals(first, StoreFixture.number(snapshot, row(writer, slot, i)), where + ": half a batch");
        }
        if (slot >= RUNS) {
            assertEquals(first, blobNumber(where, snapshot.row(blob(writer, slot))), where + ": half a batch");
        }
        return first;
    }

    private static long blobNumber(String where, RowData data) {
        if (data == null || !(data.row() instanceof Row.Live(var uid, var stamp, Body.Blob blob, var past))) {
            return NOTHING;
        }
        try (InputStream in = data.blob().open()) {
            byte[] bytes = in.readAllBytes();
            long number = ByteBuffer.wrap(bytes).getLong();
            assertArrayEquals(bytes(number), bytes, where + ": other bytes in the blob");
            return number;
        } catch (IOException e) {
            throw new AssertionError(where + ": " + e.getMessage(), e);
        }
    }
}
