package io.twinroot.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Context;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/** What becomes of two copies when one of them comes out of a backup, loses rows, or was away for long. */
class RestoreStoriesTest {
    private static final TableName TABLE = new TableName("t");
    private static final Guards GUARDS = Guards.DEFAULT;
    private static final Guards LOOSE = new Guards(Long.MAX_VALUE, OptionalLong.of(Long.MAX_VALUE));

    private final LongSupplier random = new Random(1)::nextLong;
    private final MemoryReplicas placeA = MemoryReplicas.numbered(1);
    private MemoryReplicas placeB = MemoryReplicas.numbered(2);
    private final Replica a = placeA.create(TABLE, TableRules.DEFAULT);
    private Replica b = placeB.create(TABLE, TableRules.DEFAULT);

    private static Change put(int key, int value) {
        return new Change.Put(uid(key), body(value), null, null);
    }

    private static Body body(int value) {
        return new Body.Fields(Value.Mapping.of(Map.of("v", new Value.Int(value))));
    }

    private static Uid uid(int key) {
        return Uid.ofText("k" + (100_000 + key));
    }

    private static Change delete(int key) {
        return new Change.Delete(uid(key), null);
    }

    private static void write(Replica side, int from, int to, int value) {
        List<Change> changes = new ArrayList<>();
        for (int key = from; key < to; key++) {
            changes.add(put(key, value));
        }
        for (int at = 0; at < changes.size(); at += Replica.MAX_BATCH) {
            side.apply(changes.subList(at, Math.min(changes.size(), at + Replica.MAX_BATCH)));
        }
    }

    private RepairReport repair() {
        return repair(Terms.of(Direction.BOTH, GUARDS, "test"));
    }

    private RepairReport repair(Terms terms) {
        return repair(a, b, terms);
    }

    private RepairReport repair(Replica mine, Replica theirs, Terms terms) {
        return Repair.run(
                mine, theirs, terms, Verify.Options.DEFAULT.withSettle(0), random, Progress.NONE, millis -> {});
    }

    private static Map<Uid, Body> rows(Replica side) {
        Map<Uid, Body> rows = new TreeMap<>();
        try (RowCursor cursor = side.rows(UidRange.ALL)) {
            cursor.forEachRemaining((RowData data) -> rows.put(data.row().uid(), ((Row.Live) data.row()).body()));
        }
        return rows;
    }

    private void restore(MemoryReplicas backup) {
        placeB = backup;
        b = placeB.table(TABLE);
    }

    private static void assertWhole(RepairReport report) {
        assertTrue(report.same(), report.toString());
        assertTrue(report.complete(), report.toString());
        assertEquals(List.of(), report.meanwhile());
        assertEquals(List.of(), report.refused());
    }

    @Test
    void rowsThatLookTheSameGetTheSameHistory() {
        write(a, 0, 3, 1);
        write(b, 0, 3, 1);
        RepairReport report = repair();
        assertWhole(report);
        assertEquals(0, report.mine().all() + report.theirs().all(), "nothing that a reader sees was changed");
        List<Uid> all = List.of(uid(0), uid(1), uid(2));
        assertEquals(a.states(all), b.states(all));
    }

    @Test
    void aDeleteDoesNotTakeARowThatWasWrittenAfterItThoughItLooksAsBefore() {
        MemoryReplicas placeC = MemoryReplicas.numbered(3);
        Replica c = placeC.create(TABLE, TableRules.DEFAULT);
        write(a, 0, 20, 1);
        assertWhole(repair());
        assertWhole(repair(a, c, Terms.of(Direction.BOTH, LOOSE, "test")));
        c.apply(List.of(delete(0)));
        write(b, 0, 20, 1);
        write(b, 0, 1, 1);
        assertWhole(repair());
        assertWhole(repair(a, c, Terms.of(Direction.BOTH, LOOSE, "test")));
        assertWhole(repair());
        assertEquals(body(1), rows(a).get(uid(0)));
        assertEquals(rows(a), rows(b));
        assertEquals(rows(a), rows(c));
    }

