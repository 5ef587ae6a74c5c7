package io.twinroot.source.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** MariaDB's triggers. What a TRUNCATE or a cascading foreign key does fires none. */
final class MariaTriggers implements TriggerSql {
    private static final String RELATION =
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";
    private static final String TRIGGERS = """
            SELECT TRIGGER_NAME FROM information_schema.TRIGGERS
            WHERE TRIGGER_SCHEMA = ? AND EVENT_OBJECT_TABLE = ? AND TRIGGER_NAME IN (?, ?, ?)""";

    private final MariaDialect dialect = new MariaDialect();

    @Override
    public String handle() {
        return "twinroot_number";
    }

    @Override
    public String handled(List<String> handles) {
        return "twinroot_number IN (" + String.join(", ", handles) + ")";
    }

    @Override
    public String isKey() {
        return "TRUE";
    }

    @Override
    public List<String> install(Connection connection, Shape shape, String changes) {
        String table = quoted(shape.schema(), shape.table());
        String log = quoted(shape.schema(), changes);
        StringJoiner names = new StringJoiner(", ");
        StringJoiner before = new StringJoiner(", ");
        StringJoiner after = new StringJoiner(", ");
        StringJoiner same = new StringJoiner(" AND ");
        for (int i = 0; i < shape.key().size(); i++) {
            Column column = shape.keyColumn(i);
            String name = dialect.quoted(column.name());
            names.add(name);
            before.add("OLD." + name);
            after.add("NEW." + name);
            same.add(same(column, "OLD." + name, "NEW." + name));
        }
        String insert = "INSERT INTO " + log + " (" + names + ") VALUES (";
        String head = "CREATE TRIGGER " + dialect.quoted(shape.schema()) + ".";
        String on = " ON " + table + " FOR EACH ROW\n";
        return List.of(
                "CREATE TABLE " + log + " (twinroot_number bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,\n"
                        + "  twinroot_at timestamp(6) NOT NULL DEFAULT current_timestamp(6)) ENGINE = InnoDB\n"
                        + "AS SELECT " + names + " FROM " + table + " WHERE FALSE",
                head + dialect.quoted(changes + "_i") + " AFTER INSERT" + on + insert + after + ")",
                head + dialect.quoted(changes + "_u") + " AFTER UPDATE" + on + "BEGIN\n  " + insert + before
                        + ");\n  IF NOT (" + same + ") THEN\n    " + insert + after + ");\n  END IF;\nEND",
                head + dialect.quoted(changes + "_d") + " AFTER DELETE" + on + insert + before + ")");
    }

    /** Whether a column's values have one UID for certain: a collation makes more texts equal than those, as −0 is 0. */
    private static String same(Column column, String before, String after) {
        return switch (column.family()) {
            case TEXT, BYTES -> "CAST(" + before + " AS BINARY) <=> CAST(" + after + " AS BINARY)";
            case REAL -> "FALSE";
            default -> before + " <=> " + after;
        };
    }

    @Override
    public List<String> remove(Connection connection, String schema, String table, String changes) throws SQLException {
        List<String> statements = new ArrayList<>();
        for (String trigger : triggers(connection, schema, table, changes)) {
            statements.add("DROP TRIGGER " + quoted(schema, trigger));
        }
        if (!CatalogQuery.texts(connection, RELATION, schema, changes).isEmpty()) {
            statements.add("DROP TABLE " + quoted(schema, changes));
        }
        return statements;
    }

    @Override
    public boolean isWhole(Connection connection, Shape shape, String changes) throws SQLException {
        return !CatalogQuery.texts(connection, RELATION, shape.schema(), changes)
                        .isEmpty()
                && triggers(connection, shape.schema(), shape.table(), changes).size() == 3;
    }

    private static List<String> triggers(Connection connection, String schema, String table, String changes)
            throws SQLException {
        return CatalogQuery.texts(connection, TRIGGERS, schema, table, changes + "_i", changes + "_u", changes + "_d");
    }

    private String quoted(String schema, String name) {
        return dialect.quoted(schema) + "." + dialect.quoted(name);
    }
}
