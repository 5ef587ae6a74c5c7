package io.twinroot.source.sql;

import io.twinroot.source.SourceChange;
import io.twinroot.source.SourceException;
import io.twinroot.source.SourceOutcome;
import io.twinroot.source.SourceRow;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Changes rows, in small transactions. In each, the rows are read and locked by their keys; what is not as it was expected
 * is left alone; and each statement says itself, once more, which row it is for: by its key and by all its values. What a
 * batch can't take is done again row by row, so that the one that is refused is known. Rows that stand in each other's way
 * (a unique value that moves from one to the other) are tried again after the others.
 */
final class TableWriter {
    private static final int ROWS_MAX = 100;
    private static final String SHARED_KEY = "other rows have the same key, with NULL in it: change it by hand";

    private final Database database;
    private final Dialect dialect;
    private final Shape shape;
    private final RowStatements statements;

    TableWriter(Database database, Shape shape) {
        this.database = database;
        this.dialect = database.dialect();
        this.shape = shape;
        this.statements = new RowStatements(dialect, shape, database.quoted(shape));
    }

    List<SourceOutcome> apply(List<SourceChange> changes) {
        if (shape.view()) {
            throw new SourceException(
                    SourceException.Kind.UNSUPPORTED,
                    database.address().shortly() + ": " + shape.table() + " is a view; views are only read");
        }
        SourceOutcome[] outcomes = new SourceOutcome[changes.size()];
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < outcomes.length; i++) {
            Optional<String> why = objection(changes.get(i));
            if (why.isPresent()) {
                outcomes[i] = new SourceOutcome.Refused(why.get());
            } else {
                open.add(i);
            }
        }
        int before;
        do { // each pass is a list that became shorter, or the last
            before = open.size();
            for (int from = 0; from < open.size(); from += ROWS_MAX) {
                batch(changes, open.subList(from, Math.min(open.size(), from + ROWS_MAX)), outcomes);
            }
            open = open.stream()
                    .filter(i -> outcomes[i] instanceof SourceOutcome.Refused)
                    .toList();
        } while (!open.isEmpty() && open.size() < before);
        liftCounters(changes, outcomes);
        return Arrays.asList(outcomes);
    }

    /** Who counts on after rows were inserted with their numbers must not give these again. */
    private void liftCounters(List<SourceChange> changes, SourceOutcome[] outcomes) {
        boolean inserted = false;
        for (int i = 0; i < outcomes.length; i++) {
            inserted |= changes.get(i).expected() == null && outcomes[i] instanceof SourceOutcome.Applied;
        }
        List<String> lifts = dialect.afterInserts(shape, database.quoted(shape));
        if (!inserted || lifts.isEmpty()) {
            return;
        }
        database.run("lifting the counters of " + shape.table(), connection -> {
            try (Statement statement = connection.createStatement()) {
                for (String lift : lifts) {
                    boolean _ = statement.execute(lift);
                }
            }
            connection.commit();
        });
    }

    /** The statements for these changes, each guarded by the values of the row that is there now. */
    List<String> statements(List<SourceChange> changes) {
        return database.with("reading rows of " + shape.table(), connection -> {
            dialect.beginReading(connection);
            Map<Uid, SourceRow> held = held(connection, changes, "");
            List<String> all = new ArrayList<>();
            for (SourceChange change : changes) {
                SourceRow row = held.get(change.uid());
                if (objection(change).isEmpty()
                        && !isShared(change, held)
                        && outcome(change, row).isEmpty()
                        && statements.objection(change, row).isEmpty()) {
                    all.add(statements.of(change, row));
                }
            }
            return all;
        });
    }

    /** Why a change can't be made, whatever is there. */
    private Optional<String> objection(SourceChange change) {
        if (UidEncoder.isNumbered(change.uid())) {
            return Optional.of(SHARED_KEY);
        }
        return statements.objection(change);
    }

    private void batch(List<SourceChange> changes, List<Integer> rows, SourceOutcome[] outcomes) {
        Map<Integer, SourceOutcome> done = new LinkedHashMap<>();
        try {
            database.run(
                    "changing rows of " + shape.table(), connection -> transaction(connection, changes, rows, done));
        } catch (SourceException e) {
            if (e.kind() != SourceException.Kind.STATEMENT) {
                throw e;
            }
            if (rows.size() == 1) {
                outcomes[rows.getFirst()] = new SourceOutcome.Refused(reason(e));
            } else {
                rows.forEach(row -> batch(changes, List.of(row), outcomes));
            }
            return;
        }
        done.forEach((row, outcome) -> outcomes[row] = outcome);
    }

    private static String reason(SourceException e) {
        if (!(e.getCause() instanceof SQLException sql)) {
            return String.valueOf(e.getMessage());
        }
        SQLException own = sql instanceof BatchUpdateException batch && batch.getNextException() != null
                ? batch.getNextException()
                : sql instanceof BatchUpdateException batch && batch.getCause() instanceof SQLException cause
                        ? cause
                        : sql;
        return String.valueOf(own.getMessage())
                .lines()
                .map(String::strip)
                .reduce((a, b) -> a + "; " + b)
                .orElse("");
    }

    private void transaction(
            Connection connection, List<SourceChange> changes, List<Integer> rows, Map<Integer, SourceOutcome> done)
            throws SQLException {
        dialect.beginWriting(connection);
        List<SourceChange> batch = rows.stream().map(changes::get).toList();
        Map<Uid, SourceRow> held = held(connection, batch, dialect.locking());
        List<SourceChange> made = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            for (int i = 0; i < rows.size(); i++) {
                SourceChange change = batch.get(i);
                SourceRow row = held.get(change.uid());
                Optional<SourceOutcome> known = isShared(change, held)
                        ? Optional.of(new SourceOutcome.Refused(SHARED_KEY))
                        : outcome(change, row);
                if (known.isPresent()) {
                    done.put(rows.get(i), known.get());
                    continue;
                }
                Optional<String> why = statements.objection(change, row);
                if (why.isPresent()) {
                    done.put(rows.get(i), new SourceOutcome.Refused(why.get()));
                    continue;
                }
                statement.addBatch(statements.of(change, row));
                made.add(change);
                done.put(rows.get(i), new SourceOutcome.Applied());
            }
            for (int count : made.isEmpty() ? new int[0] : statement.executeBatch()) {
                if (count != 1) {
                    throw new SQLException("a statement for one row changed " + count + ", and was taken back");
                }
            }
        }
        checkMade(connection, made);
        connection.commit();
    }

    /** Reads what was written: a trigger, or a type that rounds, may have made something else of it. */
    private void checkMade(Connection connection, List<SourceChange> made) throws SQLException {
        Map<Uid, SourceRow> now = held(connection, made, "");
        for (SourceChange change : made) {
            SourceRow row = now.get(change.uid());
            Digest wanted = change.wantedDigest();
            if (!java.util.Objects.equals(wanted, row == null ? null : row.digest())) {
                throw new SQLException("the database made something else of the row (a trigger, a default, a rule, or a"
                        + " type that cannot hold it): it has "
                        + (row == null ? "none" : statements.difference(row, change)) + "; it was taken back");
            }
        }
    }

    private Map<Uid, SourceRow> held(Connection connection, List<SourceChange> changes, String locking)
            throws SQLException {
        Map<Uid, SourceRow> held = new HashMap<>();
        List<Uid> uids = new ArrayList<>();
        for (SourceChange change : changes) {
            uids.add(change.uid());
            if (isShareable(change.uid())) {
                uids.add(UidEncoder.numbered(change.uid(), 1));
            }
        }
        new RowsByKey(database, shape).read(connection, uids, locking, held::put);
        return held;
    }

    /** Whether more rows than one can have this key. */
    private static boolean isShareable(Uid uid) {
        return !UidEncoder.isNumbered(uid) && UidEncoder.decode(uid).contains(Value.Null.NULL);
    }

    private static boolean isShared(SourceChange change, Map<Uid, SourceRow> held) {
        return isShareable(change.uid()) && held.containsKey(UidEncoder.numbered(change.uid(), 1));
    }

    /** What becomes of a change without a statement; empty where one is needed. */
    private static Optional<SourceOutcome> outcome(
            SourceChange change, @org.jspecify.annotations.Nullable SourceRow row) {
        Digest now = row == null ? null : row.digest();
        Digest wanted = change.wantedDigest();
        if (java.util.Objects.equals(now, wanted)) {
            return Optional.of(new SourceOutcome.Same());
        }
        return java.util.Objects.equals(now, change.expected())
                ? Optional.empty()
                : Optional.of(new SourceOutcome.Changed(now));
    }
}
