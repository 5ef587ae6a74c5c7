package io.twinroot.store;

import static io.twinroot.store.TwoWriters.flagged;
import static io.twinroot.store.TwoWriters.gone;
import static io.twinroot.store.TwoWriters.offer;
import static io.twinroot.store.TwoWriters.row;
import static io.twinroot.store.TwoWriters.stamp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
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
    void aTombstoneStaysUntilAllIsKnownThatItsWriterHadSeen() {
        Stamp deleted = stamp(5, 2);
        offer(table, new Row.Tombstone(StoreFixture.uid(1), deleted));
        assertTrue(table.context().covers(deleted));
        assertEquals(
                0,
                table.cleanTombstones(table.context(), Long.MAX_VALUE),
                "an earlier write may be of the deleted row");
        Context.Editor other = Context.EMPTY.edit();
        other.addUpTo(deleted.incarnation(), deleted.seq());
        table.absorb(other.context());
        assertEquals(1, table.cleanTombstones(table.context(), Long.MAX_VALUE));
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

    /** Flips a bit of the content of each frame of a row, where the log lies. */
    private void damageRow(long i) throws IOException {
        byte[] uid = StoreFixture.uid(i).toBytes();
        int flips = 0;
        for (Path file : logFiles()) {
            byte[] bytes = Files.readAllBytes(file);
            for (int at = 0; at + uid.length + 37 < bytes.length; at++) {
                if (Arrays.equals(bytes, at, at + uid.length, uid, 0, uid.length)) {
                    StoreDamageTest.flip(file, at + uid.length + 37, 8); // behind the stamp and the body's length
                    flips++;
                }
            }
        }
        assertTrue(flips > 0);
    }

    private List<Path> logFiles() throws IOException {
        try (var files = Files.list(directory.resolve("log"))) {
            return files.filter(file -> file.toString().matches(".*\\.(seg|base)"))
                    .sorted()
                    .toList();
        }
    }

    private void isReset(Incarnation before, Stamp lost) throws IOException {
        assertEquals(Context.EMPTY, table.context());
        assertNotEquals(before, store.incarnation());
        assertTrue(store.lives().containsAll(List.of(before, store.incarnation())));
        assertTrue(store.isReadOnly(StoreFixture.TABLE));
        assertEquals(new Outcome.Applied(lost), offer(table, row(2, lost, 1))); // not taken for lingering
        Stamp next = stamp(StoreFixture.apply(table, StoreFixture.put(2, 2)));
        assertEquals(store.incarnation(), next.incarnation());
        assertEquals(1, next.seq());
        Context context = table.context();
        assertTrue(context.covers(lost) && context.covers(next));
        assertEquals(2, context.incarnations().size());
        Files.deleteIfExists(directory.resolve("view/MANIFEST"));
        reopen();
        assertEquals(context, table.context());
    }

    @Test
    void aLostRowThatAReadFindsResetsTheContextAndTheIncarnation() throws IOException {
        offer(table, row(1, stamp(1, 1), 1));
        Stamp lost = stamp(StoreFixture.apply(table, StoreFixture.put(2, 1)));
        Incarnation before = store.incarnation();
        TableSnapshot snapshot = table.snapshot();
        damageRow(2);
        assertThrows(StoreException.class, () -> snapshot.row(StoreFixture.uid(2)));
        table.apply(List.of()); // comes behind what the read noted
        isReset(before, lost);
    }

    @Test
    void aLostRowThatTheMakingOfAViewFindsResetsTheContextAndTheIncarnation() throws IOException {
        offer(table, row(1, stamp(1, 1), 1));
        Stamp lost = stamp(StoreFixture.apply(table, StoreFixture.put(2, 1)));
        Incarnation before = store.incarnation();
        store.compact(); // writes out what is in memory
        damageRow(2);
        try (var files = Files.list(directory.resolve("view"))) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".mapdb")).toList()) {
                Files.delete(file);
            }
        }
        AtomicReference<Context> made = new AtomicReference<>();
        store.scrub(ScrubPart.ALL, 1L << 40, progress -> {
            if (progress.step().startsWith("rows")) { // before the scrub itself reads one
                made.compareAndSet(null, table.context());
            }
        });
        assertEquals(Context.EMPTY, made.get());
        isReset(before, lost);
    }

    /** Where the last frame begins that says what a table has seen. */
    private long lastKnown(Path segment, int number) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
        for (int at = bytes.limit() - 20; at >= 0; at--) {
            if (bytes.getShort(at + 4) == 5 && (bytes.get(at + 14) & 0x7f) == 8 && bytes.getInt(at + 15) == number) {
                return at;
            }
        }
        throw new AssertionError("no such frame in " + segment);
    }

    @ParameterizedTest(name = "bit in byte {0} of the frame")
    @ValueSource(ints = {1, 5, 7, 11, 14, 18, 19, 25})
    void aDamagedFrameOfWhatWasSeenTakesNoRow(int inFrame) throws IOException {
        StoreTable other = store.createTable(new TableName("t/other"), TableRules.DEFAULT);
        Stamp own = stamp(StoreFixture.apply(table, StoreFixture.put(1, 1)));
        offer(other, row(1, stamp(3, 1), 1));
        Context.Editor theirs = Context.EMPTY.edit();
        theirs.addUpTo(TwoWriters.OTHER, 40);
        table.absorb(theirs.context());
        offer(table, row(2, stamp(41, 41), 1));
        Context untouched = other.context();
        store.close();
        StoreDamageTest.flip(tail().getLast(), lastKnown(tail().getLast(), 1) + inFrame, 1);
        Files.deleteIfExists(directory.resolve("view/MANIFEST"));
        open();
        assertEquals(Context.EMPTY, table.context());
        assertEquals(untouched, store.table(new TableName("t/other")).context());
        assertEquals(
                List.of(StoreDamage.State.MENDED),
                store.damages().stream().map(StoreDamage::state).toList());
        assertTrue(store.damages().getFirst().text().contains("what table t/rows had seen"));
        assertFalse(store.isReadOnly(StoreFixture.TABLE));
        assertNotEquals(own.incarnation(), store.incarnation());
        StoreFixture.check(table.snapshot());
        assertEquals(2, table.info().count());
        Stamp next = stamp(StoreFixture.apply(table, StoreFixture.put(1, 2)));
        Context context = table.context();
        assertTrue(context.covers(next) && !context.covers(stamp(7, 7)) && !context.covers(own));
        Files.deleteIfExists(directory.resolve("view/MANIFEST"));
        reopen(); // the place is met again, and known
        assertEquals(context, table.context());
        assertEquals(1, store.damages().size());
        Files.delete(directory.resolve("DAMAGE"));
        Files.deleteIfExists(directory.resolve("view/MANIFEST"));
        reopen();
        assertEquals(Context.EMPTY, table.context());
    }

    @Test
    void aDamagedResetDoesNotBringBackWhatWasClaimedBefore() throws IOException {
        Context.Editor theirs = Context.EMPTY.edit();
        theirs.addUpTo(TwoWriters.OTHER, 40);
        table.absorb(theirs.context());
        Stamp lost = stamp(StoreFixture.apply(table, StoreFixture.put(2, 1)));
        TableSnapshot snapshot = table.snapshot();
        damageRow(2);
        assertThrows(StoreException.class, () -> snapshot.row(StoreFixture.uid(2)));
        table.apply(List.of());
        offer(table, row(2, lost, 1));
        assertFalse(table.context().covers(stamp(7, 7)));
        store.close();
        StoreDamageTest.flip(tail().getLast(), lastKnown(tail().getLast(), 1) + 12, 1);
        Files.deleteIfExists(directory.resolve("view/MANIFEST"));
        open();
        assertFalse(store.isReadOnly(StoreFixture.TABLE));
        assertFalse(table.context().covers(stamp(7, 7)));
        assertFalse(table.context().covers(lost));
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
