package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.source.sql.Engine;
import io.twinroot.source.sql.SqlPlace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Repairs of databases by hand, on real servers: what is in the tables in the end. A is right; B is changed. */
final class SqlRepairTest {
    private static final String RESTRICTED = "ALTER TABLE t ADD CONSTRAINT small CHECK (n < 100)";

    @TempDir
    private Path temp;

    private static Cli.Result run(int exit, Object... arguments) {
        Cli.Result result =
                Cli.run(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
        assertEquals(exit, result.exit(), () -> result.out() + result.err());
        return result;
    }

    /** Two databases in which the same statements were run. */
    private record Two(SqlPlace a, SqlPlace b) {
        void run(String... statements) {
            a.run(statements);
            b.run(statements);
        }

        Cli.Result verify(int exit) {
            return SqlRepairTest.run(exit, "verify", a.address(), b.address(), "--settle", "0ms");
        }

        Cli.Result repair(int exit, Object... more) {
            List<Object> arguments =
                    new ArrayList<>(List.of("repair", a.address(), b.address(), "--settle", "0ms", "--right", "a"));
            arguments.addAll(List.of(more));
            return SqlRepairTest.run(exit, arguments.toArray());
        }

        void assertSame(String query) {
            assertEquals(a.ask(query), b.ask(query));
        }
    }

    private Two two(Engine engine, String... statements) {
        Two two = new Two(SqlPlace.of(engine, temp), SqlPlace.of(engine, temp));
        two.run(statements);
        return two;
    }

    private static String rows(int from, int to) {
        List<String> rows = new ArrayList<>();
        for (int i = from; i <= to; i++) {
            rows.add("(" + i + ", 'row " + i + "', " + i % 90 + ")");
        }
        return "INSERT INTO t (id, name, n) VALUES " + String.join(", ", rows);
    }

    private Two drifted(Engine engine) {
        Two two = two(engine, "CREATE TABLE t (id int PRIMARY KEY, name varchar(100), n int)", rows(1, 200));
        two.b()
                .run(
                        "UPDATE t SET name = 'wrong' WHERE id IN (3, 4)",
                        "DELETE FROM t WHERE id BETWEEN 10 AND 12",
                        "INSERT INTO t VALUES (1000, 'too much', NULL)");
        return two;
    }

    @ParameterizedTest
    @EnumSource
    void whatIsPrintedDoesItInAFreshSession(Engine engine) {
        Two two = drifted(engine);
        List<String> before = two.b().ask("SELECT * FROM t ORDER BY id");
        Cli.Result printed = two.repair(Exit.DIFFERENT, "--print");
        assertEquals(before, two.b().ask("SELECT * FROM t ORDER BY id"), "printing changed something");
        String[] statements = printed.out()
                .lines()
                .filter(line -> !line.startsWith("--"))
                .map(line -> line.replaceFirst(";$", ""))
                .toArray(String[]::new);
        assertTrue(
                Stream.of(statements)
                        .allMatch(line -> line.matches("(?s)(SET|BEGIN|COMMIT|INSERT|UPDATE|DELETE|PRAGMA).*")),
                printed.out());
        two.b().run(statements);
        two.assertSame("SELECT * FROM t ORDER BY id");
        two.verify(Exit.SAME);
        assertEquals("", two.repair(Exit.SAME, "--print").out());
    }

    @ParameterizedTest
    @EnumSource
    void undoBringsAllBack(Engine engine) {
        Two two = drifted(engine);
        List<String> before = two.b().ask("SELECT * FROM t ORDER BY id");
        Path undo = temp.resolve("undo.jsonl");
        two.repair(Exit.SAME, "--apply", "--undo", undo);
        two.assertSame("SELECT * FROM t ORDER BY id");
        two.verify(Exit.SAME);
        run(Exit.SAME, "undo", undo, "--apply");
        assertEquals(before, two.b().ask("SELECT * FROM t ORDER BY id"));
    }

    @ParameterizedTest
    @EnumSource
    void aRowThatChangedSinceThePlanStays(Engine engine) {
        Two two = drifted(engine);
        Path plan = temp.resolve("plan.jsonl");
        two.repair(Exit.DIFFERENT, "--output", plan);
        two.b().run("UPDATE t SET n = 77 WHERE id = 3", "INSERT INTO t VALUES (11, 'meanwhile', 1)");
        run(Exit.DIFFERENT, "repair", "--plan", plan, "--apply");
        assertEquals(List.of("3|wrong|77", "4|row 4|4"), two.b().ask("SELECT * FROM t WHERE id IN (3, 4) ORDER BY id"));
        assertEquals(
                List.of("10|row 10|10", "11|meanwhile|1", "12|row 12|12"),
                two.b().ask("SELECT * FROM t WHERE id BETWEEN 10 AND 12 ORDER BY id"));
        assertEquals(List.of("0"), two.b().ask("SELECT count(*) FROM t WHERE id = 1000"));
    }

    @ParameterizedTest
    @EnumSource
    void moreThanTheGuardsAllowIsNotBegun(Engine engine) {
        Two two = drifted(engine);
        two.a().run("DELETE FROM t WHERE id > 150");
        List<String> before = two.b().ask("SELECT * FROM t ORDER BY id");
        Cli.Result refused = two.repair(Exit.TROUBLE, "--apply");
        assertTrue(refused.err().contains("would delete 51 of the 198 rows"), refused.err());
        assertEquals(before, two.b().ask("SELECT * FROM t ORDER BY id"));
        two.repair(Exit.SAME, "--apply", "--max-deletes", "51");
        two.assertSame("SELECT * FROM t ORDER BY id");
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void aRowThatTheDatabaseRefusesIsNamedAndTheOthersAreDone(Engine engine) {
        Two two = drifted(engine);
        two.b().run(RESTRICTED);
        two.a().run("UPDATE t SET n = 500 WHERE id = 11");
        Cli.Result result = two.repair(Exit.TROUBLE, "--apply");
        assertTrue((result.out() + result.err()).contains("small"), result.out() + result.err());
        String rest = "SELECT * FROM t WHERE id <> 11 ORDER BY id";
        two.assertSame(rest);
        assertEquals(List.of("0"), two.b().ask("SELECT count(*) FROM t WHERE id = 11"));
    }

    @ParameterizedTest
    @EnumSource
    void rowsThatReferToOthersComeAfterThemAndGoBeforeThem(Engine engine) {
        String key = engine == Engine.SQLITE ? "INTEGER" : "int";
        Two two = two(
                engine,
                "CREATE TABLE z (id " + key + " PRIMARY KEY)",
                "CREATE TABLE a (id " + key + " PRIMARY KEY, z int REFERENCES z (id), up int REFERENCES a (id))",
                "INSERT INTO z VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)",
                "INSERT INTO a VALUES (1, 1, NULL), (2, 2, 1), (3, 3, 2), (4, 1, NULL), (5, 1, 4), (6, 1, 5),"
                        + " (7, 1, NULL), (8, 1, 7), (9, 1, 8), (10, 1, NULL), (11, 1, 10)");
        // in A: a new parent and child, and a chain whose first row has the highest key; in B one too much of both
        two.a()
                .run(
                        "INSERT INTO z VALUES (20)",
                        "INSERT INTO a VALUES (30, 20, NULL)",
                        "INSERT INTO a VALUES (21, 20, 30)",
                        "INSERT INTO a VALUES (20, 20, 21)");
        two.b().run("INSERT INTO z VALUES (40)", "INSERT INTO a VALUES (40, 40, NULL)");
        two.repair(Exit.SAME, "--apply", "--max-deletes", "5");
        two.assertSame("SELECT * FROM a ORDER BY id");
        two.assertSame("SELECT * FROM z ORDER BY id");
    }

    @ParameterizedTest
    @EnumSource
    void aUniqueValueThatMovesIsMovedAndACircleIsRefused(Engine engine) {
        Two two = two(
                engine,
                "CREATE TABLE t (id int PRIMARY KEY, u varchar(20) UNIQUE, n int)",
                "INSERT INTO t VALUES (1, 'one', 0), (2, 'two', 0), (3, 'three', 0), (4, 'four', 0), (5, 'five', 0)");
        two.a()
                .run(
                        "UPDATE t SET u = 'six' WHERE id = 3",
                        "UPDATE t SET u = 'three' WHERE id = 2",
                        "UPDATE t SET u = 'two' WHERE id = 1");
        two.repair(Exit.SAME, "--apply");
        two.assertSame("SELECT * FROM t ORDER BY id");
        two.a()
                .run(
                        "UPDATE t SET u = 'tmp' WHERE id = 4",
                        "UPDATE t SET u = 'four' WHERE id = 5",
                        "UPDATE t SET u = 'five' WHERE id = 4");
        List<String> before = two.b().ask("SELECT * FROM t ORDER BY id");
        Cli.Result refused = two.repair(Exit.TROUBLE, "--apply");
        assertTrue(
                (refused.out() + refused.err())
                                .toLowerCase(java.util.Locale.ROOT)
                                .contains("unique")
                        || (refused.out() + refused.err()).contains("Duplicate"),
                refused.out() + refused.err());
        assertEquals(before, two.b().ask("SELECT * FROM t ORDER BY id"));
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void aTriggerThatMakesSomethingElseOfARowIsNamed(Engine engine) {
        Two two = drifted(engine);
        if (engine == Engine.POSTGRESQL) {
            two.b()
                    .run(
                            "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS"
                                    + " 'BEGIN NEW.name := upper(NEW.name); RETURN NEW; END'",
                            "CREATE TRIGGER shouting BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION shout()");
        } else {
            two.b().run("CREATE TRIGGER shouting BEFORE INSERT ON t FOR EACH ROW SET NEW.name = upper(NEW.name)");
        }
        List<String> before = two.b().ask("SELECT * FROM t WHERE id BETWEEN 10 AND 12");
        Cli.Result result = two.repair(Exit.TROUBLE, "--apply");
        String said = result.out() + result.err();
        assertTrue(said.contains("made something else of the row"), said);
        assertTrue(said.contains("column name"), said);
        assertTrue(said.contains("shouting"), said);
        assertEquals(before, two.b().ask("SELECT * FROM t WHERE id BETWEEN 10 AND 12"));
        assertEquals(List.of("0"), two.b().ask("SELECT count(*) FROM t WHERE id = 1000"), "the delete");
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void countersAreLiftedAndComputedColumnsLeftToTheDatabase(Engine engine) {
        String counter = engine == Engine.POSTGRESQL ? "GENERATED ALWAYS AS IDENTITY" : "AUTO_INCREMENT";
        Two two = two(
                engine,
                "CREATE TABLE t (id int " + counter
                        + " PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED)",
                "INSERT INTO t (n) VALUES (1), (2), (3)");
        two.a().run("INSERT INTO t (n) VALUES (4), (5)", "UPDATE t SET n = 20 WHERE id = 2");
        two.repair(Exit.SAME, "--apply");
        two.assertSame("SELECT id, n, twice FROM t ORDER BY id");
        two.run("INSERT INTO t (n) VALUES (6)");
        two.assertSame("SELECT id, n, twice FROM t ORDER BY id");
        assertEquals(List.of("6"), two.b().ask("SELECT max(id) FROM t"));
    }

    @ParameterizedTest
    @EnumSource
    void viewsAreNeverWritten(Engine engine) {
        Two two = drifted(engine);
        two.run("CREATE VIEW v AS SELECT * FROM t");
        Cli.Result refused = run(
                Exit.TROUBLE,
                "repair",
                two.a().address("v&key=id"),
                two.b().address("v&key=id"),
                "--settle",
                "0ms",
                "--right",
                "a",
                "--apply");
        assertTrue(refused.err().contains("view"), refused.out() + refused.err());
        assertNotEquals(two.a().ask("SELECT * FROM t ORDER BY id"), two.b().ask("SELECT * FROM t ORDER BY id"));
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void rowsThatShareAKeyWithNullAreRefused(Engine engine) {
        Two two = two(
                engine, "CREATE TABLE t (k int UNIQUE, name varchar(20))", "INSERT INTO t VALUES (1, 'x'), (2, 'y')");
        two.a().run("INSERT INTO t VALUES (NULL, 'p'), (NULL, 'q')", "UPDATE t SET name = 'X' WHERE k = 1");
        two.b().run("INSERT INTO t VALUES (NULL, 'p'), (NULL, 'r')");
        List<String> before = two.b().ask("SELECT * FROM t WHERE k IS NULL ORDER BY name");
        Cli.Result refused = run(
                Exit.TROUBLE,
                "repair",
                two.a().address("t&key=k"),
                two.b().address("t&key=k"),
                "--settle",
                "0ms",
                "--right",
                "a",
                "--apply");
        assertTrue((refused.out() + refused.err()).contains("by hand"), refused.out() + refused.err());
        assertEquals(List.of("X"), two.b().ask("SELECT name FROM t WHERE k = 1"));
        assertEquals(before, two.b().ask("SELECT * FROM t WHERE k IS NULL ORDER BY name"));
    }

    @ParameterizedTest
    @EnumSource
    void largeTextsAndBytes(Engine engine) {
        String bytes = engine == Engine.POSTGRESQL ? "bytea" : "LONGBLOB";
        String text = engine == Engine.MARIADB ? "LONGTEXT" : "text";
        Two two = two(engine, "CREATE TABLE t (id int PRIMARY KEY, a " + text + ", y " + bytes + ")");
        int times = engine == Engine.SQLITE ? 20_000 : 300_000; // a statement of SQLite has 1 MB at most
        String longText = "'" + "lorem ipsum ä ".repeat(times) + "'";
        String hex = "00ff27".repeat(times);
        String longBytes = engine == Engine.POSTGRESQL ? "'\\x" + hex + "'" : "x'" + hex + "'";
        two.a().run("INSERT INTO t VALUES (1, " + longText + ", NULL), (2, NULL, " + longBytes + ")");
        two.b().run("INSERT INTO t VALUES (1, 'short', NULL)");
        two.repair(Exit.SAME, "--apply");
        two.verify(Exit.SAME);
        two.assertSame("SELECT id, length(a), length(y) FROM t ORDER BY id");
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void aRowThatAnUndoFileCannotHoldIsNotOverwritten(Engine engine) {
        Two two = two(
                engine,
                "CREATE TABLE t (id int PRIMARY KEY, a " + (engine == Engine.MARIADB ? "LONGTEXT" : "text") + ")");
        Path undo = temp.resolve("undo.jsonl");
        for (int bytes : new int[] {900_000, 4_000_000}) { // what a store's row may have, and more than a line may
            two.run("DELETE FROM t");
            two.a().run("INSERT INTO t VALUES (1, 'new')");
            two.b().run("INSERT INTO t VALUES (1, repeat('x', " + bytes + "))");
            boolean fits = bytes < 1_000_000;
            Cli.Result result = two.repair(fits ? Exit.SAME : Exit.TROUBLE, "--apply", "--undo", undo);
            if (fits) {
                run(Exit.SAME, "undo", undo, "--apply");
            } else {
                assertTrue(result.err().contains("more than can be read back; nothing was changed"), result.err());
            }
            assertEquals(List.of("1|" + bytes), two.b().ask("SELECT id, length(a) FROM t"));
            assertEquals(fits, undo.toFile().delete());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void betweenEngines(Engine wrong) throws Exception {
        Engine right = wrong == Engine.POSTGRESQL ? Engine.MARIADB : Engine.POSTGRESQL;
        Two two = new Two(SqlPlace.of(right, temp), SqlPlace.of(wrong, temp));
        two.run(
                "CREATE TABLE t (id int PRIMARY KEY, name varchar(100), n int, d double precision, at timestamp NULL, f boolean)");
        two.a()
                .run(
                        "INSERT INTO t VALUES (1, 'it''s \\ ä😀', 1, 0.1, '2024-01-01 12:00:00', true)",
                        "INSERT INTO t VALUES (2, NULL, NULL, NULL, NULL, NULL)");
        two.b().run("INSERT INTO t VALUES (1, 'its', 1, 0.1, NULL, false)");
        Cli.Result result = run(
                Exit.DIFFERENT,
                "repair",
                two.a().address("t&without=at"),
                two.b().address("t&without=at"),
                "--settle",
                "0ms",
                "--right",
                "a",
                "-o",
                temp.resolve("plan.jsonl"));
        assertFalse(Files.readString(temp.resolve("plan.jsonl")).isEmpty(), result.out());
        run(Exit.SAME, "repair", "--plan", temp.resolve("plan.jsonl"), "--apply");
        two.assertSame("SELECT id, name, n FROM t ORDER BY id");
        assertEquals(List.of("∅", "∅"), two.b().ask("SELECT at FROM t ORDER BY id"));
    }
}
