package io.twinroot.source.sql;

import io.twinroot.source.SourceException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.StringJoiner;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Reads rows as {@code COPY … TO STDOUT (FORMAT binary)} sends them: a header once; then of each row how many fields it
 * has, and each with its length, −1 for NULL. For one thread and one read.
 */
final class PostgresReader {
    /** The most bytes that a row may take on the connection; it is whole in memory, as is its encoding. */
    static final int MAX_ROW_BYTES = 1 << 29;

    /** Before the first row: a signature, flags, and the length of what follows of the header. */
    private static final int HEADER = 19;

    private static final short END = -1;

    private final Shape shape;
    private final Dialect.Taker taker;
    private final RowEncoder encoder;
    private final PostgresValues[] values;
    private byte[] rest = new byte[0];
    private boolean started;

    PostgresReader(Shape shape, Dialect.Taker taker) {
        this.shape = shape;
        this.taker = taker;
        encoder = new RowEncoder(shape);
        values = shape.columns().stream()
                .map(column -> new PostgresValues(PostgresType.of(column)))
                .toArray(PostgresValues[]::new);
    }

    void read(Connection connection, String tail) throws SQLException {
        readFrom(connection, table(shape) + (tail.isEmpty() ? "" : " " + tail));
    }

    /** @param from what comes after FROM: something with these columns, and what follows it */
    void readFrom(Connection connection, String from) throws SQLException {
        CopyOut copy = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(statement(shape, from));
        try {
            for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
                take(message);
            }
            if (rest.length != 2 || BigEndian.int16(rest, 0) != END) {
                throw new IllegalStateException("the rows of " + shape.table() + " end without the mark of the end");
            }
        } catch (RuntimeException | Error stop) {
            giveUp(connection, copy, stop);
            throw stop;
        }
    }

    /** Makes the connection ready for another statement; the driver's own cancelCopy leaves rows unread on it. */
    private static void giveUp(Connection connection, CopyOut copy, Throwable reason) {
        try {
            connection.unwrap(PGConnection.class).cancelQuery();
            byte[] unread = new byte[0];
            while (unread != null && copy.isActive()) {
                unread = copy.readFromCopy();
            }
        } catch (SQLException e) {
            reason.addSuppressed(e); // that it is cancelled
        }
    }

    private static String table(Shape shape) {
        return PostgresText.quoted(shape.schema()) + "." + PostgresText.quoted(shape.table());
    }

    private static String statement(Shape shape, String from) {
        StringJoiner columns = new StringJoiner(", ");
        for (Column column : shape.columns()) {
            columns.add(PostgresType.of(column).read(PostgresText.quoted(column.name())));
        }
        return "COPY (SELECT " + columns + " FROM " + from + ") TO STDOUT (FORMAT binary)";
    }

    /** The server sends a row in each message; nothing here relies on that. */
    private void take(byte[] message) {
        byte[] bytes = message;
        if (rest.length > 0) {
            bytes = Arrays.copyOf(rest, rest.length + message.length);
            System.arraycopy(message, 0, bytes, rest.length, message.length);
        }
        int at = started ? 0 : header(bytes);
        if (at >= 0) {
            started = true;
            for (int next = end(bytes, at); next > 0; next = end(bytes, at)) {
                row(bytes, at, next - at);
                at = next;
            }
        }
        int left = bytes.length - Math.max(at, 0);
        if (left > MAX_ROW_BYTES) {
            throw tooLarge(left);
        }
        rest = left == 0 ? new byte[0] : Arrays.copyOfRange(bytes, bytes.length - left, bytes.length);
    }

    /** Where the rows begin; −1 while that is not there. */
    private static int header(byte[] bytes) {
        if (bytes.length < HEADER) {
            return -1;
        }
        int stop = HEADER + BigEndian.int32(bytes, HEADER - 4);
        return bytes.length < stop ? -1 : stop;
    }

    /** Where the row that begins here ends; −1 where it is not whole, or there are no more. */
    private int end(byte[] bytes, int at) {
        if (bytes.length - at < 2) {
            return -1;
        }
        short fields = BigEndian.int16(bytes, at);
        if (fields == END) {
            return -1;
        }
        if (fields != values.length) {
            throw new IllegalStateException(
                    "a row of " + shape.table() + " has " + fields + " fields of " + values.length);
        }
        int next = at + 2;
        for (int i = 0; i < fields; i++) {
            if (bytes.length - next < 4) {
                return -1;
            }
            int count = Math.max(0, BigEndian.int32(bytes, next));
            if (bytes.length - next - 4 < count) {
                return -1;
            }
            next += 4 + count;
        }
        return next;
    }

    private void row(byte[] bytes, int from, int count) {
        if (count > MAX_ROW_BYTES) {
            throw tooLarge(count);
        }
        encoder.begin();
        int at = from + 2;
        for (PostgresValues column : values) {
            int length = BigEndian.int32(bytes, at);
            at += 4;
            if (length < 0) {
                encoder.nothing();
            } else {
                column.write(bytes, at, length, encoder);
                at += length;
            }
        }
        taker.row(encoder.uid(), encoder.digest(), encoder.encoding(), encoder.length(), count);
    }

    private SourceException tooLarge(int count) {
        return new SourceException(
                SourceException.Kind.UNSUPPORTED,
                "table " + shape.table() + ": a row takes " + count + " bytes; the limit is " + MAX_ROW_BYTES
                        + "; leave its largest column out with without=COLUMN");
    }
}
