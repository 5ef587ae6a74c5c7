package io.twinroot.source.sql;

import io.twinroot.source.SourceException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What PostgreSQL's catalog says of tables. For one thread. */
final class PostgresCatalog {
    private static final String TABLES = """
            SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
              AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
            ORDER BY c.relname COLLATE "C"
            """;

    private static final String FOREIGN_KEYS = """
            SELECT k.conname, c.relname, r.relname FROM pg_catalog.pg_constraint k
            JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
            JOIN pg_catalog.pg_class r ON r.oid = k.confrelid AND r.relnamespace = c.relnamespace
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND k.contype = 'f' AND k.conparentid = 0
            ORDER BY c.relname COLLATE "C", k.conname COLLATE "C"
            """;

    private static final String RELATION = """
            SELECT c.oid, c.relkind, pg_catalog.current_setting('server_encoding'),
              c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid),
              ARRAY(SELECT t.tgname::text FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
                ORDER BY t.tgname COLLATE "C")
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            """;

    /** Types with their domains resolved, those of arrays to the type of the elements; collations to those of the database. */
    private static final String COLUMNS = """
            SELECT a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
              a.attgenerated, coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false),
              n.nspname, e.typname, e.typtype, e.oid <> b.oid, b.typdelim,
              coalesce(l.collisdeterministic, true),
              CASE WHEN l.collprovider = 'd' THEN
                (SELECT coalesce(to_jsonb(x) ->> 'datlocprovider', 'c') = 'b'
                  OR coalesce(to_jsonb(x) ->> 'datlocprovider', 'c') = 'c' AND x.datcollate IN ('C', 'POSIX')
                  FROM pg_catalog.pg_database x WHERE x.datname = pg_catalog.current_database())
              ELSE l.collprovider = 'b' OR l.collprovider = 'c' AND l.collcollate IN ('C', 'POSIX') END
            FROM pg_catalog.pg_attribute a
            LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
            CROSS JOIN LATERAL (WITH RECURSIVE r AS (
                SELECT * FROM pg_catalog.pg_type WHERE oid = a.atttypid
                UNION ALL SELECT t.* FROM r JOIN pg_catalog.pg_type t ON r.typtype = 'd' AND t.oid = r.typbasetype)
              SELECT * FROM r WHERE typtype <> 'd') b
            CROSS JOIN LATERAL (WITH RECURSIVE r AS (
                SELECT * FROM pg_catalog.pg_type t WHERE t.oid = CASE WHEN EXISTS (
                  SELECT FROM pg_catalog.pg_type i WHERE i.oid = b.typelem AND i.typarray = b.oid) THEN b.typelem ELSE b.oid END
                UNION ALL SELECT t.* FROM r JOIN pg_catalog.pg_type t ON r.typtype = 'd' AND t.oid = r.typbasetype)
              SELECT * FROM r WHERE typtype <> 'd') e
            JOIN pg_catalog.pg_namespace n ON n.oid = e.typnamespace
            WHERE a.attrelid = ? AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
            """;

    /** The columns of each unique index that takes all rows, the primary key first. */
    private static final String KEYS = """
            SELECT i.indisprimary, ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                JOIN pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (num, place) ON a.attnum = k.num
                WHERE a.attrelid = i.indrelid AND k.place <= i.indnkeyatts ORDER BY k.place)
            FROM pg_catalog.pg_index i
            WHERE i.indrelid = ? AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
            ORDER BY i.indisprimary DESC, i.indexrelid
            """;

    private final Connection connection;
    private final String schema;
    private final String table;
    private final Selection selection;

    PostgresCatalog(Connection connection, String schema, String table, Selection selection) {
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
            boolean nullable,
            Column.Filling filling,
            String typeSchema,
            String typeName,
            char typeSort,
            boolean array,
            char delimiter,
            boolean deterministic,
            boolean codePoints) {}

