package io.twinroot.store;

import static io.twinroot.store.StoreFixture.apply;
import static io.twinroot.store.StoreFixture.body;
import static io.twinroot.store.StoreFixture.delete;
import static io.twinroot.store.StoreFixture.put;
import static io.twinroot.store.StoreFixture.uid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a change does, and what readers see of it. */
final class StoreTest {
    private static final Incarnation OTHER = new Incarnation(7, 7);

    @TempDir
    Path directory;

    private Store store;
    private StoreTable table;

    @BeforeEach
    void open() {
        store = StoreFixture.open(directory, StoreFixture.options(), FaultyDisk.quick());
        table = StoreFixture.table(store);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static Stamp stamp(long msAfterStart, int counter) {
        return new Stamp(
                ((StoreFixture.START_MS + msAfterStart) << 16) | counter, OTHER, 1_000_000 + msAfterStart + counter);
    }

    private static Change replicate(long i, Stamp stamp, long number) {
        return new Change.Replicate(new RowData(new Row.Live(uid(i), stamp, body(number)), null), null);
    }

    private static Change replicateDelete(long i, Stamp stamp) {
        return new Change.Replicate(new RowData(new Row.Tombstone(uid(i), stamp), null), null);
    }

    @Test
    void theSchemaVersionOfATableGoesUpAndNeverDown() throws IOException {
        TableName name = new TableName("t/versions");
        TableRules first = TableRules.excluding(List.of("seen")).ofSchema(1);
        StoreTable made = store.createTable(name, first);
        made.apply(List.of(StoreFixture.put(1, 1)));
        assertThrows(
                StoreException.class, () -> store.createTable(name, first.ofSchema(2)), "a peer's word is not enough");
        store.configureTable(name, first.ofSchema(3));
        assertEquals(3, made.rules().schema());
        assertEquals(3, made.info().rules().schema());
        for (TableRules refused : List.of(first, first.ofSchema(2), TableRules.DEFAULT.ofSchema(4))) {
            StoreException e = assertThrows(StoreException.class, () -> store.configureTable(name, refused));
            assertEquals(StoreException.Kind.RULES, e.kind());
        }
        store.close();
        open();
        assertEquals(3, store.table(name).rules().schema());
        store.close();
        Files.deleteIfExists(directory.resolve("view/MANIFEST")); // what the log alone says
        open();
        assertEquals(3, store.table(name).rules().schema());
        assertEquals(1, store.table(name).info().count());
    }

    @Test
    void stampsGrowAndCountWithoutGaps() {
        List<Outcome> outcomes = table.apply(List.of(put(1, 1), delete(9), put(2, 1), delete(1), put(1, 2)));
        assertEquals(new Outcome.Same(), outcomes.get(1));
        long seq = 1;
        Stamp last = null;
        for (Outcome outcome : outcomes) {
            if (outcome instanceof Outcome.Applied(Stamp stamp)) {
                assertEquals(seq++, stamp.seq());
                assertTrue(last == null || last.compareTo(stamp) < 0);
                last = stamp;
            }
        }
        assertEquals(5, seq);
        assertEquals(StoreFixture.START_MS, last.millis());
        assertEquals(last, table.info().newest());
        assertEquals(2, StoreFixture.number(table.snapshot(), 1));
        StoreFixture.check(table.snapshot());
    }

    @Test
    void whatIsNewIsListedInPagesThatLookAtSoManyRows() {
        for (long i = 0; i < 10; i++) {
            apply(table, i % 2 == 0 ? replicate(i, stamp(i, 0), i) : replicateDelete(i, stamp(i, 0)));
        }
        TableSnapshot snapshot = table.snapshot();
        long since = StoreFixture.START_MS + 7;
        TableSnapshot.Recently first = snapshot.recent(since, UidRange.ALL, 100, 5);
        assertEquals(new TableSnapshot.Recently(List.of(), List.of(), uid(5)), first);
        TableSnapshot.Recently rest = snapshot.recent(since, UidRange.from(uid(5)), 2, 5);
        assertEquals(List.of(uid(7), uid(8)), rest.uids());
        assertEquals(List.of(new RowState.Deleted(stamp(7, 0)), snapshot.state(uid(8))), rest.states());
        assertEquals(uid(9), rest.next());
        assertNull(snapshot.recent(since, UidRange.ALL, 100, 10).next());
    }

    @Test
    void aGuardHoldsOnlyForExactlyThatState() {
        RowState absent = new RowState.Absent();
        assertInstanceOf(Outcome.Applied.class, apply(table, new Change.Put(uid(1), body(1), null, absent)));
        RowState first = table.state(uid(1));
        assertEquals(new Outcome.ChangedMeanwhile(first), apply(table, new Change.Put(uid(1), body(2), null, absent)));
        List<Outcome> outcomes = table.apply(List.of(
                new Change.Put(uid(1), body(2), null, first),
                new Change.Put(uid(1), body(3), null, first),
                new Change.Delete(uid(1), first)));
        assertInstanceOf(Outcome.Applied.class, outcomes.get(0));
        RowState second = table.state(uid(1));
        assertEquals(new Outcome.ChangedMeanwhile(second), outcomes.get(1));
        assertEquals(new Outcome.ChangedMeanwhile(second), outcomes.get(2));
        assertInstanceOf(Outcome.Applied.class, apply(table, new Change.Delete(uid(1), second)));
        assertInstanceOf(RowState.Deleted.class, table.state(uid(1)));
    }

    @Test
    void aReplicatedWriteKeepsItsStampAndTheNewerOneWins() {
        Stamp old = stamp(-5000, 0);
        Stamp middle = stamp(-4000, 0);
        Stamp later = stamp(-3000, 0);
        assertEquals(new Outcome.Applied(middle), apply(table, replicate(1, middle, 1)));
        assertEquals(new Outcome.Same(), apply(table, replicate(1, middle, 1)));
        RowState held = table.state(uid(1));
        assertEquals(new Outcome.Older(held), apply(table, replicate(1, old, 2)));
        assertEquals(new Outcome.Older(held), apply(table, replicateDelete(1, old)));
        assertEquals(new Outcome.Applied(later), apply(table, replicateDelete(1, later)));
        assertEquals(new RowState.Deleted(later), table.state(uid(1)));
        assertEquals(new Outcome.Same(), apply(table, replicateDelete(1, later)));
        assertEquals(new Outcome.Older(table.state(uid(1))), apply(table, replicate(1, middle, 1)));
        assertEquals(new Outcome.Applied(stamp(-2999, 0)), apply(table, replicateDelete(2, stamp(-2999, 0))));
        assertEquals(0, table.info().count());
        assertEquals(2, table.info().tombstones());
        assertInstanceOf(Outcome.Applied.class, apply(table, put(2, 1)));
        assertEquals(1, table.info().tombstones());
        StoreFixture.check(table.snapshot());
    }

    @Test
    void aLocalWriteIsNewerThanAllThatWasSeen() {
        Stamp ahead = stamp(200_000, 3);
        apply(table, replicate(1, ahead, 1));
        Outcome.Applied applied = (Outcome.Applied) apply(table, put(1, 2));
        assertTrue(applied.stamp().compareTo(ahead) > 0);
        store.close();
        open();
        Outcome.Applied next = (Outcome.Applied) apply(table, put(2, 2));
        assertTrue(next.stamp().compareTo(applied.stamp()) > 0);
        assertEquals(1, next.stamp().seq());
    }

    @Test
    void aStampTooFarAheadIsParked() {
        Stamp limit = stamp(300_000, 0);
        Stamp beyond = stamp(300_001, 0);
        List<Outcome> outcomes = table.apply(List.of(replicate(1, beyond, 1), replicate(2, limit, 1)));
        assertTrue(outcomes.get(0) instanceof Outcome.Parked(String reason) && reason.contains("300001 ms ahead"));
        assertEquals(new Outcome.Applied(limit), outcomes.get(1));
        assertFalse(table.context().covers(beyond));
        assertTrue(table.context().covers(limit));
    }

    @Test
    void oneBadChangeDoesNotStopTheOthers() {
        Body big = new Body.Fields(Value.Mapping.of(Map.of("b", new Value.Bytes(new byte[Body.MAX_FIELDS_BYTES]))));
        Uid tooLong = Uid.bound(new byte[Uid.MAX_LENGTH + 1]);
        List<Outcome> outcomes = table.apply(List.of(
                new Change.Put(uid(1), big, null, null), new Change.Put(tooLong, body(1), null, null), put(2, 2)));
        assertInstanceOf(Outcome.Refused.class, outcomes.get(0));
        assertInstanceOf(Outcome.Refused.class, outcomes.get(1));
        assertInstanceOf(Outcome.Applied.class, outcomes.get(2));
        assertEquals(1, table.info().count());
    }

    @Test
    void excludedFieldsAreKeptAndNotHashed() {
        StoreTable loose = store.createTable(new TableName("loose"), TableRules.excluding(List.of("seen")));
        Body one = new Body.Fields(Value.Mapping.of(Map.of("a", new Value.Int(1), "seen", new Value.Int(1))));
        Body two = new Body.Fields(Value.Mapping.of(Map.of("a", new Value.Int(1), "seen", new Value.Int(2))));
        apply(loose, new Change.Put(uid(1), one, null, null));
        var root = loose.info().root();
        apply(loose, new Change.Put(uid(1), two, null, null));
        assertEquals(root, loose.info().root());
        assertEquals(two, ((Row.Live) loose.snapshot().row(uid(1)).row()).body());
        store.close();
        open();
        assertEquals(root, store.table(new TableName("loose")).info().root());
    }

    @Test
    void tablesAreMadeOnceAndKeptApart() {
        StoreTable second = store.createTable(new TableName("a"), TableRules.DEFAULT);
        apply(second, put(1, 1));
        assertEquals(0, table.info().count());
        assertEquals(
                second.info(),
                store.createTable(new TableName("a"), TableRules.DEFAULT).info());
        StoreException rules = assertThrows(
                StoreException.class, () -> store.createTable(new TableName("a"), TableRules.excluding(List.of("x"))));
        assertEquals(StoreException.Kind.RULES, rules.kind());
        StoreException unknown = assertThrows(StoreException.class, () -> store.table(new TableName("b")));
        assertEquals(StoreException.Kind.UNKNOWN_TABLE, unknown.kind());
        store.close();
        open();
        assertEquals(
                List.of("a", "t/rows"),
                store.tables().stream().map(t -> t.name().text()).toList());
        assertEquals(1, store.table(new TableName("a")).info().count());
    }

    @Test
    void rangesAreHalfOpen() {
        for (int i = 0; i < 50; i++) {
            apply(table, put(i, i));
        }
        apply(table, delete(12));
        apply(table, delete(20));
        TableSnapshot snapshot = table.snapshot();
        List<Uid> found = new ArrayList<>();
        snapshot.entries(new UidRange(uid(10), uid(20))).forEachRemaining(entry -> found.add(entry.uid()));
        assertEquals(9, found.size());
        assertEquals(uid(10), found.getFirst());
        assertEquals(uid(19), found.getLast());
        List<Row.Tombstone> tombstones = new ArrayList<>();
        snapshot.tombstones(new UidRange(uid(12), uid(20))).forEachRemaining(tombstones::add);
        assertEquals(
                List.of(uid(12)), tombstones.stream().map(Row.Tombstone::uid).toList());
        assertNull(snapshot.row(uid(99)));
        assertInstanceOf(Row.Tombstone.class, snapshot.row(uid(12)).row());
    }

    @Test
    void aSnapshotDoesNotMoveUnderWriters() throws Exception {
        store.close();
        store = StoreFixture.open(directory, StoreFixture.small(), FaultyDisk.quick());
        table = StoreFixture.table(store);
        List<Change> all = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            all.add(put(i, 0));
        }
        table.apply(all);
        CountDownLatch enough = new CountDownLatch(60);
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writers = new ArrayList<>();
            for (int w = 0; w < 3; w++) {
                int writer = w;
                writers.add(pool.submit(() -> {
                    for (int round = 1; enough.getCount() > 0; round++) {
                        List<Change> batch = new ArrayList<>(); // each batch gives all its rows one number
                        for (int i = writer; i < 600; i += 3) {
                            batch.add(put(i, round));
                        }
                        table.apply(batch);
                        enough.countDown();
                    }
                }));
            }
            while (enough.getCount() > 0) {
                TableSnapshot snapshot = table.snapshot();
                var root = StoreFixture.check(snapshot);
                for (int w = 0; w < 3; w++) {
                    long number = StoreFixture.number(snapshot, w);
                    for (int i = w; i < 600; i += 3) {
                        assertEquals(number, StoreFixture.number(snapshot, i));
                    }
                }
                assertEquals(root, StoreFixture.check(snapshot));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
    }

    @Test
    void waitingWritersShareOneForce() throws Exception {
        store.close();
        FaultyDisk disk = FaultyDisk.quick();
        store = StoreFixture.open(directory, StoreFixture.options(), disk);
        table = StoreFixture.table(store);
        int before = disk.forced.get();
        int writes = 400;
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Outcome>> done = new ArrayList<>();
            for (int i = 0; i < writes; i++) {
                int row = i;
                done.add(pool.submit(() -> apply(table, put(row, row))));
            }
            for (Future<Outcome> outcome : done) {
                assertInstanceOf(Outcome.Applied.class, outcome.get());
            }
        }
        assertTrue(
                disk.forced.get() - before < writes,
                (disk.forced.get() - before) + " forces for " + writes + " writes");
        assertEquals(writes, table.info().count());
        StoreFixture.check(table.snapshot());
    }

    @Test
    void afterClosingEachCallSaysSo() {
        apply(table, put(1, 1));
        TableSnapshot snapshot = table.snapshot();
        store.close();
        for (Runnable call : List.<Runnable>of(
                () -> apply(table, put(1, 1)),
                () -> store.tables(),
                () -> table.state(uid(1)),
                () -> snapshot.row(uid(1)),
                () -> store.createTable(new TableName("new"), TableRules.DEFAULT))) {
            assertEquals(
                    StoreException.Kind.CLOSED,
                    assertThrows(StoreException.class, call::run).kind());
        }
        store.close();
        assertNotEquals(0, snapshot.root().count());
    }
}
