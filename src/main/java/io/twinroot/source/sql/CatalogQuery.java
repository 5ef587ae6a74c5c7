package io.twinroot.source.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Short questions to a server. */
final class CatalogQuery {
    private CatalogQuery() {}

    /** What is done with each row of an answer. */
    @FunctionalInterface
    interface Each {
        void row(ResultSet row) throws SQLException;
    }

    /** Asks, and gives the rows one by one. */
    static void each(Connection connection, String sql, List<String> values, Each each) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.size(); i++) {
                query.setString(i + 1, values.get(i));
            }
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    each.row(rows);
                }
            }
        }
    }

    /** The first column of each row; NULLs are left out. */
    static List<String> texts(Connection connection, String sql, String... values) throws SQLException {
        List<String> texts = new ArrayList<>();
        each(connection, sql, List.of(values), row -> {
            String text = row.getString(1);
            if (text != null) {
                texts.add(text);
            }
        });
        return texts;
    }

    /** The foreign keys of which each row has the name, the table, and the table that it refers to. */
    static List<ForeignKey> foreignKeys(Connection connection, String sql, String... values) throws SQLException {
        List<ForeignKey> keys = new ArrayList<>();
        each(
                connection,
                sql,
                List.of(values),
                row -> keys.add(new ForeignKey(row.getString(1), row.getString(2), row.getString(3))));
        return List.copyOf(keys);
    }
}
