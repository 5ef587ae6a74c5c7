package io.twinroot.table;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a row when another copy's version of it comes. Pure, and the only place that decides it: the
 * store, the simulation and the tests' replicas all ask here.
 *
 * <p>The newer write wins, by its stamp. Which of two writes is newer says nothing about whether its writer knew
 * the other; where neither knew the other they are <em>concurrent</em>, and the one that loses is kept for a
 * person. A version that was here already and is here no more was deleted: it does not come back.
 */
public final class Merging {
    private Merging() {}

    /** What a copy has under a UID. Reading {@link #row} may cost a read from the disk. */
    public interface Held {
        RowState state();

        /** Whether the row that is there has marks on its parts. */
        boolean isMarked();

        /** The row or tombstone; called only where the state is not absent. */
        Row row();

        /** What a row is, whole. */
        static Held of(@Nullable Row row, TableRules rules) {
            return new Held() {
                @Override
                public RowState state() {
                    return Merging.state(row, rules);
                }

                @Override
                public boolean isMarked() {
                    return row != null && !row.past().marks().isEmpty();
                }

                @Override
                public Row row() {
                    return java.util.Objects.requireNonNull(row);
                }
            };
        }
    }

    /** What is to be done. */
    public sealed interface Verdict {
        /** Nothing: exactly this is here, or a delete has nothing to delete. */
        record Same() implements Verdict {}

        /**
         * Nothing: something newer is here.
         *
         * @param loses whether neither had seen the other, so that what was offered is to be kept for a person
         */
        record Older(boolean loses) implements Verdict {}

        /**
         * It takes the place of what is here.
         *
         * @param loses whether neither had seen the other, so that what was here is to be kept for a person
         */
        record Take(boolean loses) implements Verdict {}

        /**
         * Something of each side is newer: this takes the place of what is here.
         *
         * @param losers of what was here and what was offered, each that lost a part to a write that had not seen it:
         *     to be kept for a person
         */
        record Merge(Row.Live merged, List<Row.Live> losers) implements Verdict {
            public Merge {
                losers = List.copyOf(losers);
            }
        }

        /** Nothing: it was here and was deleted since. It does not come back by itself. */
        record Lingering() implements Verdict {}
    }

    /** The state that a row has; of null, which is no row. */
    public static RowState state(@Nullable Row row, TableRules rules) {
        return switch (row) {
            case null -> new RowState.Absent();
            case Row.Live live -> new RowState.Live(live.stamp(), live.digest(rules));
            case Row.Tombstone gone -> new RowState.Deleted(gone.stamp());
        };
    }

    /**
     * Decides.
     *
     * @param held what is here
     * @param offered what another copy has
     * @param offeredState its state under the rules
     * @param mine the context of this copy
     * @param theirs what is known of the other copy's context; {@link Context#EMPTY} for nothing
     */
    public static Verdict of(
            Held held, Row offered, RowState offeredState, Context mine, Context theirs, TableRules rules) {
        return of(held, offered, offeredState, mine::covers, theirs::covers, rules);
    }

    /** The same with contexts of which only that is known which writes they cover. */
    public static Verdict of(
            Held held,
            Row offered,
            RowState offeredState,
            Predicate<Stamp> mine,
            Predicate<Stamp> theirs,
            TableRules rules) {
        RowState here = held.state();
        if (offeredState.equals(here)) {
            return sameMarks(held, offered) ? new Verdict.Same() : merge(held, (Row.Live) offered, mine, theirs, rules);
        }
        if (isGone(here, offered.stamp()) && mine.test(offered.stamp())) {
            return offered instanceof Row.Tombstone ? new Verdict.Same() : new Verdict.Lingering();
        }
        if (offered instanceof Row.Live live && here instanceof RowState.Live && isMerged(held, live, rules)) {
            return merge(held, live, mine, theirs, rules);
        }
        boolean differs = !Versions.sameContent(here, offeredState);
        if (Versions.supersedes(offeredState, here)) {
            return new Verdict.Take(differs && here instanceof RowState.Live && !isSeen(held, offered, theirs));
        }
        boolean loses = differs
                && offered instanceof Row.Live live
                && !writes(live)
                        .allMatch(write -> mine.test(write)
                                || held.row().past().saw(held.row().stamp(), write));
        return new Verdict.Older(loses);
    }