    Shape shape() throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(RELATION)) {
            query.setString(1, schema);
            query.setString(2, table);
            try (ResultSet found = query.executeQuery()) {
                if (!found.next()) {
                    throw failure(SourceException.Kind.UNKNOWN, "there is no such table in the schema " + schema);
                }
                if (found.getBoolean(4)) {
                    throw failure(
                            SourceException.Kind.UNSUPPORTED,
                            "other tables inherit from it, so that its key does not name its rows; compare a view of"
                                    + " SELECT … FROM ONLY " + table);
                }
                boolean view = "vmf".contains(found.getString(2));
                boolean unicode = Set.of("UTF8", "SQL_ASCII", "LATIN1").contains(found.getString(3));
                List<String> triggers = strings(found, 5);
                return shape(found.getLong(1), view, unicode, triggers);
            }
        }
    }

    /** @param unicode whether bytes of the server's encoding are in the order of code points */
    private Shape shape(long oid, boolean view, boolean unicode, List<String> triggers) throws SQLException {
        Map<String, Declared> declared = columns(oid);
        Choice choice = new Choice(table, selection, List.copyOf(declared.keySet()));
        List<String> key = view ? choice.key(true, List.of(), List.of()) : key(oid, choice);
        List<String> chosen = choice.columns(key);
        List<Column> columns = new ArrayList<>();
        boolean ordered = true;
        for (Declared column : declared.values()) {
            if (chosen.contains(column.name())) {
                boolean inKey = key.contains(column.name());
                Column resolved = resolved(column, inKey, unicode, choice);
                columns.add(resolved);
                ordered &= !inKey
                        || (!column.nullable() && PostgresType.of(resolved).order());
            }
        }
        return choice.shape(schema, columns, key, ordered, view, triggers);
    }

    private Map<String, Declared> columns(long oid) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(COLUMNS)) {
            query.setLong(1, oid);
            Map<String, Declared> columns = new LinkedHashMap<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    String name = rows.getString(2);
                    columns.put(
                            name,
                            new Declared(
                                    name,
                                    rows.getString(3),
                                    !rows.getBoolean(4),
                                    filling(rows.getString(5), rows.getString(6), rows.getBoolean(7)),
                                    rows.getString(8),
                                    rows.getString(9),
                                    rows.getString(10).charAt(0),
                                    rows.getBoolean(11),
                                    rows.getString(12).charAt(0),
                                    rows.getBoolean(13),
                                    rows.getBoolean(14)));
                }
            }
            return columns;
        }
    }

    private static Column.Filling filling(String identity, String generated, boolean sequence) {
        if (!generated.isEmpty()) {
            return Column.Filling.COMPUTED;
        }
        return switch (identity) {
            case "a" -> Column.Filling.COUNTER_ALWAYS;
            case "d" -> Column.Filling.COUNTER;
            default -> sequence ? Column.Filling.COUNTER : Column.Filling.WRITER;
        };
    }

    private List<String> key(long oid, Choice choice) throws SQLException {
        List<String> primary = List.of();
        List<List<String>> unique = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(KEYS)) {
            query.setLong(1, oid);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    if (rows.getBoolean(1)) {
                        primary = strings(rows, 2);
                    } else {
                        unique.add(strings(rows, 2));
                    }
                }
            }
        }
        return choice.key(false, primary, unique);
    }

    private Column resolved(Declared column, boolean inKey, boolean unicode, Choice choice) {
        PostgresKind kind = PostgresTypes.kind(column.typeSchema(), column.typeName(), column.typeSort())
                .orElseThrow(() -> choice.unknownType(column.name(), column.type()));
        PostgresType type = new PostgresType(
                kind,
                PostgresTypes.name(column.typeSchema(), column.typeName()),
                column.array(),
                column.delimiter(),
                !column.array() && PostgresTypes.isOrdered(kind, column.typeSort(), unicode && column.codePoints()),
                column.deterministic(),
                inKey,
                selection.strict());
        return new Column(column.name(), column.type(), type.family(), column.nullable(), column.filling(), type);
    }

    private static List<String> strings(ResultSet row, int index) throws SQLException {
        return List.of((String[]) row.getArray(index).getArray());
    }

    private SourceException failure(SourceException.Kind kind, String what) {
        return new SourceException(kind, "table " + table + ": " + what);
    }
}
