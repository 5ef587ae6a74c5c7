package io.twinroot.source.sql;

import io.twinroot.source.ChangeHints;
import io.twinroot.table.Uid;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The keys that triggers wrote down. A step reads some in one transaction, hands them on, and deletes just these: what
 * becomes visible late, with whatever number, is there at a later step.
 */
final class TriggerHints implements ChangeHints {
    private static final int KEYS = 1_000;
    private static final int CUT = 10_000;
    private static final long CHECK_NS = TimeUnit.SECONDS.toNanos(30);

    private final Database database;
    private final Shape shape;
    private final Shape keys;
    private final TriggerSql sql;
    private final String log;
    private final long maxBacklog;
    private long checkedNs;
    private long countedNs = System.nanoTime() - CHECK_NS;

    /** @param maxBacklog keys that may wait */
    TriggerHints(Database database, Shape shape, TriggerSql sql, long maxBacklog) {
        this.database = database;
        this.shape = shape;
        this.sql = sql;
        this.maxBacklog = maxBacklog;
        keys = ChangedKeys.of(shape, CaptureNames.ofTable(shape.table()));
        log = database.quoted(keys);
        check();
    }

    private void check() {
        boolean whole = database.with(
                "looking for the triggers of " + shape.table(),
                connection -> sql.isWhole(connection, shape, keys.table()));
        if (!whole) {
            throw ChangeCapture.missing(database, shape, ChangeCapture.Kind.TRIGGERS);
        }
        checkedNs = System.nanoTime();
    }

    @Override
    public Step step(Taker taker) {
        if (System.nanoTime() - checkedNs > CHECK_NS) {
            check();
        }
        return database.with("reading which rows of " + shape.table() + " changed", connection -> {
            database.dialect().beginWriting(connection);
            List<String> handles = handles(connection, KEYS);
            if (handles.isEmpty()) {
                return Step.NOTHING;
            }
            Set<Uid> uids = new LinkedHashSet<>();
            int[] read = new int[1];
            String tail = "WHERE " + sql.handled(handles) + " AND " + sql.isKey();
            database.dialect().read(connection, keys, tail, (uid, digest, canonical, length, bytes) -> {
                uids.add(uid);
                read[0]++;
            });
            if (!uids.isEmpty() && !taker.take(List.copyOf(uids))) {
                return Step.REFUSED;
            }
            delete(connection, handles);
            connection.commit();
            return read[0] < handles.size() ? Step.ALL : Step.SOME;
        });
    }

    /** There is one reader, so that this stays true until it deletes some. */
    private List<String> handles(Connection connection, int limit) throws SQLException {
        String order = sql.handle().equals("ctid") ? "" : " ORDER BY " + sql.handle();
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT " + sql.handle() + " FROM " + log + order + " LIMIT " + limit)) {
            List<String> handles = new ArrayList<>();
            while (rows.next()) {
                handles.add(rows.getString(1));
            }
            return handles;
        }
    }

    private void delete(Connection connection, List<String> handles) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM " + log + " WHERE " + sql.handled(handles));
        }
    }

    /** Counts now and then only. */
    @Override
    public boolean cut() {
        if (System.nanoTime() - countedNs < CHECK_NS) {
            return false;
        }
        countedNs = System.nanoTime();
        return database.with("counting which rows of " + shape.table() + " changed", connection -> {
            database.dialect().beginWriting(connection);
            long waiting;
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT count(*) FROM (SELECT 1 FROM " + log + " LIMIT "
                            + (maxBacklog + 1) + ") waiting")) {
                waiting = rows.next() ? rows.getLong(1) : 0;
            }
            connection.commit();
            if (waiting <= maxBacklog) {
                return false;
            }
            empty(connection);
            return true;
        });
    }

    /** In small transactions, until it is empty, or others write faster than this deletes. */
    private void empty(Connection connection) throws SQLException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
        List<String> handles;
        do {
            database.dialect().beginWriting(connection);
            handles = handles(connection, CUT);
            if (!handles.isEmpty()) {
                delete(connection, handles);
            }
            connection.commit();
        } while (handles.size() == CUT && System.nanoTime() < end);
    }

    @Override
    public void close() {}
}
