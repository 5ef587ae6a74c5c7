package io.twinroot.source.sql;

import io.twinroot.source.SourceMark;
import io.twinroot.table.Value;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** MariaDB, by MariaDB Connector/J. A schema is a database. */
final class MariaDialect implements Dialect {
    /** ER_SPECIFIC_ACCESS_DENIED_ERROR: the user may not see how replication is. */
    private static final int ACCESS_DENIED = 1227;

    /** What can't be stored is an error, and what is stored can be read: zero dates too. */
    private static final String SQL_MODE =
            "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,ALLOW_INVALID_DATES";

    /** Seconds after which a statement gives up where another transaction holds its rows, or changes the table. */
    private static final int LOCK_WAIT_S = 2;

    private static final int TABLE_WAIT_S = 20;

    /** How long the server waits while a reader is slow: a chunk of a scan may wait for a disk. */
    private static final int SEND_WAIT_S = 600;

    @Override
    public String quoted(String identifier) {
        return "`" + identifier.replace("`", "``") + "`";
    }

    @Override
    public String schema(Connection connection) throws SQLException {
        return connection.getCatalog();
    }

    @Override
    public List<String> tables(Connection connection, String schema) throws SQLException {
        return MariaCatalog.tables(connection, schema);
    }

    @Override
    public List<ForeignKey> foreignKeys(Connection connection, String schema) throws SQLException {
        return MariaCatalog.foreignKeys(connection, schema);
    }

    @Override
    public Shape shape(Connection connection, String schema, String table, Selection selection) throws SQLException {
        return new MariaCatalog(connection, schema, table, selection).shape();
    }

    /** Dates that are none may be read and written as they are; 0 in a counting column is 0. */
    @Override
    public void prepare(Connection connection) throws SQLException {
        run(connection, "SET NAMES utf8mb4");
        run(
                connection,
                "SET SESSION time_zone = '+00:00', sql_mode = '" + SQL_MODE + "', net_write_timeout = " + SEND_WAIT_S
                        + ", lock_wait_timeout = " + TABLE_WAIT_S + ", innodb_lock_wait_timeout = " + LOCK_WAIT_S);
    }

    @Override
    public Strain strain(Connection connection) throws SQLException {
        long lagMs = 0;
        int running = 0;
        try (Statement statement = connection.createStatement()) {
            try (ResultSet status = statement.executeQuery("SHOW ALL SLAVES STATUS")) {
                while (status.next()) {
                    lagMs = Math.max(lagMs, status.getLong("Seconds_Behind_Master") * 1_000);
                }
            } catch (SQLException e) {
                if (e.getErrorCode() != ACCESS_DENIED) {
                    throw e;
                }
            }
            try (ResultSet status = statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Threads_running'")) {
                running = status.next() ? Math.max(0, status.getInt(2) - 1) : 0;
            }
        }
        return new Strain(lagMs, running);
    }

    @Override
    public List<String> preamble() {
        return List.of(
                "SET NAMES utf8mb4", "SET SESSION time_zone = '+00:00'", "SET SESSION sql_mode = '" + SQL_MODE + "'");
    }

    @Override
    public void beginReading(Connection connection) throws SQLException {
        run(connection, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        run(connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    }

    @Override
    public void beginWriting(Connection connection) throws SQLException {
        run(connection, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
        run(connection, "START TRANSACTION READ WRITE");
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Without rows in parentheses, which MariaDB would not look up in an index. */
    @Override
    public String after(List<String> columns, List<String> values) {
        String condition = "";
        for (int i = columns.size() - 1; i >= 0; i--) {
            String column = columns.get(i);
            String value = values.get(i);
            condition = condition.isEmpty()
                    ? column + " > " + value
                    : column + " >= " + value + " AND (" + column + " > " + value + " OR " + condition + ")";
        }
        return "(" + condition + ")";
    }

    /** By the numbers of its transactions, which a server has that writes a binary log or copies another one. */
    @Override
    public Optional<SourceMark> mark(Connection connection) throws SQLException {
        Map<String, String> variables = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW GLOBAL VARIABLES WHERE Variable_name IN"
                        + " ('server_uid', 'server_id', 'gtid_binlog_pos', 'gtid_current_pos')")) {
            while (rows.next()) {
                variables.put(rows.getString(1), rows.getString(2));
            }
        }
        String server = variables.getOrDefault("server_uid", variables.getOrDefault("server_id", ""));
        String binlog = variables.getOrDefault("gtid_binlog_pos", "");
        String position = binlog.isEmpty() ? variables.getOrDefault("gtid_current_pos", "") : binlog;
        return position.isEmpty() ? Optional.empty() : Optional.of(new SourceMark(server, "", position));
    }

    @Override
    public String locking() {
        return "FOR UPDATE";
    }

    @Override
    public void read(Connection connection, Shape shape, String tail, Taker taker) throws SQLException {
        new MariaReader(shape).read(connection, this, tail, taker);
    }

    @Override
    public String literal(Column column, Value value) {
        return new MariaLiterals(column).literal(value);
    }

    @Override
    public String equal(Column column, Value value) {
        return new MariaLiterals(column).equal(quoted(column.name()), value);
    }
}
