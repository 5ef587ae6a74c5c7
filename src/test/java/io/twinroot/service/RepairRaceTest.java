package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Repair;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.reconcile.Terms;
import io.twinroot.reconcile.Verify;
import io.twinroot.store.KeptQuery;
import io.twinroot.store.KeptRow;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.table.Versions;
import io.twinroot.tree.Salt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Repairs between two real stores while somebody writes the same rows: no acknowledged write is lost. */
class RepairRaceTest {
    private static final TableName TABLE = new TableName("t");
    private static final int WRITES = 10_000;

    /** Writers go on until so many repairs have raced with them. */
    private static final int RACES = 20;

    private static final int ROWS = 200;
    private static final int SHARED_WRITES = 3_000;
    private static final int SHARED_ROWS = 100;
    private static final Guards LOOSE = new Guards(1_000_000, OptionalLong.of(1_000_000));

    @TempDir
    private Path directory;

    private StoreReplicas open(String name) {
        return StoreReplicas.open(
                directory.resolve(name), StoreReplicas.options(Salt.PUBLISHED).force(false));
    }

    private static Uid uid(int row) {
        return Uid.ofText("row%04d".formatted(row));
    }

    private static RepairReport repair(Replica mine, Replica theirs, long seed) {
        return Repair.run(
                mine,
                theirs,
                Terms.of(Direction.BOTH, LOOSE, "the test"),
                Verify.Options.DEFAULT.withSettle(0),
                new Random(seed)::nextLong,
                Progress.NONE,
                millis -> {});
    }

    private static Map<Uid, Long> values(Replica replica) {
        Map<Uid, Long> values = new HashMap<>();
        try (RowCursor rows = replica.rows(io.twinroot.table.UidRange.ALL)) {
            while (rows.hasNext()) {
                if (rows.next().row() instanceof Row.Live(Uid uid, var stamp, Body.Fields(var fields), var past)
                        && fields.values().get("n") instanceof Value.Int(long n)) {
                    values.put(uid, n);
                }
            }
        }
        return values;
    }

