package io.twinroot.source.sql;

import io.twinroot.source.Pacing;
import io.twinroot.source.RowSink;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a whole table, in chunks of about half a second along its key, in the engine's own order. The chunks of
 * up to a minute are of one moment: a transaction that lasts longer would keep the server from cleaning up. So rows that
 * are written meanwhile may be seen as they were or as they are, and are looked at again by whoever compares. Used once.
 */
final class TableScan {
    private static final long CHUNK_NANOS = 500_000_000L;
    private static final long SNAPSHOT_NANOS = 60_000_000_000L;
    private static final long ROWS_FIRST = 20_000;
    private static final long ROWS_MIN = 100;
    private static final long ROWS_MAX = 1_000_000;

    private final Database database;
    private final Shape shape;
    private final Pacing pacing;
    private final RowSink sink;
    private final List<String> keyColumns;
    private @Nullable Uid last;
    private long rows;
    private long bytes;

    TableScan(Database database, Shape shape, Pacing pacing, RowSink sink) {
        this.database = database;
        this.shape = shape;
        this.pacing = pacing;
        this.sink = sink;
        keyColumns = shape.key().stream()
                .map(i -> database.dialect().quoted(shape.columns().get(i).name()))
                .toList();
    }

    void run(@Nullable Uid after) {
        last = after;
        boolean inChunks =
                shape.key().stream().noneMatch(i -> shape.columns().get(i).nullable());
        database.run("reading table " + shape.table(), connection -> {
            if (inChunks) {
                chunks(connection);
            } else {
                atOnce(connection);
            }
        });
    }

    /** NULLs in a key: there is no condition that goes on behind a row. */
    private void atOnce(Connection connection) throws SQLException {
        database.dialect().beginReading(connection);
        chunk(
                connection,
                shape.selection().where().map(where -> "WHERE " + where).orElse(""));
    }

    private void chunks(Connection connection) throws SQLException {
        long limit = Math.min(ROWS_FIRST, pacing.rowsMax());
        long begun = 0;
        boolean more = true;
        while (more) {
            if (begun == 0 || System.nanoTime() - begun > SNAPSHOT_NANOS) {
                connection.rollback();
                database.dialect().beginReading(connection);
                begun = System.nanoTime();
            }
            long nanos = chunk(connection, tail(limit));
            more = rows == limit;
            if (more && pacing.waitsLong()) {
                connection.rollback(); // a snapshot that is held keeps the server from cleaning up
                begun = 0;
            }
            pacing.after(rows, bytes, nanos);
            double factor = Math.clamp((double) CHUNK_NANOS / nanos, 0.25, 4);
            limit = Math.min(Math.clamp((long) (limit * factor), ROWS_MIN, ROWS_MAX), pacing.rowsMax());
        }
    }

    private String tail(long limit) {
        List<String> conditions = new ArrayList<>();
        shape.selection().where().ifPresent(where -> conditions.add("(" + where + ")"));
        if (last != null) {
            conditions.add(database.dialect().after(keyColumns, literals(last)));
        }
        return (conditions.isEmpty() ? "" : "WHERE " + String.join(" AND ", conditions) + " ") + "ORDER BY "
                + String.join(", ", keyColumns) + " LIMIT " + limit;
    }

    private List<String> literals(Uid uid) {
        List<Value> values = UidEncoder.decode(uid);
        List<String> literals = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            literals.add(database.dialect().literal(shape.keyColumn(i), values.get(i)));
        }
        return literals;
    }

    /** Reads a chunk; gives how long that took. */
    private long chunk(Connection connection, String tail) throws SQLException {
        rows = 0;
        bytes = 0;
        long started = System.nanoTime();
        database.dialect().read(connection, shape, tail, (uid, digest, canonical, length, read) -> {
            sink.row(uid, digest, canonical, length);
            last = uid;
            rows++;
            bytes += read;
        });
        long nanos = Math.max(1, System.nanoTime() - started);
        if (last != null && rows > 0) {
            sink.chunk(last, rows, bytes);
        }
        return nanos;
    }
}
