package io.twinroot.source.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.source.SourceException;
import io.twinroot.table.Digest;
import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteDialectTest {
    private static final SqliteDialect SQLITE = new SqliteDialect();

    @TempDir
    private Path folder;

    private Connection connection;

    @BeforeEach
    void connect() throws SQLException {
        connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("t.db"));
        SQLITE.prepare(connection);
        table("", Selection.ALL).run("PRAGMA query_only = OFF");
    }

    @AfterEach
    void disconnect() throws SQLException {
        connection.close();
    }

    private DialectTable table(String name, Selection selection) {
        return new DialectTable(connection, SQLITE, "main", name, selection);
    }

    /** A table t with one column {@code c} of a type, and an own key. */
    private DialectTable of(String type) throws SQLException {
        DialectTable table = table("t", Selection.ALL);
        table.run("DROP TABLE IF EXISTS t");
        table.run("CREATE TABLE t (id INTEGER PRIMARY KEY, c " + type + ")");
        return table;
    }

    private static Value number(String digits) {
        return Numbers.canonical(new BigDecimal(digits));
    }

    private static Value text(String text) {
        return new Value.Text(text);
    }

    private static Value hex(String hex) {
        return new Value.Bytes(HexFormat.of().parseHex(hex));
    }

    /** What is written in SQL as a column of a type, and the canonical value that is read. */
    private record Case(String type, String sql, Value value) {}

    private static final List<Case> CASES = List.of(
            new Case("INT", "NULL", Value.Null.NULL),
            new Case("INT", "-9223372036854775807 - 1", number("-9223372036854775808")),
            new Case("BIGINT", "9223372036854775807", number("9223372036854775807")),
            new Case("INT", "1.5", number("1.5")),
            new Case("INT", "'x'", text("x")),
            new Case("INT", "X'31'", hex("31")),
            new Case("BOOLEAN", "TRUE", number("1")),
            new Case("DECIMAL(12,2)", "'12.50'", number("12.5")),
            new Case("DECIMAL(12,2)", "0.1", number("0.1")),
            new Case("NUMERIC", "1e23", number("1e23")),
            new Case("NUMERIC", "3.0", number("3")),
            new Case("NUMERIC", "9e999", new Value.Real(Double.POSITIVE_INFINITY)),
            new Case("REAL", "3", new Value.Real(3)),
            new Case("DOUBLE PRECISION", "0.1", new Value.Real(0.1)),
            new Case("FLOAT", "-9e999", new Value.Real(Double.NEGATIVE_INFINITY)),
            new Case("REAL", "'x'", text("x")),
            new Case("TEXT", "12", text("12")),
            new Case("CHAR(5)", "'a '", text("a ")),
            new Case("VARCHAR(9)", "'it''s'", text("it's")),
            new Case("TEXT", "'a' || char(0) || 'b' || char(10)", text("a\0b\n")),
            new Case("TEXT", "'\ud83d\ude00\ufffd'", text("\ud83d\ude00\ufffd")),
            new Case("TEXT", "X'00'", hex("00")),
            new Case("TEXT", "CAST(X'ff61' AS TEXT)", Value.Mapping.of(Map.of("text", hex("ff61")))),
            new Case("UUID", "'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'", text("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")),
            new Case("BLOB", "X''", hex("")),
            new Case("BLOB", "X'00ff'", hex("00ff")),
            new Case("BLOB", "'a'", text("a")),
            new Case("BLOB", "1.0", new Value.Real(1)),
            new Case("", "1", number("1")),
            new Case("", "1.0", new Value.Real(1)),
            new Case("", "-0.0", new Value.Real(-0.0)),
            new Case("", "0.0", new Value.Real(0.0)),
            new Case("DATE", "'2024-01-31'", text("2024-01-31")),
            new Case("TIME", "'12:00:00.500'", text("12:00:00.5")),
            new Case("DATETIME", "'2024-01-31 12:00:00'", text("2024-01-31T12:00:00")),
            new Case("DATETIME", "'2024-01-31T12:00:00.120'", text("2024-01-31T12:00:00.12")),
            new Case("TIMESTAMP", "'2024-01-31 12:00:00.000000'", text("2024-01-31T12:00:00")),
            new Case("TIMESTAMP", "1706702400", number("1706702400")),
            new Case("DATETIME", "'2024-01-31 25:00:00'", text("2024-01-31 25:00:00")),
            new Case("JSON", "'{\"b\": 1.0, \"a\":[null]}'", Json.canonical("{\"a\":[null],\"b\":1}")),
            new Case("JSON", "'1.50'", Json.canonical("1.5")),
            new Case("JSON", "'null'", Json.canonical("null")),
            new Case("JSON", "'no json'", Json.canonical("no json")));

    @Test
    void everyTypeIsReadAsDocumentedAndWrittenBackAsItWas() throws SQLException {
        for (Case one : CASES) {
            DialectTable table = of(one.type());
            table.run("INSERT INTO t VALUES (1, " + one.sql() + ")");
            DialectTable.Row row = table.row("id = 1");
            assertEquals(one.value(), row.get("c"), one::toString);
            assertEquals(1, table.count(SQLITE.equal(table.column("c"), one.value())), one::toString);
            table.run("DELETE FROM t");
            table.run("INSERT INTO t VALUES (1, " + table.literal("c", one.value()) + ")");
            assertEquals(row.digest(), table.row("id = 1").digest(), one::toString);
            assertEquals(1, table.count(SQLITE.equal(table.column("c"), one.value())), one::toString);
        }
    }

    /** Values of one type of which no two are the same. */
    private static final Map<String, List<String>> NEAR = Map.of(
            "TEXT COLLATE NOCASE",
                    List.of(
                            "NULL",
                            "''",
                            "'NULL'",
                            "' '",
                            "'a'",
                            "'a '",
                            "'A'",
                            "'\u00e9'",
                            "'e\u0301'",
                            "'a' || char(0)",
                            "'0'",
                            "'00'",
                            "X'61'",
                            "CAST(X'ff' AS TEXT)",
                            "X'ff'",
                            "'\ufffd'"),
            "", List.of("NULL", "0", "0.0", "-0.0", "'0'", "X'30'", "''", "X''", "1", "1.0", "'1'", "'1.0'"),
            "REAL", List.of("NULL", "0.0", "1.0", "1.0000000000000002", "0.1", "0.30000000000000004", "0.3", "5e-324"),
            "NUMERIC",
                    List.of(
                            "9007199254740992",
                            "9007199254740993",
                            "36028797018963970",
                            "36028797018963970.0",
                            "0.1",
                            "0.1000000000000001",
                            "1e19",
                            "'x'",
                            "9223372036854775807",
                            "9223372036854775807.0"),
            "DATETIME",
                    List.of("'2024-01-01'", "'2024-01-01 00:00:00'", "'2024-01-01 00:00:00.001'", "'2024-01-01 00:00'"),
            "BOOL", List.of("NULL", "0", "1", "'true'", "''"));

    @Test
    void nearMissesHaveDifferentDigestsAndAreNotEqual() throws SQLException {
        for (Map.Entry<String, List<String>> near : NEAR.entrySet()) {
            DialectTable table = of(near.getKey());
            Map<Digest, String> seen = new HashMap<>();
            for (String sql : near.getValue()) {
                table.run("REPLACE INTO t VALUES (1, " + sql + ")");
                String other = seen.put(table.row("id = 1").digest(), sql);
                assertEquals(null, other, near.getKey() + " has one digest for " + sql);
                for (String wanted : near.getValue()) {
                    table.run("REPLACE INTO t VALUES (2, " + wanted + ")");
                    Value value = table.row("id = 2").get("c");
                    String condition = "id = 1 AND " + SQLITE.equal(table.column("c"), value);
                    assertEquals(sql.equals(wanted) ? 1 : 0, table.count(condition), sql + ": " + condition);
                }
            }
        }
    }

    @Test
    void whatSqliteWouldChangeIsRefused() throws SQLException {
        Map<String, List<Value>> refused = Map.of(
                "DECIMAL(30,20)", List.of(number("1.00000000000000000001"), number("18446744073709551615"), text("12")),
                "INT", List.of(text("12"), text(" 1e5 ")),
                "REAL", List.of(new Value.Real(Double.NaN), new Value.Real(-0.0), number("1"), text("1")),
                "TEXT", List.of(number("1"), new Value.Real(1)),
                "JSON", List.of(number("1"), Json.canonical("1.00000000000000000001")),
                "DATETIME", List.of(text("2024")));
        for (Map.Entry<String, List<Value>> one : refused.entrySet()) {
            Column column = of(one.getKey()).column("c");
            for (Value value : one.getValue()) {
                String message = assertThrows(
                                IllegalArgumentException.class, () -> SQLITE.literal(column, value), one + ": " + value)
                        .getMessage();
                assertTrue(message.contains("column c of type"), message);
            }
        }
    }

    private static Selection keyed(String column) {
        return new Selection(List.of(), List.of(), List.of(column), Optional.empty(), false);
    }

    private SourceException failure(String table, Selection selection) {
        return assertThrows(SourceException.class, () -> table(table, selection).shape());
    }

    @Test
    void onlyKeysThatAreSurelyOfOneTypeAreOrdered() throws SQLException {
        Map<String, Boolean> keys = Map.of(
                "(k INTEGER PRIMARY KEY)", true,
                "(k INT PRIMARY KEY)", false,
                "(k TEXT PRIMARY KEY)", false,
                "(k ANY PRIMARY KEY) STRICT", false,
                "(k TEXT NOT NULL PRIMARY KEY) STRICT", true,
                "(k TEXT PRIMARY KEY) STRICT, WITHOUT ROWID", true,
                "(k TEXT COLLATE NOCASE PRIMARY KEY) STRICT, WITHOUT ROWID", false,
                "(k BLOB PRIMARY KEY) STRICT, WITHOUT ROWID", true,
                "(k BLOB PRIMARY KEY) WITHOUT ROWID", false);
        for (Map.Entry<String, Boolean> key : keys.entrySet()) {
            DialectTable table = table("k", Selection.ALL);
            table.run("DROP TABLE IF EXISTS k");
            table.run("CREATE TABLE k " + key.getKey());
            assertEquals(key.getValue(), table.shape().ordered(), key::getKey);
        }
    }

    @Test
    void orderIsThatOfTheUidsWhereTheShapeSaysSo() throws SQLException {
        DialectTable table = table("k", Selection.ALL);
        table.run("CREATE TABLE k (a INT, b TEXT, c BLOB, PRIMARY KEY (a, b, c)) STRICT, WITHOUT ROWID");
        table.run("INSERT INTO k VALUES (-1, 'a', X'00'), (0, '', X''), (0, 'A', X''), (0, 'a', X''), (0, 'a', X'00'),"
                + " (0, 'a ', X''), (0, 'a' || char(0), X''), (0, '\u00e9', X''), (0, '\uffee', X''),"
                + " (0, '\ud83d\ude00', X''), (256, '', X''), (9223372036854775807, '', X'')");
        assertTrue(table.shape().ordered());
        List<DialectTable.Row> rows = table.rows("ORDER BY a, b, c");
        assertEquals(12, rows.size());
        for (int i = 1; i < rows.size(); i++) {
            assertTrue(rows.get(i - 1).uid().compareTo(rows.get(i).uid()) < 0, rows.get(i)::toString);
        }
    }

    @Test
    void shapeHasKeysFillingsAndTriggers() throws SQLException {
        DialectTable table = table("s", Selection.ALL);
        table.run("CREATE TABLE s (id INTEGER PRIMARY KEY, g AS (id + 1), h INT AS (id) STORED, n TEXT COLLATE NOCASE,"
                + " x, UNIQUE (x), UNIQUE (n COLLATE BINARY))");
        table.run("CREATE TRIGGER tr AFTER INSERT ON s BEGIN SELECT 1; END");
        assertEquals(List.of("tr"), table.shape().triggers());
        assertEquals(Column.Filling.COUNTER, table.column("id").filling());
        assertEquals(Column.Filling.COMPUTED, table.column("g").filling());
        assertEquals(Column.Filling.COMPUTED, table.column("h").filling());
        assertFalse(table.column("id").nullable());
        assertEquals("x", table("s", keyed("x")).shape().keyColumn(0).name());
        assertEquals(SourceException.Kind.UNSUPPORTED, failure("s", keyed("n")).kind(), "two rules for its texts");
        assertEquals(
                SourceException.Kind.UNKNOWN, failure("missing", Selection.ALL).kind());
    }

    @Test
    void primaryKeyMayHoldNulls() throws SQLException {
        DialectTable table = table("p", Selection.ALL);
        table.run("CREATE TABLE p (b TEXT, a TEXT, PRIMARY KEY (a, b))");
        table.run("INSERT INTO p VALUES (NULL, 'x'), ('y', NULL)");
        Shape shape = table.shape();
        assertEquals("a", shape.keyColumn(0).name());
        assertTrue(shape.keyColumn(0).nullable());
        assertFalse(shape.ordered());
        assertEquals(2, table.rows("").size());
    }

    @Test
    void viewsNeedAKeyAndForeignKeysAreKnown() throws SQLException {
        DialectTable table = of("INT");
        table.run("CREATE VIEW v AS SELECT id, c FROM t");
        table.run("CREATE TABLE child (id INTEGER PRIMARY KEY, t INT REFERENCES T (id))");
        assertTrue(failure("v", Selection.ALL).getMessage().contains("key=COLUMN"));
        assertTrue(table("v", keyed("id")).shape().view());
        assertEquals(List.of("child", "t", "v"), SQLITE.tables(connection, "main"));
        ForeignKey key = SQLITE.foreignKeys(connection, "main").getFirst();
        assertEquals("child", key.table());
        assertEquals("t", key.refersTo());
    }

    @Test
    void verifyOnlyReads() throws SQLException {
        DialectTable table = of("INT");
        connection.setAutoCommit(false);
        SQLITE.beginReading(connection);
        assertThrows(SQLException.class, () -> table.run("INSERT INTO t VALUES (1, 1)"));
        connection.rollback();
        SQLITE.beginWriting(connection);
        table.run("INSERT INTO t VALUES (1, 1)");
        connection.commit();
        SQLITE.beginReading(connection);
        assertThrows(SQLException.class, () -> table.run("INSERT INTO t VALUES (2, 1)"));
        assertEquals(1, table.count("TRUE"));
    }

    @Test
    void aWriterHasTheFileForItself() throws SQLException {
        DialectTable table = of("INT");
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("t.db"))) {
            SQLITE.prepare(other);
            other.createStatement().execute("PRAGMA busy_timeout = 0");
            connection.setAutoCommit(false);
            other.setAutoCommit(false);
            SQLITE.beginWriting(connection);
            table.rows("");
            assertThrows(SQLException.class, () -> SQLITE.beginWriting(other));
            connection.rollback();
            SQLITE.beginWriting(other);
            new DialectTable(other, SQLITE, "main", "t", Selection.ALL).run("INSERT INTO t VALUES (1, 1)");
            other.commit();
            assertEquals(1, table.rows("").size());
        }
    }
}