    @Test
    void aRowThatIsPutAgainWhileItsDeleteWasStillOnTheWayComes() {
        write(b, 0, 10, 1);
        assertWhole(repair());
        Replica busy = new Passing(b) {
            private boolean deleted;
            private boolean put;

            @Override
            public byte[] narrow(byte[] message) {
                if (!deleted) {
                    deleted = true;
                    b.apply(List.of(delete(3)));
                }
                return super.narrow(message);
            }

            @Override
            public RowCursor tombstones(Context known) {
                if (!put) {
                    put = true;
                    b.apply(List.of(put(3, 2)));
                }
                return super.tombstones(known);
            }
        };
        MemoryReplicas placeC = MemoryReplicas.numbered(3);
        Replica c = placeC.create(TABLE, TableRules.DEFAULT);
        repair(c, busy, Terms.of(Direction.BOTH, LOOSE, "test"));
        assertEquals(rows(b), rows(c));
    }

    @Test
    void aCopyRestoredFromYesterdayDeletesNothingAndIsNamedAtOnce() {
        write(b, 0, 500, 1);
        write(a, 500, 1_000, 1);
        assertWhole(repair());
        MemoryReplicas yesterday = placeB.copy(22);
        write(b, 1_000, 1_200, 1);
        write(a, 1_200, 1_400, 1);
        write(b, 0, 50, 2);
        b.apply(List.of(delete(600)));
        assertWhole(repair());
        Map<Uid, Body> today = rows(a);
        assertEquals(1_399, today.size());

        restore(yesterday);
        RepairReport report = repair();
        assertEquals(new Plan.Effect(0, 0, 0), report.mine());
        assertEquals(new Plan.Effect(400, 50, 1), report.theirs());
        assertEquals(today, rows(a));
        assertEquals(today, rows(b));
        assertEquals(1, report.notes().size(), report.notes().toString());
        assertTrue(report.notes().getFirst().contains("memory:2 was restored from an older copy"), report.toString());
        assertTrue(report.notes().getFirst().contains("251 writes"), report.toString());
        assertWhole(report);
        assertEquals(List.of(), repair().notes(), "it is whole again");
    }

    @Test
    void writesAfterTheRestoreSurviveAndSoDoThoseOfTheOthers() {
        write(b, 0, 1_000, 1);
        assertWhole(repair());
        MemoryReplicas yesterday = placeB.copy(22);
        write(b, 1_000, 1_100, 1);
        write(b, 0, 10, 2);
        assertWhole(repair());
        restore(yesterday);
        write(b, 2_000, 2_150, 3);
        write(b, 5, 6, 3);
        write(a, 3_000, 3_050, 4);
        RepairReport report = repair();
        assertWhole(report);
        assertEquals(1_000 + 100 + 150 + 50, rows(a).size());
        assertEquals(rows(a), rows(b));
        assertEquals(0, report.mine().deleted() + report.theirs().deleted());
        assertEquals(150, report.mine().added());
        assertEquals(1, report.notes().size());
        assertEquals(List.of(uid(5)), report.conflicts(), "its value of yesterday was edited on");
        assertEquals(1, placeA.losers(TABLE).size() + placeB.losers(TABLE).size());
    }

    @Test
    void aMachineThatGoesOnFromASnapshotBeginsANewLife() {
        write(b, 0, 100, 1);
        assertWhole(repair());
        MemoryReplicas snapshot = placeB.resumed();
        write(b, 100, 120, 1);
        assertWhole(repair());
        restore(snapshot);
        RepairReport report = repair();
        assertWhole(report);
        assertEquals(1, report.notes().size(), report.notes().toString());
        assertFalse(placeB.incarnation().equals(MemoryReplicas.numbered(2).incarnation()));
        write(b, 200, 220, 1);
        assertWhole(repair());
        assertEquals(140, rows(a).size());
        assertEquals(rows(a), rows(b));
    }

