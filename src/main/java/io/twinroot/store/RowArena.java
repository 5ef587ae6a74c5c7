package io.twinroot.store;

import java.util.Arrays;

/** Rows in memory, in the form of {@link SortedRows}: filled, sorted, read, and filled anew. For one thread. */
final class RowArena {
    /** About what a row with a short UID takes, in bytes; where they are shorter, places run out before the bytes. */
    private static final int USUAL_ROW = 96;

    private static final int PLACE = Integer.BYTES + KeySort.ROW_BYTES;

    private final byte[] bytes;
    private final int[] starts;
    private final KeySort sort;
    private int used;
    private int size;

    /** @param memory in bytes, for all that it holds; about, and what two of the longest rows need at least */
    RowArena(long memory) {
        int rows = (int) Math.min(1 << 24, Math.max(2, memory / (USUAL_ROW + PLACE)));
        bytes = new byte[Math.max(2 * SortedRows.ROW_MAX, rows * USUAL_ROW)];
        starts = new int[rows];
        sort = new KeySort(bytes, starts);
    }

    int size() {
        return size;
    }

    /** Adds a row behind those that are there; false, and nothing was done, where it does not fit. */
    boolean add(byte[] key, byte[] value) {
        int length = SortedRows.HEAD + key.length + value.length;
        if (length > SortedRows.ROW_MAX) {
            throw new IllegalArgumentException("a row has " + length + " bytes, at most " + SortedRows.ROW_MAX);
        }
        if (size == starts.length || length > bytes.length - used) {
            return false;
        }
        SortedRows.write(bytes, used, key, value);
        starts[size++] = used;
        used += length;
        return true;
    }

    /** All rows in order; of one key the one that was added last. They are good until something is added. */
    SortedRows sorted() {
        sort.sort(size);
        return new Rows();
    }

    /** The key of the first row in order; there must be one. */
    byte[] firstKey() {
        return key(starts[0]);
    }

    byte[] lastKey() {
        return key(starts[size - 1]);
    }

    private byte[] key(int start) {
        return Arrays.copyOfRange(bytes, SortedRows.keyStart(start), SortedRows.keyEnd(bytes, start));
    }

    void clear() {
        used = 0;
        size = 0;
    }

    private final class Rows extends SortedRows {
        private int index = -1;

        Rows() {
            bytes = RowArena.this.bytes;
        }

        @Override
        boolean next() {
            if (++index >= size) {
                return false;
            }
            while (index + 1 < size && sameKey(bytes, starts[index], bytes, starts[index + 1])) {
                index++;
            }
            start = starts[index];
            return true;
        }
    }
}