    /** Whether the writer of the offered row, or the copy that offers it, had seen all that is here. */
    private static boolean isSeen(Held held, Row offered, Predicate<Stamp> theirs) {
        if (!held.isMarked()) {
            return sees(offered, theirs, Versions.stamp(held.state()).orElseThrow());
        }
        return writes((Row.Live) held.row()).allMatch(write -> sees(offered, theirs, write));
    }

    /** Whether a row's writer, or the copy that has the row, had seen a write. */
    private static boolean sees(Row row, Predicate<Stamp> context, Stamp write) {
        return context.test(write) || row.past().saw(row.stamp(), write);
    }

    /** The writes of which something is in a row. */
    private static Stream<Stamp> writes(Row.Live row) {
        return Stream.concat(
                Stream.of(row.stamp(), row.bodyStamp()),
                row.marks().parts().values().stream().map(Marks.Mark::stamp));
    }

    /** Whether nothing is here that is as new as a stamp. */
    private static boolean isGone(RowState here, Stamp stamp) {
        return switch (here) {
            case RowState.Absent() -> true;
            case RowState.Deleted(Stamp deleted) -> deleted.compareTo(stamp) < 0;
            case RowState.Live live -> false;
        };
    }

    private static boolean sameMarks(Held held, Row offered) {
        boolean none = !held.isMarked() && offered.past().marks().isEmpty();
        return none || held.row().past().marks().equals(offered.past().marks());
    }

    private static boolean isMerged(Held held, Row.Live offered, TableRules rules) {
        return held.isMarked() || !offered.marks().isEmpty() || rules.merge() == TableRules.Merge.FIELDS;
    }

    private static Verdict merge(
            Held held, Row.Live offered, Predicate<Stamp> mine, Predicate<Stamp> theirs, TableRules rules) {
        Row.Live here = (Row.Live) held.row();
        Joined joined = join(here, offered, rules);
        boolean heldLoses = !joined.leftLost.stream().allMatch(theirs);
        boolean offeredLoses = !joined.rightLost.stream().allMatch(mine);
        if (joined.row.equals(here)) {
            return here.stamp().equals(offered.stamp()) && !offeredLoses
                    ? new Verdict.Same()
                    : new Verdict.Older(offeredLoses);
        }
        if (joined.row.equals(offered)) {
            return new Verdict.Take(heldLoses);
        }
        List<Row.Live> losers = new ArrayList<>();
        if (heldLoses) {
            losers.add(here);
        }
        if (offeredLoses) {
            losers.add(offered);
        }
        return new Verdict.Merge(joined.row, losers);
    }

    /**
     * Two versions of a row in one: of each part the one with the larger stamp. Commutative, associative and
     * idempotent.
     */
    public static Row.Live join(Row.Live left, Row.Live right) {
        return join(left, right, new TableRules(List.of(), TableRules.Merge.ROW, 0)).row;
    }

    /** The same under a table's rules. */
    public static Joined join(Row.Live left, Row.Live right, TableRules rules) {
        boolean fields = rules.merge() == TableRules.Merge.FIELDS
                && left.body() instanceof Body.Fields
                && right.body() instanceof Body.Fields;
        return new Join(left, right, fields).run();
    }

    /**
     * A joined row.
     *
     * @param leftLost the writes of the left side's parts that lost against another value, whose writer had not seen
     *     them as far as the rows' pasts tell
     * @param rightLost the same of the right side's
     */
    public record Joined(Row.Live row, Set<Stamp> leftLost, Set<Stamp> rightLost) {
        public Joined {
            leftLost = Set.copyOf(leftLost);
            rightLost = Set.copyOf(rightLost);
        }

        /** Whether both sides changed the same part and neither had seen the other. */
        public boolean clash() {
            return !leftLost.isEmpty() || !rightLost.isEmpty();
        }
    }

    private static final class Join {
        private final Row.Live left;
        private final Row.Live right;
        private final boolean byField;
        private final SortedMap<Marks.Part, Marks.Mark> parts = new TreeMap<>();
        private final Set<Stamp> leftLost = new HashSet<>();
        private final Set<Stamp> rightLost = new HashSet<>();

        Join(Row.Live left, Row.Live right, boolean byField) {
            this.left = left;
            this.right = right;
            this.byField = byField;
        }

