package io.twinroot.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.RowState;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.tree.MemoryTree;
import io.twinroot.tree.Salt;
import io.twinroot.tree.SipHash;
import io.twinroot.tree.UidKinds;
import io.twinroot.wire.MessageException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NarrowingTest {
    private static final Salt SALT = Salt.PUBLISHED;
    private static final TableName TABLE = new TableName("t");

    static Stream<String> kinds() {
        return UidKinds.all(SALT).keySet().stream();
    }

    static Digest digest(long n) {
        return Digest.sha256(ByteBuffer.allocate(8).putLong(n).array());
    }

    /** One narrowing between two snapshots, with what it cost. */
    static final class Run {
        final Random random;
        int roundTrips;
        long bytes;
        Narrowing.Result result;
        int collisions;

        Run(long seed) {
            random = new Random(seed);
        }

        /** As the reconciler does it: with long hashes after a collision. */
        Run narrow(Snapshot mine, Snapshot theirs, int most) {
            narrow(mine, theirs, Narrowing.SHORT, most);
            if (result instanceof Narrowing.Result.Collision) {
                collisions++;
                narrow(mine, theirs, Narrowing.LONG, most);
            }
            return this;
        }

        private Run narrow(Snapshot mine, Snapshot theirs, int width, int most) {
            NarrowingHost host = new NarrowingHost(random::nextLong, () -> 0);
            Narrowing narrowing = new Narrowing(mine, width, random.nextLong(), most, true);
            byte[] question = narrowing.start();
            while (true) {
                byte[] answer = host.answer(TABLE, () -> theirs, question);
                roundTrips++;
                bytes += question.length + answer.length;
                switch (narrowing.next(answer)) {
                    case Narrowing.Step.Ask(var next) -> question = next.toBytes();
                    case Narrowing.Step.Done(Narrowing.Result end) -> {
                        result = end;
                        return this;
                    }
                }
            }
        }
    }

    static NavigableMap<Uid, String> oracle(MemorySnapshot mine, MemorySnapshot theirs) {
        NavigableMap<Uid, String> expected = new TreeMap<>();
        NavigableSet<Uid> all = new TreeSet<>(mine.tree.entries().keySet());
        all.addAll(theirs.tree.entries().keySet());
        for (Uid uid : all) {
            Digest here = mine.tree.entries().get(uid);
            Digest there = theirs.tree.entries().get(uid);
            if (here == null || !here.equals(there)) {
                expected.put(uid, here + " " + there);
            }
        }
        return expected;
    }

    /** The differences, with ranges written out from the side that has them. */
    static NavigableMap<Uid, String> found(Narrowing.Result.Different different, Snapshot mine, Snapshot theirs) {
        NavigableMap<Uid, String> found = new TreeMap<>();
        for (Difference difference : different.differences()) {
            switch (difference) {
                case Difference.OfRow(Uid uid, RowState here, RowState there) ->
                    found.put(uid, text(here) + " " + text(there));
                case Difference.OnlyMine(var range, long count) ->
                    assertEquals(
                            count,
                            list(mine.entries(range), entry -> found.put(entry.uid(), entry.digest() + " null")));
                case Difference.OnlyTheirs(var range, long count) ->
                    assertEquals(
                            count,
                            list(theirs.entries(range), entry -> found.put(entry.uid(), "null " + entry.digest())));
            }
        }
        return found;
    }

    private static long list(java.util.Iterator<Entry> entries, java.util.function.Consumer<Entry> each) {
        long count = 0;
        while (entries.hasNext()) {
            each.accept(entries.next());
            count++;
        }
        return count;
    }

    private static String text(RowState state) {
        return state instanceof RowState.Live(var stamp, Digest digest) ? digest.toString() : "null";
    }

    static void assertFindsAll(String what, Run run, MemorySnapshot mine, MemorySnapshot theirs) {
        NavigableMap<Uid, String> expected = oracle(mine, theirs);
        if (expected.isEmpty()) {
            assertInstanceOf(Narrowing.Result.Same.class, run.result, what);
            return;
        }
        Narrowing.Result.Different different = assertInstanceOf(Narrowing.Result.Different.class, run.result, what);
        assertEquals(expected, found(different, mine, theirs), what);
        assertEquals(
                different.differences().stream().allMatch(one -> one instanceof Difference.OfRow),
                different.proven(),
                what);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void findsEveryDifferenceAndNoOther(String name) {
        LongFunction<Uid> kind = UidKinds.all(SALT).get(name);
        int collisions = 0;
        for (long seed = 1; seed <= 60; seed++) {
            Random random = new Random(seed);
            int n = switch ((int) (seed % 5)) {
                case 0 -> random.nextInt(4);
                case 1 -> random.nextInt(100);
                case 2 -> random.nextInt(2_000);
                default -> random.nextInt(12_000);
            };
            MemorySnapshot mine = new MemorySnapshot(SALT);
            for (int i = 0; i < n; i++) {
                mine.write(kind.apply(i), digest(i));
            }
            MemorySnapshot theirs = new MemorySnapshot(mine.tree.copy());
            edit(random, kind, n, random.nextBoolean() ? mine : theirs);
            edit(random, kind, n, random.nextBoolean() ? mine : theirs);
            mine.tree.refresh();
            theirs.tree.refresh();
            Run run = new Run(seed).narrow(mine, theirs, 1_000_000);
            assertFindsAll(name + " seed " + seed, run, mine, theirs);
            assertTrue(run.roundTrips <= 12, name + " seed " + seed + ": " + run.roundTrips + " round trips");
            collisions += run.collisions;
        }
        assertTrue(collisions <= 1, name + ": " + collisions + " of 60 narrowings had to be done again");
    }

    /** A few scattered edits, a run deleted, everything rewritten, half lost, all lost, or many added. */
    static void edit(Random random, LongFunction<Uid> kind, int n, MemorySnapshot side) {
        List<Uid> uids = new ArrayList<>(side.tree.entries().keySet());
        switch (random.nextInt(7)) {
            case 0 -> {}
            case 1 -> {
                for (int i = random.nextInt(20); i > 0; i--) {
                    Uid uid = kind.apply(random.nextInt(n + 50));
                    if (random.nextBoolean()) {
                        side.write(uid, digest(random.nextLong()));
                    } else {
                        side.tree.delete(uid);
                    }
                }
            }
            case 2 -> {
                int from = random.nextInt(uids.size() + 1);
                uids.subList(from, from + random.nextInt(uids.size() - from + 1))
                        .forEach(side.tree::delete);
            }
            case 3 -> uids.forEach(uid -> side.write(uid, digest(random.nextLong())));
            case 4 -> uids.stream().filter(uid -> random.nextBoolean()).forEach(side.tree::delete);
            case 5 -> uids.forEach(side.tree::delete);
            default -> {
                for (int i = n; i < n + random.nextInt(6_000); i++) {
                    side.write(kind.apply(i), digest(i));
                }
            }
        }
    }

    @Test
    void costIsWhatTheVectorsSay() {
        MemorySnapshot mine = new MemorySnapshot(SALT);
        LongFunction<Uid> kind = UidKinds.all(SALT).get("uuid4");
        int n = 100_000;
        for (int i = 0; i < n; i++) {
            mine.write(kind.apply(i), digest(i));
        }
        mine.tree.refresh();
        Map<Integer, int[]> bounds = new TreeMap<>(Map.of(
                0, new int[] {1, 60},
                1, new int[] {4, 900},
                10, new int[] {4, 6_000},
                100, new int[] {4, 40_000},
                1000, new int[] {4, 260_000}));
        bounds.forEach((d, bound) -> {
            MemorySnapshot theirs = new MemorySnapshot(mine.tree.copy());
            for (int i = 0; i < d; i++) {
                theirs.write(kind.apply((long) i * (n / Math.max(1, d)) + 3), digest(-1 - i));
            }
            theirs.tree.refresh();
            mine.entriesRead = 0;
            Run run = new Run(7).narrow(mine, theirs, 1_000_000);
            assertFindsAll("d = " + d, run, mine, theirs);
            assertTrue(run.roundTrips <= bound[0], "d = " + d + ": " + run.roundTrips + " round trips");
            assertTrue(run.bytes <= bound[1], "d = " + d + ": " + run.bytes + " bytes");
            assertTrue(mine.entriesRead <= 2L * d, "d = " + d + ": " + mine.entriesRead + " of my entries were read");
        });
    }

    @Test
    void anEmptySideCostsTwoRoundTripsWhateverTheOtherHolds() {
        MemorySnapshot full = new MemorySnapshot(SALT);
        for (int i = 0; i < 20_000; i++) {
            full.write(UidKinds.all(SALT).get("path").apply(i), digest(i));
        }
        full.tree.refresh();
        MemorySnapshot empty = new MemorySnapshot(SALT);
        Run pull = new Run(1).narrow(empty, full, 1_000_000);
        assertFindsAll("pull", pull, empty, full);
        assertTrue(pull.roundTrips <= 2 && pull.bytes < 1_000, pull.roundTrips + " round trips, " + pull.bytes + " B");
        Run push = new Run(1).narrow(full, empty, 1_000_000);
        assertFindsAll("push", push, full, empty);
        assertEquals(1, push.roundTrips);
    }

    @Test
    void anotherSaltOrRuleIsRefusedAndIsNoDifference() {
        MemorySnapshot mine = new MemorySnapshot(SALT);
        MemorySnapshot salted = new MemorySnapshot(Salt.ofHex("000102030405060708090a0b0c0d0e0f"));
        mine.write(Uid.ofText("a"), digest(1));
        salted.write(Uid.ofText("a"), digest(1));
        mine.tree.refresh();
        salted.tree.refresh();
        Run run = new Run(1).narrow(mine, salted, 10);
        assertTrue(assertInstanceOf(Narrowing.Result.Incompatible.class, run.result)
                .reason()
                .contains("salt"));

        MemoryTree other = mine.tree.copy();
        other.write(Uid.ofText("b"), digest(1));
        MemorySnapshot ruled = new MemorySnapshot(other.refresh(), TableRules.excluding(List.of("seen")));
        Run rules = new Run(1).narrow(mine, ruled, 10);
        assertTrue(assertInstanceOf(Narrowing.Result.Incompatible.class, rules.result)
                .reason()
                .contains("digestExcludes"));
    }

    @Test
    void aDifferenceThatAChanceEqualityHidesIsFoundOut() {
        long nonce = 7;
        long session = 42;
        SipHash key = Items.key(nonce, session);
        Uid hidden = Uid.ofText("hidden");
        long wanted = shortHash(key, hidden, digest(1));
        long i = 1;
        while (shortHash(key, hidden, new Digest(i, 0, 0, 0)) != wanted) { // some 16 million times
            i++;
        }
        for (boolean anotherDiffers : new boolean[] {false, true}) {
            MemorySnapshot mine = new MemorySnapshot(SALT);
            MemorySnapshot theirs = new MemorySnapshot(SALT);
            mine.write(hidden, digest(1));
            theirs.write(hidden, new Digest(i, 0, 0, 0));
            mine.write(Uid.ofText("another"), digest(2));
            theirs.write(Uid.ofText("another"), digest(anotherDiffers ? 3 : 2));
            mine.tree.refresh();
            theirs.tree.refresh();
            assertInstanceOf(Narrowing.Result.Collision.class, narrow(mine, theirs, Narrowing.SHORT, nonce, session));
            var found = assertInstanceOf(
                    Narrowing.Result.Different.class, narrow(mine, theirs, Narrowing.LONG, nonce, session));
            assertTrue(found.proven());
            assertEquals(anotherDiffers ? 2 : 1, found.differences().size());
        }
    }

    private static long shortHash(SipHash key, Uid uid, Digest digest) {
        byte[] bytes = new byte[uid.length() + Digest.LENGTH];
        uid.copyTo(bytes, 0);
        digest.copyTo(bytes, uid.length());
        return key.hash(bytes) >>> 40;
    }

    private static Narrowing.Result narrow(Snapshot mine, Snapshot theirs, int width, long nonce, long session) {
        NarrowingHost host = new NarrowingHost(() -> session, () -> 0);
        Narrowing narrowing = new Narrowing(mine, width, nonce, 1_000, true);
        byte[] question = narrowing.start();
        while (true) {
            switch (narrowing.next(host.answer(TABLE, () -> theirs, question))) {
                case Narrowing.Step.Ask(var next) -> question = next.toBytes();
                case Narrowing.Step.Done(Narrowing.Result end) -> {
                    return end;
                }
            }
        }
    }

    @Test
    void theListEndsWhereItIsTold() {
        MemorySnapshot mine = new MemorySnapshot(SALT);
        MemorySnapshot theirs = new MemorySnapshot(SALT);
        for (int i = 0; i < 20_000; i++) {
            mine.write(UidKinds.all(SALT).get("sequential").apply(i), digest(i));
            theirs.write(UidKinds.all(SALT).get("sequential").apply(i), digest(-i - 1));
        }
        mine.tree.refresh();
        theirs.tree.refresh();
        Run run = new Run(1).narrow(mine, theirs, 1_000);
        var different = assertInstanceOf(Narrowing.Result.Different.class, run.result);
        assertTrue(different.truncated() && !different.proven());
        assertTrue(different.differences().size() >= 1_000
                && different.differences().size() < 20_000);
    }

    @Test
    void garbageInAnyPlaceIsAnErrorOrAWrongRootButNeverAWrongResult() {
        MemorySnapshot mine = new MemorySnapshot(SALT);
        for (int i = 0; i < 3_000; i++) {
            mine.write(UidKinds.all(SALT).get("uuid4").apply(i), digest(i));
        }
        MemorySnapshot theirs = new MemorySnapshot(mine.tree.copy());
        for (int i = 0; i < 3_000; i += 100) {
            theirs.write(UidKinds.all(SALT).get("uuid4").apply(i), digest(-i - 1));
        }
        mine.tree.refresh();
        theirs.tree.refresh();
        int refused = 0;
        for (long seed = 1; seed <= 1_000; seed++) {
            Random random = new Random(seed);
            int corrupted = random.nextInt(4);
            NarrowingHost host = new NarrowingHost(random::nextLong, () -> 0);
            Narrowing narrowing = new Narrowing(mine, Narrowing.SHORT, random.nextLong(), 100_000, true);
            byte[] question = narrowing.start();
            for (int step = 0; question != null; step++) {
                byte[] answer;
                try {
                    answer = host.answer(TABLE, () -> theirs, question);
                } catch (ReplicaException e) {
                    assertEquals(
                            e.kind() == ReplicaException.Kind.SESSION_GONE,
                            e.getMessage().contains("over"),
                            "seed " + seed);
                    refused++;
                    break;
                }
                if (step == corrupted) {
                    int at = random.nextInt(answer.length);
                    answer[at] ^= (byte) (1 << random.nextInt(8));
                }
                try {
                    Narrowing.Step next = narrowing.next(answer);
                    question = next instanceof Narrowing.Step.Ask(var ask) ? ask.toBytes() : null;
                    if (next instanceof Narrowing.Step.Done(Narrowing.Result result)) {
                        assertTrue(!(result instanceof Narrowing.Result.Same), "seed " + seed);
                        if (result instanceof Narrowing.Result.Different different && different.proven()) {
                            // a bit of a stamp may have been flipped: what is found is still all that differs
                            assertEquals(
                                    oracle(mine, theirs).keySet(),
                                    found(different, mine, theirs).keySet(),
                                    "seed " + seed);
                        }
                    }
                } catch (MessageException e) {
                    refused++;
                    question = null;
                }
            }
        }
        assertTrue(refused > 20, "only " + refused + " were refused");
    }

    @Test
    void questionsThatDoNotFitAreRefused() {
        MemorySnapshot theirs = new MemorySnapshot(SALT);
        for (int i = 0; i < 3_000; i++) {
            theirs.write(UidKinds.all(SALT).get("uuid4").apply(i), digest(i));
        }
        theirs.tree.refresh();
        MemorySnapshot mine = new MemorySnapshot(theirs.tree.copy());
        mine.write(UidKinds.all(SALT).get("uuid4").apply(5), digest(-1));
        mine.tree.refresh();
        for (long seed = 1; seed <= 2_000; seed++) {
            Random random = new Random(seed);
            NarrowingHost host = new NarrowingHost(random::nextLong, () -> 0);
            Narrowing narrowing = new Narrowing(mine, Narrowing.SHORT, random.nextLong(), 100_000, true);
            byte[] question = narrowing.start();
            Narrowing.Step step = narrowing.next(host.answer(TABLE, () -> theirs, question));
            byte[] next =
                    assertInstanceOf(Narrowing.Step.Ask.class, step).message().toBytes();
            next[random.nextInt(next.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                host.answer(TABLE, () -> theirs, next);
            } catch (ReplicaException e) {
                assertTrue(
                        e.kind() == ReplicaException.Kind.BAD_REQUEST || e.kind() == ReplicaException.Kind.SESSION_GONE,
                        "seed " + seed + ": " + e);
            }
        }
        NarrowingHost host = new NarrowingHost(new Random(1)::nextLong, () -> 0);
        assertThrows(ReplicaException.class, () -> host.answer(TABLE, () -> theirs, new byte[0]));
        assertThrows(
                ReplicaException.class, () -> host.answer(TABLE, () -> theirs, new byte[] {3, 0, 0, 0, 0, 0, 0, 0, 1}));
    }
}
