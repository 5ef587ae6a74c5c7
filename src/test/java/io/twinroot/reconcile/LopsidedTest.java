package io.twinroot.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.MemoryTree;
import io.twinroot.tree.Salt;
import io.twinroot.tree.UidKinds;
import io.twinroot.wire.Hashes;
import io.twinroot.wire.Message;
import io.twinroot.wire.MessageCodec;
import io.twinroot.wire.MessageException;
import io.twinroot.wire.Span;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tables, or parts of them, of which one side has far more than the other. */
final class LopsidedTest {
    private static final Salt SALT = Salt.PUBLISHED;
    private static final TableName TABLE = new TableName("t");
    private static final int MOST = 1_000_000;

    /** The few rows of the smaller side, in a table of so many numbered rows: number and content. */
    private enum Few {
        THE_SAME {
            @Override
            void write(MemorySnapshot side, LongFunction<Uid> kind, long i, long n, long count) {
                long row = i * Math.max(1, n / count);
                side.write(kind.apply(row), NarrowingTest.digest(row));
            }
        },
        OTHER_CONTENT {
            @Override
            void write(MemorySnapshot side, LongFunction<Uid> kind, long i, long n, long count) {
                side.write(kind.apply(i * Math.max(1, n / count)), NarrowingTest.digest(-1 - i));
            }
        },
        OTHER_ROWS {
            @Override
            void write(MemorySnapshot side, LongFunction<Uid> kind, long i, long n, long count) {
                side.write(after(kind.apply(i * Math.max(1, n / count))), NarrowingTest.digest(i));
            }
        },
        AT_THE_END {
            @Override
            void write(MemorySnapshot side, LongFunction<Uid> kind, long i, long n, long count) {
                side.write(kind.apply(n - count / 2 + i), NarrowingTest.digest(n - count / 2 + i));
            }
        };

        abstract void write(MemorySnapshot side, LongFunction<Uid> kind, long i, long n, long count);
    }

    private static Uid after(Uid uid) {
        byte[] bytes = uid.toBytes();
        return Uid.of(ByteBuffer.allocate(bytes.length + 1).put(bytes).array());
    }

    private static MemorySnapshot table(LongFunction<Uid> kind, long from, long to) {
        MemorySnapshot side = new MemorySnapshot(SALT);
        for (long i = from; i < to; i++) {
            side.write(kind.apply(i), NarrowingTest.digest(i));
        }
        return side;
    }

    private static NarrowingTest.Run check(String what, MemorySnapshot mine, MemorySnapshot theirs) {
        NarrowingTest.Run run = new NarrowingTest.Run(7).narrow(mine, theirs, 3 * MOST);
        NarrowingTest.assertFindsAll(what, run, mine, theirs);
        assertEquals(0, run.collisions, what);
        return run;
    }

    private static void checkBothWays(
            String what, MemorySnapshot one, MemorySnapshot other, int tripsMax, long bytesMax) {
        for (boolean flipped : new boolean[] {false, true}) {
            String way = what + (flipped ? ", the smaller one asks" : "");
            NarrowingTest.Run run = flipped ? check(way, other, one) : check(way, one, other);
            assertTrue(run.roundTrips <= tripsMax, way + ": " + run.roundTrips + " round trips");
            assertTrue(run.bytes <= bytesMax, way + ": " + run.bytes + " bytes");
        }
    }

    private static void checkAll(String name, LongFunction<Uid> kind, MemorySnapshot large, long n, int... counts) {
        for (int count : counts) {
            for (Few few : Few.values()) {
                MemorySnapshot small = new MemorySnapshot(SALT);
                for (int i = 0; i < count; i++) {
                    few.write(small, kind, i, n, count);
                }
                small.tree.refresh();
                // a row in 4,096 at most is not listed but in a run: the few themselves, and all that lies close to
                // them
                long bytes = 2_000 + 100L * Math.min(n, (count + 1L) * 2 * Responder.RANGE_MIN);
                checkBothWays(name + ", " + count + " rows, " + few, large, small, 100, bytes);
            }
        }
    }

