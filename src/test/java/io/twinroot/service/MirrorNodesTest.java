package io.twinroot.service;

import static io.twinroot.service.FakeDatabase.fields;
import static io.twinroot.service.FakeDatabase.uid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.twinroot.config.Config;
import io.twinroot.peer.Decision;
import io.twinroot.peer.ProblemView;
import io.twinroot.peer.RepairRequest;
import io.twinroot.peer.RepairView;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two real nodes, each beside a database: what is in the databases in the end. B repairs with A. */
final class MirrorNodesTest {
    private static final TableName TABLE = new TableName("shop/orders");
    private static final int ROWS = 300;

    @TempDir
    private Path directory;

    private final FakeDatabase left = new FakeDatabase();
    private final FakeDatabase right = new FakeDatabase();
    private @Nullable Node a;
    private @Nullable Node b;

    @AfterEach
    void close() {
        if (b != null) {
            b.close();
        }
        if (a != null) {
            a.close();
        }
    }

    private void start(boolean feed) throws InterruptedException {
        a = node("a", left, List.of());
        b = node(
                "b",
                right,
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
                        feed)));
        awaitScan(a, Instant.EPOCH);
        awaitScan(b, Instant.EPOCH);
        await(
                "the repair that B makes when it starts",
                () -> !b().repairs().list().isEmpty());
        ended(b().repairs().list().getLast().id());
    }

    private Node a() {
        return java.util.Objects.requireNonNull(a);
    }

    private Node b() {
        return java.util.Objects.requireNonNull(b);
    }

    private Node node(String name, FakeDatabase database, List<Config.Peer> peers) {
        Config plain = Config.of(directory.resolve(name), 0, List.of());
        Config.Table table = new Config.Table(
                TABLE,
                TableRules.DEFAULT,
                true,
                ConflictPolicy.NEWEST,
                Config.Source.of("sqlite:" + name + "?table=o"));
        return Node.start(
                new Config(
                        plain.data(),
                        plain.listen(),
                        plain.salt(),
                        List.of(table),
                        peers,
                        plain.limits(),
                        plain.store(),
                        plain.scrub()),
                database);
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
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
            Instant scanned = mirror(node).state().scanned();
            return scanned != null
                    && scanned.isAfter(since)
                    && !mirror(node).figures().running();
        });
    }

    private static void scan(Node node) throws InterruptedException {
        Instant before = java.util.Objects.requireNonNull(mirror(node).state().scanned());
        mirror(node).ask();
        awaitScan(node, before);
    }

    private RepairView repair() throws InterruptedException {
        return ended(b().repairs()
                .start(new RepairRequest(TABLE, "a", null, true, null, null))
                .id());
    }

    private RepairView ended(String id) throws InterruptedException {
        await(
                "the end of repair " + id,
                () -> b().repairs().get(id).orElseThrow().isOver()
                        && b().repairs().links().getFirst().running() == null);
        return b().repairs().get(id).orElseThrow();
    }

    private void fill(int rows) {
        for (int i = 0; i < rows; i++) {
            left.put(i, 0);
            right.put(i, 0);
        }
    }

    @Test
    void differencesOfTwoDatabasesAreRepairedBothWays() throws InterruptedException {
        fill(ROWS);
        start(false);
        left.put(1, 11);
        left.put(ROWS, 12);
        left.delete(2);
        right.put(3, 13);
        right.put(ROWS + 1, 14);
        right.delete(4);
        scan(a());
        scan(b());
        assertEquals(true, repair().same());
        Map<Uid, Value.Mapping> expected = new TreeMap<>();
        for (int i = 0; i < ROWS; i++) {
            expected.put(uid(i), fields(0));
        }
        expected.putAll(
                Map.of(uid(1), fields(11), uid(3), fields(13), uid(ROWS), fields(12), uid(ROWS + 1), fields(14)));
        expected.remove(uid(2));
        expected.remove(uid(4));
        assertEquals(expected, left.all());
        assertEquals(expected, right.all());
        scan(a());
        scan(b());
        assertEquals(true, repair().same());
        assertEquals(0, repair().differing(), "nothing goes back and forth");
        assertEquals(expected, left.all());
    }

    @Test
    void databasesThatWereFilledApartComeTogether() throws InterruptedException {
        fill(ROWS);
        for (int i = 0; i < 20; i++) {
            right.delete(i);
            left.delete(100 + i);
        }
        start(false);
        assertEquals(true, repair().same());
        assertEquals(ROWS, left.all().size());
        assertEquals(left.all(), right.all());
    }

    @Test
    void anUpdateThatOneDatabaseLostIsHealed() throws InterruptedException {
        fill(ROWS);
        start(false);
        left.put(7, 1);
        right.put(7, 1);
        scan(a());
        scan(b());
        left.put(7, 2); // and the replication to the other one lost this
        scan(a());
        assertEquals(true, repair().same());
        assertEquals(fields(2), right.all().get(uid(7)));
        assertEquals(left.all(), right.all());
    }

    @Test
    void anEmptiedDatabaseDoesNotSpreadAndIsFilledAgain() throws InterruptedException {
        fill(ROWS);
        start(false);
        Map<Uid, Value.Mapping> whole = left.all();
        right.become(Map.of());
        mirror(b()).ask();
        await("a problem", () -> mirror(b()).state().suspicion() != null);
        left.put(5, 1);
        scan(a());
        RepairView stopped = repair();
        assertNotEquals(true, stopped.same());
        assertEquals(ROWS, left.all().size());
        assertEquals(Map.of(), right.all());
        ProblemView problem = b().care().problems().list(false).stream()
                .filter(one -> one.kind() == ProblemView.Kind.SUSPECT)
                .findFirst()
                .orElseThrow();
        assertTrue(b().care()
                .problems()
                .decide(problem.id(), new Decision.Trust(false))
                .isPresent());
        await("the database to be filled", () -> mirror(b()).state().suspicion() == null);
        assertEquals(whole, right.all());
        assertEquals(true, repair().same());
        assertEquals(left.all(), right.all());
        assertEquals(fields(1), right.all().get(uid(5)));
    }

    @Test
    void olderContentsOfADatabaseThatWasSetBackDoNotSpread() throws InterruptedException {
        fill(ROWS);
        start(false);
        Map<Uid, Value.Mapping> backup = right.all();
        for (int i = 0; i < 40; i++) {
            left.put(i, 1);
        }
        scan(a());
        assertEquals(true, repair().same());
        assertEquals(left.all(), right.all());
        Map<Uid, Value.Mapping> whole = left.all();
        right.become(backup);
        mirror(b()).ask();
        await("a problem", () -> mirror(b()).state().suspicion() != null);
        var _ = repair();
        assertEquals(whole, left.all(), "the older contents did not spread");
    }

    @Test
    void whatOneDatabaseGetsIsFollowedLiveToTheOther() throws InterruptedException {
        fill(10);
        start(true);
        left.put(3, 5);
        scan(a());
        await(
                "the row at the other database",
                () -> fields(5).equals(right.all().get(uid(3))));
        assertFalse(left.all().isEmpty());
        assertEquals(left.all(), right.all());
    }

    @Test
    void aDatabaseThatIsDownDoesNotKeepANodeFromStarting() throws InterruptedException {
        fill(10);
        right.down = true;
        a = node("a", left, List.of());
        b = node("b", right, List.of());
        await("a problem", () -> !b().care().problems().list(false).isEmpty());
        assertEquals(
                ProblemView.Kind.SOURCE,
                b().care().problems().list(false).getFirst().kind());
        right.down = false;
        mirror(b()).ask();
        awaitScan(b(), Instant.EPOCH);
        assertEquals(List.of(), b().care().problems().list(false));
        assertTrue(b().care().metrics().get().contains("twinroot_source_suspect{table=\"shop/orders\"} 0"));
    }
}
