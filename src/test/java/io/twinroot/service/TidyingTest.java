package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.peer.ProblemView;
import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Meeting;
import io.twinroot.reconcile.Met;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Proposal;
import io.twinroot.reconcile.Repair;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Terms;
import io.twinroot.reconcile.Verify;
import io.twinroot.store.StoreOptions;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.tree.Salt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What all others know is forgotten after the retention, and not before; on real stores, with a clock of the test. */
final class TidyingTest {
    private static final TableName TABLE = new TableName("mail/inbox");
    private static final Duration RETENTION = Duration.ofDays(30);
    private static final Uid ROW = Uid.ofText("row");

    @TempDir
    private Path directory;

    private final List<StoreReplicas> open = new ArrayList<>();
    private long nowMs = 1_800_000_000_000L;
    private int lives;

    @AfterEach
    void close() {
        open.forEach(StoreReplicas::close);
    }

    private StoreReplicas store(String name) {
        StoreOptions options =
                StoreOptions.of(() -> nowMs, Incarnation.of(name.hashCode(), nowMs, ++lives), Salt.PUBLISHED);
        StoreReplicas store = StoreReplicas.open(directory.resolve(name), options, RETENTION);
        open.add(store);
        store.create(TABLE, TableRules.DEFAULT).close();
        return store;
    }

    private void close(StoreReplicas store) {
        open.remove(store);
        store.close();
    }

    private void wait(int days) {
        nowMs += Duration.ofDays(days).toMillis();
    }

    private static void apply(StoreReplicas store, Change change) {
        try (Replica table = store.table(TABLE)) {
            table.apply(List.of(change));
        }
    }

    private static Change put(Uid uid, int value) {
        return new Change.Put(uid, new Body.Fields(Value.Mapping.of(Map.of("v", new Value.Int(value)))), null, null);
    }

    private static Meeting meet(StoreReplicas one, StoreReplicas other) {
        try (Replica mine = one.table(TABLE);
                Replica theirs = other.table(TABLE)) {
            return Meeting.of(mine, theirs);
        }
    }

    private static void repair(StoreReplicas one, StoreReplicas other) {
        try (Replica mine = one.table(TABLE);
                Replica theirs = other.table(TABLE)) {
            Meeting meeting = Meeting.of(mine, theirs);
            Comparison found = Verify.run(
                    mine, theirs, Verify.Options.DEFAULT.withSettle(0), () -> 1, Progress.NONE, millis -> {});
            Terms terms = Terms.of(Direction.BOTH, new Guards(1_000, java.util.OptionalLong.of(1_000)), "a test");
            Proposal proposal = Proposal.of(mine, theirs, meeting, found, terms, Progress.NONE);
            assertTrue(Repair.apply(proposal, mine, theirs, Progress.NONE).same());
        }
    }

    private static long deletes(StoreReplicas store) {
        return store.store().counts().get(TABLE).tombstones();
    }

    private static Context context(StoreReplicas store) {
        return store.store().table(TABLE).context();
    }

    @Test
    void aDeleteGoesWhenBothHaveSeenItAndTheRetentionIsOver() {
        StoreReplicas a = store("a");
        StoreReplicas b = store("b");
        apply(a, put(ROW, 1));
        repair(a, b);
        apply(a, new Change.Delete(ROW, null));
        repair(a, b);
        wait(29);
        repair(a, b);
        assertEquals(0, a.meetings().clean(TABLE));
        assertEquals(1, deletes(a));
        wait(2);
        assertEquals(1, a.meetings().clean(TABLE));
        assertEquals(0, deletes(a));
        assertEquals(1, deletes(b));
        repair(a, b);
        assertEquals(0, deletes(a), "it does not come back");
    }

    @Test
    void aDeleteStaysWhileANodeThatWasMetHasNotSeenIt() {
        StoreReplicas a = store("a");
        StoreReplicas b = store("b");
        StoreReplicas c = store("c");
        apply(a, put(ROW, 1));
        repair(a, b);
        repair(a, c);
        apply(a, new Change.Delete(ROW, null));
        repair(a, b);
        wait(20);
        meet(a, c);
        wait(11);
        repair(a, b);
        assertEquals(0, a.meetings().clean(TABLE));
        repair(a, c);
        meet(a, c);
        assertEquals(1, a.meetings().clean(TABLE));
    }

    @Test
    void nobodyWaitsForANodeThatIsAwayForLonger() {
        StoreReplicas a = store("a");
        StoreReplicas c = store("c");
        apply(a, put(ROW, 1));
        repair(a, c);
        apply(a, new Change.Delete(ROW, null));
        wait(31);
        assertEquals(1, a.meetings().clean(TABLE));
        Meeting meeting = meet(c, a);
        assertEquals(Met.Standing.BEHIND, meeting.mine().standing());
        assertTrue(meeting.mine().notes().toString().contains("longer than deletes are remembered"));
        assertEquals(1, c.meetings().problems().list(false).size());
        repair(c, a);
        assertEquals(List.of(), c.meetings().problems().list(false));
        try (Replica table = c.table(TABLE)) {
            assertEquals(0, table.info().count(), "what was deleted meanwhile is not brought back");
        }
    }

