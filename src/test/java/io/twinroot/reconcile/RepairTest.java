package io.twinroot.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class RepairTest {
    private static final TableName TABLE = new TableName("t");
    private static final Verify.Options AT_ONCE = Verify.Options.DEFAULT.withSettle(0);
    private static final Guards NONE = new Guards(Long.MAX_VALUE, OptionalLong.of(Long.MAX_VALUE));

    private final LongSupplier random = new Random(1)::nextLong;
    private final Replica mine = MemoryReplicas.numbered(1).create(TABLE, TableRules.DEFAULT);
    private final Replica theirs = MemoryReplicas.numbered(2).create(TABLE, TableRules.DEFAULT);

    private static Change put(int key, int value) {
        return new Change.Put(uid(key), body(value), null, null);
    }

    private static Body body(int value) {
        return new Body.Fields(Value.Mapping.of(Map.of("v", new Value.Int(value))));
    }

    private static Uid uid(int key) {
        return Uid.ofText("k" + key);
    }

    private static Change delete(int key) {
        return new Change.Delete(uid(key), null);
    }

    private Comparison verify() {
        return verify(AT_ONCE, ms -> {});
    }

    private Comparison verify(Verify.Options options, Pause pause) {
        return Verify.run(mine, theirs, options, random, Progress.NONE, pause);
    }

    private Plan plan(Direction direction) {
        return verify() instanceof Comparison.Different different
                ? Plan.of(different.differences(), direction)
                : new Plan(direction, List.of());
    }

    private static void copyAll(Replica from, Replica to) {
        List<Change> changes = new ArrayList<>();
        try (RowCursor rows = from.rows(UidRange.ALL)) {
            rows.forEachRemaining(row -> changes.add(new Change.Replicate(row, null)));
        }
        for (int at = 0; at < changes.size(); at += Replica.MAX_BATCH) {
            to.apply(changes.subList(at, Math.min(changes.size(), at + Replica.MAX_BATCH)));
        }
    }

    private static Map<Uid, RowState> states(Replica replica, int keys) {
        List<Uid> uids = new ArrayList<>();
        for (int key = 0; key < keys; key++) {
            uids.add(uid(key));
        }
        List<RowState> states = replica.states(uids);
        Map<Uid, RowState> byUid = new TreeMap<>();
        for (int key = 0; key < keys; key++) {
            byUid.put(uids.get(key), states.get(key));
        }
        return byUid;
    }

    /** Random writes and deletes on both sides, after they were equal for some of the rows. */
    private static void live(Random random, Replica mine, Replica theirs, int keys) {
        for (int key = 0; key < keys; key++) {
            if (random.nextBoolean()) {
                (random.nextBoolean() ? mine : theirs).apply(List.of(put(key, random.nextInt(100))));
            }
        }
        if (random.nextInt(4) != 0) {
            copyAll(mine, theirs);
        }
        for (int i = random.nextInt(keys); i > 0; i--) {
            int key = random.nextInt(keys);
            (random.nextBoolean() ? mine : theirs)
                    .apply(List.of(random.nextInt(3) == 0 ? delete(key) : put(key, random.nextInt(100))));
        }
    }

    @Test
    void theNewestWriteOfEachRowEndsUpOnBothSides() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            int keys = 1 + random.nextInt(300);
            try (Replica a = MemoryReplicas.numbered(1).create(TABLE, TableRules.DEFAULT);
                    Replica b = MemoryReplicas.numbered(2).create(TABLE, TableRules.DEFAULT)) {
                live(random, a, b, keys);
                Map<Uid, RowState> newest = states(a, keys);
                states(b, keys)
                        .forEach((uid, state) -> newest.merge(
                                uid, state, (one, other) -> Versions.supersedes(other, one) ? other : one));
                Direction direction = List.of(Direction.values()).get(random.nextInt(3));
                Map<Uid, RowState> before = direction == Direction.PUSH ? states(a, keys) : states(b, keys);

                Comparison found = Verify.run(a, b, AT_ONCE, random::nextLong, Progress.NONE, ms -> {});
                if (!(found instanceof Comparison.Different different)) {
                    assertInstanceOf(Comparison.Same.class, found, "seed " + seed);
                    continue;
                }
                assertTrue(different.proven(), "seed " + seed);
                RepairReport report =
                        Repair.apply(Plan.of(different.differences(), direction), a, b, NONE, Progress.NONE);
                assertEquals(List.of(), report.meanwhile(), "seed " + seed);
                switch (direction) {
                    case BOTH -> {
                        assertTrue(report.same(), "seed " + seed);
                        assertSameContent(newest, states(a, keys), "seed " + seed);
                        assertSameContent(newest, states(b, keys), "seed " + seed);
                    }
                    case PULL -> {
                        assertSameContent(newest, states(a, keys), "seed " + seed);
                        assertEquals(before, states(b, keys), "seed " + seed);
                    }
                    case PUSH -> {
                        assertSameContent(newest, states(b, keys), "seed " + seed);
                        assertEquals(before, states(a, keys), "seed " + seed);
                    }
                }
            }
        }
    }

    private static void assertSameContent(Map<Uid, RowState> expected, Map<Uid, RowState> actual, String what) {
        expected.forEach((uid, state) -> assertTrue(
                Versions.sameContent(state, actual.get(uid)),
                what + ", " + uid + ": " + state + " " + actual.get(uid)));
    }

    @Test
    void aStoppedRepairGoesOnWhereItWas() {
        for (int key = 0; key < 20_000; key++) {
            mine.apply(List.of(put(key, key)));
        }
        Plan plan = plan(Direction.BOTH);
        assertThrows(
                CancellationException.class,
                () -> Repair.apply(plan, mine, theirs, NONE, (what, done, total) -> {
                    if (done >= 2_000) {
                        throw new CancellationException("enough");
                    }
                }));
        long half = theirs.info().count();
        assertTrue(half > 0 && half < 20_000, half + " rows");
        assertTrue(Repair.apply(plan(Direction.BOTH), mine, theirs, NONE, Progress.NONE)
                .same());
        assertEquals(20_000, theirs.info().count());
    }

    @Test
    void anEmptySideNeverEmptiesTheOther() {
        for (int key = 0; key < 6_000; key++) {
            mine.apply(List.of(put(key, key)));
        }
        for (Direction direction : Direction.values()) {
            Plan plan = plan(direction);
            assertEquals(0, plan.onMine().deleted() + plan.onTheirs().deleted());
            assertEquals(0, plan.onMine().all());
            assertEquals(direction.pushes() ? 6_000 : 0, plan.onTheirs().added());
        }
    }

    @Test
    void manyDeletesTravelThoughTheyWouldFillARange() {
        for (int key = 0; key < 6_000; key++) {
            mine.apply(List.of(put(key, key)));
        }
        copyAll(mine, theirs);
        for (int key = 0; key < 6_000; key++) {
            mine.apply(List.of(delete(key)));
        }
        Plan plan = plan(Direction.BOTH);
        assertEquals(6_000, plan.onTheirs().deleted());
        assertEquals(0, plan.onMine().all());
        assertTrue(Repair.apply(plan, mine, theirs, NONE, Progress.NONE).same());
        assertEquals(0, theirs.info().count());
    }

    @Test
    void theGuardStopsAtExactlyOneTooMany() {
        for (int key = 0; key < 200; key++) {
            mine.apply(List.of(put(key, key)));
        }
        copyAll(mine, theirs);
        for (int key = 0; key < 20; key++) {
            theirs.apply(List.of(delete(key)));
        }
        Plan twenty = plan(Direction.PULL);
        Map<Uid, RowState> before = states(mine, 200);
        assertThrows(
                GuardException.class,
                () -> Repair.apply(twenty, mine, theirs, new Guards(100, OptionalLong.of(19)), Progress.NONE));
        assertEquals(before, states(mine, 200));
        assertTrue(Repair.apply(twenty, mine, theirs, new Guards(0, OptionalLong.of(20)), Progress.NONE)
                .same());

        theirs.apply(List.of(delete(20)));
        for (int key = 30; key < 35; key++) {
            theirs.apply(List.of(put(key, -1)));
        }
        Plan five = plan(Direction.PULL);
        assertThrows(
                GuardException.class,
                () -> Repair.apply(five, mine, theirs, new Guards(4, OptionalLong.empty()), Progress.NONE));
        assertTrue(Repair.apply(five, mine, theirs, new Guards(5, OptionalLong.empty()), Progress.NONE)
                .same());
    }

    @Test
    void defaultGuardsAreAHundredOrATenthOfTheSide() {
        assertEquals(100, Guards.DEFAULT.deletesOf(1_000_000));
        assertEquals(100, Guards.DEFAULT.deletesOf(1_000));
        assertEquals(99, Guards.DEFAULT.deletesOf(999));
        assertEquals(0, Guards.DEFAULT.deletesOf(9));
    }

    @Test
    void aRowThatChangesBetweenPlanAndRepairIsLeftForTheNextOne() {
        mine.apply(List.of(put(1, 1), put(2, 2), put(3, 3)));
        Plan plan = plan(Direction.BOTH);
        mine.apply(List.of(put(1, 10)));
        theirs.apply(List.of(put(90, 0), put(91, 0), put(92, 0), put(93, 0), put(2, 20))); // its clock is behind
        RepairReport report = Repair.apply(plan, mine, theirs, NONE, Progress.NONE);
        assertEquals(
                List.of(uid(1), uid(2)), report.meanwhile().stream().sorted().toList());
        assertFalse(report.same());
        assertTrue(Repair.apply(plan(Direction.BOTH), mine, theirs, NONE, Progress.NONE)
                .same());
        try (RowCursor rows = mine.fetch(List.of(uid(1), uid(2)))) {
            assertEquals(List.of(body(10), body(20)), bodies(rows));
        }
    }

    private static List<Body> bodies(RowCursor rows) {
        List<Body> bodies = new ArrayList<>();
        rows.forEachRemaining((RowData data) -> bodies.add(((io.twinroot.table.Row.Live) data.row()).body()));
        return bodies;
    }

    @Test
    void lateIsNotDifferent() {
        for (int key = 0; key < 100; key++) {
            mine.apply(List.of(put(key, key)));
        }
        copyAll(mine, theirs);
        int[] next = {1_000};
        mine.apply(List.of(put(5, 5_000))); // written here, not yet there
        Comparison found = verify(Verify.Options.DEFAULT, ms -> {
            copyAll(mine, theirs); // the feed catches up
            if (next[0] < 1_003) {
                mine.apply(List.of(put(next[0]++ % 100, next[0]))); // and is behind again
            }
        });
        assertInstanceOf(Comparison.Same.class, found);
    }

    @Test
    void aRealDifferenceIsConfirmedAmongLateOnes() {
        for (int key = 0; key < 100; key++) {
            mine.apply(List.of(put(key, key)));
        }
        copyAll(mine, theirs);
        theirs.apply(List.of(put(50, -50)));
        int[] next = {0};
        mine.apply(List.of(put(7, 70)));
        Comparison found = verify(Verify.Options.DEFAULT, ms -> {
            copyAll(mine, theirs);
            mine.apply(List.of(put(60 + next[0]++, 1)));
        });
        var different = assertInstanceOf(Comparison.Different.class, found);
        assertEquals(
                List.of(uid(50)),
                different.differences().stream()
                        .map(one -> ((Difference.OfRow) one).uid())
                        .toList());
    }

    @Test
    void whatNeverStandsStillIsNeitherSameNorDifferent() {
        mine.apply(List.of(put(1, 0)));
        theirs.apply(List.of(put(1, 1)));
        int[] next = {2};
        Comparison found = verify(Verify.Options.DEFAULT, ms -> mine.apply(List.of(put(1, next[0]++))));
        assertEquals(
                List.of(uid(1)),
                assertInstanceOf(Comparison.Unsettled.class, found).unsettled());
    }

    @Test
    void whileWritesGoOnEachRowThatWasSeenEqualIsNoDifferenceAndItEnds() {
        for (int key = 0; key < 100; key++) {
            mine.apply(List.of(put(key, key)));
        }
        copyAll(mine, theirs);
        mine.apply(List.of(put(5, 5_000)));
        long[] waited = {0};
        Comparison found = verify(Verify.Options.DEFAULT, ms -> {
            waited[0] += ms;
            copyAll(mine, theirs);
            mine.apply(List.of(put((int) (waited[0] / 50 % 100), (int) waited[0]))); // there is always one that is late
        });
        assertInstanceOf(Comparison.NoneFound.class, found);
        assertTrue(waited[0] <= 2 * Verify.Options.DEFAULT.settlingMs(), waited[0] + " ms");
    }

    @Test
    void whatStandsIsConfirmedAndWhatMovesIsNamedInABoundedTime() {
        for (int key = 0; key < 100; key++) {
            mine.apply(List.of(put(key, key)));
        }
        copyAll(mine, theirs);
        theirs.apply(List.of(put(50, -50)));
        mine.apply(List.of(put(1, -1)));
        long[] waited = {0};
        Comparison found = verify(Verify.Options.DEFAULT, ms -> {
            waited[0] += ms;
            mine.apply(List.of(put(1, (int) waited[0])));
        });
        var different = assertInstanceOf(Comparison.Different.class, found);
        assertEquals(1, different.differences().size());
        assertEquals(List.of(uid(1)), different.unsettled());
        assertEquals(Verify.Options.DEFAULT.settlingMs(), waited[0]);
    }

    @Test
    void whatStoodForLessThanTheSettleTimeIsNotConfirmed() {
        mine.apply(List.of(put(1, 0)));
        theirs.apply(List.of(put(1, 1)));
        long[] waited = {0};
        long[] last = {0};
        Comparison found = verify(Verify.Options.DEFAULT, ms -> {
            waited[0] += ms;
            if (waited[0] <= 1_250) {
                mine.apply(List.of(put(1, (int) waited[0])));
                last[0] = waited[0];
            }
        });
        assertInstanceOf(Comparison.Different.class, found);
        assertEquals(1_250, last[0]);
        assertEquals(last[0] + Verify.Options.DEFAULT.settleMs(), waited[0]);
    }

    @Test
    void anotherSaltIsRefusedByNameAndIsNoDifference() {
        MemoryReplicas salted = new MemoryReplicas(
                "memory:salted",
                io.twinroot.tree.Salt.ofHex("000102030405060708090a0b0c0d0e0f"),
                new io.twinroot.table.Incarnation(3, 3),
                () -> 0);
        mine.apply(List.of(put(1, 1)));
        Replica other = salted.create(TABLE, TableRules.DEFAULT);
        ReplicaException e = assertThrows(
                ReplicaException.class, () -> Verify.run(mine, other, AT_ONCE, random, Progress.NONE, ms -> {}));
        assertEquals(ReplicaException.Kind.INCOMPATIBLE, e.kind());
        assertTrue(e.getMessage().contains("salt"), e.getMessage());
    }

    @Test
    void tenThousandRacesLoseNoUpdate() {
        Random races = new Random(5);
        for (int race = 0; race < 1_000; race++) {
            int key = races.nextInt(20);
            mine.apply(List.of(put(key, race)));
            if (races.nextBoolean()) {
                theirs.apply(
                        List.of(races.nextInt(5) == 0 ? delete(races.nextInt(20)) : put(races.nextInt(20), -race)));
            }
            Plan plan = plan(Direction.BOTH);
            List<Outcome> raced = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                raced.addAll(
                        (races.nextBoolean() ? mine : theirs).apply(List.of(put(races.nextInt(20), race * 100 + i))));
            }
            Map<Uid, RowState> newest = states(mine, 20);
            states(theirs, 20)
                    .forEach((uid, state) ->
                            newest.merge(uid, state, (one, other) -> Versions.supersedes(other, one) ? other : one));
            Repair.apply(plan, mine, theirs, NONE, Progress.NONE);
            Repair.apply(plan(Direction.BOTH), mine, theirs, NONE, Progress.NONE);
            assertSameContent(newest, states(mine, 20), "race " + race);
            assertSameContent(newest, states(theirs, 20), "race " + race);
            assertTrue(raced.stream().allMatch(one -> one instanceof Outcome.Applied));
        }
    }
}
