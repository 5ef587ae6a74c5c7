package io.twinroot.store;

import static io.twinroot.store.TwoWriters.flagged;
import static io.twinroot.store.TwoWriters.gone;
import static io.twinroot.store.TwoWriters.offer;
import static io.twinroot.store.TwoWriters.row;
import static io.twinroot.store.TwoWriters.stamp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the tables of a store have seen is never more than is true, and outlasts the process. */
final class StoreContextTest {
    @TempDir
    Path directory;

    private Store store;
    private StoreTable table;

    @BeforeEach
    void open() {
        store = StoreFixture.open(directory, StoreFixture.small(), FaultyDisk.quick());
        table = StoreFixture.table(store);
    }

    private void reopen() {
        store.close();
        open();
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void ownWritesOfAllTablesAreCoveredAndStaySoAfterTheProcess() {
        StoreTable other = store.createTable(new TableName("t/other"), TableRules.DEFAULT);
        Stamp first = stamp(StoreFixture.apply(table, StoreFixture.put(1, 1)));
        Stamp second = stamp(StoreFixture.apply(other, StoreFixture.put(1, 1)));
        assertEquals(1, table.context().size());
        assertEquals(2, table.context().last(store.incarnation()));
        Context before = table.context();
        reopen();
        assertTrue(table.context().covers(first) && table.context().covers(second));
        assertEquals(before, table.context());
        assertEquals(
                List.of(first.incarnation()), before.incarnations().stream().toList());
    }

    @Test
    void whatIsTakenOrSkippedIsADotAndWhatIsParkedIsNot() {
        offer(table, row(1, stamp(5, 10), 1));
        offer(table, row(1, stamp(3, 5), 1));
        offer(table, gone(2, stamp(7, 12)));
        offer(table, row(3, stamp(9, 600_000), 1));
        Context context = table.context();
        assertEquals("{" + TwoWriters.OTHER + ":3,5,7}", context.toString());
        reopen();
        assertEquals(context, table.context());
    }

    @Test
    void allStampsOfARowsMarksAreCovered() {
        offer(table, flagged(1, stamp(2, 5), 1, stamp(4, 9), "\\Seen", true));
        assertTrue(table.context().covers(stamp(2, 5)) && table.context().covers(stamp(4, 9)));
        Context context = table.context();
        reopen();
        assertEquals(context, table.context());
    }

    @Test
    void absorbingIsAUnionThatIsWrittenDown() {
        Context.Editor theirs = Context.EMPTY.edit();
        theirs.addUpTo(TwoWriters.OTHER, 40);
        theirs.addUpTo(store.incarnation(), 1000); // nobody knows our own writes better
        StoreFixture.apply(table, StoreFixture.put(1, 1));
        table.absorb(theirs.context());
        Context context = table.context();
        assertTrue(context.covers(stamp(40, 1)));
        assertEquals(1, context.last(store.incarnation()));
        reopen();
        assertEquals(context, table.context());
    }

    @Test
    void aWriteUnderOurIncarnationThatWeDidNotMakeIsRefused() {
        Stamp forged = new Stamp(StoreFixture.START_MS << 16, store.incarnation(), 9);
        assertInstanceOf(Outcome.Refused.class, offer(table, row(1, forged, 1)));
        assertEquals(Context.EMPTY, table.context());
    }

    @Test
    void aNewIncarnationBeginsAtOneAndIsALife() throws IOException {
        Stamp before = stamp(StoreFixture.apply(table, StoreFixture.put(1, 1)));
        Incarnation fresh = new Incarnation(8, 8);
        store.renewIncarnation(fresh);
        assertThrows(RuntimeException.class, () -> store.renewIncarnation(fresh));
        Stamp after = stamp(StoreFixture.apply(table, StoreFixture.put(1, 2)));
        assertEquals(new Stamp(after.clock(), fresh, 1), after);
        assertTrue(after.compareTo(before) > 0);
        assertEquals(List.of(before.incarnation(), fresh), store.lives());
        Context context = table.context();
        assertTrue(context.covers(before) && context.covers(after));
        assertEquals(
                List.of(before),
                TwoWriters.held(table, StoreFixture.uid(1)).past().seen());
        assertTrue(Files.readString(directory.resolve("LIVES")).contains(fresh.hex()));
        reopen();
        assertEquals(context, table.context());
        assertEquals(List.of(before.incarnation(), fresh, store.incarnation()), store.lives());
    }

    @Test
    void livesAreAtMostAHundredAndOnlyThoseThatWrote() {
        for (int i = 0; i < 5; i++) {
            reopen(); // nothing is written
        }
        assertEquals(
                List.of(store.incarnation()),
                store.lives().stream().distinct().skip(1).toList());
        StoreFixture.apply(table, StoreFixture.put(1, 1));
        for (int i = 0; i < 120; i++) {
            store.renewIncarnation(new Incarnation(100, i));
        }
        assertEquals(100, store.lives().size());
        assertEquals(new Incarnation(100, 119), store.lives().getLast());
        reopen();
        assertEquals(100, store.lives().size());
    }

    @Test
    void knowsWhichClocksItGaveItsWrites() {
        Stamp made = stamp(StoreFixture.apply(table, StoreFixture.put(1, 1)));
        assertFalse(store.wroteDifferently(made));
        assertTrue(store.wroteDifferently(new Stamp(made.clock() + 1, made.incarnation(), made.seq())));
        assertTrue(store.wroteDifferently(new Stamp(made.clock(), made.incarnation(), 2)));
        assertFalse(store.wroteDifferently(stamp(1, 1)));
        offer(table, row(2, stamp(4, 1), 1));
        assertEquals(List.of(stamp(4, 1), made), store.latestWrites());
        assertEquals(stamp(4, 1).clock(), store.clock());
    }

    @Test
    void stampsExceedAClockThatWasSeenUnlessItIsTooFarAhead() {
        long ahead = (StoreFixture.START_MS + 200_000) << 16;
        assertTrue(store.sawClock(ahead));
        assertFalse(store.sawClock((StoreFixture.START_MS + 300_001) << 16));
        assertEquals(ahead, store.clock());
        assertEquals(
                ahead + 1,
                stamp(StoreFixture.apply(table, StoreFixture.put(1, 1))).clock());
    }

    @Test
    void tombstonesThatAllHaveSeenAreCleanedUpAndWhatTheyDeletedStaysAway() {
        Stamp old = stamp(1, 1);
        offer(table, row(1, old, 1));
        for (int i = 1; i <= 2_500; i++) {
            StoreFixture.apply(table, StoreFixture.put(i, 1));
        }
        for (int i = 1; i <= 2_500; i++) {
            StoreFixture.apply(table, StoreFixture.delete(i));
        }
        Context all = table.context();
        assertEquals(0, table.cleanTombstones(Context.EMPTY, Long.MAX_VALUE));
        assertEquals(0, table.cleanTombstones(all, StoreFixture.START_MS));
        assertEquals(2_500, count(table.tombstones(Context.EMPTY)));
        assertEquals(0, count(table.tombstones(all)));
        assertEquals(2_500, table.cleanTombstones(all, StoreFixture.START_MS + 2));
        assertEquals(0, table.info().tombstones());
        assertInstanceOf(Outcome.Lingering.class, offer(table, row(1, old, 1)));
        store.compact();
        reopen();
        assertEquals(all, table.context());
        assertEquals(new RowState.Absent(), table.state(StoreFixture.uid(1)));
        assertInstanceOf(Outcome.Lingering.class, offer(table, row(1, old, 1)));
    }

    private static int count(java.util.Iterator<?> all) {
        int count = 0;
        while (all.hasNext()) {
            all.next();
            count++;
        }
        return count;
    }

    @Test
    void lostRowsResetTheContextAndTheIncarnation() throws IOException {
        Stamp old = stamp(1, 1);
        offer(table, row(1, old, 1));
        Stamp own = stamp(StoreFixture.apply(table, StoreFixture.put(2, 1)));
        store.close();
        Path segment = tail().getLast();
        byte[] bytes = Files.readAllBytes(segment);
        bytes[bytes.length - 27] ^= 0x40; // the body of the last put, before the closing mark
        Files.write(segment, bytes);
        store = StoreFixture.open(directory, StoreFixture.small(), FaultyDisk.quick());
        table = StoreFixture.table(store);
        assertFalse(store.damages().isEmpty());
        assertEquals(Context.EMPTY, table.context());
        Stamp ours = new Stamp(own.clock(), own.incarnation(), own.seq());
        assertInstanceOf(Outcome.Applied.class, offer(table, row(2, ours, 1)));
        assertInstanceOf(Outcome.Applied.class, offer(table, row(3, stamp(8, 8), 1)));
        store.damages().stream()
                .filter(damage -> damage.state() == StoreDamage.State.OPEN)
                .forEach(damage -> store.accept(damage.id()));
        assertFalse(table.context().covers(stamp(7, 7)));
        assertTrue(table.context().covers(stamp(8, 8)));
        Context context = table.context();
        Files.deleteIfExists(directory.resolve("view/MANIFEST"));
        reopen();
        assertEquals(context, table.context());
    }

    private List<Path> tail() throws IOException {
        try (var files = Files.list(directory.resolve("log"))) {
            return files.filter(file -> file.toString().endsWith(".seg"))
                    .sorted()
                    .toList();
        }
    }

    /** What the store said of itself, in words of the test: the writes that are known to be here or to be past. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void isTheSameAfterAnyHistoryAndNeverClaimsTooMuch(long seed) throws IOException {
        Random random = new Random(seed);
        Set<Stamp> known = new HashSet<>();
        Set<Stamp> never = new HashSet<>();
        long seq = 0;
        for (int step = 0; step < 600; step++) {
            int i = random.nextInt(60);
            switch (random.nextInt(24)) {
                case 0, 1, 2, 3, 4, 5 -> known.add(stamp(StoreFixture.apply(table, StoreFixture.put(i, step))));
                case 6, 7, 8 -> {
                    if (StoreFixture.apply(table, StoreFixture.delete(i)) instanceof Outcome.Applied(Stamp made)) {
                        known.add(made);
                    }
                }
                case 9, 10, 11, 12, 13, 14, 15 -> {
                    seq += 1 + random.nextInt(3);
                    Stamp stamp = stamp(seq, random.nextInt(2_000));
                    Outcome outcome =
                            random.nextInt(4) == 0 ? offer(table, gone(i, stamp)) : offer(table, row(i, stamp, step));
                    assertFalse(outcome instanceof Outcome.Parked || outcome instanceof Outcome.Refused);
                    known.add(stamp);
                }
                case 16 -> {
                    seq++;
                    Stamp far = stamp(seq, 400_000);
                    assertInstanceOf(Outcome.Parked.class, offer(table, row(i, far, step)));
                    never.add(far);
                }
                case 17 -> {
                    Uid uid = StoreFixture.uid(i);
                    Change flag = new Change.Flag(uid, "flags", List.of("a" + step % 3), List.of(), null);
                    if (StoreFixture.apply(table, flag) instanceof Outcome.Applied(Stamp made)) {
                        known.add(made);
                    }
                }
                case 18 -> {
                    if (table.state(StoreFixture.uid(i)) instanceof RowState.Live live) {
                        Change drop = new Change.Drop(StoreFixture.uid(i), live);
                        assertEquals(live.stamp(), stamp(StoreFixture.apply(table, drop)));
                    }
                }
                case 19 -> table.cleanTombstones(table.context(), Long.MAX_VALUE);
                case 20 -> store.compact();
                case 21 -> store.renewIncarnation(new Incarnation(seed, 1_000_000 + step));
                default -> {
                    Context before = table.context();
                    store.close();
                    if (random.nextInt(3) == 0) {
                        Files.deleteIfExists(directory.resolve("view/MANIFEST"));
                    }
                    open();
                    assertEquals(before, table.context(), "after step " + step);
                }
            }
            Context context = table.context();
            known.forEach(stamp -> assertTrue(context.covers(stamp), stamp::text));
            never.forEach(stamp -> assertFalse(context.covers(stamp), stamp::text));
            for (long other = 1; other <= seq; other++) {
                Stamp stamp = stamp(other, 0);
                long named = other;
                boolean isKnown = known.stream()
                        .anyMatch(one -> one.incarnation().equals(TwoWriters.OTHER) && one.seq() == named);
                assertEquals(isKnown, context.covers(stamp), stamp::text);
            }
        }
    }
}
