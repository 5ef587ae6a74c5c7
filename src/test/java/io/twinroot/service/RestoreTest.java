package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.config.Config;
import io.twinroot.peer.HttpReplicas;
import io.twinroot.peer.RepairRequest;
import io.twinroot.peer.RepairView;
import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Verify;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.RowState;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stories in which the tools for mail lose it: a side that was restored, or copied, on two real nodes. */
class RestoreTest {
    private static final TableName TABLE = new TableName("mail/inbox");
    private static final int YESTERDAY = 400;

    @TempDir
    private Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final List<AutoCloseable> open = new ArrayList<>();

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

    private Node node(String folder, int peerPort) {
        Config plain = Config.of(directory.resolve(folder), 0, List.of(TABLE));
        List<Config.Peer> peers = peerPort == 0
                ? List.of()
                : List.of(new Config.Peer(
                        "other",
                        URI.create("http://127.0.0.1:" + peerPort),
                        List.of(),
                        Config.Direction.BOTH,
                        Duration.ofHours(1),
                        0.1,
                        Duration.ofMillis(10),
                        new Config.Retry(Duration.ofMillis(100), Duration.ofMillis(400)),
                        OptionalLong.empty(),
                        1_000_000,
                        false));
        Node node = Node.start(new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                List.of(), // so that nothing is repaired before the test says so
                peers,
                plain.limits(),
                plain.store(),
                plain.scrub()));
        open.add(node);
        node.replicas().create(TABLE, io.twinroot.table.TableRules.DEFAULT).close();
        return node;
    }

    private void stop(Node node) {
        open.remove(node);
        node.close();
    }

    private void copy(String from, String to) throws IOException {
        Path source = directory.resolve(from);
        Path target = directory.resolve(to);
        try (Stream<Path> files = Files.walk(source)) {
            files.forEach(file -> {
                try {
                    Files.copy(file, target.resolve(source.relativize(file).toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private void delete(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve(folder))) {
            files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private static Uid uid(String prefix, int number) {
        return Uid.ofText("%s%05d".formatted(prefix, number));
    }

    private static Change put(String prefix, int number, int value) {
        return new Change.Put(
                uid(prefix, number), new Body.Fields(Value.Mapping.of(Map.of("v", new Value.Int(value)))), null, null);
    }

    private static void fill(Node node, String prefix, int from, int to) {
        List<Change> changes = new ArrayList<>();
        for (int i = from; i < to; i++) {
            changes.add(put(prefix, i, i));
        }
        try (Replica table = node.replicas().table(TABLE)) {
            table.apply(changes);
        }
    }

    /** A repair of this node with its peer, to its end. */
    private static RepairView repair(Node node) throws InterruptedException {
        first(node);
        return ended(
                node,
                node.repairs()
                        .start(new RepairRequest(TABLE, "other", null, true, null, null))
                        .id());
    }

    /** The repair that a node makes by itself when it starts. */
    private static RepairView first(Node node) throws InterruptedException {
        while (node.repairs().list().isEmpty()) {
            Thread.sleep(2);
        }
        return ended(node, node.repairs().list().getLast().id());
    }

    private static RepairView ended(Node node, String id) throws InterruptedException {
        RepairView view = node.repairs().get(id).orElseThrow();
        while (!view.isOver() || node.repairs().links().getFirst().running() != null) {
            Thread.sleep(2);
            view = node.repairs().get(id).orElseThrow();
        }
        return view;
    }

    private static long rows(Node node) {
        try (Replica table = node.replicas().table(TABLE)) {
            return table.info().count();
        }
    }

    private Comparison compared(Node one, Node other) {
        HttpReplicas far = new HttpReplicas(vertx, URI.create("http://127.0.0.1:" + other.port()));
        open.add(far);
        try (Replica mine = one.replicas().table(TABLE);
                Replica theirs = far.table(TABLE)) {
            return Verify.run(
                    mine,
                    theirs,
                    Verify.Options.DEFAULT.withSettle(1),
                    new Random(1)::nextLong,
                    Progress.NONE,
                    RepairBoard::pause);
        }
    }

    /** Two nodes that are the same; then 200 more rows, 20 changed and 30 deleted ones on both; B's copy is from before. */
    private int yesterday(Node a) throws Exception {
        fill(a, "m", 0, YESTERDAY);
        Node b = node("b", a.port());
        assertEquals(true, repair(b).same());
        stop(b);
        copy("b", "backup");
        b = node("b", a.port());
        fill(b, "m", YESTERDAY, YESTERDAY + 200); // written at B: it forgets them itself
        try (Replica table = b.replicas().table(TABLE)) {
            List<Change> changes = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                changes.add(new Change.Delete(uid("m", i), null));
            }
            for (int i = 30; i < 50; i++) {
                changes.add(put("m", i, -i));
            }
            table.apply(changes);
        }
        assertEquals(true, repair(b).same());
        stop(b);
        delete("b");
        copy("backup", "b");
        return YESTERDAY + 200 - 30;
    }

    @Test
    void aSideRestoredFromYesterdayLosesNothingAndIsNamed() throws Exception {
        Node a = node("a", 0);
        int rows = yesterday(a);
        Node b = node("b", a.port());
        RepairView first = first(b);
        assertEquals(true, first.same(), first.toString());
        assertEquals(rows, rows(a), "rows of A");
        assertEquals(rows, rows(b), "rows of B");
        assertNotNull(first.trouble(), "the restore is named");
        assertTrue(first.trouble().contains("restored"), first.trouble());
        assertEquals(0, first.changedThere(), "nothing changes on A");
        assertInstanceOf(Comparison.Same.class, compared(b, a));
        assertEquals(null, repair(b).trouble());
    }

    @Test
    void whatWasWrittenAfterTheRestoreGoesToTheOtherSide() throws Exception {
        Node a = node("a", 0);
        int rows = yesterday(a);
        Node b = node("b", a.port());
        fill(b, "new", 0, 150);
        fill(a, "meanwhile", 0, 25);
        RepairView first = first(b);
        assertTrue(String.valueOf(first.trouble()).contains("restored"), first.toString());
        assertEquals(true, repair(b).same());
        assertEquals(rows + 175, rows(a), "rows of A");
        assertEquals(rows + 175, rows(b), "rows of B");
        assertInstanceOf(Comparison.Same.class, compared(b, a));
        try (Replica table = a.replicas().table(TABLE)) {
            assertInstanceOf(
                    RowState.Live.class, table.states(List.of(uid("new", 149))).getFirst());
        }
    }

    @Test
    void twoThatWereStartedFromOneCopyAreKeptApart() throws Exception {
        Node a = node("a", 0);
        fill(a, "m", 0, 50);
        Node b = node("b", a.port());
        assertEquals(true, repair(b).same());
        stop(b);
        copy("b", "clone");
        b = node("b", a.port());
        fill(b, "b", 0, 10);
        assertEquals(true, repair(b).same());
        Node clone = node("clone", a.port());
        assertTrue(String.valueOf(first(clone).trouble()).contains("older copy")); // it may be a restored one
        fill(clone, "clone", 0, 10);
        RepairView refused = repair(b);
        assertEquals(RepairView.State.FAILED, refused.state(), refused.toString());
        assertTrue(String.valueOf(refused.trouble()).contains("twinroot identity --renew"), refused.trouble());
        stop(clone);
        stop(b);
        Identity.renew(directory.resolve("b"));
        b = node("b", a.port());
        assertEquals(true, repair(b).same());
        clone = node("clone", a.port());
        assertEquals(true, repair(clone).same());
        assertEquals(true, repair(b).same());
        for (Node each : List.of(a, b, clone)) {
            assertEquals(70, rows(each));
        }
    }

    @Test
    void aTwinIsRefusedAtOnceWhenItMeetsTheOther() throws Exception {
        Node a = node("a", 0);
        fill(a, "m", 0, 10);
        stop(a);
        copy("a", "twin");
        a = node("a", 0);
        Node twin = node("twin", a.port());
        RepairView refused = first(twin);
        assertEquals(RepairView.State.FAILED, refused.state(), refused.toString());
        assertTrue(String.valueOf(refused.trouble()).contains("twinroot identity --renew"), refused.trouble());
    }

    @Test
    void anEmptySideTakesAllAndEmptiesNobody() throws Exception {
        Node a = node("a", 0);
        fill(a, "m", 0, 300);
        Node b = node("b", a.port());
        assertEquals(true, repair(b).same());
        stop(b);
        delete("b"); // a new disk
        b = node("b", a.port());
        RepairView view = repair(b);
        assertEquals(true, view.same());
        assertEquals(0, view.changedThere());
        assertEquals(300, rows(a));
        assertEquals(300, rows(b));
    }

    @Test
    void manyRestartsAreNoNews() throws Exception {
        Node a = node("a", 0);
        fill(a, "m", 0, 10);
        for (int i = 0; i < 5; i++) {
            Node b = node("b", a.port());
            fill(b, "b", 10 * i, 10 * i + 10);
            RepairView view = repair(b);
            assertEquals(true, view.same());
            assertEquals(null, view.trouble());
            stop(b);
        }
        assertEquals(60, rows(a));
    }
}
