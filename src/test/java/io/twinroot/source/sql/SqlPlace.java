package io.twinroot.source.sql;

import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Pause;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.Verify;
import io.twinroot.service.Addresses;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A new and empty database of any engine, for tests and benches, and how it is reached by JDBC and by Twinroot. For many
 * threads.
 *
 * @param base its address without a table; ends with {@code ?} or {@code &}
 */
public record SqlPlace(Engine engine, String jdbcUrl, String user, String password, String base) {
    /** @param folder for the file of SQLite, or the one with the password */
    public static SqlPlace of(Engine engine, Path folder) {
        return switch (engine) {
            case POSTGRESQL -> of(Servers.postgres().newDatabase(), folder);
            case MARIADB -> of(Servers.mariadb().newDatabase(), folder);
            case SQLITE -> ofFile(folder);
        };
    }

    private static SqlPlace ofFile(Path folder) {
        try {
            Path file = Files.createTempFile(folder, "place", ".db");
            return new SqlPlace(Engine.SQLITE, "jdbc:sqlite:" + file, "", "", "sqlite:" + file + "?");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** @param folder for the file with the password */
    public static SqlPlace of(ServerDatabase database, Path folder) {
        try {
            Path file = Files.writeString(folder.resolve("password"), database.password() + "\n");
            String options = database.engine() == Engine.MARIADB ? "sslMode=disable&" : "";
            return new SqlPlace(
                    database.engine(),
                    database.jdbcUrl(),
                    database.user(),
                    database.password(),
                    database.address() + "?" + options + "passwordFile="
                            + URLEncoder.encode(file.toString(), StandardCharsets.UTF_8)
                                    .replace("%2F", "/")
                            + "&");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The address of a table, with all that is needed to open it. */
    public String address(String table) {
        return base.replaceFirst("\\?", "?table=" + table + "&").replaceFirst("[?&]$", "");
    }

    /** The address of all tables. */
    public String address() {
        return base.substring(0, base.length() - 1);
    }

    /** A new connection, as the driver gives it, in UTC; a backslash in a text of MariaDB is one. */
    public Connection connect() throws SQLException {
        Connection connection = DriverManager.getConnection(jdbcUrl, user, password);
        if (engine == Engine.MARIADB) {
            run(connection, "SET SESSION time_zone = '+00:00', sql_mode = 'NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES'");
        } else if (engine == Engine.POSTGRESQL) {
            run(connection, "SET TIME ZONE 'UTC'");
        }
        return connection;
    }

    /** Runs statements, each by itself, on one connection. */
    public void run(String... statements) {
        try (Connection connection = connect()) {
            run(connection, statements);
        } catch (SQLException e) {
            throw new AssertionError(engine + ": " + e.getMessage(), e);
        }
    }

    private static void run(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                try {
                    statement.execute(sql);
                } catch (SQLException e) {
                    throw new SQLException(e.getMessage() + " in: " + sql, e);
                }
            }
        }
    }

    /** The rows of a query, the texts of its columns with | between them; NULL is ∅. */
    public List<String> ask(String query) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                List<String> cells = new ArrayList<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    String cell = rows.getString(i);
                    cells.add(cell == null ? "∅" : cell);
                }
                found.add(String.join("|", cells));
            }
            return found;
        } catch (SQLException e) {
            throw new AssertionError(query + ": " + e.getMessage(), e);
        }
    }

    /** Compares a table here with one there, while nobody writes. */
    public Comparison verify(SqlPlace other, String table) {
        try (Replicas here = Addresses.open(Addresses.parse(address(table)));
                Replicas there = Addresses.open(Addresses.parse(other.address(table)));
                Replica mine = here.table(here.names().getFirst());
                Replica theirs = there.table(there.names().getFirst())) {
            SplittableRandom random = new SplittableRandom(1);
            Verify.Options options = new Verify.Options(0, 5, 10_000_000, true);
            return Verify.run(mine, theirs, options, random::nextLong, Progress.NONE, (Pause) millis -> {});
        }
    }

    /** The values of the keys of the rows that differ, in order: {@code [Int[value=1]]}; each must be listed by itself. */
    public static List<Object> keys(Comparison comparison) {
        return switch (comparison) {
            case Comparison.Same _ -> List.of();
            case Comparison.Different different ->
                different.differences().stream()
                        .<Object>map(difference -> UidEncoder.decode(uid(difference)))
                        .toList();
            default -> throw new AssertionError("neither the same nor different: " + comparison);
        };
    }

    private static Uid uid(Difference difference) {
        if (difference instanceof Difference.OfRow row) {
            return row.uid();
        }
        throw new AssertionError("a difference of more rows than one: " + difference);
    }
}
