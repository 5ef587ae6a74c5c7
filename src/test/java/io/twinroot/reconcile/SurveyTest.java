package io.twinroot.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import io.twinroot.tree.Salt;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What each mode finds, and what it misses as it says; what a hostile side gets for its answers. */
class SurveyTest {
    private static final TableName TABLE = new TableName("t");
    private static final long DAY_MS = 86_400_000;
    private static final long START_MS = 1_767_225_600_000L;
    private static final TableRules RULES = TableRules.excluding(List.of("seen"));
    private static final Guards NO_GUARDS = new Guards(Long.MAX_VALUE, OptionalLong.of(Long.MAX_VALUE));
    private static final Verify.Options AT_ONCE = Verify.Options.DEFAULT.withSettle(0);

    private final LongSupplier random = new Random(1)::nextLong;
    private long nowMs = START_MS;
    private final MemoryReplicas placeA = place(1);
    private final MemoryReplicas placeB = place(2);
    private final Replica a = placeA.create(TABLE, RULES);
    private final Replica b = placeB.create(TABLE, RULES);

    private MemoryReplicas place(int number) {
        return new MemoryReplicas("memory:" + number, Salt.PUBLISHED, new Incarnation(0, number), () -> nowMs);
    }

    private static Uid uid(String key) {
        return Uid.ofText(key);
    }

    private static Body body(int value, int seen) {
        return new Body.Fields(Value.Mapping.of(Map.of("v", new Value.Int(value), "seen", new Value.Int(seen))));
    }

    private static Change put(String key, int value, int seen) {
        return new Change.Put(uid(key), body(value, seen), null, null);
    }

    private static void replicate(Replica side, String key, Stamp stamp, Body body) {
        side.apply(List.of(new Change.Replicate(new RowData(new Row.Live(uid(key), stamp, body), null), null)));
    }

    private static Stamp stamp(long ms, long seq) {
        return new Stamp(ms << 16, new Incarnation(9, 9), seq);
    }

