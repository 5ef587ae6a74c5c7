package io.twinroot.cli;

import io.twinroot.table.Change;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Rows to be loaded, one after the other. For one thread. */
interface Inputs extends AutoCloseable {
    /**
     * One row.
     *
     * @param place where it stands, as {@code people.csv:17}
     * @param bytes about what it needs in memory
     */
    record Input(String place, Change change, int bytes) {}

    /** The next row, or null after the last. */
    @Nullable
    Input next() throws IOException, BadInput;

    /** How far it is, in the unit of {@link #total}. */
    long done();

    /** The bytes or files in all; -1 where that is not known. */
    long total();

    /** What {@link #total} counts. */
    String unit();

    @Override
    void close() throws IOException;
}
