package io.twinroot.source.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ServersTest {
    private static String ask(ServerDatabase database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                ResultSet result = connection.createStatement().executeQuery(sql)) {
            assertTrue(result.next(), sql);
            return result.getString(1);
        }
    }

    @Test
    void eachDatabaseIsNewAndTheServerIsShared() throws Exception {
        for (Server server : List.of(Servers.postgres(), Servers.mariadb())) {
            ServerDatabase one = server.newDatabase();
            ServerDatabase other = server.newDatabase();
            one.run("CREATE TABLE t (a INT PRIMARY KEY)", "INSERT INTO t VALUES (41)");
            other.run("CREATE TABLE t (a INT PRIMARY KEY)");
            assertEquals("1", ask(one, "SELECT count(*) FROM t"));
            assertEquals("0", ask(other, "SELECT count(*) FROM t"));
        }
        assertEquals(Servers.postgres(), Servers.postgres());
    }

    @Test
    void postgresTakesSettingsAndLogsItsStatements() throws Exception {
        Server server = Servers.startPostgres(List.of("log_statement=all", "wal_level=logical"));
        try (server) {
            assertEquals("logical", ask(server.newDatabase(), "SHOW wal_level"));
            assertTrue(server.log().stream().anyMatch(line -> line.contains("SHOW wal_level")), server.log()::toString);
        }
        assertFalse(Files.exists(server.data()));
        assertThrows(SQLException.class, () -> server.admin().connect());
    }

    @Test
    void mariadbTakesOptionsAndLogsItsStatements() throws Exception {
        Server server = Servers.startMariadb(List.of("--general-log=1", "--general-log-file=all.log", "--log-bin=b"));
        try (server) {
            assertEquals("1", ask(server.newDatabase(), "SELECT @@log_bin"));
            assertTrue(
                    Files.readString(server.data().resolve("all.log")).contains("SELECT @@log_bin"),
                    "the general log has no SELECT");
        }
        assertFalse(Files.exists(server.data()));
        assertThrows(SQLException.class, () -> server.admin().connect());
    }
}
