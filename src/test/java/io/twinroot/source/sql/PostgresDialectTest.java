package io.twinroot.source.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.source.SourceException;
import io.twinroot.source.SourceMark;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What becomes of PostgreSQL's tables and values, and how they are written back. */
final class PostgresDialectTest {
    private static final Dialect DIALECT = new PostgresDialect();
    private static final Value NULL = Value.Null.NULL;

    private static ServerDatabase database;
    private static Connection connection;

    /** A row as it was read. */
    private record Row(Uid uid, Digest digest, Value.Mapping fields) {
        Value field(String name) {
            return fields.values().get(name);
        }
    }

    /** SQL for a value of a type, and what it is to be. */
    private record Case(String type, String sql, Value canonical) {}

    @BeforeAll
    static void connect() throws SQLException {
        database = Servers.postgres().newDatabase();
        database.run(
                "CREATE EXTENSION citext",
                "CREATE EXTENSION hstore",
                "CREATE EXTENSION ltree",
                "CREATE TYPE mood AS ENUM ('sad', 'so so', 'it''s ok')",
                "CREATE TYPE pair AS (a int, b text)",
                "CREATE DOMAIN positive AS int CHECK (value > 0)",
                "CREATE DOMAIN few AS positive[]",
                "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
                "CREATE SCHEMA \"odd \"\"one\"",
                "CREATE TYPE \"odd \"\"one\".\"My Mood\" AS ENUM ('x', 'y')");
        connection = database.connect();
        DIALECT.prepare(connection);
    }

    @AfterAll
    static void close() throws SQLException {
        connection.close();
    }

    @AfterEach
    void asOneself() throws SQLException {
        run("RESET ROLE");
    }

    private static void run(String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static Shape shape(String table) throws SQLException {
        return DIALECT.shape(connection, "public", table, Selection.ALL);
    }

    private static Shape shape(String table, Selection selection) throws SQLException {
        return DIALECT.shape(connection, "public", table, selection);
    }

    private static Selection keyed(String... key) {
        return new Selection(List.of(), List.of(), List.of(key), Optional.empty(), false);
    }

    private static Selection without(String... columns) {
        return new Selection(List.of(), List.of(columns), List.of(), Optional.empty(), false);
    }

    private static List<Row> rows(Shape shape, String tail) throws SQLException {
        List<Row> rows = new ArrayList<>();
        DIALECT.read(connection, shape, tail, (uid, digest, canonical, length, bytes) -> {
            Value.Mapping fields = (Value.Mapping) CanonicalCbor.decode(Arrays.copyOf(canonical, length));
            assertEquals(digest, Digest.sha256(CanonicalCbor.encode(fields)));
            rows.add(new Row(uid, digest, fields));
        });
        return rows;
    }

    private static Value text(String text) {
        return new Value.Text(text);
    }

    private static Value number(String number) {
        return Numbers.canonical(new BigDecimal(number));
    }

    private static Value real(double real) {
        return new Value.Real(real);
    }

    private static Value moment(String moment) {
        return new Value.Time(Instant.parse(moment));
    }

    private static Value bytes(int... bytes) {
        byte[] all = new byte[bytes.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) bytes[i];
        }
        return new Value.Bytes(all);
    }

    private static Value list(Value... values) {
        return new Value.Sequence(List.of(values));
    }

    private static Value json(Value document) {
        return Value.Mapping.of(Map.of("json", document));
    }

    private static Value from(Value bounds, Value elements) {
        return Value.Mapping.of(Map.of("from", bounds, "of", elements));
    }

