package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.fail;

import io.twinroot.config.Config;
import io.twinroot.peer.ProblemView;
import io.twinroot.peer.RepairRequest;
import io.twinroot.peer.RepairView;
import io.twinroot.source.sql.ServerDatabase;
import io.twinroot.source.sql.Servers;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node beside a PostgreSQL and one beside a MariaDB, both real: what is in the databases in the end. */
final class MirroredDatabasesTest {
    private static final TableName TABLE = new TableName("shop/orders");
    private static final int ROWS = 500;

    @TempDir
    private Path directory;

    private final List<Node> open = new ArrayList<>();
    private final ServerDatabase postgres = Servers.postgres().newDatabase();
    private final ServerDatabase mariadb = Servers.mariadb().newDatabase();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Node a;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Node b;

    @BeforeEach
    void twoTablesThatAreTheSame() throws Exception {
        postgres.run(
                "CREATE TABLE orders (id bigint PRIMARY KEY, name varchar(100), price numeric(12,2), at timestamptz)");
        mariadb.run(
                "CREATE TABLE orders (id bigint PRIMARY KEY, name varchar(100) CHARACTER SET utf8mb4, price decimal(12,2),"
                        + " at timestamp(6) NULL)");
        for (ServerDatabase database : List.of(postgres, mariadb)) {
            List<String> rows = new ArrayList<>();
            for (int i = 1; i <= ROWS; i++) {
                rows.add("(%d, 'näme %d', %d.50)".formatted(i, i, i));
            }
            database.run("INSERT INTO orders (id, name, price) VALUES " + String.join(", ", rows));
        }
        a = node("a", postgres, List.of());
        b = node(
                "b",
                mariadb,
                List.of(new Config.Peer(
                        "a",
                        URI.create("http://127.0.0.1:" + a.port()),
                        List.of(),
                        Config.Direction.BOTH,
                        Duration.ofHours(1),
                        0,
                        Duration.ofMillis(1),
                        new Config.Retry(Duration.ofHours(1), Duration.ofHours(1)),
                        OptionalLong.of(ROWS),
                        1_000_000,
                        false)));
        awaitScan(a, Instant.EPOCH);
        awaitScan(b, Instant.EPOCH);
        await("B's first repair", () -> !b.repairs().list().isEmpty());
        ended(b.repairs().list().getLast().id());
    }

    @AfterEach
    void close() {
        open.reversed().forEach(Node::close);
    }

    private Node node(String name, ServerDatabase database, List<Config.Peer> peers) throws IOException {
        Path password = Files.writeString(directory.resolve(name + ".password"), database.password() + "\n");
        Config plain = Config.of(directory.resolve(name), 0, List.of());
        Config.Source source = new Config.Source(
                database.address() + "?table=orders" + (database.equals(mariadb) ? "&sslMode=disable" : ""),
                password,
                Duration.ofHours(1),
                Config.Source.Changes.SCAN,
                0,
                OptionalLong.empty(),
                1_000);
        Node node = Node.start(new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                List.of(new Config.Table(TABLE, TableRules.DEFAULT, true, ConflictPolicy.NEWEST, source)),
                peers,
                plain.limits(),
                plain.store(),
                plain.scrub()));
        open.add(node);
        return node;
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                fail("waited in vain for " + what);
            }
            Thread.sleep(2);
        }
    }

    private static Mirror mirror(Node node) {
        return node.mirrors().all().getFirst();
    }

    private static void awaitScan(Node node, Instant since) throws InterruptedException {
        await("a scan", () -> {
            mirror(node).trouble().ifPresent(trouble -> fail(trouble.text()));
            Instant scanned = mirror(node).state().scanned();
            return scanned != null
                    && scanned.isAfter(since)
                    && !mirror(node).figures().running();
        });
    }

    private static void scan(Node node) throws InterruptedException {
        Instant before = Objects.requireNonNull(mirror(node).state().scanned());
        mirror(node).ask();
        awaitScan(node, before);
    }

    private RepairView repair() throws InterruptedException {
        return ended(b.repairs()
                .start(new RepairRequest(TABLE, "a", null, true, null, null))
                .id());
    }

    private RepairView ended(String id) throws InterruptedException {
        await(
                "the end of repair " + id,
                () -> b.repairs().get(id).orElseThrow().isOver()
                        && b.repairs().links().getFirst().running() == null);
        return b.repairs().get(id).orElseThrow();
    }

    private static List<String> all(ServerDatabase database) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id, name, price FROM orders ORDER BY id")) {
            List<String> all = new ArrayList<>();
            while (rows.next()) {
                all.add(rows.getLong(1) + " " + rows.getString(2) + " " + rows.getString(3));
            }
            return all;
        }
    }

    @Test
    void changesInEachAreBroughtToTheOther() throws Exception {
        assertEquals(ROWS, all(postgres).size());
        postgres.run(
                "UPDATE orders SET name = NULL, price = -0.01 WHERE id = 7",
                "DELETE FROM orders WHERE id = 8",
                "INSERT INTO orders (id, name, price) VALUES (1001, '', 1)");
        mariadb.run(
                "UPDATE orders SET name = 'ünd 𝒳 ''\\\\' WHERE id = 9",
                "DELETE FROM orders WHERE id = 10",
                "INSERT INTO orders (id, name, price) VALUES (-1002, NULL, 123456789.25)");
        scan(a);
        scan(b);
        RepairView repaired = repair();
        assertEquals(true, repaired.same(), () -> String.valueOf(repaired));
        assertEquals(ROWS, all(postgres).size());
        assertEquals(all(postgres), all(mariadb));
        scan(a);
        scan(b);
        assertEquals(0, repair().differing());
        assertEquals(0, Objects.requireNonNull(mirror(a).figures().found()).differing());
        assertEquals(0, Objects.requireNonNull(mirror(b).figures().found()).differing());
    }

    @Test
    void aRowThatTheDatabaseRefusesIsReportedAndTheOthersGo() throws Exception {
        mariadb.run("ALTER TABLE orders ADD CONSTRAINT cheap CHECK (price < 100000)");
        postgres.run("UPDATE orders SET price = 100001 WHERE id = 7", "UPDATE orders SET price = 2 WHERE id = 8");
        scan(a);
        RepairView repaired = repair();
        assertEquals(false, repaired.same());
        assertEquals(1, repaired.refused(), () -> String.valueOf(repaired));
        List<String> rows = all(mariadb);
        assertEquals("7 näme 7 7.50", rows.get(6));
        assertEquals("8 näme 8 2.00", rows.get(7));
    }

    @Test
    void anEmptiedDatabaseIsSuspect() throws Exception {
        mariadb.run("TRUNCATE orders");
        mirror(b).ask();
        await("a suspicion", () -> mirror(b).state().suspicion() != null);
        assertEquals(
                ProblemView.Kind.SUSPECT,
                b.care().problems().list(false).getFirst().kind());
        var _ = repair();
        assertEquals(ROWS, all(postgres).size());
        assertEquals(List.of(), all(mariadb));
    }

    @Test
    void whatTheServersSayOfTheirHistoryIsRemembered() {
        assertNotNull(mirror(a).state().mark());
    }
}
