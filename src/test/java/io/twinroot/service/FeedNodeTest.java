package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.config.Config;
import io.twinroot.peer.FeedView;
import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.Logged;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.store.KeptQuery;
import io.twinroot.store.KeptRow;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.table.Versions;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real nodes on loopback that follow each other. Their repairs are due every six hours, after the first. */
class FeedNodeTest {
    private static final TableName TABLE = new TableName("shop/orders");
    private static final TableName OTHER = new TableName("shop/prices");

    @TempDir
    private Path directory;

    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Map<String, Integer> ports = new LinkedHashMap<>();

    @AfterEach
    void close() {
        nodes.values().forEach(Node::close);
    }

    private int port(String name) {
        return ports.computeIfAbsent(name, any -> {
            try (ServerSocket socket = new ServerSocket(0)) {
                return socket.getLocalPort();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private Node start(String name, String... pulledFrom) {
        Config plain = Config.of(directory.resolve(name), port(name), List.of(TABLE));
        List<Config.Peer> peers =
                Arrays.stream(pulledFrom).map(from -> peer(from, true)).toList();
        return start(name, plain, peers);
    }

    private Node start(String name, Config plain, List<Config.Peer> peers) {
        Node node = Node.start(new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                plain.tables(),
                peers,
                plain.limits(),
                plain.store(),
                plain.scrub()));
        nodes.put(name, node);
        return node;
    }

    private Config.Peer peer(String name, boolean feed) {
        return new Config.Peer(
                name,
                URI.create("http://127.0.0.1:" + port(name)),
                List.of(),
                Config.Direction.PULL,
                Duration.ofHours(6),
                0,
                Duration.ZERO,
                new Config.Retry(Duration.ofMillis(50), Duration.ofMillis(200)),
                OptionalLong.empty(),
                1_000_000,
                feed);
    }

    private void stop(String name) {
        nodes.remove(name).close();
    }

    private static Replica table(Node node) {
        return node.replicas().table(TABLE);
    }

    private static Change put(String uid, long value) {
        return new Change.Put(
                Uid.ofText(uid), new Body.Fields(Value.Mapping.of(Map.of("v", new Value.Int(value)))), null, null);
    }

    private static boolean has(Node node, TableName table, String uid) {
        return node.replicas().table(table).states(List.of(Uid.ofText(uid))).getFirst() instanceof RowState.Live;
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "waited 60 s for: " + what);
            Thread.sleep(2);
        }
    }

    private static void awaitFollowing(Node node) throws InterruptedException {
        await("all feeds to have caught up", () -> {
            List<FeedView> feeds = node.feeds().feeds();
            return !feeds.isEmpty() && feeds.stream().allMatch(feed -> feed.lagMs() != null && feed.lagMs() == 0);
        });
    }

    private static void awaitSame(Node a, Node b) throws InterruptedException {
        await(
                "both to be the same",
                () -> table(a).info().root().equals(table(b).info().root()));
    }

    /** How many rows the log of a node has, all versions counted. */
    private static int versions(Node node) {
        int versions = 0;
        String cursor = node.replicas().cursorAt(0);
        ChangePage page;
        do {
            page = node.replicas().changes(new ChangeFeed.Query(cursor, Set.of(), null, 1_000, 0));
            versions += (int)
                    page.items().stream().filter(Logged.OfRow.class::isInstance).count();
            cursor = page.next();
        } while (page.more());
        return versions;
    }

    @Test
    void aWriteIsReadableAtThePeerWithinASecond() throws Exception {
        Node a = start("a");
        Node b = start("b", "a");
        awaitFollowing(b);
        long[] micros = new long[50];
        for (int i = 0; i < micros.length; i++) {
            String uid = "w" + i;
            table(a).apply(List.of(put(uid, i)));
            long written = System.nanoTime();
            await(uid, () -> has(b, TABLE, uid));
            micros[i] = (System.nanoTime() - written) / 1_000;
        }
        Arrays.sort(micros);
        System.out.println("feed latency over loopback, write acknowledged to readable at the peer: median "
                + micros[micros.length / 2] + " us, slowest " + micros[micros.length - 1] + " us");
        assertTrue(micros[micros.length / 2] < 1_000_000);
        FeedView feed = b.feeds().feeds().getFirst();
        assertEquals(50, feed.applied());
        assertTrue(feed.on() && feed.lastApplied() != null && feed.trouble() == null, feed::toString);
        assertTrue(a.replicas().store().readers().size() == 1);
    }

    @Test
    void twoThatFollowEachOtherComeToRest() throws Exception {
        Node a = start("a", "b");
        Node b = start("b", "a");
        awaitFollowing(a);
        awaitFollowing(b);
        for (int i = 0; i < 40; i++) {
            table(a).apply(List.of(put("a" + i, i)));
            table(b).apply(List.of(put("b" + i, i)));
        }
        // each marker comes behind the echoes of what was before it
        for (int round = 0; round < 2; round++) {
            String there = "marker-a" + round;
            table(a).apply(List.of(put(there, 1)));
            await(there, () -> has(b, TABLE, there));
            String back = "marker-b" + round;
            table(b).apply(List.of(put(back, 1)));
            await(back, () -> has(a, TABLE, back));
        }
        awaitSame(a, b);
        assertEquals(84, versions(a));
        assertEquals(84, versions(b));
    }

    @Test
    void whatTheFeedBroughtCountsAsSeenAndIsNoListOfSingleWrites() throws Exception {
        Node a = start("a");
        a.replicas().create(OTHER, TableRules.DEFAULT);
        Node b = start("b", "a");
        awaitFollowing(b);
        Replica others = a.replicas().table(OTHER);
        for (int i = 0; i < 200; i++) { // seqs are counted over both tables
            table(a).apply(List.of(put("o" + i, i)));
            others.apply(List.of(put("p" + i, i)));
        }
        Context there = table(a).knowledge().context();
        await(
                "the follower to have seen what is there",
                () -> table(b).knowledge().context().coversAll(there));
        Context here = table(b).knowledge().context();
        assertTrue(here.size() <= 4, () -> "the context has " + here.size() + " runs: " + here);
    }

    @Test
    void whatTheFollowerCouldNotTakeDoesNotCountAsSeen() throws Exception {
        Node a = start("a");
        a.replicas().create(OTHER, TableRules.DEFAULT);
        Config plain = Config.of(directory.resolve("b"), port("b"), List.of(TABLE));
        Config.Table holding = new Config.Table(TABLE, TableRules.DEFAULT, true, ConflictPolicy.HOLD);
        Config held = new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                List.of(holding),
                List.of(),
                plain.limits(),
                plain.store(),
                plain.scrub());
        Node b = start("b", held, List.of(peer("a", true)));
        awaitFollowing(b);
        Replica others = a.replicas().table(OTHER);
        others.apply(List.of(put("first", 1)));
        await("the other table to be followed", () -> has(b, OTHER, "first"));
        table(b).apply(List.of(put("both", 2)));
        table(a).apply(List.of(put("both", 1)));
        await(
                "the conflict to be held",
                () -> !b.replicas()
                        .store()
                        .kept()
                        .list(KeptQuery.of(Set.of(KeptRow.Kind.CONFLICT)))
                        .isEmpty());
        Stamp waits = Versions.stamp(
                        table(a).states(List.of(Uid.ofText("both"))).getFirst())
                .orElseThrow();
        others.apply(List.of(put("later", 1)));
        Context there = others.knowledge().context();
        await(
                "a page that says what was seen",
                () -> b.replicas().table(OTHER).knowledge().context().coversAll(there));
        assertTrue(!table(b).knowledge().context().covers(waits), "what waits for a person was not seen");
    }

