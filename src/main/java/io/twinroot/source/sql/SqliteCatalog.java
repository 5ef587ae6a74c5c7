package io.twinroot.source.sql;

import io.twinroot.source.SourceException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** What SQLite's pragmas say of tables. For one thread. */
final class SqliteCatalog {
    static final String SCHEMA = "main";

    private static final String TABLES = """
            SELECT name, type, wr, strict FROM pragma_table_list
            WHERE schema = 'main' AND type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
            ORDER BY CAST(name AS BLOB)
            """;

    private static final String FOREIGN_KEYS = """
            SELECT DISTINCT t.name || '#' || k.id, t.name, r.name FROM pragma_table_list t
            JOIN pragma_foreign_key_list(t.name) k JOIN pragma_table_list r ON r.name = k."table" COLLATE NOCASE
            WHERE t.schema = 'main' AND r.schema = 'main' AND t.type = 'table' ORDER BY 1
            """;

    private static final String COLUMNS = "SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(?)";

    private static final String KEYS = """
            SELECT l.name, l.origin, x.name, x.coll FROM pragma_index_list(?) l JOIN pragma_index_xinfo(l.name) x
            WHERE l."unique" AND NOT l.partial AND x.key ORDER BY l.seq, x.seqno
            """;

    private static final String TRIGGERS = """
            SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE
            ORDER BY CAST(name AS BLOB)
            """;

    private static final int SHOWN = 20;

    private final Connection connection;
    private final String table;
    private final Selection selection;

    SqliteCatalog(Connection connection, String table, Selection selection) {
        this.connection = connection;
        this.table = table;
        this.selection = selection;
    }

    static List<String> tables(Connection connection) throws SQLException {
        return CatalogQuery.texts(connection, TABLES);
    }

    static List<ForeignKey> foreignKeys(Connection connection) throws SQLException {
        return CatalogQuery.foreignKeys(connection, FOREIGN_KEYS);
    }

    /** @param withoutRowid whether its primary key is what it is stored by */
    private record Table(boolean view, boolean withoutRowid, boolean strict) {}

    /** @param keyPlace in the primary key, from 1 on; 0 where it is not in it */
    private record Declared(String name, String type, boolean notNull, int keyPlace, boolean computed) {}

    Shape shape() throws SQLException {
        Table found = table();
        Map<String, Declared> declared = new LinkedHashMap<>();
        CatalogQuery.each(connection, COLUMNS, List.of(table), row -> {
            if (row.getInt(5) != 1) {
                declared.put(
                        row.getString(1),
                        new Declared(
                                row.getString(1),
                                Objects.requireNonNullElse(row.getString(2), ""),
                                row.getBoolean(3),
                                row.getInt(4),
                                row.getInt(5) > 1));
            }
        });
        Choice choice = new Choice(table, selection, List.copyOf(declared.keySet()));
        Map<String, List<String>> unique = new LinkedHashMap<>();
        List<String> primaryIndexes = new ArrayList<>();
        if (!found.view()) {
            uniqueKeys(unique, primaryIndexes);
        }
        Optional<String> rowid = rowid(found, declared, primaryIndexes);
        List<String> primary = primary(declared, unique, primaryIndexes, rowid);
        List<String> key = choice.key(found.view(), primary, List.copyOf(unique.values()));
        List<Column> columns = new ArrayList<>();
        boolean ordered = !found.view();
        for (String name : choice.columns(key)) {
            Declared one = Objects.requireNonNull(declared.get(name));
            boolean isRowid = rowid.filter(name::equals).isPresent();
            SqliteType type = SqliteType.declared(one.type(), selection.strict());
            boolean nullable = !one.notNull() && !isRowid;
            columns.add(new Column(name, one.type(), type.family(), nullable, filling(one, isRowid), type));
            ordered &= !key.contains(name) || isRowid || !nullable && found.strict() && isOrdered(one);
        }
        List<String> triggers = new ArrayList<>();
        CatalogQuery.each(connection, TRIGGERS, List.of(table), row -> triggers.add(row.getString(1)));
        return choice.shape(SCHEMA, columns, key, ordered, found.view(), triggers);
    }