    @Test
    void twoProcessesOfOneIdentityAreKeptApart() {
        placeB.named("node b");
        write(b, 0, 10, 1);
        MemoryReplicas clone = placeB.copy(33);
        Replica c = clone.table(TABLE);
        ReplicaException e =
                assertThrows(ReplicaException.class, () -> repair(b, c, Terms.of(Direction.BOTH, GUARDS, "test")));
        assertEquals(ReplicaException.Kind.IDENTITY_CONFLICT, e.kind());
        assertTrue(e.getMessage().contains("node b"), e.getMessage());
    }

    @Test
    void aRowWhoseDeleteIsForgottenIsDroppedFromAnOldCopyAndDoesNotComeBack() {
        write(a, 0, 1_000, 1);
        assertWhole(repair());
        MemoryReplicas old = placeB.copy(22);
        a.apply(List.of(delete(3), delete(500)));
        assertWhole(repair());
        placeA.forgetDeletes(TABLE);
        placeB.forgetDeletes(TABLE);
        restore(old);
        RepairReport report = repair();
        assertWhole(report);
        assertEquals(List.of(uid(3), uid(500)), report.dropped());
        assertEquals(new Plan.Effect(0, 0, 2), report.theirs());
        assertEquals(998, rows(a).size());
        assertEquals(rows(a), rows(b));
        assertEquals(
                List.of(uid(3), uid(500)),
                placeB.trash(TABLE).stream().map(Row::uid).toList());
        assertEquals(0, b.info().tombstones(), "a drop leaves no mark");
    }

    @Test
    void aRunThatOnlyOneSideHasIsLookedIntoForForgottenDeletes() {
        write(a, 0, 8_000, 1);
        assertWhole(repair());
        MemoryReplicas old = placeB.copy(22);
        List<Change> deletes = new ArrayList<>();
        for (int key = 2_000; key < 2_010; key++) {
            deletes.add(delete(key));
        }
        a.apply(deletes);
        placeA.forgetDeletes(TABLE);
        restore(old);
        write(b, 8_000, 20_000, 2);
        write(b, 30_000, 36_000, 2);
        RepairReport report = repair();
        assertWhole(report);
        assertEquals(10, report.dropped().size());
        assertEquals(18_000, report.mine().added());
        assertEquals(8_000 - 10 + 18_000, rows(a).size());
        assertEquals(rows(a), rows(b));
    }

    @Test
    void anEmptyOrShrunkenSideNeverEmptiesTheOther() {
        write(a, 0, 1_000, 1);
        assertWhole(repair());
        MemoryReplicas fresh = MemoryReplicas.numbered(44);
        Replica empty = fresh.create(TABLE, TableRules.DEFAULT);
        for (Direction direction : Direction.values()) {
            repair(a, empty, Terms.of(direction, GUARDS, "test"));
            assertEquals(1_000, rows(a).size());
        }
        assertEquals(1_000, rows(empty).size());

        placeB.damage(TABLE, List.copyOf(rows(b).keySet()).subList(0, 900));
        write(b, 5_000, 5_001, 7);
        RepairReport report = repair();
        assertEquals(new Plan.Effect(0, 0, 0), report.mine(), "a damaged side only takes");
        assertEquals(900, report.theirs().added());
        assertTrue(report.notes().toString().contains("damaged"), report.toString());
        assertFalse(report.complete() && report.same());
        assertEquals(1_000, rows(a).size());
        report = repair();
        assertWhole(report);
        assertEquals(1_001, rows(a).size(), "healed, it gives what only it has");
    }

