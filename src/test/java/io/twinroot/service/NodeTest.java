package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.config.Config;
import io.twinroot.config.Secret;
import io.twinroot.peer.HttpReplicas;
import io.twinroot.peer.LinkView;
import io.twinroot.peer.RepairRequest;
import io.twinroot.peer.RepairView;
import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Repair;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Verify;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two real nodes over HTTP on loopback. */
class NodeTest {
    private static final TableName TABLE = new TableName("tenant/shop/orders");
    private static final Guards LOOSE = new Guards(1_000_000, OptionalLong.of(1_000_000));

    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final Vertx vertx = Vertx.vertx();

    @BeforeEach
    void closeVertxLast() {
        open.add(() -> vertx.close().toCompletionStage().toCompletableFuture().get());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private Node node(String name, List<Config.Peer> peers) {
        Config plain = Config.of(directory.resolve(name), 0, List.of(TABLE));
        Node node = Node.start(new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                plain.tables(),
                peers,
                plain.limits(),
                plain.store(),
                plain.scrub()));
        open.add(node);
        return node;
    }

    private static Config.Peer peer(int port, Config.Direction direction, Duration every) {
        return new Config.Peer(
                "other",
                URI.create("http://127.0.0.1:" + port),
                List.of(),
                direction,
                every,
                0.1,
                Duration.ofMillis(50),
                new Config.Retry(Duration.ofMillis(100), Duration.ofMillis(400)),
                OptionalLong.empty(),
                1_000_000,
                false);
    }

    private HttpReplicas client(Node node) {
        HttpReplicas client = new HttpReplicas(vertx, URI.create("http://127.0.0.1:" + node.port()));
        open.add(client);
        return client;
    }

    private static Change put(int key, int value) {
        Body body = new Body.Fields(Value.Mapping.of(Map.of("v", new Value.Int(value))));
        return new Change.Put(Uid.ofText("k%07d".formatted(key)), body, null, null);
    }

