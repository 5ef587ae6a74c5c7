package io.twinroot.source.sql;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** A database of a {@link Server}, with all that is needed to connect to it. */
public record ServerDatabase(Engine engine, String host, int port, String user, String password, String name) {
    /** For JDBC; without the user and the password. */
    public String jdbcUrl() {
        return engine == Engine.POSTGRESQL
                ? "jdbc:postgresql://" + host + ":" + port + "/" + name
                : "jdbc:mariadb://" + host + ":" + port + "/" + name + "?sslMode=disable";
    }

    /** As a user of Twinroot writes it, without the password; the table is to follow as {@code ?table=…}. */
    public String address() {
        return (engine == Engine.POSTGRESQL ? "postgresql" : "mariadb") + "://" + user + "@" + host + ":" + port + "/"
                + name;
    }

    /** A new connection, as the driver gives it. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbcUrl(), user, password);
    }

    /** Runs statements, each by itself. */
    public void run(String... statements) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new AssertionError(String.join("; ", statements) + ": " + e.getMessage(), e);
        }
    }
}