    @Test
    void aSideThatLostRowsUnnoticedIsHeldByTheGuards() {
        write(a, 0, 1_000, 1);
        assertWhole(repair());
        List<Change> drops = new ArrayList<>();
        List<Uid> uids = List.copyOf(rows(b).keySet()).subList(0, 101);
        b.states(uids).forEach(state -> drops.add(new Change.Drop(uids.get(drops.size()), (RowState.Live) state)));
        b.apply(drops);
        GuardException e = assertThrows(GuardException.class, this::repair);
        assertTrue(e.getMessage().contains("delete 101 of the 1000 rows"), e.getMessage());
        assertEquals(1_000, rows(a).size());
        assertThrows(GuardException.class, () -> repair(Terms.of(Direction.PULL, GUARDS, "test")));
        repair(Terms.of(Direction.PUSH, GUARDS, "test"));
        assertEquals(1_000, rows(a).size());
    }

    @Test
    void deletesThatHaveNothingToDeleteTravelToo() {
        write(a, 0, 30, 1);
        a.apply(List.of(delete(3), delete(4)));
        assertWhole(repair());
        assertEquals(2, b.info().tombstones());
        assertEquals(a.knowledge().context(), b.knowledge().context());
        assertWhole(repair());
        b.apply(List.of(delete(5)));
        RepairReport report = repair();
        assertEquals(new Plan.Effect(0, 0, 1), report.mine());
        assertWhole(report);
        assertEquals(3, a.info().tombstones());
    }

    @Test
    void aPoisonRowIsReportedTheOthersGoOnAndTheContextDoesNotPassIt() {
        write(a, 0, 1_000, 1);
        FaultyReplica there = new FaultyReplica(b, new Random(1), 0);
        Uid poison = uid(500);
        there.poison = uid -> uid.equals(poison) ? new Outcome.Refused("too sour") : null;
        RepairReport report = repair(a, there, Terms.of(Direction.BOTH, GUARDS, "test"));
        assertEquals(999, rows(b).size());
        assertEquals(List.of(new RepairReport.Refusal(poison, b.address(), "too sour", false)), report.refused());
        assertFalse(report.complete());
        Stamp stamp = ((RowState.Live) a.states(List.of(poison)).getFirst()).stamp();
        assertFalse(b.knowledge().context().covers(stamp));
        there.poison = uid -> null;
        assertWhole(repair(a, there, Terms.of(Direction.BOTH, GUARDS, "test")));
        assertEquals(1_000, rows(b).size());
    }

    @Test
    void concurrentEditsFollowThePolicyAndTheLoserIsKept() {
        for (ConflictPolicy policy : ConflictPolicy.values()) {
            for (boolean mineIsNewer : List.of(true, false)) {
                MemoryReplicas one = MemoryReplicas.numbered(1);
                MemoryReplicas two = MemoryReplicas.numbered(2);
                Replica mine = one.create(TABLE, TableRules.DEFAULT);
                Replica theirs = two.create(TABLE, TableRules.DEFAULT);
                write(mine, 0, 20, 0);
                Terms terms = Terms.of(Direction.BOTH, LOOSE, "test").with(policy);
                assertWhole(repair(mine, theirs, terms));
                write(mine, 1, 2, 10); // both on the same row, and each once more on another to be the newer
                write(theirs, 1, 2, 20);
                write(mineIsNewer ? mine : theirs, 1, 2, mineIsNewer ? 11 : 21);
                write(theirs, 7, 8, 70); // no conflict
                mine.apply(List.of(delete(2)));
                write(theirs, 2, 3, 20);
                RepairReport report = repair(mine, theirs, terms);
                int mineValue = mineIsNewer ? 11 : 10;
                int theirValue = mineIsNewer ? 20 : 21;
                String what = policy + ", " + mineIsNewer + ": " + report;
                assertEquals(body(70), rows(mine).get(uid(7)), what);
                Body here = rows(mine).get(uid(1));
                Body there = rows(theirs).get(uid(1));
                switch (policy) {
                    case NEWEST ->
                        assertEquals(List.of(body(mineIsNewer ? mineValue : theirValue)), List.of(here), what);
                    case MINE -> assertEquals(body(mineValue), here, what);
                    case THEIRS -> assertEquals(body(theirValue), here, what);
                    case HOLD -> {
                        assertEquals(body(mineValue), here, what);
                        assertEquals(body(theirValue), there, what);
                        assertFalse(report.complete(), what);
                        assertFalse(
                                mine.knowledge()
                                        .context()
                                        .coversAll(theirs.knowledge().context()),
                                what);
                        continue;
                    }
                }
                assertEquals(here, there, what);
                assertWhole(report);
                assertEquals(
                        policy == ConflictPolicy.MINE ? null : body(20),
                        rows(mine).get(uid(2)),
                        what);
                List<Row> lost = new ArrayList<>(one.losers(TABLE));
                lost.addAll(two.losers(TABLE));
                lost.addAll(two.trash(TABLE));
                Body loser = here.equals(body(mineValue)) ? body(theirValue) : body(mineValue);
                assertTrue(
                        lost.stream()
                                .anyMatch(row -> row instanceof Row.Live live
                                        && live.body().equals(loser)),
                        what + lost);
                assertWhole(repair(mine, theirs, terms));
            }
        }
    }