    @Test
    void aSmallTableAndALargeOne() {
        for (String name : List.of("sequential", "uuid4", "comb")) {
            LongFunction<Uid> kind = UidKinds.all(SALT).get(name);
            MemorySnapshot large = table(kind, 0, 10_000);
            large.tree.refresh();
            checkAll(name, kind, large, 10_000, 0, 1, 2, 9, 70);
        }
    }

    @Test
    @Tag("long")
    void aSmallTableAndOneOfAMillionRows() {
        for (String name : List.of("sequential", "uuid4", "comb")) {
            LongFunction<Uid> kind = UidKinds.all(SALT).get(name);
            MemorySnapshot large = table(kind, 0, 1_000_000);
            large.tree.refresh();
            checkAll(name, kind, large, 1_000_000, 0, 1, 2, 1_000);
        }
    }

    @Test
    void aRowInAMillionCostsNextToNothing() {
        LongFunction<Uid> kind = UidKinds.all(SALT).get("sequential");
        MemorySnapshot large = table(kind, 0, 400_000); // more than a block may have
        large.tree.refresh();
        MemorySnapshot one = new MemorySnapshot(SALT);
        one.write(after(kind.apply(200_000)), NarrowingTest.digest(1));
        one.tree.refresh();
        checkBothWays("one other row", large, one, 3, 1_000);
    }

    @Test
    void partsThatOnlyOneSideHasButForARow() {
        LongFunction<Uid> kind = UidKinds.all(SALT).get("sequential");
        int n = 400_000;
        MemorySnapshot full = table(kind, 0, n);
        MemorySnapshot mine = new MemorySnapshot(full.tree.copy());
        MemorySnapshot theirs = new MemorySnapshot(full.tree);
        for (long i = 50_000; i < 150_000; i++) {
            mine.tree.delete(kind.apply(i));
        }
        mine.write(after(kind.apply(77_777)), NarrowingTest.digest(1));
        mine.write(kind.apply(88_888), NarrowingTest.digest(2));
        for (long i = 200_000; i < 390_000; i++) {
            theirs.tree.delete(kind.apply(i));
        }
        theirs.write(after(kind.apply(222_222)), NarrowingTest.digest(3));
        theirs.write(kind.apply(380_000), NarrowingTest.digest(380_000));
        mine.tree.refresh();
        theirs.tree.refresh();
        checkBothWays("two parts", mine, theirs, 20, 300_000);
    }

    @Test
    void manyRowsOfTheSmallerSideAreAskedAboutInTurn() {
        LongFunction<Uid> kind = UidKinds.all(SALT).get("sequential");
        MemorySnapshot large = table(kind, 0, 300_000);
        large.tree.refresh();
        MemorySnapshot small = new MemorySnapshot(SALT);
        for (long i = 0; i < Join.UIDS_MAX * 3 / 2; i++) { // with a level less than the larger one begins with
            small.write(after(kind.apply(i)), NarrowingTest.digest(i));
        }
        small.tree.refresh();
        checkBothWays("1,500 rows", large, small, 40, 2_000_000);
    }

