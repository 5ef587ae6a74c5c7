package io.twinroot.source.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A table as a dialect reads and writes it, for tests of dialects. For one thread. */
record DialectTable(Connection connection, Dialect dialect, String schema, String table, Selection selection) {
    /** A row that was read. */
    record Row(Uid uid, Digest digest, Value.Mapping fields) {
        Value get(String column) {
            Value value = fields.values().get(column);
            if (value == null) {
                throw new AssertionError(
                        "no column " + column + " in " + fields.values().keySet());
            }
            return value;
        }
    }

    Shape shape() throws SQLException {
        return dialect.shape(connection, schema, table, selection);
    }

    Column column(String name) throws SQLException {
        return shape().columns().stream()
                .filter(column -> column.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The rows that a condition leaves, in the order of the query. */
    List<Row> rows(String tail) throws SQLException {
        List<Row> rows = new ArrayList<>();
        dialect.read(connection, shape(), tail, (uid, digest, canonical, length, bytes) -> {
            byte[] encoding = Arrays.copyOf(canonical, length);
            Value.Mapping fields = (Value.Mapping) CanonicalCbor.decode(encoding);
            assertEquals(digest, Digest.of(Digest.newSha256().digest(encoding)), "the digest of a row");
            rows.add(new Row(uid, digest, fields));
        });
        return rows;
    }

    Row row(String condition) throws SQLException {
        List<Row> rows = rows("WHERE " + condition);
        assertEquals(1, rows.size(), condition);
        return rows.getFirst();
    }

    String literal(String column, Value value) throws SQLException {
        return dialect.literal(column(column), value);
    }

    void run(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new SQLException(sql + ": " + e.getMessage(), e.getSQLState(), e.getErrorCode(), e);
        }
    }

    /** How many rows a condition is true for. */
    int count(String condition) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet answer = statement.executeQuery(
                        "SELECT count(*) FROM " + dialect.quoted(table) + " WHERE " + condition)) {
            answer.next();
            return answer.getInt(1);
        }
    }
}