        Joined run() {
            boolean leftBody = isLeftBody();
            Row.Live winner = leftBody ? left : right;
            Stamp base = winner.bodyStamp();
            Body body = winner.body();
            if (byField) {
                body = fields(base);
            } else {
                if (!left.body().equals(right.body())) {
                    loses(!leftBody, leftBody ? right.bodyStamp() : left.bodyStamp());
                }
                winner.marks().parts().forEach((part, mark) -> {
                    if (part.isField()) {
                        parts.put(part, mark);
                    }
                });
            }
            flags(left.marks());
            flags(right.marks());
            Marks marks = Marks.of(base, parts);
            Stamp newest = marks.newest();
            Stamp stamp = newest == null ? base : newest;
            List<Stamp> seen = new ArrayList<>(left.past().seen());
            seen.addAll(right.past().seen());
            seen.add(left.stamp());
            seen.add(right.stamp());
            Past past = new Past(Past.newest(stamp.incarnation(), seen), marks);
            Row.Live joined = new Row.Live(left.uid(), stamp, body, past);
            return new Joined(same(joined, left) ? left : same(joined, right) ? right : joined, leftLost, rightLost);
        }

        /** One side's part gives way to another value: it loses where that one's writer had not seen it. */
        private void loses(boolean isLeft, Stamp loser) {
            Row.Live winner = isLeft ? right : left;
            if (!winner.past().saw(winner.stamp(), loser)) {
                (isLeft ? leftLost : rightLost).add(loser);
            }
        }

        /** Whether two versions have the same parts with the same stamps. */
        private static boolean same(Row.Live one, Row.Live other) {
            return one.stamp().equals(other.stamp())
                    && one.marks().equals(other.marks())
                    && one.body().equals(other.body());
        }

        private boolean isLeftBody() {
            int order = left.bodyStamp().compareTo(right.bodyStamp());
            if (order == 0) { // only damage brings about two bodies under one stamp: both sides choose alike
                return left.body()
                                .digest(TableRules.DEFAULT)
                                .compareTo(right.body().digest(TableRules.DEFAULT))
                        >= 0;
            }
            return order > 0;
        }

        private void flags(Marks marks) {
            marks.parts().forEach((part, mark) -> {
                if (!part.isField()) {
                    parts.merge(part, mark, Join::newer);
                }
            });
        }

        private static Marks.Mark newer(Marks.Mark one, Marks.Mark other) {
            int order = one.stamp().compareTo(other.stamp());
            return order > 0 || (order == 0 && one.on()) ? one : other;
        }

        private Body fields(Stamp base) {
            Value.Mapping mine = ((Body.Fields) left.body()).fields();
            Value.Mapping theirs = ((Body.Fields) right.body()).fields();
            TreeMap<String, Value> joined = new TreeMap<>(CanonicalCbor::compareText);
            TreeSet<String> names = new TreeSet<>(CanonicalCbor::compareText);
            names.addAll(mine.values().keySet());
            names.addAll(theirs.values().keySet());
            left.marks().parts().keySet().stream().filter(Marks.Part::isField).forEach(part -> names.add(part.name()));
            right.marks().parts().keySet().stream().filter(Marks.Part::isField).forEach(part -> names.add(part.name()));
            for (String name : names) {
                field(name, mine.values().get(name), theirs.values().get(name), base, joined);
            }
            return new Body.Fields(new Value.Mapping(joined));
        }

        private void field(
                String name,
                @Nullable Value mine,
                @Nullable Value theirs,
                Stamp base,
                SortedMap<String, Value> joined) {
            Marks.Mark here = mark(left, name, mine);
            Marks.Mark there = mark(right, name, theirs);
            int order = here == null ? -1 : there == null ? 1 : here.stamp().compareTo(there.stamp());
            boolean takeLeft = order > 0 || (order == 0 && isLeftValue(mine, theirs));
            Marks.Mark mark = java.util.Objects.requireNonNull(takeLeft ? here : there);
            Value value = takeLeft ? mine : theirs;
            if (here != null && there != null && order != 0 && !java.util.Objects.equals(mine, theirs)) {
                loses(!takeLeft, takeLeft ? there.stamp() : here.stamp());
            }
            if (mark.on() && value != null) {
                joined.put(name, value);
            }
            if (!mark.on() || !mark.stamp().equals(base)) {
                parts.put(Marks.Part.field(name), mark);
            }
        }