    @Test
    void aFeedIsSwitchedForATableAndStaysSo() throws Exception {
        Node a = start("a");
        a.replicas().create(OTHER, TableRules.DEFAULT);
        Node b = start("b", "a");
        awaitFollowing(b);
        assertEquals(false, b.feeds().turn("a", TABLE, false).on());
        table(a).apply(List.of(put("while-off", 1)));
        a.replicas().table(OTHER).apply(List.of(put("p1", 1)));
        Node first = b;
        await("the other table's row", () -> has(first, OTHER, "p1"));
        assertEquals(false, has(b, TABLE, "while-off"));
        stop("b");

        Config plain = Config.of(directory.resolve("b"), port("b"), List.of(TABLE));
        Config.Peer byHand = peer("a", true);
        Node again = start("b", plain, List.of(byHand));
        // the first repair after a start brings what was missed, the feed does not
        await(
                "the first repair",
                () -> again.repairs().links().size() == 2
                        && again.repairs().links().stream().allMatch(link -> link.verified() != null));
        assertEquals(
                List.of(false, true),
                again.feeds().feeds().stream().map(FeedView::on).toList());
        table(a).apply(List.of(put("still-off", 1)));
        a.replicas().table(OTHER).apply(List.of(put("p2", 1)));
        await("the other table's row", () -> has(again, OTHER, "p2"));
        assertEquals(false, has(again, TABLE, "still-off"));

        assertEquals(true, again.feeds().turn("a", TABLE, true).on());
        await("what was missed", () -> has(again, TABLE, "still-off"));
        table(a).apply(List.of(put("live", 1)));
        await("what is new", () -> has(again, TABLE, "live"));
    }

    @Test
    void aSwitchIsRefusedForWhatIsNotThere() {
        start("a");
        Node b = start("b", "a");
        assertEquals(
                ReplicaException.Kind.BAD_REQUEST,
                assertThrows(ReplicaException.class, () -> b.feeds().turn("nobody", TABLE, true))
                        .kind());
        assertEquals(
                ReplicaException.Kind.UNKNOWN_TABLE,
                assertThrows(ReplicaException.class, () -> b.feeds().turn("a", new TableName("none"), true))
                        .kind());
    }