    private static void fill(Replica replica, int from, int to) {
        for (int at = from; at < to; at += 5_000) {
            List<Change> changes = new ArrayList<>();
            for (int key = at; key < Math.min(to, at + 5_000); key++) {
                changes.add(put(key, key));
            }
            replica.apply(changes);
        }
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "waited 30 s for: " + what);
            Thread.sleep(20);
        }
    }

    private static Comparison verify(Replica a, Replica b) {
        return Verify.run(
                a,
                b,
                Verify.Options.DEFAULT.withSettle(20),
                new Random(3)::nextLong,
                Progress.NONE,
                RepairBoard::pause);
    }

    @Test
    void aThirdPartyVerifiesAndRepairsTwoNodesOverHttp() {
        Replica a = client(node("a", List.of())).table(TABLE);
        Replica b = client(node("b", List.of())).table(TABLE);
        fill(a, 0, 20_000);
        Comparison.Different all = assertInstanceOf(Comparison.Different.class, verify(a, b));
        assertEquals(20_000, all.rows());
        RepairReport copied =
                Repair.apply(Plan.of(all.differences(), Direction.BOTH), a, b, Guards.DEFAULT, Progress.NONE);
        assertTrue(copied.same());
        assertEquals(20_000, copied.theirs().added());
        assertInstanceOf(Comparison.Same.class, verify(a, b));

        b.apply(List.of(put(7, -7), put(30_000, 1), new Change.Delete(Uid.ofText("k0000009"), null)));
        Comparison.Different some = assertInstanceOf(Comparison.Different.class, verify(a, b));
        assertEquals(3, some.rows());
        assertTrue(some.proven());
        assertTrue(some.cost().bytes() < 5_000, some.cost() + "");
        Plan plan = Plan.of(some.differences(), Direction.BOTH);
        assertEquals(new Plan.Effect(1, 1, 1), plan.onMine());
        assertEquals(new Plan.Effect(0, 0, 0), plan.onTheirs());
        assertTrue(Repair.apply(plan, a, b, LOOSE, Progress.NONE).same());
        assertEquals(a.info().root(), b.info().root());
    }

    @Test
    void aNodeBecomesADuplicateInTheBackgroundAndHealsAgain() throws Exception {
        Node first = node("a", List.of());
        HttpReplicas a = client(first);
        fill(a.table(TABLE), 0, 3_000);
        TableName blobs = new TableName("files");
        byte[] content = new byte[300_000];
        new Random(1).nextBytes(content);
        a.create(blobs, TableRules.DEFAULT)
                .apply(List.of(new Change.Put(
                        Uid.ofText("big"),
                        new Body.Blob(content.length, io.twinroot.table.Digest.sha256(content)),
                        io.twinroot.table.BlobSource.of(content),
                        null)));

        Node second = node("b", List.of(peer(first.port(), Config.Direction.BOTH, Duration.ofMillis(150))));
        HttpReplicas b = client(second);
        await(
                "both tables to be copied",
                () -> b.tables().size() == 2 && a.tables().equals(b.tables()));
        b.table(TABLE).apply(List.of(put(5, 50), new Change.Delete(Uid.ofText("k0000006"), null)));
        a.table(TABLE).apply(List.of(put(1, 10), put(9_000, 1)));
        await(
                "both to be the same again",
                () -> a.table(TABLE).info().root().equals(b.table(TABLE).info().root())
                        && a.table(TABLE).info().count() == 3_000);
    }

    @Test
    void aPeerThatIsAwayIsTriedAgainAndShown() throws Exception {
        Node away = node("a", List.of());
        int port = away.port();
        away.close();
        open.remove(away);
        Node waiting = node("b", List.of(peer(port, Config.Direction.BOTH, Duration.ofMillis(100))));
        await(
                "two failures in status",
                () -> waiting.repairs().links().stream()
                        .anyMatch(link -> link.failures() >= 2 && link.trouble() != null && link.next() != null));
        Config plain = Config.of(directory.resolve("a"), port, List.of(TABLE));
        open.add(Node.start(plain));
        await(
                "a repair to go well",
                () -> waiting.repairs().links().stream()
                        .anyMatch(link -> link.failures() == 0 && link.verified() != null));
        LinkView link = waiting.repairs().links().getFirst();
        assertEquals(null, link.trouble());
    }

    @Test
    void repairsCanBeStartedFollowedAndStopped() throws Exception {
        Node first = node("a", List.of());
        fill(client(first).table(TABLE), 0, 30_000);
        Node second = node("b", List.of(peer(first.port(), Config.Direction.PULL, Duration.ofHours(1))));
        await("the first repair", () -> second.repairs().list().stream().anyMatch(RepairView::isOver));
        RepairView view = second.repairs().list().getFirst();
        assertEquals(RepairView.State.DONE, view.state());
        assertEquals(true, view.same());
        assertEquals(30_000, view.missingHere());
        assertEquals(30_000, view.changedHere());
        assertTrue(view.receivedBytes() > 100_000, view + "");

        client(first).table(TABLE).apply(List.of(put(1, 2)));
        RepairView started = second.repairs().start(new RepairRequest(TABLE, "other", null, true, null, null));
        List<RepairView> seen = new ArrayList<>();
        try (var following = second.repairs().follow(started.id(), seen::add).orElseThrow()) {
            assertNotNull(following);
            await(
                    "the repair to end",
                    () -> second.repairs().get(started.id()).orElseThrow().isOver());
        }
        assertTrue(seen.getLast().isOver());
        assertEquals(1, seen.getLast().changedHere());

        second.repairs().start(new RepairRequest(TABLE, "other", null, true, null, null));
        String id = second.repairs().list().getFirst().id();
        assertTrue(second.repairs().stop(id).isPresent());
        await("it to be over", () -> second.repairs().get(id).orElseThrow().isOver());
    }

    @Test
    void aRestoredFolderIsHealedWithoutLosingEitherSidesWrites() throws Exception {
        Node a = node("a", List.of());
        Node b = node("b", List.of());
        Replica onA = client(a).table(TABLE);
        Replica onB = client(b).table(TABLE);
        fill(onA, 0, 2_000);
        repair(onA, onB);
        b.close();
        open.remove(b);
        Path backup = directory.resolve("backup");
        copy(directory.resolve("b"), backup);
        Node again = node("b", List.of());
        Replica later = client(again).table(TABLE);
        later.apply(List.of(put(1, 11)));
        onA.apply(List.of(put(2, 22)));
        repair(onA, later);
        onA.apply(List.of(put(3, 33)));
        again.close();
        open.remove(again);

        delete(directory.resolve("b"));
        copy(backup, directory.resolve("b"));
        Node restored = node("b", List.of());
        Replica onRestored = client(restored).table(TABLE);
        onRestored.apply(List.of(put(4, 44)));
        repair(onA, onRestored);
        assertEquals(onA.info().root(), onRestored.info().root());
        List<Uid> uids = List.of(1, 2, 3, 4).stream()
                .map(k -> Uid.ofText("k%07d".formatted(k)))
                .toList();
        List<Long> values = new ArrayList<>();
        try (var rows = onRestored.fetch(uids)) {
            rows.forEachRemaining(row -> {
                if (row.row()
                        instanceof io.twinroot.table.Row.Live(var uid, var stamp, Body.Fields(var fields), var past)) {
                    values.add(((Value.Int) fields.values().get("v")).value());
                }
            });
        }
        assertEquals(List.of(11L, 22L, 33L, 44L), values);
    }

    @Test
    void aNodeWithAnotherSaltIsRefusedAndIsNoDifference() {
        Replica a = client(node("a", List.of())).table(TABLE);
        Config plain = Config.of(directory.resolve("b"), 0, List.of(TABLE));
        Node salted = Node.start(new Config(
                plain.data(),
                plain.listen(),
                new Secret(new byte[16]),
                plain.tables(),
                List.of(),
                plain.limits(),
                plain.store(),
                plain.scrub()));
        open.add(salted);
        Replica b = client(salted).table(TABLE);
        fill(a, 0, 10);
        fill(b, 0, 10);
        ReplicaException e = assertThrows(ReplicaException.class, () -> verify(a, b));
        assertEquals(ReplicaException.Kind.INCOMPATIBLE, e.kind());
        assertTrue(e.getMessage().contains("give both sides the same salt"), e.getMessage());
    }

    @Test
    void aTakenPortAndAHeldFolderAreNamed() {
        Node first = node("a", List.of());
        Config plain = Config.of(directory.resolve("b"), first.port(), List.of());
        ReplicaException port = assertThrows(ReplicaException.class, () -> Node.start(plain));
        assertTrue(port.getMessage().contains(String.valueOf(first.port())), port.getMessage());
        Config held = Config.of(directory.resolve("a"), 0, List.of());
        ReplicaException folder = assertThrows(ReplicaException.class, () -> Node.start(held));
        assertEquals(ReplicaException.Kind.STORAGE, folder.kind());
        assertTrue(folder.getMessage().contains(directory.resolve("a").toString()), folder.getMessage());
        open.add(Node.start(Config.of(directory.resolve("b"), 0, List.of()))); // the failed start let go of it
    }

    @Test
    void aTableIsRepairedOnceAtATimeAndAnUnknownPeerIsRefused() throws Exception {
        Node first = node("a", List.of());
        fill(client(first).table(TABLE), 0, 20_000);
        Node second = node("b", List.of(peer(first.port(), Config.Direction.PULL, Duration.ofHours(1))));
        RepairRequest request = new RepairRequest(TABLE, "other", null, true, null, null);
        await("one repair to be refused while another runs", () -> {
            try {
                second.repairs().start(request);
                return false;
            } catch (ReplicaException e) {
                return e.kind() == ReplicaException.Kind.BUSY;
            }
        });
        RepairRequest elsewhere = new RepairRequest(TABLE, "nobody", null, true, null, null);
        ReplicaException e =
                assertThrows(ReplicaException.class, () -> second.repairs().start(elsewhere));
        assertEquals(ReplicaException.Kind.BAD_REQUEST, e.kind());
        await("all to be over", () -> second.repairs().list().stream().allMatch(RepairView::isOver));
    }

    @Test
    void aScheduleGoesOnAfterItsRepairsWereStopped() throws Exception {
        Node first = node("a", List.of());
        Replica a = client(first).table(TABLE);
        fill(a, 0, 30_000);
        Node second = node("b", List.of(peer(first.port(), Config.Direction.PULL, Duration.ofMillis(100))));
        Replica b = client(second).table(TABLE);
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        for (int stopped = 0; stopped < 3; ) {
            assertTrue(System.nanoTime() < end, "stopped only " + stopped + " repairs in 30 s");
            for (RepairView view : second.repairs().list()) {
                if (!view.isOver() && view.step().startsWith("repairing")) {
                    second.repairs().stop(view.id());
                    await(
                            "it to be over",
                            () -> second.repairs().get(view.id()).orElseThrow().isOver());
                    stopped++;
                }
            }
            if (b.info().count() == 30_000) { // all was copied before it could be stopped as often
                fill(a, 30_000, 30_001);
                break;
            }
        }
        await(
                "the schedule to copy all the same",
                () -> b.info().root().equals(a.info().root()));
    }

    @Test
    void tablesAreRepairedInTheOrderOfTheConfiguration() throws Exception {
        List<TableName> tables = List.of(new TableName("z/users"), new TableName("a/orders"));
        Node a = Node.start(Config.of(directory.resolve("a"), 0, tables));
        open.add(a);
        Config plain = Config.of(directory.resolve("b"), 0, tables);
        Node b = Node.start(new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                plain.tables(),
                List.of(peer(a.port(), Config.Direction.PULL, Duration.ofHours(6))),
                plain.limits(),
                plain.store(),
                plain.scrub(),
                plain.guards()));
        open.add(b);
        await("both tables to be repaired", () -> b.repairs().list().size() == 2);
        assertEquals(
                tables,
                b.repairs().list().reversed().stream()
                        .map(view -> view.request().table())
                        .toList());
    }

    @Test
    void aGuardHoldsAScheduledRepairAndSaysSo() throws Exception {
        Node first = node("a", List.of());
        Replica a = client(first).table(TABLE);
        fill(a, 0, 50);
        Node second = node("b", List.of(peer(first.port(), Config.Direction.PULL, Duration.ofMillis(200))));
        Replica b = client(second).table(TABLE);
        await("the copy", () -> b.info().count() == 50);
        List<Change> deletes = new ArrayList<>();
        for (int key = 0; key < 6; key++) { // a tenth of 50 may go
            deletes.add(new Change.Delete(Uid.ofText("k%07d".formatted(key)), null));
        }
        a.apply(deletes);
        await(
                "the guard in status",
                () -> second.repairs().links().stream()
                        .anyMatch(
                                link -> link.trouble() != null && link.trouble().contains("maxDeletes")));
        assertEquals(50, b.info().count());
    }

    private static void repair(Replica a, Replica b) {
        if (verify(a, b) instanceof Comparison.Different different) {
            assertTrue(Repair.apply(Plan.of(different.differences(), Direction.BOTH), a, b, LOOSE, Progress.NONE)
                    .same());
        }
    }

    private static void copy(Path from, Path to) throws java.io.IOException {
        try (var files = java.nio.file.Files.walk(from)) {
            for (Path file : files.toList()) {
                java.nio.file.Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private static void delete(Path folder) throws java.io.IOException {
        try (var files = java.nio.file.Files.walk(folder)) {
            for (Path file : files.toList().reversed()) {
                java.nio.file.Files.delete(file);
            }
        }
    }
}