    private Table table() throws SQLException {
        Map<String, Table> all = new TreeMap<>();
        CatalogQuery.each(
                connection,
                TABLES,
                List.of(),
                row -> all.put(
                        row.getString(1),
                        new Table(row.getString(2).equals("view"), row.getBoolean(3), row.getBoolean(4))));
        Table found = all.get(table);
        if (found == null) {
            throw new SourceException(
                    SourceException.Kind.UNKNOWN,
                    "table " + table + ": there is no such table in the file; there are "
                            + String.join(
                                    ", ", all.keySet().stream().limit(SHOWN).toList()));
        }
        return found;
    }

    /** Indexes that tell texts apart by another rule than their columns are not taken: order and equality would differ. */
    private void uniqueKeys(Map<String, List<String>> unique, List<String> primaryIndexes) throws SQLException {
        List<String> unfit = new ArrayList<>();
        CatalogQuery.each(connection, KEYS, List.of(table), row -> {
            String index = row.getString(1);
            String column = row.getString(3);
            if (column == null || !collation(column).equalsIgnoreCase(row.getString(4))) {
                unfit.add(index); // by an expression
                return;
            }
            unique.computeIfAbsent(index, name -> new ArrayList<>()).add(column);
            if (row.getString(2).equals("pk") && !primaryIndexes.contains(index)) {
                primaryIndexes.add(index);
            }
        });
        unfit.forEach(unique::remove);
    }

    /** The rule by which a column compares texts; no pragma tells it, but the program of a comparison does. */
    private String collation(String column) throws SQLException {
        List<String> found = new ArrayList<>();
        CatalogQuery.each(
                connection,
                "EXPLAIN SELECT " + SqliteDialect.quote(column) + " = ? FROM " + SqliteDialect.quote(table),
                List.of(""),
                row -> {
                    if (row.getString("opcode").equals("Eq")) {
                        found.add(row.getString("p4").replaceFirst("-\\d+$", ""));
                    }
                });
        return found.isEmpty() ? "BINARY" : found.getFirst();
    }

    /** The column that is the row's number under another name: INTEGER PRIMARY KEY. */
    private static Optional<String> rowid(Table table, Map<String, Declared> declared, List<String> primaryIndexes) {
        List<Declared> key =
                declared.values().stream().filter(one -> one.keyPlace() > 0).toList();
        return !table.withoutRowid()
                        && primaryIndexes.isEmpty()
                        && key.size() == 1
                        && key.getFirst().type().equalsIgnoreCase("INTEGER")
                ? Optional.of(key.getFirst().name())
                : Optional.empty();
    }

    private static List<String> primary(
            Map<String, Declared> declared,
            Map<String, List<String>> unique,
            List<String> primaryIndexes,
            Optional<String> rowid) {
        if (rowid.isPresent()) {
            return rowid.stream().toList();
        }
        if (primaryIndexes.isEmpty() || !unique.containsKey(primaryIndexes.getFirst())) {
            return List.of();
        }
        unique.remove(primaryIndexes.getFirst());
        return declared.values().stream()
                .filter(one -> one.keyPlace() > 0)
                .sorted((a, b) -> Integer.compare(a.keyPlace(), b.keyPlace()))
                .map(Declared::name)
                .toList();
    }

    private static Column.Filling filling(Declared column, boolean isRowid) {
        return column.computed() ? Column.Filling.COMPUTED : isRowid ? Column.Filling.COUNTER : Column.Filling.WRITER;
    }

    /** Of a column of a STRICT table. */
    private boolean isOrdered(Declared column) throws SQLException {
        return switch (column.type().toUpperCase(Locale.ROOT)) {
            case "INT", "INTEGER", "BLOB" -> true;
            case "TEXT" -> collation(column.name()).equals("BINARY");
            default -> false;
        };
    }
}
