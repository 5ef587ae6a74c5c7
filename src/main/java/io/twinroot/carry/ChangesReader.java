package io.twinroot.carry;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.twinroot.reconcile.Logged;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Value;
import io.twinroot.wire.CarryJson;
import io.twinroot.wire.CarryLine;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.LineSplitter;
import io.twinroot.wire.TableJson;
import io.twinroot.wire.WireRow;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of changes section by section. A section is given out only when its flush point is there and its
 * digest is right; at the first thing that is wrong the reading ends. Holds one section's lines in memory, and
 * its large blobs on disk. For one thread.
 */
final class ChangesReader implements AutoCloseable {
    private static final byte[] ZSTD_MAGIC = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};
    private static final int CHUNK = 64 << 10;

    /** How far back the decoder looks at most: 8 MiB, as RFC 8878 advises. Its memory is little more. */
    static final int WINDOW_LOG_MAX = 23;

    private final ZstdInputStreamNoFinalizer in;
    private final SpoolFolder spools;
    private final LineSplitter lines = new LineSplitter(CarryJson.LINE_MAX);
    private final byte[] chunk = new byte[CHUNK];
    private final MessageDigest sha = Digest.newSha256();
    private final Map<TableName, TableRules> tables = new HashMap<>();
    private final CarryLine.Head head;
    private long flushes;
    private long changes;

    /**
     * Reads the first line. Closing the reader closes the file.
     *
     * @throws CarryException when this is no file of changes, or not one of a format that is known
     */
    ChangesReader(InputStream file, SpoolFolder spools) {
        this.spools = spools;
        this.in = decompress(file);
        try {
            this.head = readHead();
        } catch (CarryException e) {
            close();
            throw e;
        }
    }

    private static ZstdInputStreamNoFinalizer decompress(InputStream file) {
        try {
            byte[] start = file.readNBytes(ZSTD_MAGIC.length);
            if (start.length == 0) {
                throw new CarryException("the file is empty; it has no changes");
            }
            if (!Arrays.equals(start, 0, start.length, ZSTD_MAGIC, 0, start.length)) {
                throw new CarryException("this is not a file of changes, which log export writes");
            }
            InputStream whole = new SequenceInputStream(new java.io.ByteArrayInputStream(start), file);
            return new ZstdInputStreamNoFinalizer(new ZstdBlocks(whole)).setLongMax(WINDOW_LOG_MAX);
        } catch (IOException e) {
            throw new CarryException("the file cannot be read: " + e.getMessage(), e);
        }
    }

    private CarryLine.Head readHead() {
        try {
            byte[] line = line();
            if (line == null) {
                throw new CarryException("the file breaks off in its first line; nothing in it can be used");
            }
            if (!(CarryJson.decode(line) instanceof CarryLine.Head first)) {
                throw new CarryException("this is not a file of changes, which starts with {\"twinroot\":\"changes\"");
            }
            digest(line);
            return first;
        } catch (JsonException e) {
            throw new CarryException("the first line is not that of a file of changes: " + e.detail(), e);
        } catch (IOException e) {
            throw new CarryException("the first line cannot be read (" + reason(e) + "); nothing can be used", e);
        }
    }

    CarryLine.Head head() {
        return head;
    }

    /** The next section, or how the file ends. After its end do not ask again. */
    Part next() {
        Gathering gathering = new Gathering();
        try {
            Part part = gathering.read();
            if (!(part instanceof Part.OfSection)) {
                gathering.discard();
            }
            return part;
        } catch (JsonException e) {
            gathering.discard();
            return new Part.Broken("line " + lines.line() + ": " + e.detail());
        } catch (IOException e) {
            gathering.discard();
            return new Part.Broken(reason(e));
        } catch (RuntimeException e) {
            gathering.discard();
            throw e;
        }
    }

    private static String reason(IOException e) {
        return e instanceof ZstdIOException
                ? "the compressed bytes are damaged or cut off: " + e.getMessage()
                : "the file cannot be read on: " + e.getMessage();
    }

    private byte @Nullable [] line() throws IOException {
        for (byte[] line = lines.next(); ; line = lines.next()) {
            if (line != null) {
                return line;
            }
            int n = in.read(chunk, 0, CHUNK);
            if (n < 0) {
                return null;
            }
            lines.add(chunk, 0, n);
        }
    }

    private void digest(byte[] line) {
        sha.update(line);
        sha.update((byte) '\n');
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new CarryException("the file cannot be closed: " + e.getMessage(), e);
        }
    }

    private static JsonException wrong(String what) {
        return new JsonException(0, what);
    }

    /** A row whose blob is still coming. */
    private record Coming(TableName table, Row row, Body.Blob blob, BlobSpool spool) {}

    /** One section while it is being read. */
    private final class Gathering {
        private final List<Logged> items = new ArrayList<>();
        private final List<String> gaps = new ArrayList<>();
        private final List<BlobSpool> opened = new ArrayList<>();
        private @Nullable Coming coming;
        private int rows;
        private long bytes;

        Part read() throws IOException {
            while (true) {
                byte[] line = line();
                if (line == null) {
                    return new Part.Broken("it is cut off there");
                }
                CarryLine read = CarryJson.decode(line);
                if (coming != null && !(read instanceof CarryLine.Piece)) {
                    throw wrong("the bytes of the blob of " + coming.row().uid() + " are not all there");
                }
                switch (read) {
                    case CarryLine.Head again -> throw wrong("a first line in the middle of the file");
                    case CarryLine.Table(TableName table, TableRules rules) -> table(table, rules);
                    case CarryLine.OfRow(TableName table, WireRow row) -> row(table, row);
                    case CarryLine.Piece(Value.Bytes piece) -> piece(piece.toBytes());
                    case CarryLine.Gap(String what) -> {
                        checkRoom();
                        gaps.add(what);
                    }
                    case CarryLine.Flush flush -> {
                        return section(flush, line);
                    }
                    case CarryLine.End end -> {
                        return end(end);
                    }
                }
                digest(line);
                bytes += line.length + 1L;
            }
        }

        void discard() {
            opened.forEach(BlobSpool::close);
        }

        private void checkRoom() {
            if (rows >= Section.ROWS_MAX || bytes >= Section.BYTES_MAX) {
                throw wrong("the section is too long; a flush point comes after " + Section.ROWS_MAX + " rows or "
                        + Section.BYTES_MAX + " bytes");
            }
        }

        private void table(TableName table, TableRules rules) {
            checkRoom();
            TableRules known = tables.putIfAbsent(table, rules);
            if (known != null && !known.equals(rules)) {
                throw wrong("table " + table + " comes again with other rules");
            }
            if (tables.size() > TableJson.TABLES_MAX) {
                throw wrong("there are more than " + TableJson.TABLES_MAX + " tables");
            }
            items.add(new Logged.Table(table, rules));
        }

        private void row(TableName table, WireRow read) {
            checkRoom();
            if (!tables.containsKey(table)) {
                throw wrong("a row of table " + table + " comes before the table");
            }
            rows++;
            if (read.content() != null) {
                items.add(new Logged.OfRow(
                        table,
                        new RowData(read.row(), BlobSource.of(read.content().toBytes()))));
            } else if (read.row() instanceof Row.Live(var uid, var stamp, Body.Blob blob, var past)) {
                if (blob.size() <= WireRow.INLINE_MAX) {
                    throw wrong("a blob of " + blob.size() + " bytes comes without its bytes");
                }
                BlobSpool spool = spools.open();
                opened.add(spool);
                coming = new Coming(table, read.row(), blob, spool);
            } else {
                items.add(new Logged.OfRow(table, new RowData(read.row(), null)));
            }
        }

        private void piece(byte[] piece) {
            Coming row = coming;
            if (row == null) {
                throw wrong("bytes of a blob come without a row");
            }
            long expected = Math.min(row.blob().size() - row.spool().size(), Section.PIECE_BYTES);
            if (piece.length != expected) {
                throw wrong(piece.length + " bytes of a blob come where " + expected + " are expected");
            }
            row.spool().add(piece, piece.length);
            if (row.spool().size() == row.blob().size()) {
                if (!row.spool().has(row.blob())) {
                    throw wrong("the bytes of the blob of " + row.row().uid() + " are not those of its sha256");
                }
                items.add(new Logged.OfRow(
                        row.table(), new RowData(row.row(), row.spool().source())));
                coming = null;
            }
        }

        private Part section(CarryLine.Flush flush, byte[] line) {
            check(flush.changes(), changes + rows, flush.digest());
            if (flush.number() != flushes + 1) {
                throw wrong("flush point " + flush.number() + " comes after flush point " + flushes);
            }
            digest(line);
            flushes++;
            changes += rows;
            return new Part.OfSection(new Section(items, gaps, flush, opened));
        }

        private Part end(CarryLine.End end) throws IOException {
            if (bytes > 0) {
                throw wrong("the end comes without a flush point before it");
            }
            check(end.changes(), changes, end.digest());
            return line() == null ? new Part.Whole(end) : new Part.Broken("something follows the end");
        }

        private void check(long said, long counted, Digest digest) {
            if (!digest.equals(RunningDigest.soFar(sha))) {
                throw wrong("what comes before is not what was written: its digest differs");
            }
            if (said != counted) {
                throw wrong("there are " + counted + " changes where " + said + " are said to be");
            }
        }
    }
}
