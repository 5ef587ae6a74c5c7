package io.twinroot.wire;

import io.twinroot.table.Digest;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Value;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One line of a file of changes, as docs/carry.md has it. */
public sealed interface CarryLine {
    /**
     * The first line.
     *
     * @param from the address of the place whose changes these are
     * @param since the cursor after which they start; null for all rows and tombstones
     * @param tables the tables that were asked for; none for all
     */
    record Head(String from, Instant made, @Nullable String since, List<TableName> tables) implements CarryLine {
        public Head {
            tables = List.copyOf(tables);
        }
    }

    /** There is a table; before its first row. */
    record Table(TableName table, TableRules rules) implements CarryLine {}

    /** A version of a row. The bytes of a blob above 64 KiB follow in pieces. */
    record OfRow(TableName table, WireRow row) implements CarryLine {}

    /** The next bytes of the blob of the row before. */
    record Piece(Value.Bytes bytes) implements CarryLine {}

    /** Something that should be in the file could not be read. */
    record Gap(String what) implements CarryLine {}

    /**
     * A section is whole up to here.
     *
     * @param number 1, 2, 3 …
     * @param changes rows since the start of the file
     * @param next the cursor to go on from, perhaps with some rows again; null for the very start
     * @param digest of all bytes of the file before this line, not compressed
     */
    record Flush(long number, long changes, @Nullable String next, Digest digest) implements CarryLine {}

    /** The last line: nothing was cut off. */
    record End(long changes, @Nullable String next, Digest digest) implements CarryLine {}
}
