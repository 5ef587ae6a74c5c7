package io.twinroot.source.sql;

import io.twinroot.source.SourceMark;
import io.twinroot.table.Value;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/** SQLite, a file, by sqlite-jdbc. A connection can only read until it begins to write. */
final class SqliteDialect implements Dialect {
    private static final int LOCK_WAIT_MS = 5_000;

    static String quote(String identifier) {
        return "\"" + identifier.replace("\"", "\"\"") + "\"";
    }

    @Override
    public String quoted(String identifier) {
        return quote(identifier);
    }

    @Override
    public String schema(Connection connection) {
        return SqliteCatalog.SCHEMA;
    }

    @Override
    public List<String> tables(Connection connection, String schema) throws SQLException {
        return SqliteCatalog.tables(connection);
    }

    @Override
    public List<ForeignKey> foreignKeys(Connection connection, String schema) throws SQLException {
        return SqliteCatalog.foreignKeys(connection);
    }

    @Override
    public Shape shape(Connection connection, String schema, String table, Selection selection) throws SQLException {
        return new SqliteCatalog(connection, table, selection).shape();
    }

    @Override
    public void prepare(Connection connection) throws SQLException {
        run(connection, "PRAGMA busy_timeout = " + LOCK_WAIT_MS);
        run(connection, "PRAGMA foreign_keys = ON");
        run(connection, "PRAGMA query_only = ON");
    }

    /** The driver itself begins the next transaction at the end of each. */
    @Override
    public Strain strain(Connection connection) {
        return new Strain(0, 0);
    }

    @Override
    public List<String> preamble() {
        return List.of();
    }

    @Override
    public void beginReading(Connection connection) throws SQLException {
        connection.rollback();
        run(connection, "PRAGMA query_only = ON");
    }

    @Override
    public void beginWriting(Connection connection) throws SQLException {
        connection.rollback();
        run(connection, "PRAGMA query_only = OFF");
        run(connection, "ROLLBACK");
        try {
            run(connection, "BEGIN IMMEDIATE");
        } catch (SQLException e) {
            run(connection, "BEGIN"); // the driver counts on one
            throw e;
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public Optional<SourceMark> mark(Connection connection) {
        return Optional.empty();
    }

    /** The transaction has the whole file locked. */
    @Override
    public String locking() {
        return "";
    }

    @Override
    public void read(Connection connection, Shape shape, String tail, Taker taker) throws SQLException {
        new SqliteReader(shape).read(connection, this, tail, taker);
    }

    @Override
    public String literal(Column column, Value value) {
        return new SqliteLiterals(column).literal(value);
    }

    @Override
    public String equal(Column column, Value value) {
        return new SqliteLiterals(column).equal(quoted(column.name()), value);
    }
}
