package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.ConfigReader;
import io.twinroot.service.Node;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the owner of a node sees and does about a table of a database; on a file of SQLite. */
@Timeout(120)
final class SourceCommandsTest {
    private static final int ROWS = 40;

    @TempDir
    private Path temp;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Node node;

    @BeforeEach
    void aNodeBesideAFile() throws Exception {
        sql("CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT)");
        for (int i = 0; i < ROWS; i++) {
            sql("INSERT INTO orders VALUES (" + i + ", 'name " + i + "')");
        }
        Path config = Files.writeString(temp.resolve("node.json"), """
                {"data": "data", "listen": {"port": 0},
                 "tables": [{"name": "shop/orders", "source": {"address": "sqlite:%s?table=orders"}}]}""".formatted(file()));
        node = Node.start(ConfigReader.read(config));
        await("the first scan", () -> !source().path("scanned").isNull());
    }

    @AfterEach
    void close() {
        node.close();
    }

    private Path file() {
        return temp.resolve("shop.db");
    }

    private String url() {
        return "http://127.0.0.1:" + node.port();
    }

    private void sql(String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement run = connection.createStatement()) {
            run.execute(statement);
        }
    }

    private int count(String where) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement run = connection.createStatement();
                ResultSet rows = run.executeQuery("SELECT count(*) FROM orders WHERE " + where)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "waited 30 s for: " + what);
            Thread.sleep(20);
        }
    }

    private JsonNode source() {
        return Cli.run("status", url(), "--json").json("source");
    }

    private void scrub() {
        Cli.Result result = Cli.run("scrub", url());
        assertEquals(Exit.SAME, result.exit(), () -> result.out() + result.err());
    }

    @Test
    void statusShowsTheSource() {
        JsonNode source = source();
        assertEquals("shop/orders", source.path("table").asText());
        assertEquals(ROWS, source.path("rows").asInt());
        Cli.Result text = Cli.run("status", url());
        assertTrue(text.out().contains("sqlite:" + file()), text.out());
        assertEquals(Exit.SAME, text.exit(), text.out());
    }

    @Test
    void whatIsLoadedIntoTheTableIsInTheDatabase() throws SQLException {
        String uid = Cli.run("dump", url() + "/shop/orders")
                .json()
                .getFirst()
                .path("uid")
                .toString();
        Cli.Result loaded = Cli.runWithInput(
                "{\"uid\": " + uid + ", \"body\": {\"id\": 0, \"name\": \"another\"}}",
                "load",
                url() + "/shop/orders",
                "-");
        assertEquals(Exit.SAME, loaded.exit(), () -> loaded.out() + loaded.err());
        assertEquals(1, count("id = 0 AND name = 'another'"));
    }

    @Test
    void anEmptiedDatabaseIsFilledAgainByTheMirror() throws Exception {
        sql("DELETE FROM orders");
        scrub();
        await("a problem", () -> Cli.run("problems", url()).exit() == Exit.DIFFERENT);
        Cli.Result shown = Cli.run("problems", url());
        assertTrue(shown.out().contains("--id m1 --trust mirror"), shown.out());
        assertEquals(Exit.DIFFERENT, Cli.run("status", url()).exit());
        assertEquals(Exit.TROUBLE, Cli.run("problems", url(), "--accept", "m1").exit());
        assertEquals(
                Exit.TROUBLE, Cli.run("problems", url(), "--trust", "mirror").exit());
        Cli.run("problems", url(), "--id", "m1", "--trust", "mirror");
        await("the problem to be over", () -> Cli.run("problems", url()).exit() == Exit.SAME);
        assertEquals(ROWS, count("name = 'name ' || id"));
    }

    @Test
    void anEmptiedDatabaseIsTakenOverWhereItIsRight() throws Exception {
        sql("DELETE FROM orders WHERE id > 0");
        scrub();
        await("a problem", () -> Cli.run("problems", url()).exit() == Exit.DIFFERENT);
        Cli.run("problems", url(), "--id", "m1", "--trust", "database");
        await("the problem to be over", () -> Cli.run("problems", url()).exit() == Exit.SAME);
        assertEquals(1, Cli.run("dump", url() + "/shop/orders").json().size());
        assertEquals(1, count("true"));
    }
}
