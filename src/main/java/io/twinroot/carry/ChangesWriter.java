package io.twinroot.carry;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import io.twinroot.table.Row;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Value;
import io.twinroot.wire.CarryJson;
import io.twinroot.wire.CarryLine;
import io.twinroot.wire.WireRow;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes the lines of a file of changes, compressed, in sections. For one thread. */
final class ChangesWriter implements AutoCloseable {
    private static final int LEVEL = 3;

    private final ZstdOutputStreamNoFinalizer out;
    private final MessageDigest sha = Digest.newSha256();
    private final Map<TableName, TableRules> tables = new HashMap<>();
    private @Nullable String next;
    private Reached flushed;
    private long flushes;
    private long changes;
    private int sectionRows;
    private long sectionBytes;

    /** @param file what its {@code flush} is called for must be on the disk when that returns */
    ChangesWriter(OutputStream file, CarryLine.Head head) throws IOException {
        out = new ZstdOutputStreamNoFinalizer(file, LEVEL);
        out.setChecksum(true);
        next = head.since();
        flushed = new Reached(0, next);
        line(head);
    }

    /** Says that what was written up to here is all before this cursor. */
    void reached(String cursor) {
        next = cursor;
    }

    /** @throws IllegalArgumentException when the table was written with other rules before */
    void table(TableName table, TableRules rules) throws IOException {
        TableRules known = tables.putIfAbsent(table, rules);
        if (known == null) {
            startItem();
            line(new CarryLine.Table(table, rules));
        } else if (!known.equals(rules)) {
            throw new IllegalArgumentException(
                    "table " + table + " had the rules " + known + ", and now it has " + rules);
        }
    }

    /** @param content the bytes of a blob up to 64 KiB, else null */
    void row(TableName table, Row row, Value.@Nullable Bytes content) throws IOException {
        if (!tables.containsKey(table)) {
            throw new IllegalArgumentException("a row of " + table + " comes before the table");
        }
        startItem();
        line(new CarryLine.OfRow(table, new WireRow(row, content)));
        changes++;
        sectionRows++;
    }

    /** A row with a blob above 64 KiB, whose bytes are known to be the right ones. */
    void row(TableName table, Row row, Body.Blob blob, InputStream bytes) throws IOException {
        row(table, row, null);
        long left = blob.size();
        while (left > 0) {
            byte[] piece = bytes.readNBytes((int) Math.min(left, Section.PIECE_BYTES));
            line(new CarryLine.Piece(new Value.Bytes(piece)));
            left -= piece.length;
            if (piece.length == 0) {
                throw new IOException("a temporary file became shorter");
            }
        }
    }

    void gap(String what) throws IOException {
        startItem();
        line(new CarryLine.Gap(what));
    }

    /** Ends the section, if there is anything in it, and the file. */
    void end() throws IOException {
        if (sectionBytes > 0) {
            flush();
        }
        line(new CarryLine.End(changes, next, digest()));
        out.flush();
        flushed = new Reached(changes, next);
        out.close();
    }

    /** How far the file is of use. */
    Reached flushed() {
        return flushed;
    }

    private void startItem() throws IOException {
        if (sectionRows >= Section.ROWS_MAX || sectionBytes >= Section.BYTES_MAX) {
            flush();
        }
    }

    /** Ends the section: what was written is of use from now on. */
    void flush() throws IOException {
        flushes++;
        line(new CarryLine.Flush(flushes, changes, next, digest()));
        out.flush();
        flushed = new Reached(changes, next);
        sectionRows = 0;
        sectionBytes = 0;
    }

    private void line(CarryLine line) throws IOException {
        byte[] json = CarryJson.encode(line);
        if (json.length > CarryJson.LINE_MAX) {
            throw new IllegalArgumentException(
                    "a line of " + json.length + " bytes; the most is " + CarryJson.LINE_MAX);
        }
        byte[] bytes = java.util.Arrays.copyOf(json, json.length + 1);
        bytes[json.length] = '\n';
        sha.update(bytes);
        out.write(bytes, 0, bytes.length);
        sectionBytes += line instanceof CarryLine.Head ? 0 : bytes.length;
    }

    private Digest digest() {
        return RunningDigest.soFar(sha);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
