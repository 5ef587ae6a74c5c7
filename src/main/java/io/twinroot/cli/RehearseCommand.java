package io.twinroot.cli;

import io.twinroot.config.Config;
import io.twinroot.service.Node;
import io.twinroot.table.TableName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * {@code twinroot rehearse}: what users do most, once, on two small nodes in this JVM. The build runs it to
 * train the start-up cache with the classes that they need.
 */
@Command(name = "rehearse", description = "Trains the start-up cache.", hidden = true)
final class RehearseCommand implements Callable<Integer> {
    private static final List<TableName> TABLES = List.of(new TableName("rehearsal"));

    private final Screen screen;

    RehearseCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        Path folder = Files.createTempDirectory("twinroot-rehearsal");
        try {
            return rehearse(folder);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.toList().reversed()) {
                    Files.delete(file);
                }
            }
        }
    }

    private int rehearse(Path folder) throws IOException {
        Path rows = folder.resolve("rows.jsonl");
        Files.write(
                rows,
                IntStream.range(0, 300)
                        .mapToObj(i -> "{\"id\":\"row" + i + "\",\"value\":" + i + ",\"name\":\"number " + i + "\"}")
                        .toList());
        try (Node here = Node.start(Config.of(folder.resolve("a"), 0, TABLES));
                Node there = Node.start(Config.of(folder.resolve("b"), 0, TABLES))) {
            String a = "http://127.0.0.1:" + here.port();
            String b = "http://127.0.0.1:" + there.port();
            String store = "store:" + folder.resolve("c") + "?table=rehearsal";
            int worst = 0;
            for (String[] command : List.of(
                    new String[] {"load", a + "/rehearsal", rows.toString(), "--uid", "id"},
                    new String[] {"repair", a, b, "--apply"},
                    new String[] {"delete", b + "/rehearsal", "row7"},
                    new String[] {"verify", a, b},
                    new String[] {"repair", a, b},
                    new String[] {"load", store, rows.toString(), "--uid", "id", "--create"},
                    new String[] {"verify", store, a + "/rehearsal", "--json"},
                    new String[] {"status", a},
                    new String[] {"dump", a + "/rehearsal"},
                    new String[] {"--help"})) {
                worst = Math.max(worst, Main.run(screen, command));
            }
            return Math.max(worst == 2 ? 2 : 0, rehearseDatabases(folder));
        }
    }

    /** Tables of databases: their long loops too, so that the cache knows which way they go. */
    private int rehearseDatabases(Path folder) throws IOException {
        Path one = folder.resolve("one.db");
        Path two = folder.resolve("two.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + one);
                Statement statement = connection.createStatement()) {
            boolean _ = statement.execute(
                    "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, value REAL, amount DECIMAL(9,2), at DATETIME)");
            boolean _ = statement.execute(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO t SELECT i,"
                            + " hex(i * 7919) || ' a name of some length', i / 7.0, i * 3, '2024-01-01 00:00:00' FROM n");
        } catch (SQLException e) {
            throw new IOException("a database for the rehearsal: " + e.getMessage(), e);
        }
        Files.copy(one, two);
        int same = Main.run(screen, "verify", "sqlite:" + one, "sqlite:" + two);
        // no server: what is rehearsed is the drivers' start
        int postgres = Main.run(screen, "verify", "-q", "postgresql://nobody@127.0.0.1:1/none", "sqlite:" + two);
        int mariadb = Main.run(screen, "verify", "-q", "mariadb://nobody@127.0.0.1:1/none", "sqlite:" + two);
        return same == Exit.SAME && postgres == Exit.TROUBLE && mariadb == Exit.TROUBLE ? 0 : 2;
    }
}
