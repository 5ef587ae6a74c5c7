package io.twinroot.source.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.source.SourceException;
import io.twinroot.table.Digest;
import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class MariaDialectTest {
    private static final MariaDialect MARIA = new MariaDialect();

    private ServerDatabase database;
    private Connection connection;

    @BeforeEach
    void connect() throws SQLException {
        database = Servers.mariadb().newDatabase();
        connection = database.connect();
        MARIA.prepare(connection);
    }

    @AfterEach
    void disconnect() throws SQLException {
        connection.close();
    }

    private DialectTable table(String name, Selection selection) {
        return new DialectTable(connection, MARIA, database.name(), name, selection);
    }

    /** A table t with one column {@code c} of a type, and an own key. */
    private DialectTable of(String type) throws SQLException {
        DialectTable table = table("t", Selection.ALL);
        table.run("DROP TABLE IF EXISTS t");
        table.run("CREATE TABLE t (id INT PRIMARY KEY, c " + type + ")");
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
            new Case("TINYINT", "-128", number("-128")),
            new Case("TINYINT(1)", "5", number("5")),
            new Case("BOOLEAN", "TRUE", number("1")),
            new Case("TINYINT UNSIGNED", "255", number("255")),
            new Case("SMALLINT", "-32768", number("-32768")),
            new Case("MEDIUMINT", "8388607", number("8388607")),
            new Case("INT(7) ZEROFILL", "42", number("42")),
            new Case("INT", "NULL", Value.Null.NULL),
            new Case("BIGINT", "-9223372036854775808", number("-9223372036854775808")),
            new Case("BIGINT UNSIGNED", "18446744073709551615", number("18446744073709551615")),
            new Case("YEAR", "2024", number("2024")),
            new Case("YEAR", "0", number("0")),
            new Case("DECIMAL(12,2)", "-1234.50", number("-1234.5")),
            new Case("DECIMAL(12,2)", "-0.07", number("-0.07")),
            new Case("DECIMAL(12,0)", "7000", number("7000")),
            new Case("DECIMAL(20,10)", "1234567890.0000000001", number("1234567890.0000000001")),
            new Case(
                    "DECIMAL(65,30)",
                    "99999999999999999999999999999999999.999999999999999999999999999999",
                    number("99999999999999999999999999999999999.999999999999999999999999999999")),
            new Case("BIT(1)", "b'1'", number("1")),
            new Case("BIT(1)", "b'0'", number("0")),
            new Case("BIT(9)", "b'101'", text("000000101")),
            new Case("BIT(64)", "b'1" + "0".repeat(62) + "1'", text("1" + "0".repeat(62) + "1")),
            new Case("FLOAT", "0.1", new Value.Real(0.1f)),
            new Case("FLOAT", "16777215", new Value.Real(16777215)),
            new Case("FLOAT", "3.4028234663852886E38", new Value.Real(Float.MAX_VALUE)),
            new Case("FLOAT", "-0E0", new Value.Real(-0.0)),
            new Case("DOUBLE", "0.1", new Value.Real(0.1)),
            new Case("DOUBLE", "0.1E0 + 0.2E0", new Value.Real(0.1 + 0.2)),
            new Case("DOUBLE", "-0E0", new Value.Real(-0.0)),
            new Case("DOUBLE", "0E0", new Value.Real(0.0)),
            new Case("DOUBLE", "1.7976931348623157E308", new Value.Real(Double.MAX_VALUE)),
            new Case("DOUBLE", "2.2250738585072014E-308", new Value.Real(Double.MIN_NORMAL)),
            new Case("CHAR(5)", "'a  '", text("a")),
            new Case("VARCHAR(5)", "'a  '", text("a  ")),
            new Case("VARCHAR(5)", "''", text("")),
            new Case("VARCHAR(30)", "'it''s'", text("it's")),
            new Case("VARCHAR(30)", "'a\\\\b\\n\\0'", text("a\\b\n\0")),
            new Case("TINYTEXT", "'\u00e9\u65e5'", text("\u00e9\u65e5")),
            new Case("TEXT CHARACTER SET utf8mb4", "'\ud83d\ude00{fn now()}'", text("\ud83d\ude00{fn now()}")),
            new Case("MEDIUMTEXT", "'NULL'", text("NULL")),
            new Case("LONGTEXT", "REPEAT('x', 200000)", text("x".repeat(200_000))),
            new Case("VARCHAR(9) CHARACTER SET latin1", "'\u20ac\u00ff'", text("\u20ac\u00ff")),
            new Case("VARCHAR(9) CHARACTER SET cp1251", "'\u0416'", text("\u0416")),
            new Case("VARCHAR(9) CHARACTER SET cp1251", "X'98'", hex("98")),
            new Case("VARCHAR(9) CHARACTER SET cp1251", "''", text("")),
            new Case("VARCHAR(9) CHARACTER SET cp1251", "NULL", Value.Null.NULL),
            new Case("VARCHAR(9) CHARACTER SET utf16", "'\ud83d\ude00'", text("\ud83d\ude00")),
            new Case("VARCHAR(9) CHARACTER SET sjis", "'\u65e5'", text("\u65e5")),
            new Case("ENUM('a','b')", "'b'", text("b")),
            new Case("SET('x','y')", "'y,x'", text("x,y")),
            new Case("UUID", "'AAAAAAAA-bbbb-cccc-dddd-eeeeeeeeeeee'", text("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")),
            new Case("INET4", "'10.0.0.1'", text("10.0.0.1")),
            new Case("INET6", "'::0001'", text("::1")),
            new Case("BINARY(3)", "X'61'", hex("610000")),
            new Case("VARBINARY(3)", "X'6100'", hex("6100")),
            new Case("BLOB", "X''", hex("")),
            new Case("LONGBLOB", "X'00ff'", hex("00ff")),
            new Case(
                    "POINT",
                    "ST_GeomFromText('POINT(1 2)', 7)",
                    hex("070000000101000000000000000000f03f0000000000000040")),
            new Case("DATE", "'2024-01-31'", text("2024-01-31")),
            new Case("DATE", "'0000-00-00'", text("0000-00-00")),
            new Case("DATE", "'2024-02-31'", text("2024-02-31")),
            new Case("TIME", "'-838:59:59'", text("-838:59:59")),
            new Case("TIME(6)", "'12:00:00.5'", text("12:00:00.5")),
            new Case("TIME(6)", "'-00:00:00.000001'", text("-00:00:00.000001")),
            new Case("DATETIME", "'2024-01-31 12:00:00'", text("2024-01-31T12:00:00")),
            new Case("DATETIME(6)", "'9999-12-31 23:59:59.999999'", text("9999-12-31T23:59:59.999999")),
            new Case("DATETIME(6)", "'2024-01-31 12:00:00.500000'", text("2024-01-31T12:00:00.5")),
            new Case("DATETIME(6)", "'0000-00-00 00:00:00'", text("0000-00-00T00:00:00")),
            new Case(
                    "TIMESTAMP(6) NULL",
                    "'2024-01-31 12:00:00.000001'",
                    new Value.Time(Instant.parse("2024-01-31T12:00:00.000001Z"))),
            new Case("TIMESTAMP NULL", "'1970-01-01 00:00:01'", new Value.Time(Instant.ofEpochSecond(1))),
            new Case("TIMESTAMP NULL", "'0000-00-00 00:00:00'", text("0000-00-00T00:00:00")),
            new Case("JSON", "'{\"b\": 1.0, \"a\":[null]}'", Json.canonical("{\"a\":[null],\"b\":1}")),
            new Case("JSON", "'{\"a\":1,\"a\":2}'", Json.canonical("{\"a\":1,\"a\":2}")),
            new Case("JSON", "'null'", Json.canonical("null")));

    @Test
    void everyTypeIsReadAsDocumentedAndWrittenBackAsItWas() throws SQLException {
        for (Case one : CASES) {
            DialectTable table = of(one.type());
            table.run("INSERT INTO t VALUES (1, " + one.sql() + ")");
            DialectTable.Row row = table.row("id = 1");
            assertEquals(one.value(), row.get("c"), one::toString);
            table.run("DELETE FROM t");
            table.run("INSERT INTO t VALUES (1, " + table.literal("c", one.value()) + ")");
            assertEquals(row.digest(), table.row("id = 1").digest(), one::toString);
            assertEquals(1, table.count(MARIA.equal(table.column("c"), one.value())), one::toString);
            if (one.value() != Value.Null.NULL) {
                table.run("INSERT INTO t VALUES (2, NULL)");
                assertEquals(1, table.count(MARIA.equal(table.column("c"), one.value())), one::toString);
                assertEquals(1, table.count(MARIA.equal(table.column("c"), Value.Null.NULL)), one::toString);
            }
        }
    }

    /** Values of one type of which no two are the same. */
    private static final Map<String, List<String>> NEAR = new LinkedHashMap<>(Map.of(
            "VARCHAR(20)",
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
                            "'ss'",
                            "'\u00df'",
                            "'a\\t'",
                            "'a\\0'",
                            "'0'",
                            "'00'",
                            "'?'",
                            "'\ufeffa'"),
            "CHAR(20)", List.of("NULL", "''", "' a'", "'a'", "'A'", "'a\\t'"),
            "DOUBLE",
                    List.of(
                            "NULL",
                            "0E0",
                            "-0E0",
                            "1E0",
                            "1.0000000000000002E0",
                            "0.1E0",
                            "0.30000000000000004E0",
                            "0.3E0"),
            "FLOAT", List.of("0E0", "-0E0", "16777215", "16777214", "0.1", "0.10000001"),
            "BIGINT UNSIGNED",
                    List.of(
                            "0",
                            "9223372036854775807",
                            "9223372036854775808",
                            "18446744073709551614",
                            "18446744073709551615"),
            "DECIMAL(40,20)",
                    List.of(
                            "0",
                            "10",
                            "1",
                            "0.1",
                            "12345678901234567890.00000000000000000001",
                            "12345678901234567890.00000000000000000002",
                            "12345678901234567890"),
            "DATETIME(6)",
                    List.of(
                            "'2024-01-01'",
                            "'2024-01-01 00:00:00.000001'",
                            "'0000-00-00'",
                            "'2024-01-00'",
                            "'2024-01-01 00:00:01'"),
            "BLOB", List.of("NULL", "X''", "X'00'", "X'0000'", "'a'", "'A'", "'a '"),
            "JSON",
                    List.of(
                            "NULL",
                            "'null'",
                            "'\"null\"'",
                            "'[]'",
                            "'{}'",
                            "'1'",
                            "'\"1\"'",
                            "'true'",
                            "'[1,2]'",
                            "'[2,1]'",
                            "'12345678901234567890'",
                            "'12345678901234567891'"),
            "ENUM('','a','A ','NULL') COLLATE utf8mb4_bin", List.of("NULL", "''", "'a'", "'NULL'")));

    @Test
    void nearMissesHaveDifferentDigestsAndAreNotEqual() throws SQLException {
        for (Map.Entry<String, List<String>> near : NEAR.entrySet()) {
            DialectTable table = of(near.getKey());
            Map<Digest, String> seen = new HashMap<>();
            for (String sql : near.getValue()) {
                table.run("REPLACE INTO t VALUES (1, " + sql + ")");
                DialectTable.Row row = table.row("id = 1");
                String other = seen.put(row.digest(), sql);
                assertEquals(null, other, near.getKey() + " has one digest for " + sql);
                for (String wanted : near.getValue()) {
                    table.run("REPLACE INTO t VALUES (2, " + wanted + ")");
                    Value value = table.row("id = 2").get("c");
                    String condition = "id = 1 AND " + MARIA.equal(table.column("c"), value);
                    boolean weak = near.getKey().equals("JSON") && sql.length() > 20; // as doubles in the engine
                    if (!weak) {
                        assertEquals(sql.equals(wanted) ? 1 : 0, table.count(condition), sql + ": " + condition);
                    }
                }
            }
        }
    }

    @Test
    void letterThatMovesToTheNextColumnIsSeen() throws SQLException {
        DialectTable table = table("m", Selection.ALL);
        table.run("CREATE TABLE m (id INT PRIMARY KEY, a VARCHAR(9), b VARCHAR(9))");
        Map<Digest, String> seen = new HashMap<>();
        for (String pair : List.of("'ab','c'", "'a','bc'", "'abc',''", "'abc',NULL", "NULL,'abc'", "'','abc'")) {
            table.run("REPLACE INTO m VALUES (1, " + pair + ")");
            assertEquals(null, seen.put(table.row("id = 1").digest(), pair), pair);
        }
    }

    @Test
    void everyByteOfLatin1IsAText() throws SQLException {
        DialectTable table = of("VARCHAR(300) CHARACTER SET latin1");
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        table.run("INSERT INTO t VALUES (1, X'" + HexFormat.of().formatHex(all) + "')");
        Value.Text text = (Value.Text) table.row("id = 1").get("c");
        assertEquals(256, text.value().codePoints().distinct().count());
        table.run("UPDATE t SET c = " + table.literal("c", text));
        assertEquals(1, table.count("CAST(c AS BINARY) = X'" + HexFormat.of().formatHex(all) + "'"));
    }

    @Test
    void whatAColumnWouldChangeIsRefused() throws SQLException {
        Map<String, List<Value>> refused = Map.of(
                "DECIMAL(5,2)", List.of(number("1.234"), new Value.Real(1), text("1")),
                "INT", List.of(number("1.5")),
                "YEAR", List.of(number("70")),
                "FLOAT", List.of(new Value.Real(0.1), new Value.Real(Double.NaN)),
                "DOUBLE", List.of(new Value.Real(Double.POSITIVE_INFINITY), number("1")),
                "CHAR(5)", List.of(text("a ")),
                "VARCHAR(2)", List.of(text("ab "), hex("61")),
                "BINARY(2)", List.of(hex("61")),
                "DATETIME(3)",
                        List.of(text("2024-01-01T00:00:00.0001"), text("+12024-01-01T00:00:00"), text("infinity")),
                "TIME", List.of(text("12:00:00+02:00")));
        for (Map.Entry<String, List<Value>> one : refused.entrySet()) {
            Column column = of(one.getKey()).column("c");
            for (Value value : one.getValue()) {
                String message = assertThrows(
                                IllegalArgumentException.class, () -> MARIA.literal(column, value), one.getKey())
                        .getMessage();
                assertTrue(message.contains("column c of type"), message);
            }
        }
    }

    @Test
    void serverRefusesWhatTheCharsetHasNot() throws SQLException {
        DialectTable table = of("VARCHAR(9) CHARACTER SET cp1251");
        String literal = table.literal("c", text("\u65e5"));
        assertThrows(SQLException.class, () -> table.run("INSERT INTO t VALUES (1, " + literal + ")"));
    }

    @Test
    void shapeHasKeysFillingsTriggersAndOrder() throws SQLException {
        DialectTable table = table("s", Selection.ALL);
        table.run(
                "CREATE TABLE s (id INT AUTO_INCREMENT, tenant VARCHAR(9) CHARACTER SET ascii COLLATE ascii_nopad_bin,"
                        + " g INT AS (u + 1) STORED, n INT, u INT NOT NULL, UNIQUE KEY un (n), UNIQUE KEY uu (u),"
                        + " PRIMARY KEY (tenant, id), KEY (id))");
        table.run("CREATE TRIGGER tr BEFORE INSERT ON s FOR EACH ROW SET NEW.n = 1");
        Shape shape = table.shape();
        assertEquals(
                List.of("g", "n", "u", "id", "tenant"),
                shape.columns().stream().map(Column::name).toList());
        assertEquals("tenant", shape.keyColumn(0).name());
        assertEquals("id", shape.keyColumn(1).name());
        assertTrue(shape.ordered());
        assertFalse(shape.view());
        assertEquals(List.of("tr"), shape.triggers());
        assertEquals(Column.Filling.COUNTER, table.column("id").filling());
        assertEquals(Column.Filling.COMPUTED, table.column("g").filling());
        assertTrue(table("s", keyed("u")).shape().ordered());
        assertFalse(table("s", keyed("n")).shape().ordered(), "NULLs");
        assertEquals(SourceException.Kind.UNSUPPORTED, failure("s", keyed("g")).kind());
        assertEquals(SourceException.Kind.UNKNOWN, failure("s", keyed("x")).kind());
        assertEquals(SourceException.Kind.UNKNOWN, failure("S", Selection.ALL).kind());
    }

    private static Selection keyed(String column) {
        return new Selection(List.of(), List.of(), List.of(column), Optional.empty(), false);
    }

    private SourceException failure(String table, Selection selection) {
        return assertThrows(SourceException.class, () -> table(table, selection).shape());
    }

    @Test
    void viewsNeedAKeyAndForeignKeysAreKnown() throws SQLException {
        DialectTable table = of("INT");
        table.run("CREATE VIEW v AS SELECT * FROM t");
        table.run("CREATE TABLE child (id INT PRIMARY KEY, t INT, CONSTRAINT ck FOREIGN KEY (t) REFERENCES t (id))");
        assertTrue(failure("v", Selection.ALL).getMessage().contains("key=COLUMN"));
        assertTrue(table("v", keyed("id")).shape().view());
        assertEquals(List.of("child", "t", "v"), MARIA.tables(connection, database.name()));
        assertEquals(List.of(new ForeignKey("ck", "child", "t")), MARIA.foreignKeys(connection, database.name()));
    }

    @Test
    void orderIsThatOfTheUidsWhereTheShapeSaysSo() throws SQLException {
        Map<String, List<String>> keys = Map.of(
                "BIGINT", List.of("-9223372036854775808", "-1", "0", "255", "256", "9223372036854775807"),
                "BIGINT UNSIGNED", List.of("0", "9223372036854775807", "9223372036854775808", "18446744073709551615"),
                "DECIMAL(30,5)", List.of("-10", "-1.5", "-1.49999", "0", "0.00001", "0.1", "99999999999999999999"),
                "DATE", List.of("'0000-00-00'", "'2024-01-00'", "'2024-01-01'", "'9999-12-31'"),
                "DATETIME(6)",
                        List.of("'0000-00-00'", "'2024-01-01'", "'2024-01-01 00:00:00.05'", "'2024-01-01 00:00:00.5'"),
                "TIMESTAMP(6)",
                        List.of("'0000-00-00'", "'1970-01-01 00:00:01'", "'2024-01-01'", "'2024-01-01 00:00:00.5'"),
                "VARBINARY(9)", List.of("X''", "X'00'", "X'0001'", "X'01'", "X'61'", "X'6100'", "X'6120'", "X'ff'"),
                "BINARY(2)", List.of("X'0000'", "X'0001'", "X'6100'", "X'ffff'"),
                "VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
                        List.of(
                                "''",
                                "'\\0'",
                                "'A'",
                                "'a'",
                                "'a\\t'",
                                "'a '",
                                "'ab'",
                                "'\u00e9'",
                                "'\uffee'",
                                "'\ud83d\ude00'"));
        for (Map.Entry<String, List<String>> key : keys.entrySet()) {
            DialectTable table = table("k", Selection.ALL);
            table.run("DROP TABLE IF EXISTS k");
            table.run("CREATE TABLE k (c " + key.getKey() + " PRIMARY KEY)");
            table.run("INSERT INTO k VALUES (" + String.join("), (", key.getValue()) + ")");
            assertTrue(table.shape().ordered(), key.getKey());
            List<DialectTable.Row> rows = table.rows("ORDER BY c");
            assertEquals(key.getValue().size(), rows.size());
            for (int i = 0; i < rows.size(); i++) {
                String after = MARIA.after(
                        List.of("c"), List.of(table.literal("c", rows.get(i).get("c"))));
                assertEquals(rows.size() - 1 - i, table.count(after), after);
                if (i > 0) {
                    assertTrue(rows.get(i - 1).uid().compareTo(rows.get(i).uid()) < 0, key + ": " + rows.get(i));
                }
            }
        }
    }

    @Test
    void keysOfOtherCollationsAreNotOrdered() throws SQLException {
        for (String type : List.of(
                "VARCHAR(9)",
                "VARCHAR(9) COLLATE utf8mb4_bin",
                "CHAR(9) COLLATE utf8mb4_nopad_bin",
                "UUID",
                "TIME",
                "VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_nopad_bin",
                "ENUM('b','a')",
                "DOUBLE")) {
            DialectTable table = table("k", Selection.ALL);
            table.run("DROP TABLE IF EXISTS k");
            table.run("CREATE TABLE k (c " + type + " PRIMARY KEY)");
            assertFalse(table.shape().ordered(), type);
        }
    }

    @Test
    void conditionBehindARowUsesTheIndex() throws SQLException {
        DialectTable table = table("p", Selection.ALL);
        table.run("CREATE TABLE p (a INT, b INT, c INT, PRIMARY KEY (a, b, c))");
        table.run("INSERT INTO p SELECT x.seq, y.seq, z.seq FROM seq_1_to_20 x, seq_1_to_20 y, seq_1_to_20 z");
        String after = MARIA.after(List.of("a", "b", "c"), List.of("10", "10", "10"));
        assertEquals(10 * 400 + 10 * 20 + 10, table.count(after));
        try (var plan = connection
                .createStatement()
                .executeQuery("EXPLAIN SELECT * FROM p WHERE " + after + " ORDER BY a, b, c LIMIT 10")) {
            assertTrue(plan.next());
            assertEquals("range", plan.getString("type"));
            assertFalse(plan.getString("Extra").contains("filesort"), plan.getString("Extra"));
        }
    }

    @Test
    void verifyOnlyReads() throws SQLException {
        DialectTable table = of("INT");
        connection.setAutoCommit(false);
        MARIA.beginReading(connection);
        assertThrows(SQLException.class, () -> table.run("INSERT INTO t VALUES (1, 1)"));
        connection.rollback();
        MARIA.beginWriting(connection);
        table.run("INSERT INTO t VALUES (1, 1)");
        connection.commit();
        assertEquals(1, table.count("TRUE"));
    }

    @Test
    void readingIsOfOneMoment() throws SQLException {
        DialectTable table = of("INT");
        connection.setAutoCommit(false);
        MARIA.beginReading(connection);
        database.run("INSERT INTO t VALUES (1, 1)");
        assertEquals(0, table.rows("").size());
        connection.rollback();
        assertEquals(1, table.rows("").size());
    }

    @Test
    void strictKeepsScalesAndTexts() throws SQLException {
        DialectTable table = table("t", new Selection(List.of(), List.of(), List.of(), Optional.empty(), true));
        table.run("CREATE TABLE t (id INT PRIMARY KEY, c DECIMAL(5,2), j JSON)");
        table.run("INSERT INTO t VALUES (1, 1.50, '{ }')");
        assertEquals(
                new Value.Decimal(new BigDecimal("1.50")), table.row("id = 1").get("c"));
        assertEquals(Json.verbatim("{ }"), table.row("id = 1").get("j"));
        assertEquals(1, table.count(MARIA.equal(table.column("j"), Json.verbatim("{ }"))));
    }

    @Test
    void markIsThereWithABinaryLogAndMoves() throws SQLException {
        assertTrue(MARIA.mark(connection).isEmpty());
        try (Server server = Servers.startMariadb(List.of("--log-bin=b"))) {
            ServerDatabase logged = server.newDatabase();
            try (Connection other = logged.connect()) {
                String before = MARIA.mark(other).orElseThrow().position();
                logged.run("CREATE TABLE t (a INT)");
                assertFalse(MARIA.mark(other).orElseThrow().position().equals(before));
            }
        }
    }
}