    @Test
    void noWriteOfAWriterIsLostToARepair() throws Exception {
        long seed = new Random().nextLong();
        try (StoreReplicas one = open("one");
                StoreReplicas other = open("other")) {
            Replica mine = one.create(TABLE, TableRules.DEFAULT);
            Replica theirs = other.create(TABLE, TableRules.DEFAULT);
            Map<Uid, Long> last = new HashMap<>();
            AtomicInteger raced = new AtomicInteger();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread writer = Thread.ofPlatform().start(() -> {
                try {
                    Random random = new Random(seed);
                    for (long n = 1; n <= WRITES || raced.get() < RACES; n++) {
                        // of each row one side is the writer's, so that none of its writes is concurrent with another
                        int row = random.nextInt(ROWS);
                        Body body = new Body.Fields(Value.Mapping.of(Map.of("n", new Value.Int(n))));
                        Outcome outcome = (row % 2 == 0 ? mine : theirs)
                                .apply(List.of(new Change.Put(uid(row), body, null, null)))
                                .getFirst();
                        assertTrue(outcome instanceof Outcome.Applied, () -> "seed " + seed + ": " + outcome);
                        last.put(uid(row), n);
                    }
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
            List<RepairReport> reports = new ArrayList<>();
            while (writer.isAlive()) {
                reports.add(repair(mine, theirs, seed + reports.size()));
                raced.incrementAndGet();
            }
            writer.join();
            if (failure.get() != null) {
                throw new AssertionError("seed " + seed, failure.get());
            }
            assertTrue(repair(mine, theirs, seed).same(), "seed " + seed);
            assertEquals(last, values(mine), () -> "seed " + seed + ", after " + reports.size() + " repairs");
            assertEquals(last, values(theirs), "seed " + seed);
            assertEquals(
                    List.of(),
                    reports.stream()
                            .flatMap(report -> report.conflicts().stream())
                            .toList(),
                    "seed " + seed);
        }
    }

    /** Which write each write had seen: what it replaced, as its writer said. */
    private static final class Writes {
        private final Map<Stamp, Uid> rows = new ConcurrentHashMap<>();
        private final Set<Stamp> deletes = ConcurrentHashMap.newKeySet();
        private final Set<Stamp> replaced = ConcurrentHashMap.newKeySet();

        /** Writes one of the rows, once it is as it was when it was looked at. */
        void write(Replica replica, Random random, long n) {
            Uid uid = uid(random.nextInt(SHARED_ROWS));
            while (true) {
                RowState state = replica.states(List.of(uid)).getFirst();
                boolean deletes = state instanceof RowState.Live && random.nextInt(8) == 0;
                Body body = new Body.Fields(Value.Mapping.of(Map.of("n", new Value.Int(n))));
                Change change = deletes ? new Change.Delete(uid, state) : new Change.Put(uid, body, null, state);
                Outcome outcome = replica.apply(List.of(change)).getFirst();
                if (outcome instanceof Outcome.Applied(Stamp stamp)) {
                    rows.put(stamp, uid);
                    Versions.stamp(state).ifPresent(replaced::add);
                    if (deletes) {
                        this.deletes.add(stamp);
                    }
                    return;
                }
                assertTrue(outcome instanceof Outcome.ChangedMeanwhile, outcome::toString);
            }
        }

        /** Versions with a body that nobody had seen who wrote the row after them. */
        Map<Stamp, Uid> unreplaced() {
            Map<Stamp, Uid> last = new HashMap<>(rows);
            last.keySet().removeAll(replaced);
            last.keySet().removeAll(deletes);
            return last;
        }
    }

    /** What lost, whole; also where a later write of a store that had both sides has ended the conflict. */
    private static Set<Stamp> conflicts(StoreReplicas replicas) {
        Set<Stamp> stamps = new HashSet<>();
        KeptQuery query = KeptQuery.of(Set.of(KeptRow.Kind.CONFLICT)).withEnded(true);
        List<KeptRow> page = replicas.store().kept().list(query);
        while (!page.isEmpty()) {
            for (KeptRow kept : page) {
                assertTrue(replicas.store().kept().get(kept.id()).isPresent(), kept::id);
                stamps.add(kept.stamp());
            }
            query = query.page(page.getLast().number(), KeptQuery.LIMIT_MAX);
            page = replicas.store().kept().list(query);
        }
        return stamps;
    }

    @Test
    void ofTwoWhoWriteTheSameRowsNoWriteVanishes() throws Exception {
        long seed = new Random().nextLong();
        try (StoreReplicas one = open("one");
                StoreReplicas other = open("other")) {
            Replica mine = one.create(TABLE, TableRules.DEFAULT);
            Replica theirs = other.create(TABLE, TableRules.DEFAULT);
            Writes writes = new Writes();
            AtomicInteger raced = new AtomicInteger();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> writers = new ArrayList<>();
            for (Replica side : List.of(mine, theirs)) {
                int first = writers.size();
                writers.add(Thread.ofPlatform().start(() -> {
                    try {
                        Random random = new Random(seed + first);
                        for (long n = first; n < SHARED_WRITES || raced.get() < RACES; n += 2) {
                            writes.write(side, random, n);
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            while (writers.stream().anyMatch(Thread::isAlive)) {
                repair(mine, theirs, seed + raced.getAndIncrement());
            }
            for (Thread writer : writers) {
                writer.join();
            }
            if (failure.get() != null) {
                throw new AssertionError("seed " + seed, failure.get());
            }
            assertTrue(repair(mine, theirs, seed).same(), "seed " + seed);
            assertEquals(values(mine), values(theirs), "seed " + seed);
            assertEquals(mine.info().root(), theirs.info().root(), "seed " + seed);
            assertTrue(writes.rows.size() >= SHARED_WRITES);
            Set<Stamp> kept = conflicts(one);
            kept.addAll(conflicts(other));
            Map<Stamp, Uid> vanished = writes.unreplaced();
            vanished.keySet().removeAll(kept);
            vanished.entrySet()
                    .removeIf(write -> mine.states(List.of(write.getValue())).getFirst() instanceof RowState.Live live
                            && live.stamp().equals(write.getKey()));
            assertEquals(
                    List.of(),
                    vanished.entrySet().stream().limit(5).toList(),
                    () -> vanished.size() + " writes vanished, seed " + seed + ", kept: " + kept.size());
            assertTrue(kept.size() > 10, "only " + kept.size() + " conflicts");
        }
    }
}
