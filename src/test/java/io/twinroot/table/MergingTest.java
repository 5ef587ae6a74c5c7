package io.twinroot.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MergingTest {
    private static final Uid UID = Uid.ofText("row");
    private static final TableRules ROWS = TableRules.DEFAULT;
    private static final TableRules FIELDS = TableRules.DEFAULT.merging(TableRules.Merge.FIELDS);
    private static final Incarnation A = new Incarnation(0, 1);
    private static final Incarnation B = new Incarnation(0, 2);

    private static Stamp stamp(long clock, Incarnation incarnation) {
        return new Stamp(clock, incarnation, clock);
    }

    private static Body body(Map<String, Integer> fields) {
        Map<String, Value> values = new TreeMap<>();
        fields.forEach((name, number) -> values.put(name, new Value.Int(number)));
        return new Body.Fields(Value.Mapping.of(values));
    }

    private static Row.Live put(Row held, Stamp stamp, Map<String, Integer> fields, TableRules rules) {
        return Merging.put(held, UID, body(fields), stamp, rules);
    }

    private static Row.Live flag(Row.Live held, Stamp stamp, List<String> add, List<String> remove) {
        return Merging.flag(held, new Change.Flag(UID, "flags", add, remove, null), stamp);
    }

    private static Merging.Verdict offer(Row held, Row offered, TableRules rules) {
        return offer(held, offered, Context.EMPTY, Context.EMPTY, rules);
    }

    private static Merging.Verdict offer(Row held, Row offered, Context mine, Context theirs, TableRules rules) {
        return Merging.of(Merging.Held.of(held, rules), offered, Merging.state(offered, rules), mine, theirs, rules);
    }

    private static Context seen(Stamp... stamps) {
        Context.Editor editor = Context.EMPTY.edit();
        for (Stamp stamp : stamps) {
            editor.add(stamp);
        }
        return editor.context();
    }

    /** What a reader sees and what merges next. What was seen of older versions is a hint, and not part of it. */
    private record Content(Uid uid, Stamp stamp, Body body, Marks marks) {
        static Content of(Row.Live row) {
            return new Content(row.uid(), row.stamp(), row.body(), row.marks());
        }
    }

    /** Versions of one row as some writers bring them about that see each other's work now and then. */
    private static List<Row.Live> history(Random random, TableRules rules) {
        List<Row.Live> all = new ArrayList<>();
        List<Row.Live> heads = new ArrayList<>();
        int writers = 2 + random.nextInt(3);
        Row.Live first = put(null, stamp(1, new Incarnation(0, 1)), fields(random), rules);
        for (int i = 0; i < writers; i++) {
            heads.add(first);
        }
        all.add(first);
        long clock = 1;
        for (int step = 4 + random.nextInt(12); step > 0; step--) {
            int writer = random.nextInt(writers);
            Row.Live held = heads.get(writer);
            clock = Math.max(clock, held.stamp().clock()) + random.nextInt(2);
            if (held.stamp().clock() >= clock) {
                clock = held.stamp().clock() + 1;
            }
            Stamp stamp = new Stamp(clock, new Incarnation(0, writer + 1), clock);
            Row.Live next = switch (random.nextInt(6)) {
                case 0, 1 -> put(held, stamp, fields(random), rules);
                case 2 -> put(null, stamp, fields(random), rules);
                case 3 -> flag(held, stamp, List.of("f" + random.nextInt(3)), List.of());
                case 4 -> flag(held, stamp, List.of(), List.of("f" + random.nextInt(3)));
                default ->
                    Merging.join(held, heads.get(random.nextInt(writers)), rules)
                            .row();
            };
            heads.set(writer, next);
            all.add(next);
        }
        return all;
    }

    private static Map<String, Integer> fields(Random random) {
        Map<String, Integer> fields = new TreeMap<>();
        for (String name : List.of("x", "y", "z")) {
            if (random.nextInt(3) > 0) {
                fields.put(name, random.nextInt(3));
            }
        }
        return fields;
    }

    @Test
    void joiningIsCommutativeAssociativeAndIdempotent() {
        for (TableRules rules : List.of(ROWS, FIELDS)) {
            for (long seed = 1; seed <= 3_000; seed++) {
                Random random = new Random(seed);
                List<Row.Live> all = history(random, rules);
                Row.Live a = all.get(random.nextInt(all.size()));
                Row.Live b = all.get(random.nextInt(all.size()));
                Row.Live c = all.get(random.nextInt(all.size()));
                String what = rules.merge() + ", seed " + seed;
                Row.Live ab = join(a, b, rules);
                assertEquals(Content.of(ab), Content.of(join(b, a, rules)), what);
                assertEquals(Content.of(a), Content.of(join(a, a, rules)), what);
                assertEquals(Content.of(ab), Content.of(join(ab, b, rules)), what);
                assertEquals(Content.of(join(ab, c, rules)), Content.of(join(a, join(b, c, rules), rules)), what);
                Collections.shuffle(all, random);
                Row.Live one = all.stream().reduce((l, r) -> join(l, r, rules)).orElseThrow();
                Collections.shuffle(all, random);
                Row.Live other =
                        all.stream().reduce((l, r) -> join(r, l, rules)).orElseThrow();
                assertEquals(Content.of(one), Content.of(other), what);
                assertEquals(one.digest(rules), other.digest(rules), what);
            }
        }
    }

    private static Row.Live join(Row.Live left, Row.Live right, TableRules rules) {
        return Merging.join(left, right, rules).row();
    }

    @Test
    void theThreadsExampleComesOutTheSameInEveryOrder() {
        Row.Live base =
                flag(put(null, stamp(1, A), Map.of("x", 1), ROWS), stamp(2, A), List.of("\\Flagged"), List.of());
        for (int order = 0; order < 2; order++) {
            Row.Live one = flag(base, stamp(3 + order, A), List.of("\\Answered"), List.of());
            Row.Live other = flag(base, stamp(4 - order, B), List.of("\\Seen"), List.of("\\Flagged"));
            for (Row.Live joined : List.of(
                    join(one, other, ROWS),
                    join(other, one, ROWS),
                    join(join(base, one, ROWS), join(other, base, ROWS), ROWS),
                    join(join(one, other, ROWS), one, ROWS))) {
                assertEquals(
                        Map.of("flags", List.of("\\Seen", "\\Answered")),
                        joined.marks().flags());
            }
            var merge = assertInstanceOf(Merging.Verdict.Merge.class, offer(one, other, ROWS));
            assertEquals(List.of(), merge.losers());
            var back = assertInstanceOf(Merging.Verdict.Merge.class, offer(other, one, ROWS));
            assertEquals(Content.of(merge.merged()), Content.of(back.merged()));
            assertInstanceOf(Merging.Verdict.Take.class, offer(one, merge.merged(), ROWS));
            assertInstanceOf(Merging.Verdict.Same.class, offer(merge.merged(), back.merged(), ROWS));
        }
    }

    @Test
    void editsOfDifferentPartsAreNoConflict() {
        Row.Live base = put(null, stamp(1, A), Map.of("x", 0, "y", 0), FIELDS);
        Row.Live one = put(base, stamp(2, A), Map.of("x", 1, "y", 0), FIELDS);
        Row.Live other = put(base, stamp(3, B), Map.of("x", 0, "y", 1), FIELDS);
        var merge = assertInstanceOf(Merging.Verdict.Merge.class, offer(one, other, FIELDS));
        assertEquals(body(Map.of("x", 1, "y", 1)), merge.merged().body());
        assertEquals(List.of(), merge.losers());

        Row.Live edited = put(base, stamp(2, A), Map.of("x", 1), ROWS);
        Row.Live flagged = flag(base, stamp(3, B), List.of("seen"), List.of());
        merge = assertInstanceOf(Merging.Verdict.Merge.class, offer(edited, flagged, ROWS));
        assertEquals(edited.body(), merge.merged().body());
        assertEquals(List.of(), merge.losers());
    }

    @Test
    void editsOfOneFieldAreAConflictAndEachLoserIsNamed() {
        Row.Live base = put(null, stamp(1, A), Map.of("x", 0, "y", 0), FIELDS);
        Row.Live one = put(
                put(base, stamp(2, A), Map.of("x", 1, "y", 0), FIELDS), stamp(5, A), Map.of("x", 1, "y", 1), FIELDS);
        Row.Live other = put(
                put(base, stamp(3, B), Map.of("x", 2, "y", 0), FIELDS), stamp(4, B), Map.of("x", 2, "y", 2), FIELDS);
        var merge = assertInstanceOf(Merging.Verdict.Merge.class, offer(one, other, FIELDS));
        assertEquals(body(Map.of("x", 2, "y", 1)), merge.merged().body());
        assertEquals(List.of(one, other), merge.losers());
        assertInstanceOf(Merging.Verdict.Take.class, offer(other, merge.merged(), FIELDS));
        assertEquals(new Merging.Verdict.Take(false), offer(other, merge.merged(), FIELDS));
    }

    @Test
    void concurrentEditsOfARowKeepTheLoser() {
        Row.Live base = put(null, stamp(1, A), Map.of("x", 0), ROWS);
        Row.Live one = put(base, stamp(2, A), Map.of("x", 1), ROWS);
        Row.Live other = put(base, stamp(3, B), Map.of("x", 2), ROWS);
        assertEquals(new Merging.Verdict.Take(true), offer(one, other, ROWS));
        assertEquals(new Merging.Verdict.Older(true), offer(other, one, ROWS));
        assertEquals(new Merging.Verdict.Take(false), offer(one, other, Context.EMPTY, seen(one.stamp()), ROWS));
        assertEquals(new Merging.Verdict.Older(false), offer(other, one, seen(one.stamp()), Context.EMPTY, ROWS));
        Row.Live same = put(base, stamp(3, B), Map.of("x", 1), ROWS);
        assertEquals(new Merging.Verdict.Take(false), offer(one, same, ROWS), "both wrote the same");
        Row.Tombstone gone = new Row.Tombstone(UID, stamp(3, B), Past.of(stamp(3, B), List.of(base)));
        assertEquals(new Merging.Verdict.Take(true), offer(one, gone, ROWS), "a delete loses nothing either");
        assertEquals(new Merging.Verdict.Older(true), offer(gone, one, ROWS));
    }

    @Test
    void alternateEditingIsNeverAConflict() {
        for (TableRules rules : List.of(ROWS, FIELDS)) {
            for (long seed = 1; seed <= 500; seed++) {
                Random random = new Random(seed);
                int writers = 2 + random.nextInt(Past.SEEN_MAX);
                Row.Live row = put(null, stamp(1, A), fields(random), rules);
                List<Row.Live> versions = new ArrayList<>(List.of(row));
                for (int clock = 2; clock < 40; clock++) {
                    Stamp next = stamp(clock, new Incarnation(0, 1 + random.nextInt(writers)));
                    row = random.nextInt(3) == 0
                            ? flag(row, next, List.of("f" + random.nextInt(3)), List.of())
                            : put(row, next, fields(random), rules);
                    versions.add(row);
                }
                for (Row.Live old : versions.subList(versions.size() - Past.SEEN_MAX, versions.size())) {
                    String what = rules.merge() + ", seed " + seed + ", " + old.stamp();
                    Merging.Verdict taken = offer(old, row, rules);
                    assertTrue(
                            taken.equals(new Merging.Verdict.Take(false)) || taken instanceof Merging.Verdict.Same,
                            what + ": " + taken);
                    Merging.Verdict refused = offer(row, old, rules);
                    assertTrue(
                            refused.equals(new Merging.Verdict.Older(false)) || refused instanceof Merging.Verdict.Same,
                            what + ": " + refused);
                }
            }
        }
    }

    @Test
    void whatWasDeletedHereDoesNotComeBack() {
        Row.Live row = put(null, stamp(2, A), Map.of("x", 1), ROWS);
        Row.Tombstone old = new Row.Tombstone(UID, stamp(1, B));
        Row.Tombstone gone = new Row.Tombstone(UID, stamp(3, B));
        Context known = seen(row.stamp());
        assertInstanceOf(Merging.Verdict.Lingering.class, offer(null, row, known, Context.EMPTY, ROWS));
        assertInstanceOf(Merging.Verdict.Lingering.class, offer(old, row, known, Context.EMPTY, ROWS));
        assertEquals(new Merging.Verdict.Older(false), offer(gone, row, known, Context.EMPTY, ROWS));
        assertEquals(new Merging.Verdict.Take(false), offer(null, row, Context.EMPTY, Context.EMPTY, ROWS));
        assertEquals(new Merging.Verdict.Take(false), offer(old, row, Context.EMPTY, Context.EMPTY, ROWS));
        assertInstanceOf(Merging.Verdict.Same.class, offer(null, gone, seen(gone.stamp()), Context.EMPTY, ROWS));
        assertEquals(
                new Merging.Verdict.Take(true),
                offer(row, gone, seen(gone.stamp()), Context.EMPTY, ROWS),
                "a known delete still kills an older row");
    }

    @Test
    void oneStampWithTwoContentsComesOutAlike() {
        Row.Live one = put(null, stamp(1, A), Map.of("x", 1), ROWS);
        Row.Live other = put(null, stamp(1, A), Map.of("x", 2), ROWS);
        boolean first = offer(one, other, ROWS) instanceof Merging.Verdict.Take;
        boolean second = offer(other, one, ROWS) instanceof Merging.Verdict.Take;
        assertNotEquals(first, second);
        assertEquals(Content.of(join(one, other, FIELDS)), Content.of(join(other, one, FIELDS)));
    }

    @Test
    void aPastRemembersTheNewestOfEachOtherWriter() {
        Row row = new Row.Tombstone(UID, stamp(1, new Incarnation(0, 1)));
        for (int i = 2; i <= 12; i++) {
            Stamp stamp = stamp(i, new Incarnation(0, i));
            row = new Row.Tombstone(UID, stamp, Past.of(stamp, List.of(row)));
        }
        assertEquals(Past.SEEN_MAX, row.past().seen().size());
        assertTrue(row.past().saw(row.stamp(), stamp(11, new Incarnation(0, 11))));
        assertTrue(row.past().saw(row.stamp(), stamp(4, new Incarnation(0, 4))));
        assertTrue(!row.past().saw(row.stamp(), stamp(3, new Incarnation(0, 3))), "too long ago to be remembered");
        assertTrue(row.past().saw(row.stamp(), new Stamp(1, new Incarnation(0, 9), 8)), "an earlier one of a life");
        assertTrue(!row.past().saw(row.stamp(), new Stamp(99, new Incarnation(0, 9), 10)), "a later one of a life");
        assertThrows(
                IllegalArgumentException.class,
                () -> new Past(Collections.nCopies(Past.SEEN_MAX + 1, stamp(1, A)), Marks.NONE));
    }

    @Test
    void marksAreBoundedAndChecked() {
        Row.Live row = put(null, stamp(1, A), Map.of("x", 1), ROWS);
        assertThrows(IllegalArgumentException.class, () -> flag(row, stamp(2, A), List.of("a"), List.of("a")));
        assertThrows(IllegalArgumentException.class, () -> flag(row, stamp(2, A), List.of(""), List.of()));
        assertThrows(IllegalArgumentException.class, () -> flag(row, stamp(2, A), List.of("ü".repeat(128)), List.of()));
        List<String> many = new ArrayList<>();
        for (int i = 0; i < Marks.PARTS_MAX; i++) {
            many.add("f" + i);
        }
        assertEquals(
                Marks.PARTS_MAX,
                flag(row, stamp(2, A), many, List.of()).marks().parts().size());
        many.add("one more");
        assertThrows(IllegalArgumentException.class, () -> flag(row, stamp(2, A), many, List.of()));
    }

    @Test
    void flagsAreInTheDigestAndTheirStampsAreNot() {
        Row.Live row = put(null, stamp(1, A), Map.of("x", 1), ROWS);
        Row.Live one = flag(row, stamp(2, A), List.of("seen", "kept"), List.of());
        Row.Live other =
                flag(flag(row, stamp(3, B), List.of("kept"), List.of()), stamp(4, B), List.of("seen"), List.of());
        assertNotEquals(row.digest(ROWS), one.digest(ROWS));
        assertEquals(one.digest(ROWS), other.digest(ROWS));
        Row.Live off = flag(one, stamp(5, A), List.of(), List.of("seen", "kept"));
        assertEquals(row.digest(ROWS), off.digest(ROWS));
    }

    @Test
    void rulesAreReadBack() {
        for (TableRules rules : List.of(
                ROWS,
                FIELDS,
                TableRules.excluding(List.of("b", "a"))
                        .merging(TableRules.Merge.FIELDS)
                        .ofSchema(7),
                TableRules.DEFAULT.ofSchema(1))) {
            assertEquals(rules, TableRules.decode(rules.encoded()));
        }
        assertNotEquals(ROWS.fingerprint(), FIELDS.fingerprint());
        assertNotEquals(ROWS.fingerprint(), ROWS.ofSchema(1).fingerprint());
        assertThrows(IllegalArgumentException.class, () -> TableRules.DEFAULT.ofSchema(-1));
        assertThrows(IllegalArgumentException.class, () -> TableRules.decode(CanonicalCbor.encode(new Value.Int(1))));
    }
}
