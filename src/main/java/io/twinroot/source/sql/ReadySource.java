package io.twinroot.source.sql;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Map;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Makes connections and makes them ready. */
final class ReadySource implements DataSource {
    private final SqlAddress address;
    private final Credentials credentials;
    private final Dialect dialect;

    ReadySource(SqlAddress address, Credentials credentials, Dialect dialect) {
        this.address = address;
        this.credentials = credentials;
        this.dialect = dialect;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return connection(Map.of());
    }

    /** One with more of the driver's options. */
    Connection connection(Map<String, String> more) throws SQLException {
        Properties properties = new Properties();
        more.forEach(properties::setProperty);
        address.options().forEach(properties::setProperty);
        if (address.engine() == Engine.SQLITE) {
            if (!Files.isRegularFile(Path.of(address.place()))) {
                throw new SQLException("there is no file " + address.place(), "08001"); // the driver would make one
            }
        } else {
            properties.setProperty("user", credentials.user());
            if (credentials.password() != null) {
                properties.setProperty("password", credentials.password());
            }
        }
        Connection connection = DriverManager.getConnection(Database.jdbc(address), properties);
        try {
            dialect.prepare(connection);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("there is one user");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return 5; // how long the pool waits on closing for a connection that is being made
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("no logger");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("nothing is wrapped");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