    @Test
    void allPairsOfSizesAtRandom() {
        LongFunction<Uid> kind = UidKinds.all(SALT).get("uuid4");
        for (long seed = 1; seed <= 40; seed++) {
            Random random = new Random(seed);
            MemorySnapshot mine = new MemorySnapshot(SALT);
            MemorySnapshot theirs = new MemorySnapshot(SALT);
            List<Uid> uids = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                uids.add(kind.apply(i));
            }
            Collections.sort(uids);
            for (int from = 0; from < uids.size(); ) { // stretches with rows on both sides, on one, or a few on one
                int to = Math.min(uids.size(), from + 1 + random.nextInt(12_000));
                int here = 1 << random.nextInt(14);
                int there = random.nextInt(3) == 0 ? here : 1 << random.nextInt(14);
                for (Uid uid : uids.subList(from, to)) {
                    if (random.nextInt(here) == 0) {
                        mine.write(uid, NarrowingTest.digest(uid.hashCode()));
                    }
                    if (random.nextInt(there) == 0) {
                        theirs.write(uid, NarrowingTest.digest(uid.hashCode()));
                    }
                }
                from = to;
            }
            mine.tree.refresh();
            theirs.tree.refresh();
            NarrowingTest.Run run = new NarrowingTest.Run(seed).narrow(mine, theirs, MOST);
            NarrowingTest.assertFindsAll("seed " + seed, run, mine, theirs);
        }
    }

    @Test
    void anyRangeIsCountedRight() {
        for (LongFunction<Uid> kind : UidKinds.all(SALT).values()) {
            MemoryTree tree = table(kind, 0, 3_000).tree.refresh();
            Random random = new Random(1);
            NavigableMap<Uid, Digest> entries = new TreeMap<>(tree.entries());
            List<Uid> uids = new ArrayList<>(entries.keySet());
            for (int i = 0; i < 500; i++) {
                Uid one = uids.get(random.nextInt(uids.size()));
                Uid other = random.nextBoolean() ? uids.get(random.nextInt(uids.size())) : after(one);
                Uid start = one.compareTo(other) < 0 ? one : other;
                Uid stop = one.compareTo(other) < 0 ? other : one;
                assertEquals(entries.subMap(start, stop).size(), RowCount.of(tree, new UidRange(start, stop)));
                assertEquals(entries.headMap(stop).size(), RowCount.of(tree, new UidRange(null, stop)));
                assertEquals(entries.tailMap(start).size(), RowCount.of(tree, new UidRange(start, null)));
            }
            assertEquals(3_000, RowCount.of(tree, UidRange.ALL));
        }
    }

    // --- a peer that lies ---

    private static final LongFunction<Uid> KIND = UidKinds.all(SALT).get("sequential");
    private static final Digest LIE = NarrowingTest.digest(-1);

    /** A narrowing that was told of another root above so many hashes of a level. */
    private static Narrowing told(MemorySnapshot mine, int most, int level, int hashes) {
        Narrowing narrowing = new Narrowing(mine, Narrowing.SHORT, 1, most, true);
        Message.Opened opened = new Message.Opened(
                5, 1, SALT.id(), mine.rules().fingerprint(), 1_000_000_000, LIE, level, Hashes.of(new long[hashes]));
        narrowing.start();
        assertInstanceOf(Narrowing.Step.Ask.class, narrowing.next(bytes(opened)));
        return narrowing;
    }

    private static byte[] bytes(Message message) {
        return MessageCodec.encode(message, Narrowing.SHORT);
    }

    private static Entry entry(long i) {
        return MemorySnapshot.entry(KIND.apply(i), LIE);
    }

    private static byte[] listed(boolean complete, Entry... entries) {
        return bytes(new Message.Fetched(complete, List.of(new Message.Found.Listed(List.of(entries)))));
    }

    @Test
    void entriesThatLeadNowhereAreRefused() {
        MemorySnapshot large = table(KIND, 0, 300_000);
        large.tree.refresh();
        MemorySnapshot small = table(KIND, 0, 100);
        small.tree.refresh();
        for (boolean here : new boolean[] {false, true}) {
            MemorySnapshot mine = here ? large : small;
            int level = here ? 0 : 9;
            assertThrows(
                    MessageException.class, () -> told(mine, MOST, level, 1).next(listed(false)));
            assertThrows(
                    MessageException.class, () -> told(mine, MOST, level, 1).next(listed(true, entry(2), entry(1))));
            Narrowing again = told(mine, MOST, level, 1);
            assertInstanceOf(Narrowing.Step.Ask.class, again.next(listed(false, entry(1))));
            assertThrows(MessageException.class, () -> again.next(listed(false, entry(1))));
        }
    }

    @Test
    void entriesWithoutEndComeToAnEnd() {
        MemorySnapshot large = table(KIND, 0, 300_000);
        large.tree.refresh();
        MemorySnapshot small = table(KIND, 0, 100);
        small.tree.refresh();
        for (boolean here : new boolean[] {false, true}) {
            Narrowing narrowing = told(here ? large : small, 1_000, here ? 0 : 9, 1);
            Narrowing.Step step = null;
            for (long i = 0; i <= 1_001 && !(step instanceof Narrowing.Step.Done); i++) {
                step = narrowing.next(listed(false, entry(i)));
            }
            assertTrue(assertInstanceOf(
                            Narrowing.Result.Different.class,
                            assertInstanceOf(Narrowing.Step.Done.class, step).result())
                    .truncated());
        }
    }

    @Test
    void aRunThatGoesOverAnAskedRowOrManyRunsAreRefused() {
        MemorySnapshot small = table(KIND, 0, 100);
        small.tree.refresh();
        Message.Found over = new Message.Found.Ranged(new UidRange(KIND.apply(5), KIND.apply(9)), 5_000);
        assertThrows(
                MessageException.class,
                () -> told(small, MOST, 9, 1).next(bytes(new Message.Fetched(true, List.of(over)))));
        Message.Found beyond = new Message.Found.Ranged(UidRange.from(KIND.apply(1_000)), 5_000);
        assertThrows(
                MessageException.class,
                () -> told(small, MOST, 9, 1).next(bytes(new Message.Fetched(true, Collections.nCopies(203, beyond)))));
        MemorySnapshot large = table(KIND, 0, 300_000);
        large.tree.refresh();
        assertThrows(
                MessageException.class,
                () -> told(large, MOST, 0, 1).next(bytes(new Message.Fetched(true, List.of(beyond)))));
    }

    @Test
    void aResponderAnswersWithinItsBounds() {
        MemorySnapshot large = new MemorySnapshot(SALT);
        byte[] longest = new byte[Uid.MAX_LENGTH];
        for (int i = 0; i < 6_000; i++) {
            large.write(Uid.of(ByteBuffer.wrap(longest).putInt(0, i).array()), NarrowingTest.digest(i));
        }
        large.tree.refresh();
        NarrowingHost host = new NarrowingHost(() -> 9, () -> 0);
        Message opened = MessageCodec.decode(
                host.answer(TABLE, () -> large, bytes(new Message.Open(1, Narrowing.SHORT, 1, LIE))), Narrowing.SHORT);
        Span all = new Span(
                0, assertInstanceOf(Message.Opened.class, opened).hashes().size());
        List<Uid> uids = new ArrayList<>();
        for (int i = 0; i <= Join.UIDS_MAX; i++) {
            uids.add(KIND.apply(i));
        }
        assertThrows(ReplicaException.class, () -> ask(host, large, all, uids, true));
        assertThrows(ReplicaException.class, () -> ask(host, large, new Span(1_000_000, 1), List.of(), true));
        List<Uid> every = List.copyOf(large.tree.entries().keySet());
        List<Uid> some = IntStream.range(0, 900).mapToObj(i -> every.get(3 * i)).toList();
        byte[] answer = ask(host, large, all, some, true);
        assertTrue(answer.length < 2 << 20, answer.length + " bytes");
        Message.Fetched fetched = assertInstanceOf(Message.Fetched.class, MessageCodec.decode(answer, Narrowing.SHORT));
        assertTrue(!fetched.complete());
    }

    private static byte[] ask(NarrowingHost host, MemorySnapshot table, Span span, List<Uid> uids, boolean rest) {
        return host.answer(TABLE, () -> table, bytes(new Message.Among(9, 0, span, null, uids, rest)));
    }
}