    @Test
    void flagsOfBothSidesMeet() {
        write(a, 0, 3, 1);
        a.apply(List.of(new Change.Flag(uid(1), "flags", List.of("\\Flagged"), List.of(), null)));
        assertWhole(repair());
        for (ConflictPolicy policy : ConflictPolicy.values()) {
            a.apply(List.of(new Change.Flag(uid(1), "flags", List.of("\\Answered"), List.of(), null)));
            b.apply(List.of(new Change.Flag(uid(1), "flags", List.of("\\Seen"), List.of("\\Flagged"), null)));
            RepairReport report = repair(Terms.of(Direction.BOTH, LOOSE, "test").with(policy));
            assertWhole(report);
            for (Replica side : List.of(a, b)) {
                try (RowCursor row = side.fetch(List.of(uid(1)))) {
                    assertEquals(
                            Map.of("flags", List.of("\\Seen", "\\Answered")),
                            ((Row.Live) row.next().row()).marks().flags());
                }
            }
            assertEquals(List.of(), placeA.losers(TABLE));
            assertEquals(List.of(), placeB.losers(TABLE));
            a.apply(List.of(
                    new Change.Flag(uid(1), "flags", List.of("\\Flagged"), List.of("\\Answered", "\\Seen"), null)));
            assertWhole(repair());
        }
    }

    @Test
    void fieldsOfBothSidesMeet() {
        TableRules rules = TableRules.DEFAULT.merging(TableRules.Merge.FIELDS);
        TableName name = new TableName("fields");
        Replica mine = placeA.create(name, rules);
        Replica theirs = placeB.create(name, rules);
        mine.apply(List.of(xy(0, 0)));
        Terms terms = Terms.of(Direction.BOTH, LOOSE, "test");
        assertWhole(repair(mine, theirs, terms));
        mine.apply(List.of(xy(1, 0)));
        theirs.apply(List.of(xy(0, 2)));
        assertWhole(repair(mine, theirs, terms));
        assertEquals(((Change.Put) xy(1, 2)).body(), rows(mine).get(uid(1)));
        assertEquals(rows(mine), rows(theirs));
        assertEquals(List.of(), placeA.losers(name));
        mine.apply(List.of(xy(5, 2)));
        theirs.apply(List.of(xy(6, 2)));
        assertWhole(repair(mine, theirs, terms));
        assertEquals(rows(mine), rows(theirs));
        assertEquals(1, placeA.losers(name).size() + placeB.losers(name).size());
    }

    private static Change xy(int x, int y) {
        return new Change.Put(
                uid(1),
                new Body.Fields(Value.Mapping.of(Map.of("x", new Value.Int(x), "y", new Value.Int(y)))),
                null,
                null);
    }

