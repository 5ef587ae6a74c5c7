package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.config.Config;
import io.twinroot.peer.Decision;
import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.ProblemSteps;
import io.twinroot.peer.ProblemView;
import io.twinroot.peer.RepairRequest;
import io.twinroot.peer.RepairView;
import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Mode;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.RowState;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guard that trips on two real nodes: what it holds, and how it goes on. */
final class HeldNodesTest {
    private static final TableName TABLE = new TableName("shop/orders");
    private static final int ROWS = 100;

    /** What the repairing node allows itself. */
    private static final int MOST = 5;

    /** What a node lets others do: a tenth of its rows. */
    private static final int TENTH = ROWS / 10;

    @TempDir
    private Path directory;

    private final List<Node> open = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Node a;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Node b;

    @BeforeEach
    void twoThatAreTheSame() throws InterruptedException {
        a = node("a", 0, MOST);
        a.replicas().create(TABLE, TableRules.DEFAULT).close();
        write(a, IntStream.range(0, ROWS).mapToObj(i -> put(i, 0)).toList());
        b = node("b", a.port(), MOST);
        assertEquals(true, first().same());
    }

    @AfterEach
    void close() {
        open.reversed().forEach(Node::close);
    }

    private Node node(String folder, int peerPort, int maxDeletes) {
        Config plain = Config.of(directory.resolve(folder), 0, List.of());
        List<Config.Peer> peers = peerPort == 0
                ? List.of()
                : List.of(new Config.Peer(
                        "a",
                        URI.create("http://127.0.0.1:" + peerPort),
                        List.of(),
                        Config.Direction.BOTH,
                        Duration.ofHours(1),
                        0,
                        Duration.ofMillis(1),
                        new Config.Retry(Duration.ofHours(1), Duration.ofHours(1)),
                        OptionalLong.of(maxDeletes),
                        1_000_000,
                        false));
        Node node = Node.start(new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                List.of(),
                peers,
                plain.limits(),
                plain.store(),
                plain.scrub()));
        open.add(node);
        return node;
    }

    /** B is started again. */
    private void restart(int maxDeletes) throws InterruptedException {
        open.remove(b);
        b.close();
        b = node("b", a.port(), maxDeletes);
        first();
    }

    private static Uid uid(int number) {
        return Uid.ofText("order-%03d".formatted(number));
    }

    private static Change put(int number, int value) {
        return new Change.Put(
                uid(number), new Body.Fields(Value.Mapping.of(Map.of("v", new Value.Int(value)))), null, null);
    }

    private static void write(Node node, List<Change> changes) {
        try (Replica table = node.replicas().table(TABLE)) {
            table.apply(changes);
        }
    }

    private static void delete(Node node, int from, int to) {
        write(
                node,
                IntStream.range(from, to)
                        .<Change>mapToObj(i -> new Change.Delete(uid(i), null))
                        .toList());
    }

    private static long rows(Node node) {
        try (Replica table = node.replicas().table(TABLE)) {
            return table.info().count();
        }
    }

    private static RowState state(Node node, int number) {
        try (Replica table = node.replicas().table(TABLE)) {
            return table.states(List.of(uid(number))).getFirst();
        }
    }

    private RepairView repair() throws InterruptedException {
        return ended(b.repairs()
                .start(new RepairRequest(TABLE, "a", null, true, null, null))
                .id());
    }

    /** The repair that B makes by itself when it starts. */
    private RepairView first() throws InterruptedException {
        while (b.repairs().list().isEmpty()) {
            Thread.sleep(2);
        }
        return ended(b.repairs().list().getLast().id());
    }

    private RepairView ended(String id) throws InterruptedException {
        while (!b.repairs().get(id).orElseThrow().isOver()
                || b.repairs().links().getFirst().running() != null) {
            Thread.sleep(2);
        }
        return b.repairs().get(id).orElseThrow();
    }

    private static ProblemControl problems(Node node) {
        return node.care().problems();
    }

    private static ProblemView only(Node node) {
        List<ProblemView> all = problems(node).list(false);
        assertEquals(1, all.size(), all.toString());
        assertEquals(ProblemView.Kind.GUARD, all.getFirst().kind());
        return all.getFirst();
    }

    private static ProblemView decide(Node node, String id, Decision decision) {
        return problems(node).decide(id, decision).orElseThrow().item();
    }

    private RepairView approve(String id) throws InterruptedException {
        decide(b, id, new Decision.Approve());
        return ended(b.repairs().list().stream()
                .filter(repair -> id.equals(repair.approves()))
                .findFirst()
                .orElseThrow()
                .id());
    }

    @Test
    void itTripsAtOneMoreAndNotBefore() throws InterruptedException {
        delete(a, 0, MOST);
        assertEquals(true, repair().same());
        assertEquals(List.of(), problems(b).list(true));
        delete(a, MOST, 2 * MOST + 1);
        RepairView stopped = repair();
        assertEquals(RepairView.State.FAILED, stopped.state());
        assertTrue(String.valueOf(stopped.trouble()).contains("twinroot approve g1 http://127.0.0.1:" + b.port()));
        assertEquals(ROWS - MOST, rows(b));
        ProblemView problem = only(b);
        assertEquals("g1", problem.id());
        assertTrue(problem.text().contains("would delete 6 of the 95 rows"), problem.text());
        assertTrue(problem.text().contains("here 0 new, 0 replaced, 6 deleted"), problem.text());
        assertTrue(problem.advice().contains("--reject g1"), problem.advice());
    }

    @Test
    void itTripsAtOneReplacedRowMoreThanAsked() throws InterruptedException {
        write(a, IntStream.range(0, 4).mapToObj(i -> put(i, 1)).toList());
        RepairRequest three = new RepairRequest(TABLE, "a", null, true, null, 3L);
        assertEquals(
                RepairView.State.FAILED, ended(b.repairs().start(three).id()).state());
        assertTrue(only(b).text().contains("would replace 4 rows"), only(b).text());
        RepairRequest four = new RepairRequest(TABLE, "a", null, true, null, 4L);
        assertEquals(true, ended(b.repairs().start(four).id()).same());
        assertEquals(List.of(), problems(b).list(false), "there is nothing left of it to be done");
    }

    @Test
    void whatIsHeldSurvivesARestartAndIsDoneWhenItIsApproved() throws InterruptedException {
        delete(a, 0, 20);
        write(a, List.of(put(50, 1), put(900, 1)));
        repair();
        restart(MOST); // repairs again at its start, and comes to the same plan
        ProblemView problem = only(b);
        assertEquals("g1", problem.id());
        assertTrue(problem.text().contains("it came up again at"), problem.text());
        ProblemSteps steps = problems(b).steps("g1").orElseThrow();
        assertEquals(Map.of("delete-here", 20L, "take", 2L), steps.counts());
        assertEquals(ProblemSteps.FIRST, steps.first().size());
        assertEquals(new ProblemSteps.Step("delete-here", uid(0)), steps.first().getFirst());
        RepairView done = approve("g1");
        assertEquals(RepairView.State.DONE, done.state(), String.valueOf(done.trouble()));
        assertEquals(true, done.same());
        assertEquals(22, done.changedHere());
        assertEquals(ROWS - 20 + 1, rows(b));
        assertEquals(List.of(), problems(b).list(false));
        ProblemView over = problems(b).get("g1").orElseThrow();
        assertEquals(ProblemView.State.RESOLVED, over.state());
        Path undo = directory.resolve("b/held/g1.undo.jsonl");
        assertTrue(over.text().contains("twinroot undo " + undo), over.text());
        assertTrue(Files.exists(undo));
        assertEquals(true, repair().same());
    }

    @Test
    void whatAnyModeFindsIsHeldAndItsApprovalIsNoSync() throws InterruptedException {
        delete(a, 0, 20);
        Instant sync = lastSync();
        Instant since = Instant.now().minus(Duration.ofHours(1));
        for (Mode mode : Mode.values()) {
            RepairRequest request = new RepairRequest(TABLE, "a", null, true, null, null);
            RepairView stopped = ended(b.repairs()
                    .start(request.in(mode, mode == Mode.INCREMENTAL ? since : null))
                    .id());
            assertEquals(RepairView.State.FAILED, stopped.state(), mode.word());
            assertTrue(String.valueOf(stopped.trouble()).contains("its plan is held as g1"), stopped.trouble());
            assertEquals("g1", only(b).id());
        }
        assertEquals(true, approve("g1").same());
        assertEquals(ROWS - 20, rows(b));
        assertEquals(sync, lastSync(), "an approval does not compare, so it brings no sync");
        assertEquals(true, repair().same());
        assertTrue(lastSync().isAfter(sync));
    }

    private Instant lastSync() {
        return Objects.requireNonNull(b.repairs().links().getFirst().lastSync());
    }

    @Test
    void exactlyWhatWasHeldIsDone() throws InterruptedException {
        delete(a, 0, 20);
        repair();
        write(b, List.of(put(3, 7))); // changed meanwhile
        delete(a, 20, 25); // not in the plan
        RepairView done = approve("g1");
        assertEquals(RepairView.State.DONE, done.state());
        assertTrue(
                String.valueOf(done.trouble()).contains("1 row changed since the plan was made")
                        && String.valueOf(done.trouble()).contains("order-003"),
                done.trouble());
        assertInstanceOf(RowState.Live.class, state(b, 3));
        assertInstanceOf(RowState.Live.class, state(b, 22));
        assertEquals(ROWS - 19, rows(b));
        assertEquals(List.of(), problems(b).list(false));
    }

    @Test
    void anotherPlanTakesThePlace() throws InterruptedException {
        delete(a, 0, 20);
        repair();
        delete(a, 20, 21);
        repair();
        assertEquals("g2", only(b).id());
        assertEquals(Optional.empty(), problems(b).decide("g1", new Decision.Approve()));
        assertEquals(ROWS, rows(b));
    }

    @Test
    void itGoesWhenThereIsNothingLeftToDo() throws InterruptedException {
        delete(a, 0, 20);
        repair();
        assertEquals("g1", only(b).id());
        delete(b, 0, 20);
        assertEquals(true, repair().same());
        assertEquals(List.of(), problems(b).list(false));
    }

    @Test
    void aRejectedPlanIsNotDone() throws InterruptedException {
        delete(a, 0, 20);
        repair();
        ReplicaException unfit =
                assertThrows(ReplicaException.class, () -> problems(b).decide("g1", new Decision.Accept()));
        assertTrue(String.valueOf(unfit.getMessage()).contains("approve or reject"), unfit.getMessage());
        decide(b, "g1", new Decision.Reject());
        assertEquals(List.of(), problems(b).list(false));
        assertEquals(Optional.empty(), problems(b).decide("g1", new Decision.Approve()));
        assertEquals(ROWS, rows(b));
    }

    @Test
    void anAlteredPlanIsRefusedByTheNameOfItsFile() throws Exception {
        delete(a, 0, 20);
        repair();
        Path file = directory.resolve("b/held/g1.jsonl");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        ReplicaException refused =
                assertThrows(ReplicaException.class, () -> problems(b).decide("g1", new Decision.Approve()));
        assertTrue(String.valueOf(refused.getMessage()).startsWith(file.toString()), refused.getMessage());
        assertEquals("g1", only(b).id());
        assertEquals(ROWS, rows(b));
    }

    @Test
    void aPlanOfAnotherTimeIsRefused() throws Exception {
        delete(a, 0, 20);
        repair();
        Path file = directory.resolve("b/held/g1.jsonl");
        byte[] whole = Files.readAllBytes(file);
        delete(a, 20, 30);
        repair();
        Files.write(directory.resolve("b/held/g2.jsonl"), whole);
        ReplicaException refused =
                assertThrows(ReplicaException.class, () -> problems(b).decide("g2", new Decision.Approve()));
        assertTrue(
                String.valueOf(refused.getMessage()).contains("is not the plan that was held"), refused.getMessage());
    }

    @Test
    void thePeersGuardHoldsItThereAndThenLetsItThrough() throws InterruptedException {
        restart(1_000);
        write(b, IntStream.range(1_000, 4_000).mapToObj(i -> put(i, 1)).toList());
        write(b, List.of(put(40, 1)));
        delete(b, 0, 2 * TENTH + 1);
        RepairView stopped = repair();
        assertEquals(RepairView.State.FAILED, stopped.state());
        assertEquals(List.of(), problems(b).list(false), "it is held where the guard is");
        ProblemView there = only(a);
        assertTrue(
                String.valueOf(stopped.trouble())
                        .contains("twinroot approve " + there.id() + " http://127.0.0.1:" + a.port()),
                stopped.trouble());
        repair();
        assertEquals(there.id(), only(a).id(), "the same is held once");
        assertEquals(
                Map.of("delete", 2L * TENTH + 1, "replace", 1L, "new", 3_000L),
                problems(a).steps(there.id()).orElseThrow().counts());
        assertEquals(ROWS, rows(a));
        assertEquals(
                ProblemView.State.RESOLVED,
                decide(a, there.id(), new Decision.Approve()).state());
        assertEquals(true, repair().same());
        assertEquals(ROWS - 2 * TENTH - 1 + 3_000, rows(a));
        assertEquals(List.of(), problems(a).list(false));
    }

    @Test
    void aPlanThatThePeerStopsStaysAndGoesOnWhenBothHaveApprovedIt() throws InterruptedException {
        delete(b, 0, TENTH + 1);
        repair();
        RepairView stopped = approve(only(b).id());
        assertEquals(RepairView.State.FAILED, stopped.state());
        ProblemView here = only(b);
        assertTrue(here.text().contains("did not come to its end"), here.text());
        decide(a, only(a).id(), new Decision.Approve());
        RepairView done = approve(here.id());
        assertEquals(RepairView.State.DONE, done.state(), String.valueOf(done.trouble()));
        assertEquals(ROWS - TENTH - 1, rows(a));
        assertEquals(List.of(), problems(b).list(false));
    }

    @Test
    void oneThatIsStoppedWaitsOn() throws Exception {
        delete(a, 0, 20);
        repair();
        open.remove(b);
        b.close();
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            b = node("b", silent.getLocalPort(), MOST);
            decide(b, "g1", new Decision.Approve());
            ReplicaException busy = assertThrows(ReplicaException.class, () -> decide(b, "g1", new Decision.Approve()));
            assertEquals(ReplicaException.Kind.BUSY, busy.kind());
            busy = assertThrows(ReplicaException.class, () -> decide(b, "g1", new Decision.Reject()));
            assertTrue(String.valueOf(busy.getMessage()).contains("stop that repair first"), busy.getMessage());
            String id = b.repairs().list().getFirst().id();
            assertTrue(b.repairs().stop(id).isPresent());
            assertEquals(RepairView.State.STOPPED, ended(id).state());
            assertTrue(only(b).text().contains("did not come to its end: stopped by request"), only(b).text());
        }
        restart(MOST);
        assertEquals(RepairView.State.DONE, approve("g1").state());
        assertEquals(ROWS - 20, rows(b));
    }

    @Test
    void whatWasDoneAlreadyIsNoHindrance() throws InterruptedException {
        delete(a, 0, 20);
        write(a, List.of(put(60, 1)));
        write(b, List.of(put(901, 1)));
        repair();
        try (Replica from = a.replicas().table(TABLE);
                Replica to = b.replicas().table(TABLE)) {
            List<Change> some = new ArrayList<>();
            try (RowCursor rows = from.fetch(List.of(uid(0), uid(1), uid(60)))) {
                while (rows.hasNext()) {
                    some.add(new Change.Replicate(rows.next(), null));
                }
            }
            to.apply(some); // as an attempt that ended in the middle would have left it
        }
        RepairView done = approve("g1");
        assertEquals(RepairView.State.DONE, done.state());
        assertEquals(null, done.trouble());
        assertEquals(true, done.same());
        assertEquals(ROWS - 20 + 1, rows(b));
    }

    @Test
    void whatChangesNothingNeverTrips() {
        try (Replica table = a.replicas().table(TABLE)) {
            String ticket = table.announce(new Intent("x", List.of(), List.of(), 1_000_000, List.of()));
            assertTrue(!ticket.isEmpty());
        }
        assertEquals(List.of(), problems(a).list(true));
    }
}
