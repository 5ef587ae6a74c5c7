package io.twinroot.source.sql;

import static io.twinroot.source.sql.Engine.MARIADB;
import static io.twinroot.source.sql.Engine.POSTGRESQL;
import static io.twinroot.source.sql.Engine.SQLITE;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Rows that differ as little as rows can, as data: what each side has, in SQL. */
final class NearDifferences {
    private static final Set<Engine> ALL = EnumSet.allOf(Engine.class);
    private static final Set<Engine> SERVERS = EnumSet.of(POSTGRESQL, MARIADB);

    /**
     * A column, and what it is in each engine that has it.
     */
    private record Typed(String name, Map<Engine, String> types) {}

    /**
     * One way to differ.
     *
     * @param left the cells of the row on the left side, as literals; columns that are not named are NULL
     * @param leftOf the engines in which the left row can be
     */
    record Kind(
            String name,
            Map<String, String> left,
            Map<String, String> right,
            Set<Engine> leftOf,
            Set<Engine> rightOf) {}

    private static final List<Typed> COLUMNS = List.of(
            all("a", "text", "TEXT CHARACTER SET utf8mb4", "TEXT"),
            all("b", "varchar(100)", "VARCHAR(100) CHARACTER SET utf8mb4", "TEXT"),
            all("c", "char(10)", "CHAR(10) CHARACTER SET utf8mb4", "TEXT"),
            all("n", "bigint", "BIGINT", "INTEGER"),
            all("d", "double precision", "DOUBLE", "REAL"),
            all("y", "bytea", "VARBINARY(100)", "BLOB"),
            all("j", "jsonb", "JSON", "JSON"),
            all("ts", "timestamp", "DATETIME(6)", "TIMESTAMP"),
            all("day", "date", "DATE", "DATE"),
            all("t", "time", "TIME(6)", "TIME"),
            all("bits", "bit(8)", "BIT(8)", "TEXT"),
            all("e", "mood", "ENUM('ok', 'OK!', 'sad')", "TEXT"),
            all("yes", "boolean", "BOOLEAN", "BOOLEAN"),
            all("u", "uuid", "UUID", "TEXT"),
            servers("f", "real", "FLOAT"),
            servers("deci", "numeric(40,10)", "DECIMAL(40,10)"),
            servers("un", "numeric(20)", "BIGINT UNSIGNED"),
            servers("tz", "timestamptz", "TIMESTAMP(6) NULL"),
            servers("lat", "text", "VARCHAR(20) CHARACTER SET latin1"),
            postgres("ints", "int[]"),
            postgres("texts", "text[]"),
            postgres("any_number", "numeric"),
            postgres("at", "timetz"),
            postgres("span", "interval"),
            postgres("old_json", "json"),
            postgres("net", "inet"),
            postgres("nums", "numrange"),
            postgres("vb", "varbit"),
            only(MARIADB, "s", "SET('a', 'b', 'a b')"),
            only(MARIADB, "yr", "YEAR"),
            only(SQLITE, "w", ""));

    private NearDifferences() {}

    private static Typed all(String name, String postgres, String mariadb, String sqlite) {
        return new Typed(name, Map.of(POSTGRESQL, postgres, MARIADB, mariadb, SQLITE, sqlite));
    }

    private static Typed servers(String name, String postgres, String mariadb) {
        return new Typed(name, Map.of(POSTGRESQL, postgres, MARIADB, mariadb));
    }

    private static Typed postgres(String name, String type) {
        return only(POSTGRESQL, name, type);
    }

    private static Typed only(Engine engine, String name, String type) {
        return new Typed(name, Map.of(engine, type));
    }

    /** The statements that make the table {@code kinds} with the columns that both engines have. */
    static List<String> create(Engine engine, Engine other) {
        List<String> statements = new ArrayList<>();
        if (engine == POSTGRESQL) {
            statements.add("CREATE TYPE mood AS ENUM ('ok', 'OK!', 'sad')");
        }
        statements.add(columns(engine, other).stream()
                .map(column -> column.name() + " " + column.types().get(engine))
                .collect(Collectors.joining(", ", "CREATE TABLE kinds (id int PRIMARY KEY, ", ")")));
        return statements;
    }