    @Test
    void aRestoredSideGivesNothingBeforeItHasTaken() {
        write(b, 0, 100, 1);
        assertWhole(repair());
        MemoryReplicas yesterday = placeB.copy(22);
        write(b, 100, 110, 1);
        assertWhole(repair());
        restore(yesterday);
        write(b, 300, 310, 3);
        FaultyReplica there = new FaultyReplica(b, new Random(1), 0);
        there.poison = uid -> uid.equals(uid(105))
                ? new Outcome.ChangedMeanwhile(new RowState.Absent())
                : null; // whenever it is tried
        Terms terms = Terms.of(Direction.BOTH, GUARDS, "test");
        RepairReport report = repair(a, there, terms);
        assertTrue(report.notes().toString().contains("gave nothing"), report.toString());
        assertEquals(List.of(uid(105)), report.meanwhile());
        assertEquals(110, rows(a).size());
        assertFalse(a.knowledge().context().coversAll(b.knowledge().context()));
        there.poison = uid -> null;
        assertWhole(repair(a, there, terms));
        assertEquals(rows(a), rows(b));
    }

    @Test
    void theGuardsOfEachSideStopItBeforeTheFirstChange() {
        write(a, 0, 100, 1);
        assertWhole(repair());
        write(a, 0, 3, 2);
        write(b, 50, 53, 2);
        a.apply(List.of(delete(90)));
        for (boolean isMine : List.of(true, false)) {
            FaultyReplica strict = new FaultyReplica(isMine ? a : b, new Random(1), 0);
            List<Intent> heard = new ArrayList<>();
            strict.guard = intent -> {
                heard.add(intent);
                throw new GuardException("not here");
            };
            Map<Uid, Body> hereBefore = rows(a);
            Map<Uid, Body> thereBefore = rows(b);
            Terms terms = Terms.of(Direction.BOTH, LOOSE, "test");
            assertThrows(GuardException.class, () -> repair(isMine ? strict : a, isMine ? b : strict, terms));
            assertEquals(hereBefore, rows(a));
            assertEquals(thereBefore, rows(b));
            Intent intent = heard.getFirst();
            assertEquals(
                    isMine ? List.of(uid(50), uid(51), uid(52)) : List.of(uid(0), uid(1), uid(2)), intent.changed());
            assertEquals(isMine ? List.of() : List.of(uid(90)), intent.deleted());
            assertEquals("test", intent.from());
        }
        assertWhole(repair());
    }

    @Test
    void exactlyTheAnnouncedTicketTravelsWithTheChanges() {
        write(a, 0, 100, 1);
        FaultyReplica there = new FaultyReplica(b, new Random(1), 0);
        there.guard = intent -> "ticket " + intent.added();
        repair(a, there, Terms.of(Direction.BOTH, GUARDS, "test"));
        assertEquals(java.util.Set.of("ticket 100"), there.tickets);
    }

    @Test
    void aRowThatChangesMeanwhileIsLookedAtAgain() {
        write(a, 0, 100, 1);
        assertWhole(repair());
        write(a, 0, 10, 2);
        FaultyReplica there = new FaultyReplica(b, new Random(1), 0);
        int[] races = {3};
        there.beforeApply = () -> {
            if (races[0]-- > 0) {
                b.apply(List.of(put(4, 10 * races[0])));
            }
        };
        RepairReport report = repair(a, there, Terms.of(Direction.BOTH, GUARDS, "test"));
        assertTrue(report.same(), report.toString());
        assertEquals(rows(a), rows(b));
        assertEquals(1, new java.util.HashSet<>(bodies(placeA, placeB)).size(), "what lost is kept");
    }