    @Test
    void aFeedThatTheConfigurationTurnsOffIsOff() throws Exception {
        Node a = start("a");
        Config plain = Config.of(directory.resolve("b"), port("b"), List.of(TABLE));
        Node b = start("b", plain, List.of(peer("a", false)));
        await("the first repair", () -> b.repairs().links().stream().anyMatch(link -> link.verified() != null));
        assertEquals(
                List.of(false), b.feeds().feeds().stream().map(FeedView::on).toList());
        b.feeds().turn("a", TABLE, true);
        table(a).apply(List.of(put("x", 1)));
        await("the row", () -> has(b, TABLE, "x"));
    }

    @Test
    void restartsOfEitherSideLoseNothing() throws Exception {
        Node a = start("a");
        Node b = start("b", "a");
        awaitFollowing(b);
        int rows = 0;
        for (int restart = 0; restart < 4; restart++) {
            for (int i = 0; i < 60; i++) {
                table(a).apply(List.of(put("r" + rows++, restart)));
            }
            if (restart % 2 == 0) {
                stop("b");
                b = start("b", "a");
            } else {
                stop("a");
                a = start("a");
            }
        }
        table(a).apply(List.of(put("last", 1)));
        awaitSame(a, b);
        assertEquals(rows + 1, table(b).info().count());
        assertEquals(rows + 1, versions(b));
    }

    @Test
    void aPeerWithAnotherStoreIsComparedAgain() throws Exception {
        Node a = start("a");
        table(a).apply(List.of(put("old", 1)));
        Node b = start("b", "a");
        await("the old row", () -> has(b, TABLE, "old"));
        awaitFollowing(b);
        assertNull(b.feeds().feeds().getFirst().begunAnew());
        stop("a");
        delete(directory.resolve("a"));
        Node other = start("a");
        table(other).apply(List.of(put("new", 1)));
        await("the row of the other store", () -> has(b, TABLE, "new"));
        awaitFollowing(b);
        table(other).apply(List.of(put("live", 1)));
        await("what is new there", () -> has(b, TABLE, "live"));
        assertTrue(has(b, TABLE, "old"));
        assertNotNull(b.feeds().feeds().getFirst().begunAnew());
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.toList().reversed()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void changesGoDownALine() throws Exception {
        Node a = start("a");
        Node b = start("b", "a");
        Node c = start("c", "b");
        awaitFollowing(b);
        awaitFollowing(c);
        TableName made = new TableName("made/later");
        a.replicas().create(made, TableRules.excluding(List.of("seen"))).apply(List.of(put("1", 1)));
        await(
                "the new table at the end of the line",
                () -> c.replicas().tables().stream()
                                .anyMatch(table -> table.name().equals(made))
                        && has(c, made, "1"));
        assertEquals(List.of("seen"), c.replicas().table(made).info().rules().digestExcludes());
        table(a).apply(List.of(put("x", 1)));
        await("the row", () -> has(c, TABLE, "x"));
        table(a).apply(List.of(new Change.Delete(Uid.ofText("x"), null)));
        await("the delete", () -> table(c).states(List.of(Uid.ofText("x"))).getFirst() instanceof RowState.Deleted);
    }

    @Test
    void largeBlobsAreFetched() throws Exception {
        byte[] large = new byte[300_000];
        new Random(9).nextBytes(large);
        Body.Blob blob = new Body.Blob(large.length, Digest.sha256(large));
        Node a = start("a", "b");
        Node b = start("b", "a");
        awaitFollowing(a);
        awaitFollowing(b);
        table(a).apply(List.of(new Change.Put(Uid.ofText("big"), blob, BlobSource.of(large), null)));
        await("the blob", () -> has(b, TABLE, "big"));
        try (var in = table(b).blob(Uid.ofText("big"), blob).open()) {
            assertEquals(blob.content(), Digest.sha256(in.readAllBytes()));
        }
        assertInstanceOf(
                RowState.Live.class, table(b).states(List.of(Uid.ofText("big"))).getFirst());
    }

    @Test
    void aPeerThatIsAwayIsShownAndFollowedWhenItIsBack() throws Exception {
        start("a");
        Node b = start("b", "a");
        awaitFollowing(b);
        stop("a");
        await("the trouble to be shown", () -> {
            FeedView feed = b.feeds().feeds().getFirst();
            return feed.trouble() != null && feed.lagMs() != null && feed.lagMs() > 0;
        });
        Node back = start("a");
        table(back).apply(List.of(put("x", 1)));
        await("the row", () -> has(b, TABLE, "x"));
        awaitFollowing(b);
    }
}
