package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.config.Config;
import io.twinroot.peer.ProblemView;
import io.twinroot.peer.RepairRequest;
import io.twinroot.peer.ScrubView;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Outcome;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node whose disk loses something gets it back from its peer, without waiting for the schedule. */
final class HealingTest {
    private static final TableName TABLE = new TableName("shop/orders");
    private static final int ROWS = 5_000;

    private static final Config.Store SMALL = new Config.Store(
            1,
            1,
            Config.Store.DEFAULT.fsync(),
            Config.Store.DEFAULT.fsyncEvery(),
            0,
            Config.Store.DEFAULT.compactMiBPerSecond(),
            Config.Store.DEFAULT.retention(),
            Config.Store.DEFAULT.tombstoneRetention(),
            Config.Store.DEFAULT.trashRetention(),
            Config.Store.DEFAULT.trashMiB());

    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();

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
                SMALL,
                new Config.Scrub(null, 1 << 30)));
        open.add(node);
        return node;
    }

    private void stop(Node node) {
        open.remove(node);
        node.close();
    }

    /** A peer whose schedule comes round once a day. */
    private static List<Config.Peer> rarely(int port) {
        return List.of(new Config.Peer(
                "a",
                URI.create("http://127.0.0.1:" + port),
                List.of(),
                Config.Direction.PULL,
                Duration.ofDays(1),
                0,
                Duration.ofMillis(20),
                new Config.Retry(Duration.ofMillis(100), Duration.ofMillis(400)),
                OptionalLong.empty(),
                1_000_000,
                false));
    }

    private static byte[] blob() {
        byte[] bytes = new byte[150_000];
        new Random(4).nextBytes(bytes);
        return bytes;
    }

    private static Uid uid(int key) {
        return Uid.ofText("order-%06d".formatted(key));
    }

    private static Change put(int key, String text) {
        Body body = new Body.Fields(Value.Mapping.of(Map.of("text", new Value.Text(text + "x".repeat(600)))));
        return new Change.Put(uid(key), body, null, null);
    }

    private static void fill(Replica table) {
        for (int from = 0; from < ROWS; from += 500) {
            List<Change> changes = new ArrayList<>();
            for (int key = from; key < from + 500; key++) {
                changes.add(put(key, "row " + key));
            }
            table.apply(changes);
        }
        byte[] bytes = blob();
        table.apply(List.of(new Change.Put(
                Uid.ofText("scan"), new Body.Blob(bytes.length, Digest.sha256(bytes)), BlobSource.of(bytes), null)));
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "waited 60 s for: " + what);
            Thread.sleep(20);
        }
    }

    private static Digest root(Node node) {
        return node.replicas().table(TABLE).info().root();
    }

    private static List<ProblemView> problems(Node node) {
        return node.care().problems().list(true);
    }

    private static boolean isWhole(Node node) {
        return node.care().problems().list(false).isEmpty();
    }

    private static ScrubView.Run scrub(Node node) throws InterruptedException {
        ScrubView.Run before = node.care().scrubs().view().last();
        node.care().scrubs().start();
        await(
                "the scrub",
                () -> !node.care().scrubs().view().running()
                        && !java.util.Objects.equals(node.care().scrubs().view().last(), before));
        return java.util.Objects.requireNonNull(node.care().scrubs().view().last());
    }

    /** Scrubs until a file is as it was: one that began by itself after the last repair may find the damage first. */
    private static void awaitHealed(Node node, Path file, byte[] whole) throws Exception {
        for (int i = 0; i < 10 && !isWhole(file, whole); i++) {
            scrub(node);
            await("what was found to be healed", () -> isWhole(node));
        }
        await("the file to come back", () -> isWhole(file, whole));
    }

    private static boolean isWhole(Path file, byte[] whole) {
        try {
            return Files.exists(file) && Arrays.equals(whole, Files.readAllBytes(file));
        } catch (IOException e) {
            return false; // it is on its way
        }
    }

    private List<Path> files(String node, String folder, String suffix) throws IOException {
        try (var files = Files.walk(directory.resolve(node).resolve(folder))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    private void flipRow(String node, Uid uid) throws IOException {
        byte[] key = uid.toBytes();
        for (Path file : files(node, "log", "")) {
            byte[] bytes = Files.readAllBytes(file);
            for (int i = 0; i + key.length + 100 < bytes.length; i++) {
                if (Arrays.equals(bytes, i, i + key.length, key, 0, key.length)) {
                    flip(file, i + key.length + 100);
                }
            }
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 2));
            channel.write(one.flip(), at);
        }
    }

    /** Node b, which has all that node a has. */
    private Node duplicate(Node a) throws InterruptedException {
        Node b = node("b", rarely(a.port()));
        await("the copy", () -> b.replicas().table(TABLE).info().count() == ROWS + 1 && root(a).equals(root(b)));
        await("its repair", () -> b.repairs().list().stream().allMatch(view -> view.ended() != null));
        return b;
    }

    @Test
    void aDamagedRowAndABlobComeBackFromThePeer() throws Exception {
        Node a = node("a", List.of());
        fill(a.replicas().table(TABLE));
        Node b = duplicate(a);
        assertEquals(0, scrub(b).damaged());

        flipRow("b", uid(77));
        ScrubView.Run found = scrub(b);
        assertEquals(1, found.damaged(), found.toString());
        assertTrue(
                found.findings().getFirst().contains("row order-000077 of table shop/orders at log position"),
                found + "");
        await("the row to come back", () -> isWhole(b) && root(a).equals(root(b)));
        assertEquals(ProblemView.State.HEALED, problems(b).getLast().state());
        assertEquals(uid(77), problems(b).getLast().uid());
        await(
                "all ranges to be verified",
                () -> b.care().scrubs().view().tables().getFirst().oldest() != null);

        Path blob = files("b", "blobs", "").getFirst();
        byte[] whole = Files.readAllBytes(blob);
        flip(blob, 77_777);
        awaitHealed(b, blob, whole);
        Files.delete(blob);
        awaitHealed(b, blob, whole);
        await("both to be the same", () -> root(a).equals(root(b)));
        assertEquals(0, scrub(b).damaged());
        String metrics = b.care().metrics().get();
        assertTrue(metrics.contains("twinroot_damage_open 0.0"), metrics);
        assertTrue(metrics.contains("twinroot_rows{table=\"shop/orders\"} " + (ROWS + 1.0)), metrics);
        assertTrue(metrics.contains("twinroot_verified_age_seconds{table=\"shop/orders\"} "), metrics);
        assertTrue(
                metrics.contains("twinroot_repair_runs_total{peer=\"a\",result=\"same\",table=\"shop/orders\"}"),
                metrics);
        assertTrue(metrics.contains("twinroot_log_needed_bytes "), metrics);
        assertTrue(metrics.contains("jvm_memory_used_bytes"), metrics);
    }

    @Test
    void aRowThatIsReadIsHealedToo() throws Exception {
        Node a = node("a", List.of());
        fill(a.replicas().table(TABLE));
        Node b = duplicate(a);
        flipRow("b", uid(4_000));
        try (var rows = b.replicas().table(TABLE).fetch(List.of(uid(4_000)))) {
            assertThrows(ReplicaException.class, rows::next);
        }
        await("the row to come back", () -> !problems(b).isEmpty() && isWhole(b) && root(a).equals(root(b)));
    }

    @Test
    void aMissingSegmentMakesTheTableReadOnlyUntilThePeerHasHealedIt() throws Exception {
        Node a = node("a", List.of());
        fill(a.replicas().table(TABLE));
        Node b = duplicate(a);
        stop(b);
        loseASegment();
        int port = a.port();
        stop(a);

        Node alone = node("b", rarely(port));
        Replica table = alone.replicas().table(TABLE);
        assertTrue(table.info().count() > 0);
        Outcome refused = table.apply(List.of(put(1, "new"))).getFirst();
        assertTrue(
                assertInstanceOf(Outcome.Refused.class, refused).reason().contains("damaged and read-only"),
                refused + "");
        assertTrue(!isWhole(alone));

        Config plain = Config.of(directory.resolve("a"), port, List.of(TABLE));
        Node back = Node.start(plain);
        open.add(back);
        await("the table to be whole", () -> isWhole(alone) && root(back).equals(root(alone)));
        assertInstanceOf(
                Outcome.Applied.class, table.apply(List.of(put(1, "new"))).getFirst());
    }

    @Test
    void whatDamageTookDoesNotCountAsSeenBecauseAFeedBroughtItOnce() throws Exception {
        Node a = node("a", List.of());
        Node c = node("c", List.of());
        fill(a.replicas().table(TABLE));
        Node b = node("b", List.of(follows("a", a.port()), follows("c", c.port())));
        await("the copy of a", () -> count(b) == ROWS + 1);
        List<Change> only = new ArrayList<>();
        for (int key = 900_000; key < 900_100; key++) {
            only.add(put(key, "of c"));
        }
        c.replicas().table(TABLE).apply(only);
        await("what c has, and that it has been seen", () -> count(b) == ROWS + 101 && hasSeenAllOf(c, b));
        for (int from = 500_000; from < 500_000 + ROWS; from += 500) {
            List<Change> more = new ArrayList<>();
            for (int key = from; key < from + 500; key++) {
                more.add(put(key, "later"));
            }
            a.replicas().table(TABLE).apply(more);
        }
        await("the later rows of a", () -> count(b) == 2 * ROWS + 101);
        stop(b);
        int port = c.port();
        stop(c);
        loseSegmentsWith(uid(900_000), uid(900_099));

        Node again = node("b", List.of(follows("a", a.port()), follows("c", port)));
        await("b to be as a is", () -> isWhole(again) && root(a).equals(root(again)));
        Config plain = Config.of(directory.resolve("c"), port, List.of(TABLE));
        Node back = Node.start(plain);
        open.add(back);
        back.replicas().table(TABLE).apply(List.of(put(950_000, "new")));
        await("the feed of c", () -> count(again) >= 2 * ROWS + 2);
        await("a repair with c to begin", () -> begins(again, new RepairRequest(TABLE, "c", null, true, null, null)));
        await("the rows that only c has", () -> count(again) == 2 * ROWS + 102);
    }

    /** False where another repair is under way. */
    private static boolean begins(Node node, RepairRequest request) {
        try {
            return !node.repairs().start(request).id().isEmpty();
        } catch (ReplicaException e) {
            assertEquals(ReplicaException.Kind.BUSY, e.kind());
            return false;
        }
    }

    private static long count(Node node) {
        return node.replicas().table(TABLE).info().count();
    }

    private static boolean hasSeenAllOf(Node of, Node node) {
        Context there = of.replicas().table(TABLE).knowledge().context();
        return node.replicas().table(TABLE).knowledge().context().coversAll(there);
    }

    private static Config.Peer follows(String name, int port) {
        return new Config.Peer(
                name,
                URI.create("http://127.0.0.1:" + port),
                List.of(),
                Config.Direction.PULL,
                Duration.ofDays(1),
                0,
                Duration.ofMillis(20),
                new Config.Retry(Duration.ofMillis(50), Duration.ofMillis(200)),
                OptionalLong.empty(),
                1_000_000,
                true);
    }

    private void loseSegmentsWith(Uid... uids) throws IOException {
        List<Path> segments = files("b", "log", ".seg");
        for (Uid uid : uids) {
            byte[] key = uid.toBytes();
            for (Path file : segments.subList(1, segments.size() - 1)) {
                if (Files.exists(file) && indexOf(Files.readAllBytes(file), key) >= 0) {
                    Files.delete(file);
                }
            }
        }
        assertTrue(segments.stream().anyMatch(Files::notExists), segments + "");
        Files.deleteIfExists(directory.resolve("b/view/MANIFEST"));
    }

    private static int indexOf(byte[] bytes, byte[] key) {
        for (int i = 0; i + key.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + key.length, key, 0, key.length)) {
                return i;
            }
        }
        return -1;
    }

    @Test
    void withoutAPeerAPersonDecides() throws Exception {
        Node a = node("b", List.of());
        fill(a.replicas().table(TABLE));
        stop(a);
        loseASegment();
        Node again = node("b", List.of());
        Replica table = again.replicas().table(TABLE);
        assertTrue(table.info().count() < ROWS);
        assertInstanceOf(
                Outcome.Refused.class, table.apply(List.of(put(1, "new"))).getFirst());
        for (ProblemView problem : again.care().problems().list(false)) {
            assertTrue(problem.advice().contains("--accept " + problem.id()), problem.advice());
            assertEquals(
                    ProblemView.State.ACCEPTED,
                    again.care().problems().accept(problem.id()).orElseThrow().state());
        }
        assertInstanceOf(
                Outcome.Applied.class, table.apply(List.of(put(1, "new"))).getFirst());
        stop(again);
        Node third = node("b", List.of());
        assertInstanceOf(
                Outcome.Applied.class,
                third.replicas().table(TABLE).apply(List.of(put(1, "newer"))).getFirst());
    }

    /** The second segment of b's log goes, and with it the view, which would have known what was in it. */
    private void loseASegment() throws IOException {
        List<Path> segments = files("b", "log", ".seg");
        assertTrue(segments.size() > 2, segments + "");
        Files.delete(segments.get(1));
        Files.deleteIfExists(directory.resolve("b/view/MANIFEST"));
    }
}
