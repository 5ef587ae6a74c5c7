package io.twinroot.source.sql;

import io.twinroot.source.SourceException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** What MariaDB's information_schema says of tables. For one thread. */
final class MariaCatalog {
    private static final String TABLES = """
            SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES
            WHERE TABLE_SCHEMA = ? AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
            ORDER BY BINARY TABLE_NAME
            """;

    private static final String FOREIGN_KEYS = """
            SELECT CONSTRAINT_NAME, TABLE_NAME, REFERENCED_TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS
            WHERE CONSTRAINT_SCHEMA = ? AND UNIQUE_CONSTRAINT_SCHEMA = CONSTRAINT_SCHEMA
            ORDER BY BINARY TABLE_NAME, BINARY CONSTRAINT_NAME
            """;

    private static final String COLUMNS = """
            SELECT COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, IS_NULLABLE, EXTRA, CHARACTER_SET_NAME, COLLATION_NAME,
              CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION
            FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?
            ORDER BY ORDINAL_POSITION
            """;

    private static final String KEYS = """
            SELECT INDEX_NAME, COLUMN_NAME FROM information_schema.STATISTICS
            WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0
            ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX
            """;

    private static final String TRIGGERS = """
            SELECT TRIGGER_NAME FROM information_schema.TRIGGERS
            WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ? ORDER BY BINARY TRIGGER_NAME
            """;

    /** MariaDB's JSON is a text with a check. */
    private static final String JSON_CHECKS = """
            SELECT CONSTRAINT_NAME FROM information_schema.CHECK_CONSTRAINTS
            WHERE CONSTRAINT_SCHEMA = ? AND TABLE_NAME = ?
              AND CHECK_CLAUSE = CONCAT('json_valid(`', REPLACE(CONSTRAINT_NAME, '`', '``'), '`)')
            """;

    private static final int SHOWN = 20;

    private final Connection connection;
    private final String schema;
    private final String table;
    private final Selection selection;

    MariaCatalog(Connection connection, String schema, String table, Selection selection) {
        this.connection = connection;
        this.schema = schema;
        this.table = table;
        this.selection = selection;
    }

    static List<String> tables(Connection connection, String schema) throws SQLException {
        return CatalogQuery.texts(connection, TABLES, schema);
    }

    static List<ForeignKey> foreignKeys(Connection connection, String schema) throws SQLException {
        return CatalogQuery.foreignKeys(connection, FOREIGN_KEYS, schema);
    }

    /** What the catalog says of a column. */
    private record Declared(
            String name,
            String type,
            String base,
            boolean nullable,
            String extra,
            String charset,
            String collation,
            long length,
            long precision,
            int scale,
            int places) {}

    Shape shape() throws SQLException {
        boolean view = isView();
        Map<String, Declared> declared = columns();
        Choice choice = new Choice(table, selection, List.copyOf(declared.keySet()));
        Map<String, List<String>> unique = new LinkedHashMap<>();
        CatalogQuery.each(
                connection,
                KEYS,
                List.of(schema, table),
                row -> unique.computeIfAbsent(row.getString(1), name -> new ArrayList<>())
                        .add(row.getString(2)));
        List<String> primary = Optional.ofNullable(unique.remove("PRIMARY")).orElse(List.of());
        List<String> key = choice.key(view, primary, List.copyOf(unique.values()));
        Set<String> json = new HashSet<>();
        CatalogQuery.each(connection, JSON_CHECKS, List.of(schema, table), row -> json.add(row.getString(1)));
        List<Column> columns = new ArrayList<>();
        boolean ordered = true;
        for (String name : choice.columns(key)) {
            Declared one = Objects.requireNonNull(declared.get(name));
            MariaType type = type(one, json.contains(name)).orElseThrow(() -> choice.unknownType(name, one.type()));
            columns.add(new Column(name, one.type(), type.family(), one.nullable(), filling(one.extra()), type));
            ordered &= !key.contains(name) || type.order() && !one.nullable();
        }
        List<String> triggers = new ArrayList<>();
        CatalogQuery.each(connection, TRIGGERS, List.of(schema, table), row -> triggers.add(row.getString(1)));
        return choice.shape(schema, columns, key, ordered, view, triggers);
    }

    private boolean isView() throws SQLException {
        Map<String, Boolean> views = new LinkedHashMap<>();
        CatalogQuery.each(
                connection,
                TABLES,
                List.of(schema),
                row -> views.put(row.getString(1), row.getString(2).equals("VIEW")));
        Boolean view = views.get(table);
        if (view == null) {
            throw new SourceException(
                    SourceException.Kind.UNKNOWN,
                    "table " + table + ": there is no such table in the database " + schema
                            + " that the user may read; there are "
                            + String.join(
                                    ", ", views.keySet().stream().limit(SHOWN).toList()));
        }
        return view;
    }

