package io.twinroot.source.sql;

import io.twinroot.source.ChangeHints;
import io.twinroot.source.SourceException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/** What a database notes of the changes of a table, so that they are found without reading all of it. For many threads. */
public final class ChangeCapture {
    /** How a change is noted. */
    public enum Kind {
        /** PostgreSQL's log, by a publication and a slot. */
        SLOT,
        /** A table of changed keys, which triggers fill. */
        TRIGGERS
    }

    /** What a key that waits in a table of changed keys counts towards the most that may wait. */
    private static final long BYTES_OF_KEY = 1024;

    /** The state of a slot whose reader went just now, or is there. */
    private static final String IN_USE = "55006";

    private static final long IN_USE_NS = 5_000_000_000L;

    private final Database database;
    private final Shape shape;
    private final Kind kind;

    ChangeCapture(Database database, Shape shape, Kind kind) {
        this.database = database;
        this.shape = shape;
        this.kind = kind;
    }

    /**
     * The statements that set it up, each to be committed by itself, in their order.
     *
     * @throws SourceException of kind UNSUPPORTED where the table is not one for that
     */
    public List<String> install() {
        check();
        return database.with("looking at table " + shape.table(), connection -> switch (kind) {
            case SLOT -> new SlotSql(database, shape).install(connection);
            case TRIGGERS -> triggers(database).install(connection, shape, CaptureNames.ofTable(shape.table()));
        });
    }

    private void check() {
        if (database.address().engine() == Engine.SQLITE) {
            throw unfit("SQLite's changes are found by scans alone; set tables[].source.changes to \"scan\"");
        }
        if (kind == Kind.SLOT && database.address().engine() != Engine.POSTGRESQL) {
            throw unfit("only PostgreSQL has slots; use triggers");
        }
        if (shape.view()) {
            throw unfit("it is a view, whose changes are found by scans alone");
        }
        for (int i = 0; i < shape.key().size(); i++) {
            if (shape.keyColumn(i).nullable()) {
                throw unfit("column " + shape.keyColumn(i).name()
                        + " of its key may be NULL, so that a key does not name one row; its changes are found by scans"
                        + " alone");
            }
        }
    }

    private SourceException unfit(String why) {
        return new SourceException(
                SourceException.Kind.UNSUPPORTED,
                database.address().shortly() + ": table " + shape.table() + ": " + why);
    }

    /** The statements that remove what is there, of either kind, of a table; it need not be there itself any more. */
    public static List<String> remove(Database database, String table) {
        if (database.address().engine() == Engine.SQLITE) {
            return List.of();
        }
        return database.with("looking for what notes changes of " + table, connection -> {
            List<String> statements = new ArrayList<>();
            if (database.address().engine() == Engine.POSTGRESQL) {
                statements.addAll(SlotSql.remove(
                        connection, CaptureNames.ofSlot(database.address().database(), database.schema(), table)));
            }
            statements.addAll(
                    triggers(database).remove(connection, database.schema(), table, CaptureNames.ofTable(table)));
            return statements;
        });
    }

    private static TriggerSql triggers(Database database) {
        return database.address().engine() == Engine.POSTGRESQL ? new PostgresTriggers() : new MariaTriggers();
    }

    /** Executes statements, each in a transaction of its own; those before one that fails stay. */
    public static void apply(Database database, List<String> statements) {
        for (String sql : statements) {
            database.run("executing " + sql.lines().findFirst().orElse(""), connection -> execute(connection, sql));
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        long end = System.nanoTime() + IN_USE_NS;
        for (boolean isDone = false; !isDone; ) {
            connection.rollback(); // a slot can't be made in a transaction that has written
            try (Statement statement = connection.createStatement()) {
                boolean _ = statement.execute(sql);
                connection.commit();
                isDone = true;
            } catch (SQLException e) {
                if (!IN_USE.equals(e.getSQLState()) || System.nanoTime() > end) {
                    throw e;
                }
                LockSupport.parkNanos(IN_USE_NS / 500);
            }
        }
    }

    /**
     * Reads what was noted.
     *
     * @param maxBacklogBytes how much may wait
     * @throws SourceException where it was not set up, with the command that does
     */
    public ChangeHints hints(long maxBacklogBytes) {
        check();
        return switch (kind) {
            case SLOT -> new SlotHints(database, shape, maxBacklogBytes);
            case TRIGGERS ->
                new TriggerHints(database, shape, triggers(database), Math.max(1, maxBacklogBytes / BYTES_OF_KEY));
        };
    }

    /** The failure of a table whose changes are not noted. */
    static SourceException missing(Database database, Shape shape, Kind kind) {
        String address =
                database.address().with(java.util.Optional.of(shape.table())).shortly();
        return new SourceException(
                SourceException.Kind.UNKNOWN,
                "no " + (kind == Kind.SLOT ? "publication notes" : "triggers note") + " the changes of " + address
                        + ", or not all of it is there; twinroot source install '" + address + "' --changes "
                        + kind.name().toLowerCase(Locale.ROOT) + " shows what is needed");
    }
}
