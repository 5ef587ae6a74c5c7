package io.twinroot.source.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/**
 * PostgreSQL's triggers. There is no sequence, which would change what {@code lastval()} says to those who write: a row is
 * named by its place, which stays while a transaction has read the table.
 */
final class PostgresTriggers implements TriggerSql {
    /** Of a domain what is behind it: it might not allow the NULLs of the mark. */
    private static final String TYPE = """
            SELECT CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod)
              ELSE pg_catalog.format_type(a.atttypid, a.atttypmod) END
            FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = ?::pg_catalog.regclass AND a.attname = ?""";

    private static final String RELATION = """
            SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ?""";

    private static final String TRIGGERS = """
            SELECT t.tgname::text FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ? AND t.tgname IN (?, ?)""";

    private static final String FUNCTION = """
            SELECT p.proname::text FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = ? AND p.proname = ? AND p.pronargs = 0""";

    @Override
    public String handle() {
        return "ctid";
    }

    @Override
    public String handled(List<String> handles) {
        StringJoiner list = new StringJoiner(",", "ctid = ANY('{", "}'::tid[])");
        handles.forEach(handle -> list.add('"' + handle + '"'));
        return list.toString();
    }

    @Override
    public String isKey() {
        return "NOT twinroot_all";
    }

    private static String rows(String changes) {
        return changes;
    }

    private static String all(String changes) {
        return changes + "_t";
    }

    @Override
    public List<String> install(Connection connection, Shape shape, String changes) throws SQLException {
        String table = quoted(shape.schema(), shape.table());
        String log = quoted(shape.schema(), changes);
        StringJoiner columns = new StringJoiner(", ");
        StringJoiner names = new StringJoiner(", ");
        StringJoiner before = new StringJoiner(", ");
        StringJoiner after = new StringJoiner(", ");
        for (int i = 0; i < shape.key().size(); i++) {
            String name = PostgresText.quoted(shape.keyColumn(i).name());
            List<String> type = CatalogQuery.texts(
                    connection, TYPE, table, shape.keyColumn(i).name());
            columns.add(name + "::" + type.getFirst() + " AS " + name);
            names.add(name);
            before.add("OLD." + name);
            after.add("NEW." + name);
        }
        return List.of(
                "CREATE TABLE " + log
                        + " WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)\n"
                        + "AS SELECT " + columns + ", false AS twinroot_all, now() AS twinroot_at FROM " + table
                        + " WITH NO DATA",
                "ALTER TABLE " + log + " ALTER twinroot_all SET DEFAULT false, ALTER twinroot_all SET NOT NULL,"
                        + " ALTER twinroot_at SET DEFAULT clock_timestamp()",
                "CREATE FUNCTION " + log + "() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER\n"
                        + "SET search_path = pg_catalog, pg_temp AS $twinroot$\nBEGIN\n"
                        + "  IF TG_OP = 'TRUNCATE' THEN\n    INSERT INTO " + log + " (twinroot_all) VALUES (true);\n"
                        + "    RETURN NULL;\n  END IF;\n"
                        + "  IF TG_OP <> 'INSERT' THEN\n    INSERT INTO " + log + " (" + names + ") VALUES (" + before
                        + ");\n    IF TG_OP = 'DELETE' OR ROW(" + before + ")::record *= ROW(" + after
                        + ")::record THEN\n      RETURN NULL;\n    END IF;\n  END IF;\n"
                        + "  INSERT INTO " + log + " (" + names + ") VALUES (" + after + ");\n"
                        + "  RETURN NULL;\nEND $twinroot$",
                "REVOKE ALL ON FUNCTION " + log + "() FROM PUBLIC",
                "CREATE TRIGGER " + PostgresText.quoted(rows(changes)) + " AFTER INSERT OR UPDATE OR DELETE ON " + table
                        + "\nFOR EACH ROW EXECUTE FUNCTION " + log + "()",
                "CREATE TRIGGER " + PostgresText.quoted(all(changes)) + " AFTER TRUNCATE ON " + table
                        + "\nFOR EACH STATEMENT EXECUTE FUNCTION " + log + "()",
                "ALTER TABLE " + table + " ENABLE ALWAYS TRIGGER " + PostgresText.quoted(rows(changes))
                        + ", ENABLE ALWAYS TRIGGER " + PostgresText.quoted(all(changes)));
    }

    @Override
    public List<String> remove(Connection connection, String schema, String table, String changes) throws SQLException {
        List<String> statements = new ArrayList<>();
        for (String trigger : CatalogQuery.texts(connection, TRIGGERS, schema, table, rows(changes), all(changes))) {
            statements.add("DROP TRIGGER " + PostgresText.quoted(trigger) + " ON " + quoted(schema, table));
        }
        if (!CatalogQuery.texts(connection, FUNCTION, schema, changes).isEmpty()) {
            statements.add("DROP FUNCTION " + quoted(schema, changes) + "()");
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
                && CatalogQuery.texts(
                                        connection,
                                        TRIGGERS + " AND t.tgenabled <> 'D'",
                                        shape.schema(),
                                        shape.table(),
                                        rows(changes),
                                        all(changes))
                                .size()
                        == 2;
    }

    private static String quoted(String schema, String name) {
        return PostgresText.quoted(schema) + "." + PostgresText.quoted(name);
    }
}