    /** Whatever breaks off, running it again comes to the same as if it had gone through at once. */
    @Test
    void anInterruptedRepairThatIsRunAgainComesToTheSame() {
        int interrupted = 0;
        for (long seed = 1; seed <= 300; seed++) {
            Random chance = new Random(seed);
            MemoryReplicas one = MemoryReplicas.numbered(1);
            MemoryReplicas two = MemoryReplicas.numbered(2);
            history(new Random(seed), one, two);
            MemoryReplicas calmOne = one.resumed();
            MemoryReplicas calmTwo = two.resumed();
            Terms terms = Terms.of(Direction.BOTH, LOOSE, "test");
            RepairReport calm = repair(calmOne.table(TABLE), calmTwo.table(TABLE), terms);
            assertTrue(calm.same() && calm.complete(), "seed " + seed + ": " + calm);

            RepairReport report = null;
            for (int attempt = 0; report == null || !report.complete(); attempt++) {
                assertTrue(attempt < 500, "seed " + seed);
                int oneIn = attempt < 100 ? 6 : 0;
                try (Replica mine = new FaultyReplica(one.table(TABLE), chance, oneIn);
                        Replica theirs = new FaultyReplica(two.table(TABLE), chance, oneIn)) {
                    report = repair(mine, theirs, terms);
                } catch (ReplicaException e) {
                    interrupted++;
                }
            }
            String what = "seed " + seed;
            assertTrue(report.same(), what);
            assertEquals(rows(calmOne.table(TABLE)), rows(one.table(TABLE)), what);
            assertEquals(rows(calmTwo.table(TABLE)), rows(two.table(TABLE)), what);
            assertEquals(
                    calmOne.table(TABLE).knowledge().context(),
                    one.table(TABLE).knowledge().context(),
                    what);
            assertEquals(
                    calmTwo.table(TABLE).knowledge().context(),
                    two.table(TABLE).knowledge().context(),
                    what);
            assertEquals(bodies(calmOne, calmTwo), bodies(one, two), what + ": losers");
        }
        assertTrue(interrupted > 300, interrupted + " interruptions");
    }

    /** The rows that lost on either side; each may be kept twice. */
    private static List<Body> bodies(MemoryReplicas one, MemoryReplicas two) {
        List<Row> all = new ArrayList<>(one.losers(TABLE));
        all.addAll(two.losers(TABLE));
        return all.stream()
                .map(row -> ((Row.Live) row).body())
                .distinct()
                .sorted(java.util.Comparator.comparing(Body::toString))
                .toList();
    }

    private void history(Random chance, MemoryReplicas one, MemoryReplicas two) {
        Replica mine = one.create(TABLE, TableRules.DEFAULT);
        Replica theirs = two.create(TABLE, TableRules.DEFAULT);
        int value = 0;
        for (int round = 0; round < 3; round++) {
            for (int i = chance.nextInt(60); i > 0; i--) {
                int key = chance.nextInt(40);
                Change change = switch (chance.nextInt(5)) {
                    case 0 -> delete(key);
                    case 1 -> new Change.Flag(uid(key), "f", List.of("x" + chance.nextInt(2)), List.of(), null);
                    default -> put(key, value++);
                };
                (chance.nextBoolean() ? mine : theirs).apply(List.of(change));
            }
            if (round < 2) {
                repair(mine, theirs, Terms.of(Direction.BOTH, LOOSE, "test"));
                if (chance.nextBoolean()) {
                    one.forgetDeletes(TABLE);
                }
                if (chance.nextBoolean()) {
                    two.forgetDeletes(TABLE);
                }
            }
        }
    }

    @Test
    void withoutAnyHistoryNothingCountsAsDeleted() {
        write(a, 0, 100, 1);
        write(b, 50, 200, 2);
        RepairReport report = repair();
        assertWhole(report);
        assertEquals(200, rows(a).size());
        assertEquals(0, report.mine().deleted() + report.theirs().deleted());
        assertTrue(Context.EMPTY.isEmpty());
    }
}
