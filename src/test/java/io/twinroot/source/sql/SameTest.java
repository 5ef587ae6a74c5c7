package io.twinroot.source.sql;

import static io.twinroot.source.sql.Engine.MARIADB;
import static io.twinroot.source.sql.Engine.POSTGRESQL;
import static io.twinroot.source.sql.Engine.SQLITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.twinroot.reconcile.Comparison;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same data in two engines, in their own types and ways of writing, is the same. */
final class SameTest {
    private static final int ROWS = 4;

    @TempDir
    private Path temp;

    /**
     * A column.
     *
     * @param types in PostgreSQL, MariaDB and SQLite; empty where an engine has none
     * @param values for each engine: the literals of its rows
     */
    private record Same(String name, List<String> types, List<List<String>> values) {
        boolean isIn(Engine engine) {
            return !types.get(place(engine)).isEmpty();
        }

        String literal(Engine engine, int row) {
            List<String> own = values.get(Math.min(place(engine), values.size() - 1));
            return row < own.size() ? own.get(row) : "NULL";
        }
    }

    private static Same all(String name, String postgres, String mariadb, String sqlite, String... values) {
        return new Same(name, List.of(postgres, mariadb, sqlite), List.of(List.of(values)));
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private static Same each(
            String name, String postgres, String mariadb, String sqlite, List<String>... valuesOfEach) {
        return new Same(name, List.of(postgres, mariadb, sqlite), List.of(valuesOfEach));
    }

    private static final List<Same> COLUMNS = List.of(
            all("i2", "smallint", "SMALLINT", "INT", "-32768", "32767", "0"),
            all("i1", "smallint", "TINYINT", "TINYINT", "-128", "127"),
            all("i3", "integer", "MEDIUMINT", "INTEGER", "-8388608", "8388607"),
            all("i4", "integer", "INT", "BIGINT", "-2147483648", "2147483647"),
            all("i8", "bigint", "BIGINT", "INTEGER", "-9223372036854775808", "9223372036854775807", "0"),
            all("u4", "bigint", "INT UNSIGNED", "INTEGER", "4294967295", "0"),
            all("u8", "numeric(20)", "BIGINT UNSIGNED", "", "18446744073709551615", "9223372036854775808", "1"),
            all("i_in_numeric", "numeric", "BIGINT", "BIGINT", "1", "-1"),
            each(
                    "scale",
                    "numeric(12,4)",
                    "DECIMAL(10,2)",
                    "NUMERIC",
                    List.of("1.5000", "-0.1", "100", "0"),
                    List.of("1.50", "-0.10", "100.00", "0"),
                    List.of("1.5", "-0.1", "1e2", "0")),
            all(
                    "many",
                    "numeric(65,30)",
                    "DECIMAL(65,30)",
                    "",
                    "12345678901234567890123456789012345.123456789012345678901234567891",
                    "-0.000000000000000000000000000001"),
            all("d", "double precision", "DOUBLE", "DOUBLE", "0.1", "-2.5e-300", "1.7976931348623157e308", "0"),
            all("f", "real", "FLOAT", "", "0.1", "3.402823e38", "16777217"),
            each("b", "boolean", "TINYINT(1)", "BOOL", List.of("true", "false"), List.of("1", "0"), List.of("1", "0")),
            each(
                    "bit1",
                    "boolean",
                    "BIT(1)",
                    "BOOLEAN",
                    List.of("true", "false"),
                    List.of("b'1'", "b'0'"),
                    List.of("1", "0")),
            all("txt", "text", "LONGTEXT", "TEXT", "'äöü 😀 \\ '", "''", "'a\r\n\tb'", "'it''s'"),
            all("vc", "varchar(20)", "VARCHAR(20)", "VARCHAR(20)", "'näme '", "' '"),
            all("ch", "char(6)", "CHAR(6)", "", "'ab'", "'ab  '", "'      '"),
            all("fixed", "char(6)", "VARCHAR(6)", "TEXT", "'ab'", "'abcdef'"),
            all("latin", "text", "VARCHAR(20) CHARACTER SET latin1", "TEXT", "'é€ü'", "'plain'"),
            all("wide", "text", "VARCHAR(20) CHARACTER SET utf16", "TEXT", "'é😀'", "''"),
            all("en", "mood", "ENUM('sad', 'ok')", "TEXT", "'sad'", "'ok'"),
            each(
                    "st",
                    "text",
                    "SET('a', 'b', 'c')",
                    "TEXT",
                    List.of("'a,c'", "''", "'b'"),
                    List.of("'c,a'", "''", "'b'"),
                    List.of("'a,c'", "''", "'b'")),
            each(
                    "id4",
                    "uuid",
                    "UUID",
                    "UUID",
                    List.of("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "'{00000000000000000000000000000000}'"),
                    List.of("'a0eebc999c0b4ef8bb6d6bb9bd380a11'", "'00000000-0000-0000-0000-000000000000'"),
                    List.of("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "'00000000-0000-0000-0000-000000000000'")),
            each(
                    "byt",
                    "bytea",
                    "LONGBLOB",
                    "BLOB",
                    List.of("'\\x0001ff'", "''"),
                    List.of("x'0001ff'", "''"),
                    List.of("x'0001ff'", "x''")),
            each("bin", "bytea", "BINARY(3)", "BLOB", List.of("'\\x610000'"), List.of("'a'"), List.of("x'610000'")),
            each(
                    "bits",
                    "bit(9)",
                    "BIT(9)",
                    "TEXT",
                    List.of("B'100000001'", "B'000000000'"),
                    List.of("b'100000001'", "b'0'"),
                    List.of("'100000001'", "'000000000'")),
            each(
                    "js",
                    "jsonb",
                    "JSON",
                    "JSON",
                    List.of("'{\"b\": [1.50, null], \"a\": \"\\u00e4\"}'", "'[]'", "'null'", "'[1e2]'"),
                    List.of("'{\"a\":\"ä\",\"b\":[15e-1,null]}'", "'[ ]'", "' null'", "'[100]'"),
                    List.of("'{ \"a\":\"\\u00E4\",\"b\":[1.5, null ] }'", "'[]'", "'null'", "'[100]'")),
            each(
                    "js2",
                    "json",
                    "JSON",
                    "JSON",
                    List.of("'{\"b\": 1, \"a\": {}}'", "'\"x\"'"),
                    List.of("'{\"a\":{},\"b\":1.0}'", "'\"x\"'"),
                    List.of("'{\"a\":{},\"b\":1}'", "'\"\\u0078\"'")),
            all("da", "date", "DATE", "DATE", "'2024-02-29'", "'0001-01-01'", "'9999-12-31'"),
            each(
                    "ti",
                    "time",
                    "TIME(6)",
                    "TIME",
                    List.of("'12:00:00.500000'", "'23:59:59.999999'", "'00:00:00'"),
                    List.of("'12:00:00.5'", "'23:59:59.999999'", "'0'"),
                    List.of("'12:00:00.5'", "'23:59:59.999999'", "'00:00:00'")),
            each(
                    "ts",
                    "timestamp",
                    "DATETIME(6)",
                    "TIMESTAMP",
                    List.of("'2024-01-31 12:00:00.1'", "'1000-01-01'"),
                    List.of("'2024-01-31 12:00:00.100000'", "'1000-01-01 00:00:00'"),
                    List.of("'2024-01-31T12:00:00.1'", "'1000-01-01 00:00:00'")),
            each(
                    "tz",
                    "timestamptz",
                    "TIMESTAMP(6) NULL",
                    "",
                    List.of("'2024-07-01 14:00:00.000001+02'", "'1970-01-01 00:00:01Z'"),
                    List.of("'2024-07-01 12:00:00.000001'", "'1970-01-01 00:00:01'")),
            all("ye", "smallint", "YEAR", "INT", "1901", "2155"),
            all("ip", "inet", "INET6", "", "'2001:db8::1'", "'::'"),
            all("ip4", "inet", "INET4", "", "'127.0.0.1'", "'0.0.0.0'"));

    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, POSTGRESQL",
        "POSTGRESQL, MARIADB",
        "MARIADB, MARIADB",
        "POSTGRESQL, SQLITE",
        "MARIADB, SQLITE",
        "SQLITE, SQLITE"
    })
    void theSameDataOfEveryTypeIsTheSame(Engine left, Engine right) {
        SqlPlace here = SqlPlace.of(left, temp);
        SqlPlace there = SqlPlace.of(right, temp);
        here.run(statements(left, right));
        there.run(statements(right, left));

        Comparison comparison = here.verify(there, "same");

        Comparison.Same same = assertInstanceOf(
                Comparison.Same.class, comparison, () -> "they differ in " + SqlPlace.keys(comparison));
        assertEquals((long) ROWS * COLUMNS.size(), same.mine().count());
    }

    /** Each value stands in a row of its own, so that a failure says which one it is. */
    private static String[] statements(Engine engine, Engine other) {
        List<Same> columns = COLUMNS.stream()
                .filter(column -> column.isIn(engine) && column.isIn(other))
                .toList();
        List<String> statements = new ArrayList<>();
        if (engine == POSTGRESQL) {
            statements.add("CREATE TYPE mood AS ENUM ('ok', 'sad')");
        }
        statements.add(columns.stream()
                .map(column -> column.name() + " " + column.types().get(place(engine)))
                .collect(Collectors.joining(
                        ", ",
                        "CREATE TABLE same (id varchar(40) PRIMARY KEY, ",
                        ")" + (engine == MARIADB ? " DEFAULT CHARACTER SET utf8mb4" : ""))));
        for (Same column : COLUMNS) {
            for (int row = 0; row < ROWS; row++) {
                boolean isIn = columns.contains(column);
                statements.add("INSERT INTO same (id" + (isIn ? ", " + column.name() : "") + ") VALUES ('"
                        + column.name() + " " + row + "'" + (isIn ? ", " + column.literal(engine, row) : "") + ")");
            }
        }
        return statements.toArray(String[]::new);
    }

    /** Where an engine stands in the lists of a column. */
    private static int place(Engine engine) {
        return switch (engine) {
            case POSTGRESQL -> 0;
            case MARIADB -> 1;
            case SQLITE -> 2;
        };
    }
}
