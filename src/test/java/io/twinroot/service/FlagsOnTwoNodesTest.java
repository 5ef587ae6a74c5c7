package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.carry.DurableFile;
import io.twinroot.carry.Ending;
import io.twinroot.carry.Export;
import io.twinroot.carry.Import;
import io.twinroot.config.Config;
import io.twinroot.peer.HttpReplicas;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Repair;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.reconcile.Terms;
import io.twinroot.reconcile.Verify;
import io.twinroot.store.KeptRow;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A message is flagged. At one node it is answered, at the other it is read and the mark taken away, while neither
 * hears of the other. However the two come together, it is answered and read on both.
 */
class FlagsOnTwoNodesTest {
    private static final TableName MAIL = new TableName("mail/inbox");
    private static final Uid MESSAGE = Uid.ofText("message-7");

    @TempDir
    private Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Map<String, Integer> ports = new LinkedHashMap<>();

    @BeforeEach
    void choosePorts() throws IOException {
        try (ServerSocket a = new ServerSocket(0);
                ServerSocket b = new ServerSocket(0)) {
            ports.put("a", a.getLocalPort());
            ports.put("b", b.getLocalPort());
        }
    }

    @AfterEach
    void close() throws Exception {
        nodes.values().forEach(Node::close);
        vertx.close().toCompletionStage().toCompletableFuture().get();
    }

    private void start(String name, Config.Peer... peers) {
        Config plain = Config.of(directory.resolve(name), ports.get(name), List.of(MAIL));
        Node node = Node.start(new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                plain.tables(),
                List.of(peers),
                plain.limits(),
                plain.store(),
                plain.scrub()));
        nodes.put(name, node);
        node.replicas().create(MAIL, TableRules.DEFAULT).close();
    }

    private void stop(String name) {
        nodes.remove(name).close();
    }

    /** Followed by its feed; a repair is due at the start and then in six hours. */
    private Config.Peer followed(String name) {
        return new Config.Peer(
                name,
                URI.create("http://127.0.0.1:" + ports.get(name)),
                List.of(),
                Config.Direction.PULL,
                Duration.ofHours(6),
                0,
                Duration.ZERO,
                new Config.Retry(Duration.ofMillis(50), Duration.ofMillis(200)),
                OptionalLong.empty(),
                1_000_000,
                true);
    }

    private HttpReplicas far(String name) {
        return new HttpReplicas(vertx, URI.create("http://127.0.0.1:" + ports.get(name)));
    }

    private void change(String name, Change change) {
        try (HttpReplicas far = far(name);
                Replica mail = far.table(MAIL)) {
            Outcome outcome = mail.apply(List.of(change)).getFirst();
            assertTrue(outcome instanceof Outcome.Applied, outcome::toString);
        }
    }

    private static Change flag(List<String> add, List<String> remove) {
        return new Change.Flag(MESSAGE, "flags", add, remove, null);
    }

    private void flaggedAt(String name) {
        Body body = new Body.Fields(Value.Mapping.of(Map.of("subject", new Value.Text("hello"))));
        change(name, new Change.Put(MESSAGE, body, null, null));
        change(name, flag(List.of("\\Flagged"), List.of()));
    }

    private void answeredAtA() {
        change("a", flag(List.of("\\Answered"), List.of()));
    }

    private void readAtB() {
        change("b", flag(List.of("\\Seen"), List.of("\\Flagged")));
    }

    private Map<String, List<String>> flags(String name) {
        try (Replica mail = nodes.get(name).replicas().table(MAIL);
                RowCursor rows = mail.rows(UidRange.ALL)) {
            return rows.hasNext() ? ((Row.Live) rows.next().row()).marks().flags() : Map.of();
        }
    }

    private void areAnsweredAndSeen() {
        for (Map.Entry<String, Node> node : nodes.entrySet()) {
            assertEquals(Map.of("flags", List.of("\\Seen", "\\Answered")), flags(node.getKey()), node.getKey());
            assertEquals(
                    0L,
                    node.getValue().replicas().store().kept().counts().getOrDefault(KeptRow.Kind.CONFLICT, 0L),
                    node.getKey());
        }
        assertEquals(root("a"), root("b"));
    }

    private Object root(String name) {
        try (Replica mail = nodes.get(name).replicas().table(MAIL)) {
            return mail.info().root();
        }
    }

    private void awaitFlags(String name, Set<String> wanted) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!Set.copyOf(flags(name).getOrDefault("flags", List.of())).equals(wanted)) {
            assertTrue(System.nanoTime() < end, () -> name + " has " + flags(name) + ", not " + wanted);
            Thread.sleep(2);
        }
    }

    @Test
    void byTheFeed() throws Exception {
        start("a", followed("b"));
        start("b", followed("a"));
        flaggedAt("a");
        awaitFlags("b", Set.of("\\Flagged"));
        stop("b");
        answeredAtA();
        stop("a");
        start("b", followed("a"));
        readAtB();
        start("a", followed("b"));
        awaitFlags("a", Set.of("\\Answered", "\\Seen"));
        awaitFlags("b", Set.of("\\Answered", "\\Seen"));
        areAnsweredAndSeen();
    }

    private void repair() {
        try (HttpReplicas a = far("a");
                HttpReplicas b = far("b");
                Replica mine = a.table(MAIL);
                Replica theirs = b.table(MAIL)) {
            Repair.run(
                    mine,
                    theirs,
                    Terms.of(Direction.BOTH, new Guards(100, OptionalLong.of(100)), "the test"),
                    Verify.Options.DEFAULT.withSettle(0),
                    new Random(7)::nextLong,
                    Progress.NONE,
                    millis -> {});
        }
    }

    @Test
    void byARepair() {
        start("a");
        start("b");
        flaggedAt("a");
        repair();
        assertEquals(Map.of("flags", List.of("\\Flagged")), flags("b"));
        answeredAtA();
        readAtB();
        repair();
        areAnsweredAndSeen();
    }

    private Path exported(String from, String file) throws IOException {
        Path path = directory.resolve(file);
        try (HttpReplicas far = far(from);
                DurableFile out = DurableFile.create(path, false)) {
            Export.begin(far, from, null, Set.of()).write(out, Instant.EPOCH, Progress.NONE);
        }
        return path;
    }

    private void imported(Path file, String to) throws IOException {
        try (HttpReplicas far = far(to)) {
            Ending ending = new Import(far, false, Set.of()).run(Files.newInputStream(file), Progress.NONE);
            assertEquals(new Ending.Whole(), ending);
        }
    }

    @Test
    void byFiles() throws IOException {
        start("a");
        start("b");
        flaggedAt("a");
        imported(exported("a", "base"), "b");
        assertEquals(Map.of("flags", List.of("\\Flagged")), flags("b"));
        answeredAtA();
        readAtB();
        Path fromA = exported("a", "from-a");
        Path fromB = exported("b", "from-b");
        imported(fromB, "a");
        imported(fromA, "b");
        areAnsweredAndSeen();
        imported(fromA, "a"); // once more, and late
        imported(fromA, "b");
        imported(fromB, "b");
        areAnsweredAndSeen();
    }
}
