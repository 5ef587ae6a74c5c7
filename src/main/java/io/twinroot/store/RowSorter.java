package io.twinroot.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sorts any number of rows by their keys in bounded memory: what is full is sorted and written to a temporary
 * file, and in the end these runs are read side by side. Of one key the row that was added last counts. For one
 * thread at a time.
 *
 * <p>Beside the given memory it takes a few thousand bytes for each run, which are one in the size of a table
 * over the given memory.
 */
final class RowSorter implements AutoCloseable {
    private final ViewDirectory directory;
    private final long memory;
    private final RowArena arena;
    private @Nullable SpillFile file;
    private byte @Nullable [] common;
    private long rows;

    /** @param memory in bytes; about */
    RowSorter(ViewDirectory directory, long memory) {
        this.directory = directory;
        this.memory = memory;
        arena = new RowArena(memory);
    }

    /** Takes a row. Its arrays are copied. */
    void add(byte[] key, byte[] value) throws IOException {
        if (!arena.add(key, value)) {
            spill();
            if (!arena.add(key, value)) {
                throw new IllegalStateException("a row of " + (key.length + value.length) + " bytes never fits");
            }
        }
    }

    private void spill() throws IOException {
        SortedRows sorted = sort();
        if (file == null) {
            file = new SpillFile(directory);
        }
        rows += file.write(sorted);
        arena.clear();
    }

    private SortedRows sort() {
        SortedRows sorted = arena.sorted();
        common = common == null ? arena.firstKey() : common;
        for (byte[] key : List.of(arena.firstKey(), arena.lastKey())) {
            int differs = Arrays.mismatch(common, key);
            common = differs < 0 ? common : Arrays.copyOf(common, differs);
        }
        return sorted;
    }

    /** All rows in order. Nothing is added after that. */
    RowMerge finish() throws IOException {
        List<SortedRows> runs = new ArrayList<>();
        if (file != null) {
            runs.addAll(file.runs(memory / 4));
        }
        if (arena.size() > 0) { // read from where it is
            runs.add(sort());
            rows += arena.size();
        }
        return new RowMerge(runs, common == null ? 0 : common.length);
    }

    /** How many rows {@link #finish} gives at the most. */
    long rowsMax() {
        return rows;
    }

    /** Removes the temporary file. */
    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