    private static List<Typed> columns(Engine engine, Engine other) {
        return COLUMNS.stream()
                .filter(column -> column.types().keySet().containsAll(List.of(engine, other)))
                .toList();
    }

    /** The kinds that two engines can have between them. */
    static List<Kind> between(Engine left, Engine right) {
        Set<String> columns = columns(left, right).stream().map(Typed::name).collect(Collectors.toSet());
        return KINDS.stream()
                .filter(kind -> columns.containsAll(kind.left().keySet())
                        && columns.containsAll(kind.right().keySet()))
                .filter(kind -> kind.leftOf().contains(left) && kind.rightOf().contains(right))
                .toList();
    }

    /** The statement that inserts a row. Bytes are written {@code x:00ff}, bits {@code b:00000001}. */
    static String insert(Engine engine, int id, Map<String, String> cells) {
        List<String> names = new ArrayList<>(List.of("id"));
        List<String> values = new ArrayList<>(List.of(Integer.toString(id)));
        cells.forEach((name, cell) -> {
            names.add(name);
            values.add(literal(engine, cell));
        });
        return "INSERT INTO kinds (" + String.join(", ", names) + ") VALUES (" + String.join(", ", values) + ")";
    }

    private static String literal(Engine engine, String cell) {
        if (cell.startsWith("x:")) {
            String hex = cell.substring(2);
            return engine == POSTGRESQL ? "'\\x" + hex + "'" : "x'" + hex + "'";
        }
        if (cell.startsWith("b:")) {
            return switch (engine) {
                case POSTGRESQL -> "B'" + cell.substring(2) + "'";
                case MARIADB -> "b'" + cell.substring(2) + "'";
                case SQLITE -> "'" + cell.substring(2) + "'";
            };
        }
        return cell;
    }

    private static Kind kind(String name, String column, String left, String right) {
        return new Kind(name, Map.of(column, left), Map.of(column, right), ALL, ALL);
    }

    private static Kind two(String name, String leftA, String leftB, String rightA, String rightB) {
        return new Kind(name, Map.of("a", leftA, "b", leftB), Map.of("a", rightA, "b", rightB), ALL, ALL);
    }

    private static Kind servers(String name, String column, String left, String right) {
        return new Kind(name, Map.of(column, left), Map.of(column, right), SERVERS, SERVERS);
    }

    /** The left value is one that only PostgreSQL has. */
    private static Kind leftInPostgres(String name, String column, String left, String right) {
        return new Kind(name, Map.of(column, left), Map.of(column, right), EnumSet.of(POSTGRESQL), ALL);
    }

    /** The right value is one that only MariaDB has. */
    private static Kind rightInMariadb(String name, String column, String left, String right) {
        return new Kind(name, Map.of(column, left), Map.of(column, right), ALL, EnumSet.of(MARIADB));
    }

    private static final String LONG = "'" + "lorem ipsum ".repeat(4_000);

