package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Pause;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.Verify;
import io.twinroot.table.TableName;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A long run of rows that a database lacks: missing, or only late. */
final class LongRunTest {
    private static final int ROWS = 25_000;
    private static final TableName TABLE = new TableName("t");

    @TempDir
    private Path folder;

    @BeforeEach
    void load() throws SQLException {
        run("a", "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER)", insert(1, ROWS));
        run("b", "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER)");
    }

    private static String insert(int from, int to) {
        return "WITH RECURSIVE n(i) AS (SELECT " + from + " UNION ALL SELECT i + 1 FROM n WHERE i < " + to
                + ") INSERT INTO t SELECT i, i * 7 FROM n";
    }

    private void run(String file, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve(file));
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                boolean _ = statement.execute(sql);
            }
        }
    }

    private Comparison compare(Pause pause) {
        try (Replicas a = Addresses.open(Addresses.parse("sqlite:" + folder.resolve("a")));
                Replicas b = Addresses.open(Addresses.parse("sqlite:" + folder.resolve("b")));
                Replica mine = a.table(TABLE);
                Replica theirs = b.table(TABLE)) {
            return Verify.run(
                    mine, theirs, Verify.Options.DEFAULT.withSettle(1), new Random(7)::nextLong, Progress.NONE, pause);
        }
    }

    @Test
    void whatIsMissingIsOneRun() {
        Comparison.Different different = assertInstanceOf(Comparison.Different.class, compare(millis -> {}));

        assertEquals(ROWS, different.rows());
        assertEquals(1, different.differences().size());
        Difference.OnlyMine run = assertInstanceOf(
                Difference.OnlyMine.class, different.differences().getFirst());
        assertEquals(ROWS, run.count());
        assertEquals(ROWS, different.cost().suspected());
    }

    @Test
    void whatComesMeanwhileIsNotMissing() {
        Comparison.Different different = assertInstanceOf(Comparison.Different.class, compare(once(insert(1, 20_000))));

        assertEquals(ROWS - 20_000, different.rows());
        List<Difference> others = different.differences().stream()
                .filter(one -> !(one instanceof Difference.OfRow))
                .toList();
        assertEquals(List.of(), others);
    }

    @Test
    void whatIsOnlyLateIsTheSame() {
        assertInstanceOf(Comparison.Same.class, compare(once(insert(1, ROWS))));
    }

    /** A pause in which something is written to B, the first time. */
    private Pause once(String sql) {
        boolean[] done = new boolean[1];
        return millis -> {
            if (!done[0]) {
                done[0] = true;
                try {
                    run("b", sql);
                } catch (SQLException e) {
                    throw new AssertionError(e);
                }
            }
        };
    }
}