        /** Only damage brings about two values under one stamp: both sides choose alike. */
        private static boolean isLeftValue(@Nullable Value left, @Nullable Value right) {
            if (left == null || right == null) {
                return left != null;
            }
            return java.util.Arrays.compareUnsigned(CanonicalCbor.encode(left), CanonicalCbor.encode(right)) >= 0;
        }

        /** The mark of a field: its own, or the body's where the body has it; null where nothing is known of it. */
        private static Marks.@Nullable Mark mark(Row.Live row, String name, @Nullable Value value) {
            Marks.Mark own = row.marks().parts().get(Marks.Part.field(name));
            return own != null ? own : value == null ? null : new Marks.Mark(row.bodyStamp(), true);
        }
    }

    /**
     * The row after a put.
     *
     * @param held what was there; null for nothing
     * @param stamp of the put
     */
    public static Row.Live put(@Nullable Row held, Uid uid, Body body, Stamp stamp, TableRules rules) {
        Past past = held == null ? Past.NONE : Past.of(stamp, List.of(held));
        if (!(held instanceof Row.Live before)) {
            return new Row.Live(uid, stamp, body, past);
        }
        SortedMap<Marks.Part, Marks.Mark> parts = new TreeMap<>();
        before.marks().parts().forEach((part, mark) -> {
            if (!part.isField()) {
                parts.put(part, mark);
            }
        });
        if (rules.merge() == TableRules.Merge.FIELDS
                && body instanceof Body.Fields(Value.Mapping after)
                && before.body() instanceof Body.Fields(Value.Mapping was)) {
            return putFields(before, was, after, stamp, past, parts);
        }
        return new Row.Live(uid, stamp, body, past.with(Marks.of(stamp, parts)));
    }

    private static Row.Live putFields(
            Row.Live before,
            Value.Mapping was,
            Value.Mapping now,
            Stamp stamp,
            Past past,
            SortedMap<Marks.Part, Marks.Mark> parts) {
        TreeSet<String> names = new TreeSet<>(CanonicalCbor::compareText);
        names.addAll(was.values().keySet());
        names.addAll(now.values().keySet());
        before.marks().parts().forEach((part, mark) -> {
            if (part.isField()) {
                parts.put(part, mark);
            }
        });
        int touched = 0;
        for (String name : names) {
            Value old = was.values().get(name);
            Value value = now.values().get(name);
            if (!java.util.Objects.equals(old, value)) {
                parts.put(Marks.Part.field(name), new Marks.Mark(stamp, value != null));
                touched++;
            }
        }
        if (touched == 0) { // the write still counts: it says that the row is there
            return new Row.Live(before.uid(), stamp, new Body.Fields(now), past.with(Marks.of(stamp, parts)));
        }
        return new Row.Live(before.uid(), stamp, new Body.Fields(now), past.with(Marks.of(before.bodyStamp(), parts)));
    }

    /**
     * A new write of one of two concurrent versions, so that it wins everywhere.
     *
     * @param mineWins whether it is the first one's body, or its delete
     * @param stamp of the new write
     */
    public static Row settle(Row mine, Row theirs, boolean mineWins, Stamp stamp, TableRules rules) {
        Row winner = mineWins ? mine : theirs;
        Past past = Past.of(stamp, List.of(mine, theirs));
        if (!(winner instanceof Row.Live live)) {
            return new Row.Tombstone(winner.uid(), stamp, past);
        }
        Row.Live before = mine instanceof Row.Live one && theirs instanceof Row.Live other
                ? join(one, other, rules).row()
                : live;
        Row.Live written = put(before, live.uid(), live.body(), stamp, rules);
        return new Row.Live(live.uid(), written.stamp(), live.body(), past.with(written.marks()));
    }

    /**
     * The row after an operation on flags.
     *
     * @throws IllegalArgumentException as {@link Marks#flagged}
     */
    public static Row.Live flag(Row.Live held, Change.Flag change, Stamp stamp) {
        Marks marks = held.marks().flagged(held.stamp(), change.set(), change.add(), change.remove(), stamp);
        return new Row.Live(
                held.uid(), stamp, held.body(), Past.of(stamp, List.of(held)).with(marks));
    }
}
