package io.twinroot.source.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.twinroot.source.SourceException;
import io.twinroot.source.SourceMark;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** A database that is reached by JDBC, and its tables. For many threads; its connections are few. */
public final class Database implements AutoCloseable {
    private static final int CONNECTIONS_MAX = 4;

    /** For how long a connection that broke is tried to be made again. */
    private static final long CONNECT_MS = 20_000;

    private final SqlAddress address;
    private final Dialect dialect;
    private final ReadySource source;
    private final HikariDataSource connections;
    private final String schema;

    private Database(
            SqlAddress address, Dialect dialect, ReadySource source, HikariDataSource connections, String schema) {
        this.address = address;
        this.dialect = dialect;
        this.source = source;
        this.connections = connections;
        this.schema = schema;
    }

    /** What is done with a connection. */
    @FunctionalInterface
    interface Work<T> {
        T with(Connection connection) throws SQLException;
    }

    /**
     * Connects.
     *
     * @param environment the variables of the process, for passwords
     * @throws SourceException of kind UNREACHABLE or ACCESS
     */
    public static Database open(SqlAddress address, Map<String, String> environment) {
        Dialect dialect = Engines.dialect(address.engine());
        ReadySource source = new ReadySource(address, Credentials.of(address, environment), dialect);
        String schema = schema(address, source, dialect); // a pool would try for long, and not say why
        HikariConfig config = new HikariConfig();
        config.setPoolName(address.shortly());
        config.setDataSource(source);
        config.setMaximumPoolSize(CONNECTIONS_MAX);
        config.setMinimumIdle(0);
        config.setAutoCommit(false);
        config.setConnectionTimeout(CONNECT_MS);
        config.setInitializationFailTimeout(-1);
        return new Database(address, dialect, source, new HikariDataSource(config), schema);
    }

    private static String schema(SqlAddress address, ReadySource source, Dialect dialect) {
        String named = address.schema().orElse("");
        try (Connection connection = source.getConnection()) {
            return named.isEmpty() ? dialect.schema(connection) : named;
        } catch (SQLException e) {
            throw failure(address, "connecting", e);
        }
    }

    public SqlAddress address() {
        return address;
    }

    Dialect dialect() {
        return dialect;
    }

    String schema() {
        return schema;
    }

    /** A connection of PostgreSQL's own on which a slot is read; to be closed by the caller. */
    Connection replication() throws SQLException {
        return source.connection(
                Map.of("replication", "database", "assumeMinServerVersion", "12", "preferQueryMode", "simple"));
    }

    /** Where the server stands in its history; empty where it does not say. */
    public Optional<SourceMark> mark() {
        return with("asking where the server stands", dialect::mark);
    }

    /**
     * The names of the tables that the address means, sorted; views among them only where they are named. Tables of changed
     * keys are left out.
     */
    public List<String> tables() {
        List<String> all = with("listing the tables", connection -> dialect.tables(connection, schema));
        if (address.table().isPresent()) {
            return address.table().stream().toList();
        }
        Set<String> chosen = new LinkedHashSet<>();
        for (String name : all) {
            boolean wanted = address.tables().isEmpty() || matches(address.tables(), name);
            if (wanted && !matches(address.exclude(), name) && !name.startsWith(CaptureNames.PREFIX)) {
                chosen.add(name);
            }
        }
        return new ArrayList<>(chosen);
    }

    private static boolean matches(List<String> patterns, String name) {
        return patterns.stream().anyMatch(pattern -> glob(pattern).matcher(name).matches());
    }

    private static Pattern glob(String pattern) {
        StringBuilder regex = new StringBuilder();
        pattern.codePoints()
                .forEach(c -> regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c))));
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    /** @throws SourceException of kind UNKNOWN or UNSUPPORTED */
    public SqlTable table(String name) {
        Shape shape = with(
                "reading how table " + name + " is declared",
                connection -> dialect.shape(connection, schema, name, address.selection()));
        return new SqlTable(this, shape);
    }

    /** The tables in an order in which rows may be inserted: what is referred to comes first, as far as there is one. */
    public List<String> parentsFirst(List<String> names) {
        return TableOrder.parentsFirst(
                names, with("reading the foreign keys", connection -> dialect.foreignKeys(connection, schema)));
    }

    /** How busy the server is. */
    public Strain strain() {
        return with("asking how busy the server is", dialect::strain);
    }

    <T> T with(String attempted, Work<T> work) {
        return with(address, connections, attempted, work);
    }

    /** What is done with a connection, and gives nothing back. */
    @FunctionalInterface
    interface Task {
        void with(Connection connection) throws SQLException;
    }

    void run(String attempted, Task task) {
        boolean _ = with(address, connections, attempted, connection -> {
            task.with(connection);
            return true;
        });
    }

    private static <T> T with(SqlAddress address, HikariDataSource connections, String attempted, Work<T> work) {
        try (Connection connection = connections.getConnection()) {
            try {
                return work.with(connection);
            } finally {
                connection.rollback(); // what was to be kept is committed
            }
        } catch (SQLException e) {
            throw failure(address, attempted, e);
        }
    }

    SourceException failure(String attempted, SQLException e) {
        return failure(address, attempted, e);
    }

    private static SourceException failure(SqlAddress address, String attempted, SQLException e) {
        SQLException cause = e;
        while (cause.getCause() instanceof SQLException deeper
                && String.valueOf(cause.getSQLState()).equals("null")) {
            cause = deeper;
        }
        String state = String.valueOf(cause.getSQLState());
        SourceException.Kind kind = state.startsWith("08") || state.startsWith("57P")
                ? SourceException.Kind.UNREACHABLE
                : state.startsWith("28")
                                || state.equals("42501")
                                || state.equals("42000") && cause.getErrorCode() == 1142
                        ? SourceException.Kind.ACCESS
                        : SourceException.Kind.STATEMENT;
        String message = Arrays.stream(String.valueOf(cause.getMessage()).split("\n"))
                .map(String::strip)
                .reduce((a, b) -> a + "; " + b)
                .orElse("");
        return new SourceException(kind, address.shortly() + ": " + attempted + ": " + message, e);
    }

    /** A name of a schema and a table, as SQL writes it. */
    String quoted(Shape shape) {
        return shape.schema().isEmpty()
                ? dialect.quoted(shape.table())
                : dialect.quoted(shape.schema()) + "." + dialect.quoted(shape.table());
    }

    @Override
    public void close() {
        connections.close();
    }

    /** The address of a driver, without a password. */
    static String jdbc(SqlAddress address) {
        return switch (address.engine()) {
            case POSTGRESQL -> "jdbc:postgresql://" + address.place() + "/" + encoded(address.database());
            case MARIADB -> "jdbc:mariadb://" + address.place() + "/" + encoded(address.database());
            case SQLITE -> "jdbc:sqlite:" + address.place();
        };
    }

    private static String encoded(String text) {
        return java.net.URLEncoder.encode(text, java.nio.charset.StandardCharsets.UTF_8)
                .replace("+", "%20");
    }
}