    private Map<String, Declared> columns() throws SQLException {
        Map<String, Declared> columns = new LinkedHashMap<>();
        CatalogQuery.each(
                connection,
                COLUMNS,
                List.of(schema, table),
                row -> columns.put(
                        row.getString(1),
                        new Declared(
                                row.getString(1),
                                row.getString(2),
                                row.getString(3).toLowerCase(Locale.ROOT),
                                row.getString(4).equals("YES"),
                                Objects.requireNonNullElse(row.getString(5), ""),
                                Objects.requireNonNullElse(row.getString(6), ""),
                                Objects.requireNonNullElse(row.getString(7), ""),
                                row.getLong(8),
                                row.getLong(9),
                                row.getInt(10),
                                row.getInt(11))));
        return columns;
    }

    private Optional<MariaType> type(Declared column, boolean json) {
        if (json && column.base().endsWith("text")) {
            return Optional.of(type(MariaType.Kind.JSON, column, 0, 0, false));
        }
        return Optional.ofNullable(
                switch (column.base()) {
                    case "tinyint", "smallint", "mediumint", "int", "bigint" ->
                        type(MariaType.Kind.INTEGER, column, 0, 0, true);
                    case "year" -> type(MariaType.Kind.YEAR, column, 0, 0, true);
                    case "decimal" -> type(MariaType.Kind.DECIMAL, column, column.precision(), column.scale(), true);
                    case "bit" ->
                        type(
                                column.precision() == 1 ? MariaType.Kind.FLAG : MariaType.Kind.BITS,
                                column,
                                column.precision(),
                                0,
                                true);
                    case "float" -> type(MariaType.Kind.FLOAT, column, 0, 0, false);
                    case "double" -> type(MariaType.Kind.DOUBLE, column, 0, 0, false);
                    case "char" -> type(MariaType.Kind.CHAR, column, column.length(), 0, false);
                    case "varchar" -> type(MariaType.Kind.VARCHAR, column, column.length(), 0, byCodePoints(column));
                    case "tinytext", "text", "mediumtext", "longtext" ->
                        type(MariaType.Kind.TEXT, column, column.length(), 0, false);
                    case "enum", "set" -> type(MariaType.Kind.WORD, column, 0, 0, false);
                    case "uuid" -> type(MariaType.Kind.UUID, column, 0, 0, false);
                    case "inet4", "inet6" -> type(MariaType.Kind.INET, column, 0, 0, false);
                    case "binary" -> type(MariaType.Kind.BINARY, column, column.length(), 0, true);
                    case "varbinary" -> type(MariaType.Kind.BYTES, column, column.length(), 0, true);
                    case "tinyblob", "blob", "mediumblob", "longblob" ->
                        type(MariaType.Kind.BYTES, column, column.length(), 0, false);
                    case "geometry",
                            "point",
                            "linestring",
                            "polygon",
                            "multipoint",
                            "multilinestring",
                            "multipolygon",
                            "geometrycollection" -> type(MariaType.Kind.GEOMETRY, column, 0, 0, false);
                    case "date" -> type(MariaType.Kind.DATE, column, 0, 0, true);
                    case "time" -> type(MariaType.Kind.TIME, column, 0, column.places(), false);
                    case "datetime" -> type(MariaType.Kind.DATETIME, column, 0, column.places(), true);
                    case "timestamp" -> type(MariaType.Kind.TIMESTAMP, column, 0, column.places(), true);
                    case "json" -> type(MariaType.Kind.JSON, column, 0, 0, false);
                    default -> null;
                });
    }

    private MariaType type(MariaType.Kind kind, Declared column, long size, int scale, boolean order) {
        return new MariaType(kind, column.charset(), size, scale, order, selection.strict());
    }

    /** Whether texts are ordered by their code points, spaces at their end like any other character. */
    private static boolean byCodePoints(Declared column) {
        return column.collation().matches("(utf8mb4|utf8mb3|utf8|ascii)_nopad_bin");
    }

    private static Column.Filling filling(String extra) {
        String words = extra.toUpperCase(Locale.ROOT);
        return words.contains("GENERATED")
                ? Column.Filling.COMPUTED
                : words.contains("AUTO_INCREMENT") ? Column.Filling.COUNTER : Column.Filling.WRITER;
    }
}
