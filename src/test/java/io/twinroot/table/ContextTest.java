package io.twinroot.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ContextTest {
    private static final Incarnation A = new Incarnation(0, 1);
    private static final Incarnation B = new Incarnation(0x0102030405060708L, 0x090a0b0c0d0e0f10L);

    private static Stamp stamp(Incarnation incarnation, long seq) {
        return new Stamp(seq, incarnation, seq);
    }

    private static Context of(Incarnation incarnation, long... seqs) {
        Context.Editor editor = Context.EMPTY.edit();
        for (long seq : seqs) {
            editor.add(stamp(incarnation, seq));
        }
        return editor.context();
    }

    private record Vector(String name, Context given, String hex) {}

    @TestFactory
    List<DynamicTest> encodesToTheseBytes() {
        String a = "00000000000000000000000000000001";
        String b = "0102030405060708090a0b0c0d0e0f10";
        Context.Editor both = of(A, 1, 2, 3, 7).edit();
        both.addUpTo(B, 300);
        return List.of(
                        new Vector("nothing", Context.EMPTY, "00"),
                        new Vector("one write", of(A, 1), "01" + a + "01" + "0100"),
                        new Vector("one write that is not the first", of(A, 5), "01" + a + "01" + "0500"),
                        new Vector("a run and a dot", of(A, 1, 2, 3, 7), "01" + a + "02" + "01020400"),
                        new Vector("two lives", both.context(), "02" + a + "02" + "01020400" + b + "01" + "01ab02"),
                        new Vector(
                                "the largest seq",
                                of(A, Long.MAX_VALUE),
                                "01" + a + "01" + "ffffffffffffffff7f" + "00"))
                .stream()
                .map(vector -> DynamicTest.dynamicTest(vector.name, () -> {
                    assertEquals("00" + vector.hex, HexFormat.of().formatHex(vector.given.encoded())); // no folds
                    assertEquals(vector.given, Context.decode(vector.given.encoded()));
                }))
                .toList();
    }

    @TestFactory
    List<DynamicTest> refusesWhatItWouldNotWrite() {
        String a = "00000000000000000000000000000001";
        String b = "00000000000000000000000000000002";
        return List.of(
                        "", // nothing
                        "01", // no incarnation
                        "01" + a, // no runs
                        "01" + a + "00", // none
                        "01" + a + "01" + "01", // half a run
                        "01" + a + "01" + "0000", // seq 0
                        "01" + a + "02" + "01000100", // runs that touch
                        "01" + a + "02" + "01000000", // runs that overlap
                        "01" + a + "01" + "810000", // a number in two bytes that fits in one
                        "01" + a + "01" + "ffffffffffffffff7f" + "01", // beyond the largest
                        "01" + a + "01" + "ffffffffffffffffff01" + "00", // a number of ten bytes
                        "02" + a + "01" + "0100" + a + "01" + "0100", // twice the same
                        "02" + b + "01" + "0100" + a + "01" + "0100", // out of order
                        "01" + a + "ffff7f" + "0100", // more runs than bytes
                        "ffffffff7f" + a + "01" + "0100", // more incarnations than bytes
                        "0000") // something after it
                .stream()
                .map(hex -> hex.isEmpty() ? hex : "00" + hex)
                .map(hex -> DynamicTest.dynamicTest(
                        "bytes " + hex,
                        () -> assertThrows(
                                IllegalArgumentException.class,
                                () -> Context.decode(HexFormat.of().parseHex(hex)))))
                .toList();
    }

    @Test
    void foldsTheLivesOfALineThatBeganEarlier() {
        Incarnation first = Incarnation.of(9, 1_000, 1);
        Incarnation second = Incarnation.of(9, 2_000, 2);
        Incarnation third = Incarnation.of(9, 3_000, 3);
        Incarnation other = Incarnation.of(8, 1_000, 1);
        Context.Editor editor =
                of(first, 1, 2).union(of(second, 1)).union(of(other, 1)).edit();
        editor.fold(9, third.low());
        Context folded = editor.context();
        String hex = "01" + "0000000000000009" + third.hex().substring(16) + "01" + other.hex() + "01" + "0100";
        assertEquals(hex, HexFormat.of().formatHex(folded.encoded()));
        assertEquals(folded, Context.decode(folded.encoded()));
        assertEquals(2, folded.size());
        assertTrue(folded.covers(new Stamp(0, second, 77)), "all of it was seen");
        assertFalse(folded.covers(new Stamp(0, third, 1)));
        assertFalse(folded.covers(new Stamp(0, Incarnation.of(7, 1, 1), 1)), "of another line");
        assertTrue(folded.coversAll(of(first, 1, 2)) && !of(first, 1, 2).coversAll(folded));
        assertEquals(folded, folded.union(of(first, 5)));
        assertEquals(folded, of(other, 1).union(folded));
        assertEquals(of(second, 4), folded.intersection(of(second, 4)));
        assertFalse(folded.without(List.of(new Stamp(0, first, 1))).covers(new Stamp(0, first, 1)));
        assertEquals(Long.MAX_VALUE, folded.last(first));
    }

    @Test
    void isWhatASetOfStampsIs() {
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            int span = 1 + random.nextInt(60);
            Set<Stamp> oracle = new TreeSet<>();
            Context context = Context.EMPTY;
            for (int step = 0; step < 60; step++) {
                Set<Stamp> some = some(random, span);
                switch (random.nextInt(4)) {
                    case 0 -> {
                        Context.Editor editor = context.edit();
                        some.forEach(editor::add);
                        some.forEach(one -> assertTrue(editor.covers(one)));
                        context = editor.context();
                        oracle.addAll(some);
                    }
                    case 1 -> {
                        context = context.union(of(some));
                        oracle.addAll(some);
                    }
                    case 2 -> {
                        context = context.without(some);
                        oracle.removeAll(some);
                    }
                    default -> {
                        Incarnation life = random.nextBoolean() ? A : B;
                        long seq = random.nextInt(span);
                        Context.Editor editor = context.edit();
                        editor.addUpTo(life, seq);
                        context = editor.context();
                        for (long i = 1; i <= seq; i++) {
                            oracle.add(stamp(life, i));
                        }
                    }
                }
                assertIs(oracle, context, span, "seed " + seed + ", step " + step);
                Set<Stamp> other = some(random, span);
                assertEquals(oracle.containsAll(other), context.coversAll(of(other)), "seed " + seed);
            }
        }
    }

    private static Set<Stamp> some(Random random, int span) {
        Set<Stamp> some = new TreeSet<>();
        for (int i = random.nextInt(8); i > 0; i--) {
            some.add(stamp(random.nextBoolean() ? A : B, 1 + random.nextInt(span)));
        }
        return some;
    }

    private static Context of(Set<Stamp> stamps) {
        Context.Editor editor = Context.EMPTY.edit();
        stamps.forEach(editor::add);
        return editor.context();
    }

    private static void assertIs(Set<Stamp> oracle, Context context, int span, String what) {
        for (Incarnation life : List.of(A, B)) {
            long last = 0;
            for (long seq = 1; seq <= span + 1; seq++) {
                boolean known = oracle.contains(stamp(life, seq));
                assertEquals(known, context.covers(stamp(life, seq)), what + ", " + life + " " + seq);
                last = known ? seq : last;
            }
            assertEquals(last, context.last(life), what);
        }
        assertEquals(oracle.isEmpty(), context.isEmpty(), what);
        assertEquals(of(oracle), context, what);
        assertEquals(context, Context.decode(context.encoded()), what);
    }

    @Test
    void unionWithWhatIsKnownCostsNothing() {
        Context context = of(A, 1, 2, 3);
        assertSame(context, context.union(of(A, 2)));
        assertSame(context, context.without(List.of(stamp(B, 1))));
    }

    @Test
    void moreRunsThanTheBoundAreForgottenAndNeverInvented() {
        Context.Editor editor = Context.EMPTY.edit();
        for (long i = 1; i <= Context.RUNS_MAX + 10L; i++) {
            editor.add(stamp(A, 3 * i));
        }
        editor.addUpTo(B, 5);
        Context full = editor.context();
        assertEquals(Context.RUNS_MAX, full.size());
        assertEquals(full, Context.decode(full.encoded()));
        assertTrue(full.covers(stamp(A, 3L * Context.RUNS_MAX)));
        assertFalse(full.covers(stamp(A, 3L * Context.RUNS_MAX + 3)));
        assertFalse(full.covers(stamp(B, 1)));
        editor.add(stamp(A, 4));
        editor.add(stamp(A, 5)); // closes a gap, which makes room for one
        editor.addUpTo(B, 5);
        assertTrue(editor.covers(stamp(B, 5)));
        editor.remove(stamp(A, 4)); // would be one too many: the end of the run is forgotten
        assertEquals(Context.RUNS_MAX, editor.context().size());
        assertTrue(editor.covers(stamp(A, 3)));
        assertFalse(editor.covers(stamp(A, 4)));
        assertFalse(editor.covers(stamp(A, 6)));
    }

    /** Each restart is an incarnation of its own, of 1 to 2,000 writes. */
    @TestFactory
    List<DynamicTest> thousandsOfRestartsAreSmall() {
        Random random = new Random(1);
        List<Integer> sizes = new ArrayList<>();
        Context.Editor editor = Context.EMPTY.edit();
        for (int restart = 1; restart <= 5_000; restart++) {
            editor.addUpTo(
                    new Incarnation(7, ((long) restart << 22) + random.nextInt(1 << 22)), 1 + random.nextInt(2_000));
            if (restart == 1 || restart == 100 || restart == 5_000) {
                sizes.add(editor.context().encoded().length);
            }
        }
        String name = "1, 100 and 5,000 restarts take " + sizes + " bytes";
        System.out.println("context: " + name);
        return List.of(DynamicTest.dynamicTest(name, () -> {
            assertTrue(sizes.getLast() <= 21 * 5_000 + 9, name);
            byte[] bytes = editor.context().encoded();
            assertTrue(Arrays.equals(bytes, Context.decode(bytes).encoded()));
        }));
    }
}