    @Test
    void tidyingIsDoneByItself() throws InterruptedException {
        StoreReplicas a = store("a");
        StoreReplicas b = store("b");
        apply(a, put(ROW, 1));
        apply(a, new Change.Delete(ROW, null));
        repair(a, b);
        wait(31);
        meet(a, b); // now it is known that B has it
        Rounds.Pace pace = new Rounds.Pace(Duration.ofDays(1), Duration.ofMillis(10));
        try (Tidying tidying = new Tidying(a.store(), a.meetings(), pace)) {
            tidying.begin();
            tidying.look();
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (deletes(a) > 0) {
                assertTrue(System.nanoTime() < end, "it is still there");
                Thread.sleep(2);
            }
        }
    }

    private Context manyLives(long line, int count) {
        Context.Editor context = Context.EMPTY.edit();
        for (int i = 0; i < count; i++) {
            context.addUpTo(life(line, i), 3);
        }
        return context.context();
    }

    private Incarnation life(long line, int number) {
        return Incarnation.of(line, 1_800_000_000_000L - Duration.ofDays(60).toMillis() + 60_000L * number, number);
    }

    @Test
    void thousandsOfLivesBecomeOneEntry() {
        StoreReplicas a = store("a");
        StoreReplicas b = store("b");
        long line = a.store().incarnation().high();
        Context before = manyLives(line, 2_000);
        a.store().table(TABLE).absorb(before);
        assertEquals(0, a.meetings().fold(TABLE), "nobody was met");
        repair(a, b);
        assertTrue(context(b).size() >= 2_000);
        meet(a, b);
        assertEquals(1_999, a.meetings().fold(TABLE), "the last one ended when the store was opened, just now");
        assertTrue(context(a).size() <= 3, context(a).toString());
        assertTrue(context(a).coversAll(before));
        assertFalse(context(a).covers(new Stamp(1, life(line, 1_999), 4)), "nothing is claimed that was not seen");
        repair(a, b);
        assertTrue(context(b).size() <= 3, context(b).toString());
        assertEquals(0, a.meetings().fold(TABLE));
    }

    @Test
    void aLifeThatSomebodyHasNotSeenIsNotFolded() {
        StoreReplicas a = store("a");
        StoreReplicas b = store("b");
        long line = a.store().incarnation().high();
        a.store().table(TABLE).absorb(manyLives(line, 10));
        b.store().table(TABLE).absorb(manyLives(line, 4));
        meet(a, b);
        assertEquals(4, a.meetings().fold(TABLE));
    }

    @Test
    void aLifeThatOnlyOthersKnowIsNotFolded() {
        StoreReplicas a = store("a");
        StoreReplicas b = store("b");
        long line = a.store().incarnation().high();
        a.store().table(TABLE).absorb(manyLives(line, 4));
        b.store().table(TABLE).absorb(manyLives(line, 10));
        assertEquals(Met.Standing.BEHIND, meet(a, b).mine().standing());
        assertEquals(0, a.meetings().fold(TABLE), "it lacks writes of its own");
    }

    @Test
    void aCopyFromBeforeTheFoldIsStillFoundOut() throws Exception {
        StoreReplicas a = store("a");
        StoreReplicas b = store("b");
        apply(a, put(ROW, 1));
        repair(a, b);
        close(a);
        copy("a", "backup");
        for (int i = 0; i < 3; i++) { // then it goes on
            wait(20);
            a = store("a");
            apply(a, put(Uid.ofText("later-" + i), i));
            repair(a, b);
            close(a);
        }
        a = store("a");
        repair(a, b);
        assertTrue(a.meetings().fold(TABLE) > 0);
        repair(a, b);
        assertEquals(Met.Standing.CURRENT, meet(a, b).mine().standing());
        close(a);
        Files.move(directory.resolve("a"), directory.resolve("lost"));
        Files.move(directory.resolve("backup"), directory.resolve("a"));

        a = store("a");
        Meeting meeting = meet(a, b);
        assertEquals(Met.Standing.BEHIND, meeting.mine().standing());
        assertTrue(
                meeting.mine().notes().toString().contains("restored from an older copy: it lacks writes of its own"),
                meeting.mine().notes().toString());
        ProblemView problem = a.meetings().problems().list(false).getFirst();
        assertEquals(ProblemView.Kind.RESTORED, problem.kind());
        repair(a, b);
        assertEquals(List.of(), a.meetings().problems().list(false));
        assertEquals(
                ProblemView.State.HEALED,
                a.meetings().problems().get(problem.id()).orElseThrow().state());
        try (Replica table = a.table(TABLE)) {
            assertEquals(4, table.info().count());
        }
    }

    private void copy(String from, String to) throws Exception {
        Path source = directory.resolve(from);
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Files.copy(
                        file,
                        directory.resolve(to).resolve(source.relativize(file).toString()));
            }
        }
    }
}
