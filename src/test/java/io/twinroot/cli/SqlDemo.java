package io.twinroot.cli;

import io.twinroot.source.sql.Engine;
import io.twinroot.source.sql.Server;
import io.twinroot.source.sql.Servers;
import io.twinroot.source.sql.SqlPlace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * Shows on real data how a table of a PostgreSQL and its copy in a MariaDB are compared and repaired: {@code make
 * demo-sql}. It stands among the tests, as the binaries of the servers do. Every command is run as the command line runs
 * it, and its answer is checked.
 */
final class SqlDemo {
    private static final String CREATE =
            "CREATE TABLE characters (code_point int PRIMARY KEY, name varchar(200), block varchar(100), category smallint,"
                    + " mirrored boolean, place double precision, utf8 ";
    private static final int BATCH = 2_000;

    private final Screen screen;
    private final Stage stage;
    private final Path folder;
    private final SqlPlace postgres;
    private final SqlPlace mariadb;
    private final int[] characters;
    private final long started = System.nanoTime();

    private SqlDemo(Screen screen, Path folder, Server postgres, Server mariadb, int[] characters) {
        this.screen = screen;
        this.stage = new Stage(folder, screen);
        this.folder = folder;
        this.postgres = SqlPlace.of(postgres.newDatabase(), folder);
        this.mariadb = SqlPlace.of(mariadb.newDatabase(), folder);
        this.characters = characters;
    }

    public static void main(String[] args) throws Exception {
        run(Screen.ofProcess(), UnicodeCharacters.all());
    }

    /** @param characters whose rows are loaded; at least some hundreds */
    static void run(Screen screen, int[] characters) throws IOException, SQLException {
        Path folder = Files.createTempDirectory("twinroot-demo-sql-");
        try (Server postgres = Servers.startPostgres(List.of());
                Server mariadb = Servers.startMariadb(List.of())) {
            new SqlDemo(screen, folder, postgres, mariadb, characters).play();
        } finally {
            Stage.delete(folder);
        }
    }

    private void play() throws SQLException, IOException {
        String a = postgres.address("characters");
        String b = mariadb.address("characters");
        stage.title("A PostgreSQL and a MariaDB, with the same real data: the JDK's Unicode database");
        load(postgres);
        load(mariadb);
        stage.say(Figures.count(characters.length, "row") + " in each");
        stage.run(Exit.SAME, "verify", a, b, "--settle", "0ms");

        stage.title("The copy in MariaDB breaks: in ways that are easily overlooked");
        breakIt();
        stage.run(Exit.DIFFERENT, "verify", a, b, "--settle", "0ms");

        stage.title("What repair would execute; --print changes nothing");
        stage.run(Exit.DIFFERENT, "repair", a, b, "--right", "a", "--settle", "0ms", "--print");

        stage.title("repair does it, and keeps the way back");
        String undo = folder.resolve("undo.jsonl").toString();
        stage.run(Exit.SAME, "repair", a, b, "--right", "a", "--settle", "0ms", "--apply", "--undo", undo);
        stage.run(Exit.SAME, "verify", a, b, "--settle", "0ms");
        screen.out().println();
        screen.out()
                .println(screen.green("All of it went as it should, in "
                        + Figures.time(Duration.ofNanos(System.nanoTime() - started)) + "."));
    }

    private void load(SqlPlace place) throws SQLException {
        place.run(CREATE
                + (place.engine() == Engine.POSTGRESQL ? "bytea)" : "varbinary(8)) DEFAULT CHARACTER SET utf8mb4"));
        try (Connection connection = place.connect();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO characters VALUES (?, ?, ?, ?, ?, ?, ?)")) {
            connection.setAutoCommit(false);
            for (int i = 0; i < characters.length; i++) {
                int character = characters[i];
                insert.setInt(1, character);
                insert.setString(2, Character.getName(character));
                insert.setString(3, String.valueOf(Character.UnicodeBlock.of(character)));
                insert.setInt(4, Character.getType(character));
                insert.setBoolean(5, Character.isMirrored(character));
                insert.setDouble(6, (character & 0xffff) / 65_536.0);
                insert.setBytes(7, Character.toString(character).getBytes(StandardCharsets.UTF_8));
                insert.addBatch();
                if (i % BATCH == BATCH - 1 || i == characters.length - 1) {
                    int[] _ = insert.executeBatch();
                }
            }
            connection.commit();
        }
    }

    /** Each of these is one row: a space, a case, a bit of a float, an empty text for NULL, bytes, two swapped, … */
    private void breakIt() {
        List<String> statements = List.of(
                "UPDATE characters SET name = concat(name, ' ') WHERE code_point = 65",
                "UPDATE characters SET name = lower(name) WHERE code_point = 66",
                "UPDATE characters SET place = place + 2e-16 WHERE code_point = 20000 OR code_point = 228",
                "UPDATE characters SET utf8 = concat(utf8, x'00') WHERE code_point = 67",
                "UPDATE characters SET mirrored = NULL WHERE code_point = 68",
                "UPDATE characters SET name = if(code_point = 69, 'LATIN CAPITAL LETTER F', 'LATIN CAPITAL LETTER E')"
                        + " WHERE code_point IN (69, 70)",
                "DELETE FROM characters WHERE code_point IN (97, 98)",
                "INSERT INTO characters (code_point, name) VALUES (-1, 'NOBODY KNOWS')");
        for (String statement : statements) {
            stage.command("mariadb -e \"" + statement + "\"");
        }
        mariadb.run(statements.toArray(String[]::new));
    }
}
