package io.twinroot.source.sql;

import io.twinroot.source.SourceException;
import io.twinroot.source.SourceMark;
import io.twinroot.table.Value;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/** PostgreSQL, from version 12 on. */
final class PostgresDialect implements Dialect {
    /**
     * The text of values must say all of them and not depend on the server's configuration; and rows that a policy hides
     * must be an error, not absent.
     */
    private static final String PREPARE = """
            SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET TimeZone = 'UTC';
            SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 3;
            SET bytea_output = 'hex'; SET xmloption = 'content'; SET row_security = off; SET jit = off;
            SET application_name = 'twinroot'""";

    private static final String MAY_SEE_MARK = """
            SELECT bool_and(pg_catalog.has_function_privilege(f, 'EXECUTE')) FROM pg_catalog.unnest(ARRAY[
              'pg_control_system()', 'pg_control_checkpoint()', 'pg_control_recovery()']) f""";

    /** A standby has no timeline of its own; what it has replayed, it has from one of these. */
    private static final String MARK = """
            SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system())::text,
              CASE WHEN pg_catalog.pg_is_in_recovery() THEN greatest(
                  (SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()),
                  (SELECT min_recovery_end_timeline FROM pg_catalog.pg_control_recovery()))::text
                ELSE ('x' || substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_flush_lsn()), 1, 8))::bit(32)::int::text
              END,
              lpad(to_hex((CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                ELSE pg_catalog.pg_current_wal_flush_lsn() END - '0/0'::pg_catalog.pg_lsn)::bigint), 16, '0')""";

    @Override
    public String quoted(String identifier) {
        return PostgresText.quoted(identifier);
    }

    @Override
    public String schema(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT current_schema()")) {
            String schema = row.next() ? row.getString(1) : null;
            if (schema == null) {
                throw new SourceException(
                        SourceException.Kind.UNKNOWN,
                        "the user's search_path names no schema that is there; name one with schema=NAME");
            }
            return schema;
        }
    }

    @Override
    public List<String> tables(Connection connection, String schema) throws SQLException {
        return PostgresCatalog.tables(connection, schema);
    }

    @Override
    public List<ForeignKey> foreignKeys(Connection connection, String schema) throws SQLException {
        return PostgresCatalog.foreignKeys(connection, schema);
    }

    @Override
    public Shape shape(Connection connection, String schema, String table, Selection selection) throws SQLException {
        return new PostgresCatalog(connection, schema, table, selection).shape();
    }

    @Override
    public void prepare(Connection connection) throws SQLException {
        run(connection, PREPARE);
        if (!connection.getAutoCommit()) {
            connection.commit(); // or a rollback would undo it
        }
    }

    /** A standby that has replayed all that it got is not behind, however long ago the last write was. */
    private static final String STRAIN = """
            SELECT coalesce(CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN
                (SELECT max(extract(epoch FROM replay_lag)) FROM pg_catalog.pg_stat_replication)
              WHEN pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() THEN 0
              ELSE extract(epoch FROM clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) END, 0)::float8,
              (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE state = 'active' AND pid <> pg_catalog.pg_backend_pid()
                AND backend_type = 'client backend' AND application_name <> 'twinroot')""";

    @Override
    public Strain strain(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(STRAIN)) {
            return row.next() ? new Strain(Math.round(row.getDouble(1) * 1_000), row.getInt(2)) : new Strain(0, 0);
        }
    }

    @Override
    public List<String> preamble() {
        return List.of(
                "SET client_encoding = 'UTF8'",
                "SET standard_conforming_strings = on",
                "SET TimeZone = 'UTC'",
                "SET DateStyle = 'ISO, YMD'",
                "SET IntervalStyle = 'postgres'");
    }

    @Override
    public List<String> afterInserts(Shape shape, String table) {
        return shape.columns().stream()
                .filter(column ->
                        column.filling() == Column.Filling.COUNTER || column.filling() == Column.Filling.COUNTER_ALWAYS)
                .map(column -> "SELECT pg_catalog.setval(s, m) FROM (SELECT pg_catalog.pg_get_serial_sequence("
                        + PostgresText.literal(table) + ", " + PostgresText.literal(column.name())
                        + ")::pg_catalog.regclass s, (SELECT max(" + quoted(column.name()) + ") FROM " + table
                        + ") m) c WHERE s IS NOT NULL AND m > coalesce(pg_catalog.pg_sequence_last_value(s), 0)")
                .toList();
    }

    @Override
    public void beginReading(Connection connection) throws SQLException {
        run(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
    }

    @Override
    public void beginWriting(Connection connection) throws SQLException {
        run(connection, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = '2s'");
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public Optional<SourceMark> mark(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet may = statement.executeQuery(MAY_SEE_MARK)) {
                if (!may.next() || !may.getBoolean(1)) {
                    return Optional.empty();
                }
            }
            try (ResultSet row = statement.executeQuery(MARK)) {
                return row.next() && row.getString(3) != null
                        ? Optional.of(new SourceMark(row.getString(1), row.getString(2), row.getString(3)))
                        : Optional.empty();
            }
        }
    }

    @Override
    public String locking() {
        return "FOR UPDATE";
    }

    @Override
    public void read(Connection connection, Shape shape, String tail, Taker taker) throws SQLException {
        new PostgresReader(shape, taker).read(connection, tail);
    }

    @Override
    public String literal(Column column, Value value) {
        return new PostgresLiterals(column).literal(value);
    }

    @Override
    public String equal(Column column, Value value) {
        return new PostgresLiterals(column).equal(value);
    }
}