    /** The same rows on both sides, written a day ago, and one that was deleted. */
    private void alike(int rows) {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            changes.add(put("k%05d".formatted(i), i, 0));
        }
        changes.add(put("was", 1, 1));
        for (int at = 0; at < changes.size(); at += Replica.MAX_BATCH) {
            a.apply(changes.subList(at, Math.min(changes.size(), at + Replica.MAX_BATCH)));
        }
        a.apply(List.of(new Change.Delete(uid("was"), null)));
        repair(Scope.TREE);
        nowMs += DAY_MS;
    }

    private RepairReport repair(Scope scope) {
        Meeting meeting = Meeting.of(a, b);
        Comparison found = survey(a, b, scope, AT_ONCE, ms -> {});
        Terms terms = Terms.of(Direction.BOTH, NO_GUARDS, "a test");
        return Repair.apply(Proposal.of(a, b, meeting, found, terms, Progress.NONE), a, b, Progress.NONE);
    }

    private Comparison survey(Replica mine, Replica theirs, Scope scope, Verify.Options options, Pause pause) {
        return Survey.run(mine, theirs, scope, options, random, Progress.NONE, pause);
    }

    private Scope lately() {
        return Scope.since(Instant.ofEpochMilli(nowMs));
    }

    private List<Scope> modes() {
        return List.of(Scope.FULL, Scope.PARTIAL, lately());
    }

    private Set<String> differing(Scope scope) {
        Comparison comparison = survey(a, b, scope, AT_ONCE, ms -> {});
        return comparison instanceof Comparison.Different different
                ? different.differences().stream()
                        .map(difference -> ((Difference.OfRow) difference).uid().toString())
                        .collect(Collectors.toCollection(TreeSet::new))
                : Set.of();
    }

    @Test
    void eachFindsItsDifferencesAndNoOthers() {
        alike(100);
        a.apply(List.of(put("k00001", 77, 0), put("new-a", 1, 1)));
        b.apply(List.of(put("new-b", 1, 1), new Change.Delete(uid("k00002"), null)));
        replicate(a, "old-stamp", stamp(START_MS, 1), body(1, 1)); // came late, and only to one side
        replicate(a, "twin", stamp(START_MS, 2), body(1, 1)); // one version, two contents, as damage makes it
        replicate(b, "twin", stamp(START_MS, 2), body(2, 1));
        replicate(a, "excluded", stamp(START_MS, 3), body(1, 1)); // only a field that digests leave out
        replicate(b, "excluded", stamp(START_MS, 3), body(1, 2));
        replicate(a, "rewritten", stamp(START_MS, 4), body(1, 1)); // the same content under two stamps
        replicate(b, "rewritten", stamp(START_MS, 5), body(1, 1));
        Set<String> lately = Set.of("k00001", "k00002", "new-a", "new-b");
        assertEquals(with(lately, "old-stamp", "twin"), differing(Scope.TREE));
        assertEquals(with(lately, "old-stamp", "twin", "excluded"), differing(Scope.FULL));
        assertEquals(with(lately, "old-stamp", "rewritten"), differing(Scope.PARTIAL));
        assertEquals(lately, differing(lately()));
    }

    private static Set<String> with(Set<String> some, String... more) {
        Set<String> all = new TreeSet<>(some);
        Collections.addAll(all, more);
        return all;
    }

    @Test
    void whatIsNotLookedAtIsNotCalledTheSame() {
        alike(10);
        assertInstanceOf(Comparison.Same.class, survey(a, b, Scope.FULL, AT_ONCE, ms -> {}));
        for (Scope scope : List.of(Scope.PARTIAL, lately())) {
            Comparison.NoneFound none =
                    assertInstanceOf(Comparison.NoneFound.class, survey(a, b, scope, AT_ONCE, ms -> {}));
            assertEquals(scope, none.scope());
            assertFalse(none.scope().isWhole());
        }
    }

    @Test
    void moreRowsThanAPageAreComparedInEachMode() {
        alike(2 * Replica.MAX_BATCH + 5);
        for (Scope scope : List.of(Scope.FULL, Scope.PARTIAL, Scope.since(Instant.EPOCH))) {
            assertEquals(Set.of(), differing(scope));
        }
        b.apply(List.of(put("k00000", -1, 0), put("k15000", -1, 0), put("z", 1, 1)));
        a.apply(List.of(new Change.Delete(uid("k20004"), null)));
        for (Scope scope : List.of(Scope.FULL, Scope.PARTIAL, Scope.since(Instant.EPOCH))) {
            assertEquals(Set.of("k00000", "k15000", "k20004", "z"), differing(scope));
        }
    }

    @Test
    void clocksMayDifferByFiveMinutes() {
        alike(5);
        Scope lately = lately();
        replicate(a, "skewed", stamp(nowMs - Scope.CLOCK_SKEW_MS, 1), body(1, 1));
        replicate(a, "older", stamp(nowMs - Scope.CLOCK_SKEW_MS - 1, 2), body(1, 1));
        assertEquals(Set.of("skewed"), differing(lately));
    }

    @Test
    void aRepairInAnyModeBringsWhatItFoundAndNothingIsConcludedOfTheRest() {
        for (int i = 0; i < modes().size(); i++) {
            SurveyTest one = new SurveyTest();
            one.alike(50);
            Context before = one.b.knowledge().context();
            one.a.apply(List.of(put("k00001", 76, 0), put("k00001", 77, 0), new Change.Delete(uid("k00002"), null)));
            replicate(one.a, "old", stamp(START_MS, 1), body(1, 1));
            Scope scope = one.modes().get(i);
            Mode mode = scope.mode();
            RepairReport report = one.repair(scope);
            boolean all = mode != Mode.INCREMENTAL; // it does not see the old row
            assertEquals(all, report.same(), mode.word());
            assertEquals(mode == Mode.FULL, report.complete(), mode.word());
            assertEquals(all ? Set.of() : Set.of("old"), one.differing(Scope.TREE), mode.word());
            Context after = one.b.knowledge().context();
            assertTrue(after.coversAll(before));
            assertEquals(mode == Mode.FULL, after.coversAll(one.a.knowledge().context()), mode.word());
            assertTrue(one.repair(Scope.TREE).same());
        }
    }

    @Test
    void rowsThatDigestsCannotTellApartGoToTheOlderSide() {
        alike(5);
        b.apply(List.of(put("k00001", 1, 99)));
        assertEquals(Set.of(), differing(Scope.TREE));
        assertTrue(repair(Scope.FULL).same());
        assertEquals(Set.of(), differing(Scope.FULL));
        assertEquals(Set.of(), differing(Scope.PARTIAL));
        try (RowCursor rows = a.fetch(List.of(uid("k00001")))) {
            assertEquals(body(1, 99), ((Row.Live) rows.next().row()).body());
        }
        replicate(a, "excluded", stamp(START_MS, 3), body(1, 1));
        replicate(b, "excluded", stamp(START_MS, 3), body(1, 2));
        repair(Scope.FULL);
        assertEquals(Set.of("excluded"), differing(Scope.FULL), "there is no telling which is right");
    }

    @Test
    void lateIsNotDifferent() {
        alike(20);
        int value = 5_000;
        for (Scope scope : modes()) {
            value++;
            a.apply(List.of(put("k00003", value, 0), put("late", value, 0)));
            AtomicInteger pauses = new AtomicInteger();
            Comparison found = survey(a, b, scope, Verify.Options.DEFAULT.withSettle(10), ms -> {
                pauses.incrementAndGet();
                repair(Scope.TREE);
            });
            assertFalse(found instanceof Comparison.Different, scope.toString());
            assertEquals(1, pauses.get());
        }
    }

    @Test
    void rowsThatKeepMovingAreNotCalledDifferent() {
        alike(20);
        for (Scope scope : modes()) {
            AtomicInteger value = new AtomicInteger(1_000);
            a.apply(List.of(put("k00003", value.incrementAndGet(), 0)));
            Comparison found = survey(
                    a,
                    b,
                    scope,
                    Verify.Options.DEFAULT.withSettle(10),
                    ms -> a.apply(List.of(put("k00003", value.incrementAndGet(), 0))));
            assertEquals(
                    List.of(uid("k00003")),
                    assertInstanceOf(Comparison.Unsettled.class, found).unsettled());
            repair(Scope.TREE);
        }
    }

    @Test
    void theListOfDifferencesIsBounded() {
        alike(100);
        List<Change> many = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            many.add(put("n%03d".formatted(i), i, 0));
        }
        a.apply(many);
        Verify.Options few = new Verify.Options(0, 5, 7, true);
        for (Scope scope : List.of(Scope.FULL, Scope.PARTIAL)) {
            Comparison.Different different =
                    assertInstanceOf(Comparison.Different.class, survey(a, b, scope, few, ms -> {}));
            assertEquals(7, different.rows());
            assertTrue(different.truncated());
        }
    }

    // --- an index that lies, and hostile sides ---

    private ReplicaException refused(Replica theirs, Scope scope) {
        return assertThrows(ReplicaException.class, () -> survey(a, theirs, scope, AT_ONCE, ms -> {}));
    }

    @Test
    void anIndexThatListsAnotherDigestThanTheRowHasIsNamed() {
        alike(30);
        Digest wrong = Digest.sha256(new byte[1]);
        Replica lying = new Passing(b) {
            @Override
            public List<Entry> entries(UidRange range, int limit) {
                return super.entries(range, limit).stream()
                        .map(entry -> entry.uid().equals(uid("k00007"))
                                ? new Entry(entry.uid(), entry.stamp(), wrong)
                                : entry)
                        .toList();
            }

            @Override
            public List<RowState> states(List<Uid> uids) {
                return super.states(uids).stream()
                        .map(state ->
                                state instanceof RowState.Live(Stamp stamp, var digest) && uids.contains(uid("k00007"))
                                        ? new RowState.Live(stamp, wrong)
                                        : state)
                        .toList();
            }
        };
        ReplicaException e = refused(lying, Scope.FULL);
        assertEquals(ReplicaException.Kind.STORAGE, e.kind());
        assertTrue(e.getMessage().contains("is damaged: its index has row k00007"), e.getMessage());
    }

    @Test
    void anIndexThatLacksARowOrHasOneTooManyIsNamed() {
        alike(30);
        Replica lacking = new Passing(b) {
            @Override
            public List<Entry> entries(UidRange range, int limit) {
                return super.entries(range, limit).stream()
                        .filter(entry -> !entry.uid().equals(uid("k00007")))
                        .toList();
            }

            @Override
            public List<RowState> states(List<Uid> uids) {
                return uids.stream().<RowState>map(uid -> new RowState.Absent()).toList();
            }
        };
        assertTrue(refused(lacking, Scope.FULL).getMessage().contains("its index has row k00007 as Absent"));
        Replica rowless = new Passing(b) {
            @Override
            public RowCursor rows(UidRange range) {
                return without(super.rows(range));
            }

            @Override
            public RowCursor fetch(List<Uid> uids) {
                return without(super.fetch(uids));
            }

            private RowCursor without(RowCursor rows) {
                List<RowData> kept = new ArrayList<>();
                rows.forEachRemaining(kept::add);
                kept.removeIf(row -> row.row().uid().equals(uid("k00007")));
                return RowCursor.of(kept);
            }
        };
        assertTrue(refused(rowless, Scope.FULL).getMessage().contains("what is stored of it is Absent"));
    }

    @Test
    void unorderedForeignAndTooManyAnswersAreRefused() {
        alike(30);
        Replica backwards = new Passing(b) {
            @Override
            public List<Entry> entries(UidRange range, int limit) {
                return super.entries(range, limit).reversed();
            }

            @Override
            public Recent recent(long sinceMs, UidRange range, int limit) {
                Recent page = super.recent(sinceMs, range, limit);
                return new Recent(page.rows().reversed(), page.next());
            }
        };
        for (Scope scope : List.of(Scope.FULL, Scope.PARTIAL, Scope.since(Instant.EPOCH))) {
            assertTrue(refused(backwards, scope).getMessage().contains("which is out of order"), scope.toString());
        }
        Replica shuffledRows = new Passing(b) {
            @Override
            public RowCursor rows(UidRange range) {
                List<RowData> all = new ArrayList<>();
                super.rows(range).forEachRemaining(all::add);
                return RowCursor.of(all.reversed());
            }
        };
        assertTrue(refused(shuffledRows, Scope.FULL).getMessage().contains("which is out of order"));
        Replica older = new Passing(b) {
            @Override
            public Recent recent(long sinceMs, UidRange range, int limit) {
                return super.recent(1, range, limit);
            }
        };
        assertTrue(refused(older, lately()).getMessage().contains("which is older than what was asked for"));
        Replica shortOfStates = new Passing(b) {
            @Override
            public List<RowState> states(List<Uid> uids) {
                return List.of();
            }
        };
        a.apply(List.of(put("x", 1, 1)));
        for (Scope scope : modes()) {
            assertTrue(refused(shortOfStates, scope).getMessage().contains("0 states for "), scope.toString());
        }
    }

    @Test
    void endlessAnswersAreRefused() {
        alike(3);
        AtomicInteger count = new AtomicInteger();
        Replica pages = new Passing(b) {
            @Override
            public Recent recent(long sinceMs, UidRange range, int limit) {
                return new Recent(List.of(), uid("%09d".formatted(count.incrementAndGet())));
            }
        };
        assertTrue(refused(pages, lately()).getMessage().contains("many more changes than it has rows"));
        assertTrue(count.get() < 100, () -> count + " pages");
        Replica standing = new Passing(b) {
            @Override
            public Recent recent(long sinceMs, UidRange range, int limit) {
                return new Recent(List.of(), uid("a"));
            }
        };
        assertTrue(refused(standing, lately()).getMessage().contains("which leads nowhere"));
        Verify.Options all = new Verify.Options(0, 5, Integer.MAX_VALUE, true);
        ReplicaException e = assertThrows(
                ReplicaException.class,
                () -> Survey.run(endless(b), endless(a), Scope.PARTIAL, all, random, Progress.NONE, ms -> {}));
        assertTrue(e.getMessage().contains("lists many more rows than it says it has"), e.getMessage());
    }

    /** One that makes up rows without end. */
    private static Replica endless(Replica replica) {
        return new Passing(replica) {
            private int count;

            @Override
            public List<Entry> entries(UidRange range, int limit) {
                List<Entry> made = new ArrayList<>();
                for (int i = 0; i < limit; i++) {
                    made.add(new Entry(uid("%09d".formatted(count++)), stamp(1, 1), Digest.sha256(new byte[0])));
                }
                return made;
            }
        };
    }

    @Test
    void copiesThatCannotBeComparedAreNotInAnyMode() {
        Replica other = place(3).create(TABLE, RULES.ofSchema(3));
        Replica salted = new MemoryReplicas("memory:4", Salt.of(new byte[16]), new Incarnation(0, 4), () -> nowMs)
                .create(TABLE, RULES);
        for (Scope scope : modes()) {
            assertTrue(refused(other, scope).getMessage().contains("schema version 0 here and 3 there"));
            assertTrue(refused(salted, scope).getMessage().contains("salt"));
        }
    }
}