    private static List<Case> cases() {
        return List.of(
                new Case("boolean", "true", number("1")),
                new Case("boolean", "false", number("0")),
                new Case("smallint", "-32768", number("-32768")),
                new Case("integer", "2147483647", number("2147483647")),
                new Case("integer", "-2147483648", number("-2147483648")),
                new Case("bigint", "9223372036854775807", number("9223372036854775807")),
                new Case("bigint", "-9223372036854775808", number("-9223372036854775808")),
                new Case("oid", "4294967295", number("4294967295")),
                new Case("positive", "7", number("7")),
                new Case("numeric", "0", number("0")),
                new Case("numeric", "0.000", number("0")),
                new Case("numeric", "-1.50", number("-1.5")),
                new Case("numeric(12,2)", "12345678.90", number("12345678.9")),
                new Case("numeric", "0.0001", number("0.0001")),
                new Case("numeric", "0.00001", number("0.00001")),
                new Case("numeric", "10000", number("10000")),
                new Case("numeric", "100000000.0001", number("100000000.0001")),
                new Case("numeric", "9999999999999999", number("9999999999999999")),
                new Case(
                        "numeric",
                        "99999999999999999999.99999999999999999999",
                        number("99999999999999999999.99999999999999999999")),
                new Case("numeric", "-9223372036854775809", number("-9223372036854775809")),
                new Case("numeric", "1e30", number("1E+30")),
                new Case("numeric", "1e-30", number("1E-30")),
                new Case(
                        "numeric",
                        "'1e5000'::numeric + 1",
                        Value.Mapping.of(Map.of("number", text("1" + "0".repeat(4_999) + "1")))),
                new Case("numeric", "'NaN'", real(Double.NaN)),
                new Case("numeric", "'Infinity'", real(Double.POSITIVE_INFINITY)),
                new Case("numeric", "'-Infinity'", real(Double.NEGATIVE_INFINITY)),
                new Case("money", "'-1234.50'", number("-1234.5")),
                new Case("money", "'92233720368547758.07'", number("92233720368547758.07")),
                new Case("real", "0.1", real(0.1f)),
                new Case("real", "'NaN'", real(Double.NaN)),
                new Case("real", "'-0'", real(-0.0)),
                new Case("real", "1.4e-45", real(Float.MIN_VALUE)),
                new Case("double precision", "0.1", real(0.1)),
                new Case("double precision", "'0'", real(0.0)),
                new Case("double precision", "'-0'", real(-0.0)),
                new Case("double precision", "'Infinity'", real(Double.POSITIVE_INFINITY)),
                new Case("double precision", "'-Infinity'", real(Double.NEGATIVE_INFINITY)),
                new Case("double precision", "1.7976931348623157e308", real(Double.MAX_VALUE)),
                new Case("double precision", "5e-324", real(Double.MIN_VALUE)),
                new Case("double precision", "0.30000000000000004", real(0.30000000000000004)),
                new Case("text", "''", text("")),
                new Case("text", "'NULL'", text("NULL")),
                new Case("text", "E'it''s \\\\ \"x\" \\n \\u00e9 \\U0001F600 '", text("it's \\ \"x\" \n é 😀 ")),
                new Case("varchar(20)", "'a  '", text("a  ")),
                new Case("varchar COLLATE blind", "'Straße'", text("Straße")),
                new Case("char(5)", "'ab '", text("ab")),
                new Case("char(5) COLLATE blind", "'aB '", text("aB")),
                new Case("citext", "'Ab'", text("Ab")),
                new Case("name", "'n'", text("n")),
                new Case("\"char\"", "'c'", text("c")),
                new Case("mood", "'it''s ok'", text("it's ok")),
                new Case("\"odd \"\"one\".\"My Mood\"", "'y'", text("y")),
                new Case(
                        "uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
                new Case("bit(3)", "B'101'", text("101")),
                new Case("bit varying(9)", "B'0010'", text("0010")),
                new Case("inet", "'10.1.2.3/8'", text("10.1.2.3/8")),
                new Case("cidr", "'10.0.0.0/8'", text("10.0.0.0/8")),
                new Case("macaddr", "'08:00:2b:01:02:03'", text("08:00:2b:01:02:03")),
                new Case("macaddr8", "'08:00:2b:01:02:03:04:05'", text("08:00:2b:01:02:03:04:05")),
                new Case("interval", "'1 year 2 mons -3 days 04:05:06.7'", text("1 year 2 mons -3 days +04:05:06.7")),
                new Case("interval", "'24 hours'", text("24:00:00")),
                new Case("xml", "'<a>x</a>'", text("<a>x</a>")),
                new Case("point", "'(0.1,-0)'", text("(0.1,-0)")),
                new Case("box", "'(1,2),(3,4)'", text("(3,4),(1,2)")),
                new Case("path", "'[(0,0),(1,1)]'", text("[(0,0),(1,1)]")),
                new Case("circle", "'<(0,0),0.30000000000000004>'", text("<(0,0),0.30000000000000004>")),
                new Case("int4range", "'[1,5]'", text("[1,6)")),
                new Case("tstzrange", "'[2024-01-01 02:00+02,)'", text("[\"2024-01-01 00:00:00+00\",)")),
                new Case("int8multirange", "'{[1,3),[5,8)}'", text("{[1,3),[5,8)}")),
                new Case("tsvector", "'a:1 b:2A'", text("'a':1 'b':2A")),
                new Case("tsquery", "'a & !b'", text("'a' & !'b'")),
                new Case("pg_lsn", "'16/B374D848'", text("16/B374D848")),
                new Case("hstore", "'a=>1, b=>NULL'", text("\"a\"=>\"1\", \"b\"=>NULL")),
                new Case("ltree", "'a.b.c'", text("a.b.c")),
                new Case("jsonpath", "'$.a'", text("$.\"a\"")),
                new Case("pair", "ROW(1, 'x y')", text("(1,\"x y\")")),
                new Case("bytea", "'\\x00ff27'", bytes(0, 255, 39)),
                new Case("bytea", "''", bytes()),
                new Case("date", "'2024-01-31'", text("2024-01-31")),
                new Case("date", "'0001-12-31'", text("0001-12-31")),
                new Case("date", "'0001-12-31 BC'", text("0000-12-31")),
                new Case("date", "'0045-03-15 BC'", text("-0044-03-15")),
                new Case("date", "'4714-11-24 BC'", text("-4713-11-24")),
                new Case("date", "'10000-01-01'", text("+10000-01-01")),
                new Case("date", "'5874897-12-31'", text("+5874897-12-31")),
                new Case("date", "'infinity'", text("infinity")),
                new Case("date", "'-infinity'", text("-infinity")),
                new Case("time", "'12:00:00.5'", text("12:00:00.5")),
                new Case("time", "'00:00'", text("00:00:00")),
                new Case("time", "'24:00'", text("24:00:00")),
                new Case("time", "'23:59:59.999999'", text("23:59:59.999999")),
                new Case("timetz", "'12:00:00.10+02'", text("12:00:00.1+02:00")),
                new Case("timetz", "'12:00:00-03:30:15'", text("12:00:00-03:30:15")),
                new Case("timestamp", "'2024-01-31 12:00:00.500'", text("2024-01-31T12:00:00.5")),
                new Case("timestamp", "'1999-12-31 23:59:59.999999'", text("1999-12-31T23:59:59.999999")),
                new Case("timestamp", "'4714-11-24 00:00:00 BC'", text("-4713-11-24T00:00:00")),
                new Case("timestamp", "'294276-12-31 23:59:59.999999'", text("+294276-12-31T23:59:59.999999")),
                new Case("timestamp", "'infinity'", text("infinity")),
                new Case("timestamp", "'-infinity'", text("-infinity")),
                new Case("timestamptz", "'2024-01-31 12:00:00+02'", moment("2024-01-31T10:00:00Z")),
                new Case("timestamptz", "'1969-12-31 23:59:59.999999Z'", moment("1969-12-31T23:59:59.999999Z")),
                new Case("timestamptz", "'0001-01-01 00:00:00Z BC'", moment("0000-01-01T00:00:00Z")),
                new Case("timestamptz", "'9999-12-31 23:59:59.999999Z'", moment("9999-12-31T23:59:59.999999Z")),
                new Case("timestamptz", "'10000-01-01 00:00:00Z'", text("+10000-01-01T00:00:00Z")),
                new Case("timestamptz", "'0002-12-31 23:59:59.999999Z BC'", text("-0001-12-31T23:59:59.999999Z")),
                new Case("timestamptz", "'294276-12-31 23:59:59.999999Z'", text("+294276-12-31T23:59:59.999999Z")),
                new Case("timestamptz", "'-infinity'", text("-infinity")),
                new Case("json", "'{\"b\": 1.0, \"a\": [null]}'", Json.canonical("{\"a\":[null],\"b\":1}")),
                new Case("json", "'{\"a\":1,\"a\":2}'", Json.verbatim("{\"a\":1,\"a\":2}")),
                new Case("json", "'\"\\u0000\"'", json(text("\0"))),
                new Case("jsonb", "'{\"b\": 1.0, \"a\": \"it''s\"}'", Json.canonical("{\"a\":\"it's\",\"b\":1}")),
                new Case("jsonb", "'\"\\\\u0000\"'", json(text("\\u0000"))),
                new Case("jsonb", "'null'", json(NULL)),
                new Case("jsonb", "'12345678901234567890.10'", json(number("12345678901234567890.1"))),
                new Case("integer[]", "'{}'", list()),
                new Case("integer[]", "'{1,NULL,3}'", list(number("1"), NULL, number("3"))),
                new Case("integer[]", "'[0:1]={1,2}'", from(list(number("0")), list(number("1"), number("2")))),
                new Case(
                        "integer[]",
                        "'[2:2][-1:0]={{1,2}}'",
                        from(list(number("2"), number("-1")), list(list(number("1"), number("2"))))),
                new Case(
                        "integer[][]",
                        "'{{1,2},{3,4}}'",
                        list(list(number("1"), number("2")), list(number("3"), number("4")))),
                new Case("few", "'{1,2}'", list(number("1"), number("2"))),
                new Case(
                        "text[]",
                        "ARRAY['NULL', NULL, '', 'a,b', '\"', E'\\\\', ' x ', '{}']",
                        list(
                                text("NULL"),
                                NULL,
                                text(""),
                                text("a,b"),
                                text("\""),
                                text("\\"),
                                text(" x "),
                                text("{}"))),
                new Case("numeric[]", "'{1.50,NaN}'", list(number("1.5"), real(Double.NaN))),
                new Case("money[]", "'{1.50,2}'", list(number("1.5"), number("2"))),
                new Case(
                        "double precision[]",
                        "'{-0,0,0.1,NaN}'",
                        list(real(-0.0), real(0), real(0.1), real(Double.NaN))),
                new Case("bytea[]", "ARRAY['\\x00'::bytea, '']", list(bytes(0), bytes())),
                new Case("boolean[]", "'{t,f}'", list(number("1"), number("0"))),
                new Case(
                        "timestamptz[]",
                        "ARRAY['2024-01-31 12:00:00Z'::timestamptz, 'infinity']",
                        list(moment("2024-01-31T12:00:00Z"), text("infinity"))),
                new Case("date[]", "ARRAY['0002-01-01 BC'::date]", list(text("-0001-01-01"))),
                new Case(
                        "uuid[]",
                        "ARRAY['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid]",
                        list(text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"))),
                new Case("char(3)[]", "'{a,bc}'", list(text("a"), text("bc"))),
                new Case("box[]", "'{(2,2),(1,1);(4,4),(3,3)}'", list(text("(2,2),(1,1)"), text("(4,4),(3,3)"))),
                new Case("mood[]", "'{sad,\"it''s ok\"}'", list(text("sad"), text("it's ok"))),
                new Case("pair[]", "ARRAY[ROW(1, 'x')::pair]", list(text("(1,x)"))),
                new Case("json[]", "ARRAY['{\"b\":1.0}'::json, NULL]", list(Json.canonical("{\"b\":1}"), NULL)),
                new Case("jsonb[]", "ARRAY['[1]'::jsonb]", list(json(list(number("1"))))),
                new Case("jsonb[]", "ARRAY[ARRAY['1'::jsonb]]", list(list(json(number("1"))))),
                new Case("bit(2)[]", "'{10,01}'", list(text("10"), text("01"))));
    }

    /** Each value is read as documented, written back as the same, and found by its own condition only. */
    @Test
    void everyTypeComesAndGoes() throws SQLException {
        for (Case given : cases()) {
            run(
                    "DROP TABLE IF EXISTS t",
                    "CREATE TABLE t (id int PRIMARY KEY, v " + given.type() + ")",
                    "INSERT INTO t VALUES (1, " + given.sql() + "), (2, NULL)");
            Shape shape = shape("t");
            Column column = shape.columns().get(0);
            assertEquals("v", column.name());
            List<Row> rows = rows(shape, "ORDER BY id");
            assertEquals(given.canonical(), rows.get(0).field("v"), given.toString());
            assertEquals(NULL, rows.get(1).field("v"), given.toString());

            String literal = DIALECT.literal(column, given.canonical());
            run("UPDATE t SET v = " + literal + " WHERE id = 2");
            assertEquals(given.canonical(), rows(shape, "WHERE id = 2").get(0).field("v"), given + " as " + literal);

            run("UPDATE t SET v = NULL WHERE id = 2");
            String equal = DIALECT.equal(column, given.canonical());
            if (!given.sql().contains("u0000") || given.type().equals("jsonb")) {
                assertEquals(List.of(rows.get(0).uid()), uids(shape, "WHERE " + equal), given + ": " + equal);
            }
            assertEquals(List.of(rows.get(1).uid()), uids(shape, "WHERE " + DIALECT.equal(column, NULL)));
        }
    }

    private static List<Uid> uids(Shape shape, String tail) throws SQLException {
        return rows(shape, tail).stream().map(Row::uid).toList();
    }

    /** Values of one type that are nearly the same, and are not. */
    private static final Map<String, List<String>> NEAR = Map.ofEntries(
            Map.entry(
                    "text",
                    List.of(
                            "NULL",
                            "''",
                            "'NULL'",
                            "' '",
                            "'a'",
                            "'a '",
                            "' a'",
                            "'A'",
                            "'a\u0301'",
                            "'á'",
                            "E'a\\n'",
                            "E'a\\t'",
                            "'a\u00a0'",
                            "'ａ'",
                            "'1'",
                            "'1.0'",
                            "'\\x61'")),
            Map.entry("text COLLATE blind", List.of("NULL", "'a'", "'A'", "'a '", "'á'", "'Á'", "'ss'", "'ß'")),
            Map.entry("citext", List.of("NULL", "''", "'a'", "'A'", "'a '")),
            Map.entry("char(4)", List.of("NULL", "''", "'a'", "' a'", "'A'", "E'a\\t'")),
            Map.entry(
                    "bigint",
                    List.of(
                            "NULL",
                            "0",
                            "1",
                            "9223372036854775806",
                            "9223372036854775807",
                            "-9223372036854775808",
                            "9007199254740992",
                            "9007199254740993")),
            Map.entry(
                    "numeric",
                    List.of(
                            "NULL",
                            "0",
                            "1",
                            "-1",
                            "12345678901234567890.12345678901234567890",
                            "12345678901234567890.12345678901234567891",
                            "12345678901234567891.12345678901234567890",
                            "9007199254740993.0",
                            "9007199254740992",
                            "1e-20",
                            "1e-21",
                            "1e40",
                            "'NaN'",
                            "'Infinity'",
                            "'-Infinity'")),
            Map.entry(
                    "double precision",
                    List.of(
                            "NULL",
                            "'0'",
                            "'-0'",
                            "0.1",
                            "0.1::real",
                            "0.30000000000000004",
                            "0.3",
                            "1",
                            "1.0000000000000002",
                            "'NaN'",
                            "'Infinity'",
                            "'-Infinity'",
                            "5e-324")),
            Map.entry(
                    "real",
                    List.of(
                            "NULL",
                            "'0'",
                            "'-0'",
                            "0.1",
                            "0.10000001",
                            "16777216",
                            "16777217.5",
                            "'NaN'",
                            "'Infinity'")),
            Map.entry("boolean", List.of("NULL", "true", "false")),
            Map.entry("bytea", List.of("NULL", "''", "'\\x00'", "'\\x0000'", "'\\x61'", "'\\x41'", "'\\x6120'")),
            Map.entry(
                    "timestamp",
                    List.of(
                            "NULL",
                            "'2024-01-31 12:00:00'",
                            "'2024-01-31 12:00:00.000001'",
                            "'2024-01-31 12:00:01'",
                            "'2024-01-31 00:00:00'",
                            "'infinity'",
                            "'-infinity'",
                            "'12024-01-31 12:00:00'",
                            "'2024-01-31 12:00:00 BC'",
                            "'2025-01-31 12:00:00 BC'")),
            Map.entry(
                    "timestamptz",
                    List.of(
                            "NULL",
                            "'2024-01-31 12:00:00Z'",
                            "'2024-01-31 12:00:00.000001Z'",
                            "'2024-01-31 12:00:00+01'",
                            "'infinity'",
                            "'-infinity'",
                            "'12024-01-31 12:00:00Z'",
                            "'12024-01-31 12:00:00.000001Z'")),
            Map.entry(
                    "date",
                    List.of(
                            "NULL",
                            "'2024-01-31'",
                            "'2024-02-01'",
                            "'infinity'",
                            "'-infinity'",
                            "'0001-01-01'",
                            "'0001-01-01 BC'",
                            "'0002-01-01 BC'")),
            Map.entry("time", List.of("NULL", "'00:00'", "'24:00'", "'00:00:00.000001'")),
            Map.entry("timetz", List.of("NULL", "'12:00+00'", "'13:00+01'", "'12:00+01'")),
            Map.entry(
                    "interval",
                    List.of("NULL", "'1 day'", "'24 hours'", "'30 days'", "'1 month'", "'0'", "'1 microsecond'")),
            Map.entry("inet", List.of("NULL", "'10.0.0.1'", "'10.0.0.1/24'", "'::ffff:10.0.0.1'", "'::1'")),
            Map.entry("bit varying", List.of("NULL", "B''", "B'0'", "B'00'", "B'1'", "B'10'")),
            Map.entry(
                    "uuid",
                    List.of(
                            "NULL",
                            "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
                            "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'")),
            Map.entry(
                    "json",
                    List.of(
                            "NULL",
                            "'null'",
                            "'{}'",
                            "'[]'",
                            "'\"null\"'",
                            "'1'",
                            "'\"1\"'",
                            "'{\"a\":1}'",
                            "'{\"a\":\"1\"}'",
                            "'{\"a\":1,\"a\":1}'",
                            "'{\"a\":null}'",
                            "'{\"A\":1}'",
                            "'[1,2]'",
                            "'[2,1]'",
                            "'[[1,2]]'")),
            Map.entry(
                    "jsonb",
                    List.of(
                            "NULL",
                            "'null'",
                            "'{}'",
                            "'[]'",
                            "'\"null\"'",
                            "'1'",
                            "'\"1\"'",
                            "'{\"a\":1}'",
                            "'{\"a\":\"1\"}'",
                            "'{\"a\":null}'",
                            "'{\"a\":9007199254740993}'",
                            "'{\"a\":9007199254740992}'")),
            Map.entry(
                    "integer[]",
                    List.of(
                            "NULL",
                            "'{}'",
                            "'{NULL}'",
                            "'{1}'",
                            "'{{1}}'",
                            "'[0:0]={1}'",
                            "'[2:2]={1}'",
                            "'{1,2}'",
                            "'{2,1}'",
                            "'{{1},{2}}'",
                            "'{{1,2}}'")),
            Map.entry(
                    "text[]",
                    List.of(
                            "NULL",
                            "'{}'",
                            "'{\"\"}'",
                            "'{NULL}'",
                            "'{\"NULL\"}'",
                            "'{a,b}'",
                            "'{\"a,b\"}'",
                            "'{ab}'",
                            "'{A,b}'")),
            Map.entry("double precision[]", List.of("NULL", "'{0}'", "'{-0}'", "'{0.1}'", "'{NaN}'")),
            Map.entry(
                    "jsonb[]", List.of("NULL", "'{NULL}'", "'{\"null\"}'", "'{\"[1]\"}'", "'{{\"1\"}}'", "'{\"1\"}'")),
            Map.entry("mood", List.of("NULL", "'sad'", "'so so'")),
            Map.entry("pair", List.of("NULL", "ROW(NULL,NULL)", "ROW(NULL,'')", "ROW(1,'NULL')", "ROW(1,NULL)")));

    /** All have different digests; and the condition for each is true for it alone. */
    @Test
    void nearlyTheSameIsDifferent() throws SQLException {
        for (Map.Entry<String, List<String>> near : NEAR.entrySet()) {
            run("DROP TABLE IF EXISTS t", "CREATE TABLE t (id int PRIMARY KEY, v " + near.getKey() + ")");
            for (int i = 0; i < near.getValue().size(); i++) {
                run("INSERT INTO t VALUES (" + i + ", " + near.getValue().get(i) + ")");
            }
            Shape shape = shape("t");
            Column column = shape.columns().get(0);
            assertEquals("v", column.name());
            List<Row> rows = rows(shape, "ORDER BY id");
            for (int i = 0; i < rows.size(); i++) {
                Value value = rows.get(i).field("v");
                for (int j = 0; j < i; j++) {
                    assertNotEquals(
                            rows.get(j).field("v"),
                            value,
                            near.getKey() + ": " + near.getValue().get(i));
                }
                String equal = DIALECT.equal(column, value);
                if (near.getKey().equals("json")
                        && Json.text(value.equals(NULL) ? json(NULL) : value).equals("{\"a\":1}")) {
                    continue; // as jsonb it is also that with the name twice
                }
                assertEquals(List.of(rows.get(i).uid()), uids(shape, "WHERE " + equal), equal);
            }
        }
    }

    @Test
    void valuesDoNotMoveBetweenColumns() throws SQLException {
        run(
                "DROP TABLE IF EXISTS t",
                "CREATE TABLE t (id int, a text, b text, PRIMARY KEY (id))",
                "INSERT INTO t VALUES (1, 'ab', 'c'), (2, 'a', 'bc'), (3, NULL, ''), (4, '', NULL), (5, NULL, NULL),"
                        + " (6, 'x', NULL), (7, NULL, 'x'), (8, 'x', 'y'), (9, 'y', 'x')");
        Shape shape = shape("t");
        List<Value> seen = new ArrayList<>();
        for (Row row : rows(shape, "")) {
            Value rest = row.fields().without(List.of("id"));
            assertFalse(seen.contains(rest), rest.toString());
            seen.add(rest);
        }
    }

    @Test
    void strictTellsScalesAndTheTextOfDocuments() throws SQLException {
        run(
                "DROP TABLE IF EXISTS t",
                "CREATE TABLE t (id int PRIMARY KEY, n numeric, j json, b jsonb, a numeric[])",
                "INSERT INTO t VALUES (1, 1.5, '{\"a\":1}', '{\"a\":1}', '{1.5}'), (2, 1.50, '{ \"a\":1}', '{\"a\":1.0}', '{1.50}'),"
                        + " (3, 100, '1', '1', '{}')");
        Shape loose = shape("t");
        List<Row> rows = rows(loose, "ORDER BY id");
        assertEquals(
                rows.get(0).fields().without(List.of("id")),
                rows.get(1).fields().without(List.of("id")));
        Shape strict = shape("t", new Selection(List.of(), List.of(), List.of(), Optional.empty(), true));
        List<Row> strictly = rows(strict, "ORDER BY id");
        for (Column column : strict.columns().subList(0, 4)) {
            if (column.name().equals("id")) {
                continue;
            }
            for (Row row : strictly) {
                Value value = row.field(column.name());
                String equal = DIALECT.equal(column, value);
                assertEquals(List.of(row.uid()), uids(strict, "WHERE " + equal), equal);
            }
            assertNotEquals(
                    strictly.get(0).field(column.name()), strictly.get(1).field(column.name()));
        }
        assertEquals(number("100"), strictly.get(2).field("n"));
        assertEquals(new Value.Decimal(new BigDecimal("1.50")), strictly.get(1).field("n"));
    }

    @Test
    void literalsThatAColumnCannotHoldAreRefused() throws SQLException {
        run(
                "DROP TABLE IF EXISTS t",
                "CREATE TABLE t (id int PRIMARY KEY, b boolean, s smallint, f real, c char(3), u uuid, d date, ti time,"
                        + " ts timestamp, tz timestamptz, j jsonb, x text, n numeric, a int[])");
        Map<String, List<Value>> refused = Map.ofEntries(
                Map.entry("id", List.of(number("2147483648"), text("1"), number("1.5"))),
                Map.entry("b", List.of(number("2"), text("t"))),
                Map.entry("s", List.of(number("32768"))),
                Map.entry("f", List.of(real(0.1), number("1"))),
                Map.entry("c", List.of(text("a "))),
                Map.entry("u", List.of(text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), text("x"))),
                Map.entry(
                        "d",
                        List.of(text("0000-00-00"), text("2024-00-01"), text("2024-01-01T00:00:00"), text("today"))),
                Map.entry("ti", List.of(text("-01:00:00"), text("838:59:59"), text("12:00:00.1234567"), text("now"))),
                Map.entry(
                        "ts",
                        List.of(text("2024-01-01"), text("2024-01-01T00:00:00.1234567"), text("2024-01-01T00:00:00Z"))),
                Map.entry("tz", List.of(moment("2024-01-01T00:00:00.123456789Z"), text("x"))),
                Map.entry("j", List.of(Json.canonical("{\"a\":1,\"a\":1}"), json(text("\0")), text("{}"))),
                Map.entry("x", List.of(text("\0"), number("1"), bytes(1))),
                Map.entry("n", List.of(real(1.5), text("1"))),
                Map.entry("a", List.of(list(text("1")), text("{1}"))));
        for (Column column : shape("t").columns()) {
            for (Value value : refused.get(column.name())) {
                IllegalArgumentException e = assertThrows(
                        IllegalArgumentException.class, () -> DIALECT.literal(column, value), column + " " + value);
                assertTrue(
                        e.getMessage()
                                .startsWith(
                                        "column " + column.name() + " of type " + column.type() + " can't hold it: "),
                        e.getMessage());
            }
        }
    }

    @Test
    void theShapeIsAsDeclared() throws SQLException {
        run(
                "DROP TABLE IF EXISTS line, orders CASCADE",
                "CREATE TABLE orders (b int, a bigint, \"odd \"\"Col\" text, n int GENERATED ALWAYS AS IDENTITY,"
                        + " d int GENERATED BY DEFAULT AS IDENTITY, s serial, g int GENERATED ALWAYS AS (b + 1) STORED,"
                        + " e mood UNIQUE, gone int, PRIMARY KEY (b, a))",
                "ALTER TABLE orders DROP COLUMN gone",
                "CREATE TABLE line (id int PRIMARY KEY, b int, a bigint, CONSTRAINT of_order FOREIGN KEY (b, a) REFERENCES orders)",
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
                "CREATE TRIGGER watch BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION nothing()",
                "INSERT INTO orders (b, a, \"odd \"\"Col\") VALUES (1, 2, 'x')");
        Shape shape = shape("orders");
        assertEquals(
                List.of("a", "b", "d", "e", "g", "n", "s", "odd \"Col"),
                shape.columns().stream().map(Column::name).toList());
        assertEquals(List.of(1, 0), shape.key());
        assertEquals(List.of("watch"), shape.triggers());
        assertTrue(shape.ordered());
        assertFalse(shape.view());
        assertEquals(
                List.of("WRITER", "WRITER", "COUNTER", "WRITER", "COMPUTED", "COUNTER_ALWAYS", "COUNTER", "WRITER"),
                shape.columns().stream().map(column -> column.filling().name()).toList());
        assertEquals("mood", shape.columns().get(3).type());
        assertEquals(List.of(new ForeignKey("of_order", "line", "orders")), DIALECT.foreignKeys(connection, "public"));
        assertEquals(
                List.of("line", "orders"),
                DIALECT.tables(connection, "public").stream()
                        .filter(name -> name.equals("line") || name.equals("orders"))
                        .toList());
        Row row = rows(shape, "").get(0);
        assertEquals(List.of(number("1"), number("2")), UidEncoder.decode(row.uid()));
        assertEquals(number("2"), row.field("g"));
        assertEquals("public", DIALECT.schema(connection));

        assertEquals(
                List.of("a", "b", "odd \"Col"),
                shape("orders", new Selection(List.of("odd \"Col"), List.of(), List.of(), Optional.empty(), false))
                        .columns()
                        .stream()
                        .map(Column::name)
                        .toList());
        assertEquals(
                List.of("a", "b", "d", "g", "n", "s"),
                shape("orders", without("e", "odd \"Col")).columns().stream()
                        .map(Column::name)
                        .toList());
        Shape unique = shape("orders", keyed("e"));
        assertEquals("e", unique.keyColumn(0).name());
        assertFalse(unique.ordered());
        run("CREATE OR REPLACE VIEW seen AS SELECT * FROM orders");
        assertTrue(shape("seen", keyed("b", "a")).view());
        run("DROP VIEW seen", "DROP TABLE line, orders", "DROP FUNCTION nothing()");
    }

    @Test
    void whatCannotBeComparedIsRefusedWithASentence() throws SQLException {
        run(
                "DROP TABLE IF EXISTS bare, typed, doc, parent CASCADE",
                "CREATE TABLE bare (a int UNIQUE, b int)",
                "CREATE TABLE typed (id int PRIMARY KEY, r regclass)",
                "CREATE TABLE doc (j jsonb PRIMARY KEY)",
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child () INHERITS (parent)",
                "CREATE VIEW seen AS SELECT * FROM bare");
        Map<String, String> messages = Map.of(
                "absent", "table absent: there is no such table in the schema public",
                "bare", "table bare: it has no primary key; name its unique key with key=a",
                "typed", "table typed: column r has the type regclass, which is not known; leave it out with without=r",
                "doc",
                        "table doc: column j of type jsonb can't be part of the key: its values have no order; name another"
                                + " unique key with key=COLUMN",
                "parent",
                        "table parent: other tables inherit from it, so that its key does not name its rows; compare a view"
                                + " of SELECT … FROM ONLY parent",
                "seen", "table seen: it is a view; name the columns that name its rows with key=COLUMN");
        for (Map.Entry<String, String> message : messages.entrySet()) {
            SourceException e = assertThrows(SourceException.class, () -> shape(message.getKey()));
            assertEquals(message.getValue(), e.getMessage());
        }
        assertEquals(
                "table bare: there is no unique key of exactly the columns b for all rows",
                assertThrows(SourceException.class, () -> shape("bare", keyed("b")))
                        .getMessage());
        assertEquals(
                "table bare: there is no column c; there are a, b",
                assertThrows(SourceException.class, () -> shape("bare", keyed("c")))
                        .getMessage());
        assertEquals(
                "table typed: column id is of the key and can't be left out",
                assertThrows(SourceException.class, () -> shape("typed", without("id")))
                        .getMessage());
        assertEquals(1, shape("typed", without("r")).columns().size());
        run("DROP TABLE bare, typed, doc, child, parent CASCADE");
    }

    /** Where a shape says so, the engine gives the rows in the order of their UIDs. */
    @Test
    void theOrderIsThatOfTheUidsWhereItSaysSo() throws SQLException {
        Map<String, String> ordered = Map.ofEntries(
                Map.entry("smallint", "(i * 7919) % 64000 - 32000"),
                Map.entry("integer", "(i * 1299709::bigint) % 2000000011 - 1000000000"),
                Map.entry("bigint", "(i % 3 - 1) * 4611686018427387904 + i * 1000003"),
                Map.entry(
                        "numeric",
                        "CASE i WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity'"
                                + " ELSE (i - 1000) * 10::numeric ^ (i % 60 - 30) END"),
                Map.entry(
                        "double precision",
                        "CASE i WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity'"
                                + " ELSE (i - 1000) * 10::float8 ^ (i % 600 - 300) END"),
                Map.entry("real", "(i - 1000) / 3.0"),
                Map.entry("money", "(i - 1000)::numeric / 3"),
                Map.entry("uuid", "md5(i::text)::uuid"),
                Map.entry(
                        "bytea",
                        "substr(decode(md5(i::text), 'hex'), 1, 1 + i % 7) || decode(lpad(to_hex(i), 8, '0'), 'hex')"),
                Map.entry("time", "'00:00'::time + i * 43 * interval '1 second' + i % 3 * interval '1 microsecond'"),
                Map.entry("oid", "i::bigint * 2000000"),
                Map.entry(
                        "text COLLATE \"C\"",
                        "chr(i % 40 + 1) || chr(90 + (i * 31) % 500) || chr(65000 + (i * 37) % 1000) || i"),
                Map.entry("varchar COLLATE ucs_basic", "chr(i % 40 + 1) || chr(90 + (i * 31) % 500) || i"),
                Map.entry("char(9) COLLATE \"C\"", "chr(i % 40 + 1) || chr(90 + (i * 31) % 500) || i"),
                Map.entry("text COLLATE pg_c_utf8", "chr(i % 40 + 1) || chr(65000 + (i * 37) % 1000) || i"));
        for (Map.Entry<String, String> type : ordered.entrySet()) {
            run(
                    "DROP TABLE IF EXISTS t",
                    "CREATE TABLE t (k " + type.getKey() + ", l int, PRIMARY KEY (k, l))",
                    "INSERT INTO t SELECT " + type.getValue() + ", i % 5 FROM generate_series(1, 2000) i");
            Shape shape = shape("t");
            assertTrue(shape.ordered(), type.getKey());
            List<Uid> uids = uids(shape, "ORDER BY k, l");
            assertEquals(2_000, uids.size());
            for (int i = 1; i < uids.size(); i++) {
                assertTrue(uids.get(i - 1).compareTo(uids.get(i)) < 0, type.getKey() + " " + uids.get(i));
            }
        }
        for (String type : new String[] {
            "text COLLATE \"en-x-icu\"",
            "text COLLATE blind",
            "citext",
            "mood",
            "date",
            "timestamptz",
            "timestamp",
            "interval",
            "inet",
            "bit varying"
        }) {
            run("DROP TABLE IF EXISTS t", "CREATE TABLE t (k " + type + " PRIMARY KEY)");
            assertFalse(shape("t").ordered(), type);
        }
        run("DROP TABLE IF EXISTS t", "CREATE TABLE t (k int UNIQUE)");
        assertFalse(shape("t", keyed("k")).ordered(), "it can be NULL");
    }

    @Test
    void conditionsOnTheKeyUseItsIndex() throws SQLException {
        Map<String, Value> keys = Map.of(
                "bigint",
                number("5"),
                "text",
                text("5"),
                "text COLLATE blind",
                text("5"),
                "citext",
                text("5"),
                "numeric",
                number("5"),
                "interval",
                text("00:00:05"),
                "uuid",
                text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
                "double precision",
                real(0),
                "timestamptz",
                moment("2024-01-01T00:00:00Z"),
                "bytea",
                bytes(1));
        run("SET enable_seqscan = off");
        for (Map.Entry<String, Value> key : keys.entrySet()) {
            run("DROP TABLE IF EXISTS t", "CREATE TABLE t (k " + key.getKey() + " PRIMARY KEY)");
            String condition = DIALECT.equal(shape("t").columns().get(0), key.getValue());
            try (Statement statement = connection.createStatement();
                    ResultSet plan = statement.executeQuery("EXPLAIN SELECT FROM t WHERE " + condition)) {
                StringBuilder all = new StringBuilder();
                while (plan.next()) {
                    all.append(plan.getString(1)).append('\n');
                }
                assertTrue(all.toString().contains("Index Cond"), condition + "\n" + all);
            }
        }
        run("RESET enable_seqscan");
    }

    @Test
    void aReadThatIsGivenUpLeavesTheConnectionInOrder() throws SQLException {
        run("DROP TABLE IF EXISTS t", "CREATE TABLE t (k int PRIMARY KEY, x text)");
        run("INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) i");
        Shape shape = shape("t");
        assertThrows(
                IllegalStateException.class,
                () -> DIALECT.read(connection, shape, "ORDER BY k", (uid, digest, canonical, length, bytes) -> {
                    throw new IllegalStateException("enough");
                }));
        assertEquals(3, rows(shape, "ORDER BY k LIMIT 3").size());
        assertEquals(20_000, rows(shape, "").size());
        assertEquals(List.of(), rows(shape, "WHERE k < 0"));
    }

    @Test
    void readingTransactionsCannotWriteAndWritingOnesDoNotWait() throws SQLException {
        run("DROP TABLE IF EXISTS t", "CREATE TABLE t (k int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
        try (Connection other = database.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            DIALECT.prepare(other);
            DIALECT.beginReading(other);
            assertEquals(
                    "25006",
                    assertThrows(SQLException.class, () -> statement.execute("DELETE FROM t"))
                            .getSQLState());
            other.rollback();
            try (ResultSet zone = statement.executeQuery("SHOW TimeZone")) {
                assertTrue(zone.next());
                assertEquals("UTC", zone.getString(1));
            }
            other.rollback();
            connection.setAutoCommit(false);
            assertEquals(1, rows(shape("t"), "WHERE k = 1 " + DIALECT.locking()).size());
            DIALECT.beginWriting(other);
            assertEquals(
                    "55P03",
                    assertThrows(SQLException.class, () -> statement.execute("DELETE FROM t"))
                            .getSQLState());
            other.rollback();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    @Test
    void theMarkOfTheServerGoesForward() throws SQLException {
        SourceMark before = DIALECT.mark(connection).orElseThrow();
        run(
                "DROP TABLE IF EXISTS t",
                "CREATE TABLE t (k int PRIMARY KEY)",
                "INSERT INTO t SELECT generate_series(1, 1000)");
        SourceMark after = DIALECT.mark(connection).orElseThrow();
        assertEquals(before.server(), after.server());
        assertEquals("1", after.timeline());
        assertTrue(before.position().compareTo(after.position()) < 0, before + " " + after);
        run("CREATE ROLE ordinary");
        run("SET ROLE ordinary");
        assertEquals(before.server(), DIALECT.mark(connection).orElseThrow().server());
        run("RESET ROLE", "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC", "SET ROLE ordinary");
        assertTrue(DIALECT.mark(connection).isEmpty());
        run("RESET ROLE", "GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC", "DROP ROLE ordinary");
    }

    /** Seeded rows of all usual types, each with one field changed a little: no two have the same digest. */
    @Test
    void randomNearMissesAreDifferent() throws SQLException {
        run(
                "DROP TABLE IF EXISTS t",
                "CREATE TABLE t (k int PRIMARY KEY, i bigint, n numeric, f double precision, x text, c char(8), b bytea,"
                        + " d date, s timestamp, z timestamptz, u uuid, j jsonb, a text[])",
                "SELECT setseed(0.5)",
                "INSERT INTO t SELECT 4 * k, (random() * 1e18)::bigint, (random() * 1e6)::numeric(20,6), random() * 1e6,"
                        + " md5(random()::text), left(md5(random()::text), 7), decode(md5(random()::text), 'hex'),"
                        + " '2000-01-01'::date + (random() * 9999)::int, '2000-01-01'::timestamp + random() * interval '9999 days',"
                        + " '2000-01-01'::timestamptz + random() * interval '9999 days', gen_random_uuid(),"
                        + " jsonb_build_object('a', random()::numeric(9,6), 'b', md5(random()::text)),"
                        + " ARRAY[md5(random()::text), NULL, ''] FROM generate_series(1, 2500) k",
                "INSERT INTO t SELECT k + 1, i + (k / 4 % 12 = 0)::int, n + (k / 4 % 12 = 1)::int * 0.000001,"
                        + " CASE WHEN k / 4 % 12 = 2 THEN f + f * 2.220446049250313e-16::float8 ELSE f END,"
                        + " CASE WHEN k / 4 % 12 = 3 THEN x || ' ' ELSE x END, CASE WHEN k / 4 % 12 = 4 THEN upper(c) || '!' ELSE c END,"
                        + " CASE WHEN k / 4 % 12 = 5 THEN b || '\\x00' ELSE b END, d + (k / 4 % 12 = 6)::int,"
                        + " s + (k / 4 % 12 = 7)::int * interval '1 microsecond',"
                        + " z + (k / 4 % 12 = 8)::int * interval '1 microsecond',"
                        + " CASE WHEN k / 4 % 12 = 9 THEN overlay(u::text placing translate(right(u::text, 1), '0123456789abcdef', '123456789abcdef0') from 36)::uuid ELSE u END,"
                        + " CASE WHEN k / 4 % 12 = 10 THEN j || '{\"c\": null}' ELSE j END,"
                        + " CASE WHEN k / 4 % 12 = 11 THEN a[2:3] || a[1:1] ELSE a END FROM t");
        Map<Value, Uid> seen = new HashMap<>();
        for (Row row : rows(shape("t"), "")) {
            Uid other = seen.put(row.fields().without(List.of("k")), row.uid());
            assertEquals(null, other, () -> UidEncoder.decode(row.uid()) + " is as " + other);
        }
        assertEquals(5_000, seen.size());
    }

    @Test
    void partitionsAreOneTable() throws SQLException {
        run(
                "DROP TABLE IF EXISTS p",
                "CREATE TABLE p (k int PRIMARY KEY) PARTITION BY RANGE (k)",
                "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)",
                "INSERT INTO p VALUES (15), (5)");
        assertEquals(
                Stream.of("5", "15").map(k -> List.of(number(k))).toList(),
                uids(shape("p"), "ORDER BY k").stream().map(UidEncoder::decode).toList());
        List<String> tables = DIALECT.tables(connection, "public");
        assertTrue(tables.contains("p") && !tables.contains("p1"), tables.toString());
        run("DROP TABLE p");
    }

    @Test
    void rowsThatAPolicyHidesAreAnErrorAndNotAbsent() throws SQLException {
        run(
                "DROP TABLE IF EXISTS t",
                "CREATE TABLE t (k int PRIMARY KEY)",
                "INSERT INTO t VALUES (1)",
                "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
                "CREATE ROLE limited",
                "GRANT SELECT ON t TO limited",
                "SET ROLE limited");
        Shape shape = shape("t");
        assertThrows(SQLException.class, () -> rows(shape, ""));
        run("RESET ROLE", "DROP TABLE t", "DROP ROLE limited");
    }
}