    private static final List<Kind> KINDS = List.of(
            // texts
            kind("NULL and ''", "a", "NULL", "''"),
            kind("NULL and the text NULL", "a", "NULL", "'NULL'"),
            kind("NULL and the text null", "a", "NULL", "'null'"),
            kind("'' and a space", "a", "''", "' '"),
            kind("NULL and COPY's mark of it", "a", "NULL", "'\\N'"),
            kind("a backslash and two", "a", "'\\'", "'\\\\'"),
            two("letters moved across columns", "'ab'", "'c'", "'a'", "'bc'"),
            two("all letters moved across columns", "'abc'", "''", "''", "'abc'"),
            two("a pipe moved across columns", "'a|b'", "'c'", "'a'", "'b|c'"),
            two("a comma moved across columns", "'a,b'", "'c'", "'a'", "'b,c'"),
            two("a tab moved across columns", "'a\tb'", "'c'", "'a'", "'b\tc'"),
            two("a line's end moved across columns", "'a\nb'", "'c'", "'a'", "'b\nc'"),
            two("the unit separator moved", "'a\u001fb'", "'c'", "'a'", "'b\u001fc'"),
            two("quotes moved across columns", "'a\",\"b'", "'c'", "'a'", "'b\",\"c'"),
            two("NULL swapped between columns", "NULL", "'x'", "'x'", "NULL"),
            two("NULL and '' swapped between columns", "NULL", "''", "''", "NULL"),
            two("values swapped between columns", "'x'", "'y'", "'y'", "'x'"),
            kind("a quote", "a", "'it''s'", "'its'"),
            kind("a space at the end", "b", "'a'", "'a '"),
            kind("two spaces at the end", "b", "'a '", "'a  '"),
            kind("a space at the beginning", "b", "'a'", "' a'"),
            kind("a space at the beginning of char(n)", "c", "'a'", "' a'"),
            kind("a tab at the end of char(n)", "c", "'a'", "'a\t'"),
            kind("two spaces within", "a", "'a b'", "'a  b'"),
            kind("tab and space", "a", "'a b'", "'a\tb'"),
            kind("kinds of line ends", "a", "'a\nb'", "'a\r\nb'"),
            kind("a line's end at the end", "a", "'a'", "'a\n'"),
            kind("case", "b", "'straße'", "'Straße'"),
            kind("accents", "b", "'resume'", "'résumé'"),
            kind("ß and ss", "b", "'straße'", "'strasse'"),
            kind("NFC and NFD", "a", "'é'", "'e\u0301'"),
            kind("a ligature", "a", "'fi'", "'\ufb01'"),
            kind("full width", "b", "'A'", "'\uff21'"),
            kind("letters that look the same", "a", "'a'", "'\u0430'"),
            kind("a space of no width", "a", "'ab'", "'a\u200bb'"),
            kind("a byte order mark", "a", "'a'", "'\ufeffa'"),
            kind("a space that does not break", "a", "'a b'", "'a\u00a0b'"),
            kind("characters beyond the BMP", "b", "'\ud83d\ude00'", "'\ud83d\ude01'"),
            kind("what can't be shown, and ?", "a", "'\ud83d\ude00'", "'?'"),
            kind("a character and its replacement", "a", "'é'", "'\ufffd'"),
            kind("a control character", "a", "'ab'", "'a\u0001b'"),
            kind("zeros before a number in text", "a", "'1'", "'01'"),
            kind("zeros after a number in text", "a", "'1'", "'1.0'"),
            kind("true in text", "a", "'1'", "'true'"),
            kind("the last letter of a long text", "a", LONG + "a'", LONG + "b'"),
            kind("swapped, one of a pair", "a", "'p'", "'q'"),
            kind("swapped, the other of the pair", "a", "'q'", "'p'"),
            kind("swapped round, the first", "n", "1", "2"),
            kind("swapped round, the second", "n", "2", "3"),
            kind("swapped round, the third", "n", "3", "1"),
            servers("latin1", "lat", "'e'", "'é'"),
            // numbers
            kind("NULL and 0", "n", "NULL", "0"),
            kind("sign", "n", "1", "-1"),
            kind("the last digit of a bigint", "n", "9223372036854775807", "9223372036854775806"),
            kind("beyond what a double tells apart", "n", "9007199254740992", "9007199254740993"),
            kind("the lowest bigint", "n", "-9223372036854775807", "-9223372036854775808"),
            servers("20 digits", "un", "18446744073709551615", "18446744073709551614"),
            servers("beyond a signed bigint", "un", "9223372036854775807", "9223372036854775808"),
            servers("20 digits of a decimal", "deci", "1234567890123.4567891", "1234567890123.4567892"),
            servers(
                    "30 digits of a decimal",
                    "deci",
                    "123456789012345678901234567890",
                    "123456789012345678901234567891"),
            servers("10 places after the point", "deci", "0.0000000001", "0"),
            servers("a power of ten", "deci", "1000", "100"),
            leftInPostgres("NaN of numeric and NULL", "deci", "'NaN'", "NULL"),
            kind("one ULP of a double", "d", "0.1", "0.10000000000000002"),
            kind("one ULP of a great double", "d", "1.7976931348623157e308", "1.7976931348623155e308"),
            kind("one ULP at 1", "d", "1.0", "1.0000000000000002"),
            kind("a double that shows 15 digits alike", "d", "0.3", "0.30000000000000004"),
            servers("a tiny double and 0", "d", "2.2250738585072014e-308", "0"),
            servers("one ULP of a float", "f", "0.1", "0.10000001"),
            servers("a float that shows 6 digits alike", "f", "16777216", "16777215"),
            leftInPostgres("−0 and 0", "d", "'-0'", "0"),
            leftInPostgres("−0 and 0 of a float", "f", "'-0'", "0"),
            leftInPostgres("NaN and NULL", "d", "'NaN'", "NULL"),
            leftInPostgres("NaN and 0", "d", "'NaN'", "0"),
            leftInPostgres("infinity and the greatest", "d", "'Infinity'", "1.7976931348623157e308"),
            leftInPostgres("−infinity and NULL", "d", "'-Infinity'", "NULL"),
            kind("true and false", "yes", "true", "false"),
            kind("NULL and false", "yes", "NULL", "false"),
            // bytes and bits
            kind("a zero byte and none", "y", "x:00", "x:"),
            kind("a zero byte and NULL", "y", "x:00", "NULL"),
            kind("no byte and NULL", "y", "x:", "NULL"),
            kind("a zero byte at the end", "y", "x:61", "x:6100"),
            kind("a zero byte at the beginning", "y", "x:61", "x:0061"),
            kind("a space at the end of bytes", "y", "x:61", "x:6120"),
            kind("the last bit of bytes", "y", "x:fffe", "x:ffff"),
            kind("order of bytes", "y", "x:0102", "x:0201"),
            kind("case in bytes", "y", "x:61", "x:41"),
            kind("the last of bits", "bits", "b:00000001", "b:00000000"),
            kind("the first of bits", "bits", "b:10000000", "b:00000000"),
            kind("order of bits", "bits", "b:00000001", "b:10000000"),
            kind("no bits and NULL", "bits", "b:00000000", "NULL"),
            // JSON
            kind("a number and a text in JSON", "j", "'{\"a\":1}'", "'{\"a\":\"1\"}'"),
            kind("null in JSON and no field", "j", "'{\"a\":null}'", "'{}'"),
            kind("null of JSON and NULL", "j", "'null'", "NULL"),
            kind("order in a JSON array", "j", "'[1,2]'", "'[2,1]'"),
            kind("empty ones in JSON", "j", "'[]'", "'{}'"),
            kind("depth of JSON", "j", "'[[1],2]'", "'[1,[2]]'"),
            kind("case of a name in JSON", "j", "'{\"a\":1}'", "'{\"A\":1}'"),
            kind("20 digits in JSON", "j", "'[12345678901234567890]'", "'[12345678901234567891]'"),
            kind("true and a text in JSON", "j", "'true'", "'\"true\"'"),
            kind("values swapped in JSON", "j", "'{\"a\":1,\"b\":2}'", "'{\"a\":2,\"b\":1}'"),
            kind("NFD in JSON", "j", "'\"é\"'", "'\"e\u0301\"'"),
            kind("a space in a text of JSON", "j", "'\"a\"'", "'\"a \"'"),
            // dates and times
            kind("one microsecond", "ts", "'2024-01-31 12:00:00.000001'", "'2024-01-31 12:00:00'"),
            kind("the last microsecond", "ts", "'2024-12-31 23:59:59.999999'", "'2024-12-31 23:59:59.999998'"),
            kind("one day", "day", "'2024-02-29'", "'2024-03-01'"),
            kind("a century", "day", "'1924-02-29'", "'2024-02-29'"),
            kind("one microsecond of a time", "t", "'12:00:00.000001'", "'12:00:00'"),
            kind("midnight and NULL", "t", "'00:00:00'", "NULL"),
            servers("one microsecond of a moment", "tz", "'2024-01-31 12:00:00.000001'", "'2024-01-31 12:00:00'"),
            servers("one hour, as summer time has it", "tz", "'2024-07-01 12:00:00'", "'2024-07-01 13:00:00'"),
            leftInPostgres("infinity and a far moment", "ts", "'infinity'", "'9999-12-31 23:59:59.999999'"),
            leftInPostgres("infinity and NULL", "day", "'infinity'", "NULL"),
            rightInMariadb("a zero date and NULL", "day", "NULL", "'0000-00-00'"),
            rightInMariadb("a zero date and a first of January", "day", "'2000-01-01'", "'2000-01-00'"),
            rightInMariadb("a zero time stamp and NULL", "ts", "NULL", "'0000-00-00 00:00:00'"),
            // others
            kind("enum", "e", "'ok'", "'OK!'"),
            kind("enum and NULL", "e", "'ok'", "NULL"),
            kind(
                    "the last digit of a UUID",
                    "u",
                    "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
                    "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'"),
            kind("a UUID of zeros and NULL", "u", "'00000000-0000-0000-0000-000000000000'", "NULL"),
            // PostgreSQL's own
            kind("an empty array and NULL", "ints", "'{}'", "NULL"),
            kind("an empty array and one of NULL", "ints", "'{}'", "'{NULL}'"),
            kind("order in an array", "ints", "'{1,2}'", "'{2,1}'"),
            kind("dimensions", "ints", "'{{1,2}}'", "'{1,2}'"),
            kind("two by one and one by two", "ints", "'{{1},{2}}'", "'{{1,2}}'"),
            kind("where an array begins", "ints", "'[0:1]={1,2}'", "'{1,2}'"),
            kind("NULL and its text in an array", "texts", "'{NULL}'", "'{\"NULL\"}'"),
            kind("a comma in an array", "texts", "'{a,b}'", "'{\"a,b\"}'"),
            kind("an empty text in an array", "texts", "'{\"\"}'", "'{}'"),
            kind("one of 40 digits", "any_number", "1e-40", "0"),
            kind("NaN of numeric", "any_number", "'NaN'", "NULL"),
            kind("infinity of numeric", "any_number", "'Infinity'", "'-Infinity'"),
            kind("zone of a time", "at", "'12:00:00+02'", "'12:00:00+01'"),
            kind("a month and 30 days", "span", "'1 month'", "'30 days'"),
            kind("a day and 24 hours", "span", "'1 day'", "'24 hours'"),
            kind("a name twice in json", "old_json", "'{\"a\":1,\"a\":2}'", "'{\"a\":2}'"),
            kind("prefix of a network", "net", "'10.0.0.0/8'", "'10.0.0.0/9'"),
            kind("ends of a range", "nums", "'[1,2)'", "'[1,2]'"),
            kind("an empty range and NULL", "nums", "'empty'", "NULL"),
            kind("length of bits", "vb", "b:0", "b:00"),
            // MariaDB's own
            kind("members of a set", "s", "'a,b'", "'a b'"),
            kind("an empty set and NULL", "s", "''", "NULL"),
            kind("year", "yr", "2001", "2010"),
            kind("a year of zero and NULL", "yr", "0", "NULL"),
            // SQLite's own
            kind("a number and its text", "w", "1", "'1'"),
            kind("a text and its bytes", "w", "'1'", "x:31"),
            kind("an integer beyond doubles and a text", "w", "9007199254740993", "'9007199254740993'"),
            kind("kinds of one number", "w", "9007199254740992.0", "9007199254740993"));

    /* The kinds of a name must be one: it is how a failure says which. */
    static {
        Set<String> names = KINDS.stream().map(Kind::name).collect(Collectors.toSet());
        if (names.size() != KINDS.size()) {
            throw new AssertionError(String.format(Locale.ROOT, "%d names of %d kinds", names.size(), KINDS.size()));
        }
    }
}
