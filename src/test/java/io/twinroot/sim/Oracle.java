package io.twinroot.sim;

import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Marks;
import io.twinroot.table.Merging;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeBuilder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What really happened, kept outside of the nodes: each write, the parts of the row that it wrote, and which writes its
 * writer saw in the row. From that it tells whether a write vanished.
 */
final class Oracle {
    /** The part of a row that stands for its body as a whole, and for a delete. */
    private static final Marks.Part BODY = new Marks.Part("", "");

    private record Operation(String name, boolean on) {}

    /** One write of a user. */
    private static final class Write {
        final int number;
        final Row row;
        final Set<Marks.Part> parts;
        /** The writes that its writer had seen of the row, by their numbers. */
        final BitSet seen;

        /** Those that had left the row as its writer saw it, though he had another version. */
        final BitSet alike;

        /** What its writer had of the row. */
        final Row held;

        /** What the copy had seen that it was made on. */
        final Context known;

        boolean forgiven;

        /** What the user did to a flag; null for other writes. */
        Operation flag;

        Write(int number, Row row, Set<Marks.Part> parts, BitSet seen, BitSet alike, Row held, Context known) {
            this.number = number;
            this.row = row;
            this.parts = parts;
            this.seen = seen;
            this.alike = alike;
            this.held = held;
            this.known = known;
        }

        boolean isDelete() {
            return row instanceof Row.Tombstone;
        }

        Stamp stamp() {
            return row.stamp();
        }
    }

    private final World world;
    private final TableRules rules;
    private final Map<Stamp, Write> writes = new HashMap<>();
    private final Map<Uid, List<Write>> byUid = new TreeMap<>();
    private final Set<Node> dirtyNodes = new LinkedHashSet<>();
    private final Set<Uid> dirtyUids = new HashSet<>();
    private final Set<Uid> droppedUids = new HashSet<>();
    private final Set<Stamp> excused = new HashSet<>();
    private int count;

    /** Rows vanished somewhere and nobody noticed: contexts may claim what is not there. Only guards help then. */
    private boolean unreliable;

    Oracle(World world, TableRules rules) {
        this.world = world;
        this.rules = rules;
    }

    void dirty(Node node) {
        dirtyNodes.add(node);
    }

    void dirty(Node node, Uid uid) {
        dirtyNodes.add(node);
        dirtyUids.add(uid);
    }

    /** The stamp of each part of a row. */
    private Map<Marks.Part, Stamp> parts(Row row) {
        Map<Marks.Part, Stamp> parts = new HashMap<>();
        if (row instanceof Row.Live live) {
            if (rules.merge() == TableRules.Merge.ROW) {
                parts.put(BODY, live.bodyStamp());
            } else if (live.body() instanceof Body.Fields(var fields)) {
                fields.values().keySet().forEach(name -> parts.put(Marks.Part.field(name), live.bodyStamp()));
            }
            live.marks().parts().forEach((part, mark) -> parts.put(part, mark.stamp()));
        } else if (row != null) {
            parts.put(BODY, row.stamp());
        }
        return parts;
    }

    /** A change that was made for a state of its row is about to be applied. */
    void guarded(Node node, Change change, Row held) {
        RowState expected = change.expected();
        if (expected != null && !expected.equals(Merging.state(held, rules))) {
            throw new Violation(node.name + " applies " + change + " to " + held + ", which its plan had not seen");
        }
    }

    /** A write of a user, or of a repair in the place of one. */
    void wrote(Node node, Row held, Row row, Change change) {
        guarded(node, change, held);
        Stamp stamp = row.stamp();
        if (writes.containsKey(stamp)) {
            throw new Violation("the stamp " + stamp.text() + " was given to two writes, the second by " + node.name);
        }
        BitSet seen = new BitSet();
        BitSet alike = new BitSet();
        if (held != null) {
            see(held.stamp(), seen);
            parts(held).values().forEach(part -> see(part, seen));
        }
        if (!(held instanceof Row.Live)) { // the mark of a delete that was seen may be gone
            for (Write other : byUid.getOrDefault(row.uid(), List.of())) {
                if (other.isDelete() && node.context().covers(other.stamp())) {
                    see(other.stamp(), seen);
                }
            }
        }
        if (held instanceof Row.Live before) { // who changes what two writes left alike has seen them both
            for (Write other : byUid.getOrDefault(row.uid(), List.of())) {
                if (other.row instanceof Row.Live left
                        && other.parts.stream().allMatch(part -> looksAlike(before, left, part))) {
                    see(other.stamp(), alike);
                }
            }
        }
        Set<Marks.Part> parts = new HashSet<>();
        parts(row).forEach((part, of) -> {
            if (of.equals(stamp)) {
                parts.add(part);
            }
        });
        if (held != null && held.stamp().compareTo(stamp) >= 0) {
            throw new Violation(
                    node.name + " has " + held.uid() + " " + held.stamp() + " and writes it with the older " + stamp);
        }
        Write write = new Write(count++, row, parts, seen, alike, held, node.context());
        if (change instanceof Change.Flag flag) {
            write.flag = flag.add().isEmpty()
                    ? new Operation(flag.remove().getFirst(), false)
                    : new Operation(flag.add().getFirst(), true);
        }
        writes.put(stamp, write);
        byUid.computeIfAbsent(row.uid(), uid -> new ArrayList<>()).add(write);
        dirty(node, row.uid());
    }

    private void see(Stamp stamp, BitSet seen) {
        Write write = writes.get(stamp);
        if (write != null) {
            seen.set(write.number);
            seen.or(write.seen);
            seen.or(write.alike);
        }
    }

    /** Rows are about to vanish, and nobody will notice. */
    void lostSilently() {
        unreliable = true;
    }

    /** Whether a row had this content before. */
    boolean had(Uid uid, Body body) {
        return byUid.getOrDefault(uid, List.of()).stream()
                .anyMatch(write ->
                        write.row instanceof Row.Live live && live.body().equals(body));
    }

    /** A row came from another node. */
    void took(Node node, Row row) {
        if (row.stamp().millis() > node.nowMs() + Node.SKEW_MS) {
            throw new Violation(node.name + " took " + row.uid() + " with the stamp " + row.stamp()
                    + ", which is ahead of its clock by " + (row.stamp().millis() - node.nowMs()) + " ms");
        }
        dirty(node, row.uid());
    }

    /** A row was taken away because it lingered. */
    void dropped(Node node, Row row) {
        List<Write> all = byUid.getOrDefault(row.uid(), List.of());
        boolean deleted = isDeleted(row, all);
        if (!deleted && unreliable) {
            all.forEach(one -> excused.add(one.stamp()));
        } else if (!deleted) {
            throw new Violation(node.name + " dropped " + row.uid() + " " + row.stamp() + ", which nobody deleted");
        }
        droppedUids.add(row.uid());
        dirty(node, row.uid());
    }

    /**
     * Whether somebody deleted a version: with a newer delete, or on a copy that had seen it.
     */
    private boolean isDeleted(Row row, List<Write> all) {
        Write write = writes.get(row.stamp());
        return all.stream()
                .filter(Write::isDelete)
                .anyMatch(delete -> delete.stamp().compareTo(row.stamp()) > 0
                        || (write != null && delete.seen.get(write.number))
                        || delete.known.covers(row.stamp()));
    }

    private boolean isAlike(Row one, Row other) {
        return one instanceof Row.Live left
                && other instanceof Row.Live right
                && left.digest(rules).equals(right.digest(rules));
    }

    /** A process died; the write that was under way was not acknowledged, and may be there or not. */
    void died(Node node, Stamp underWay) {
        Write write = writes.get(underWay);
        if (write != null) {
            write.forgiven = true;
        }
        for (Uid uid : byUid.keySet()) {
            dirty(node, uid);
        }
    }

    // Checks.

    /**
     * After an event that took rows away by force: what is nowhere any more is not asked for any more, nor what was
     * replaced by such a write and came back with an old disk.
     */
    void forgive() {
        List<Write> replaced = new ArrayList<>();
        byUid.values()
                .forEach(all ->
                        all.stream().filter(write -> !isRequired(write, all)).forEach(replaced::add));
        boolean changed = true;
        while (changed) {
            changed = false;
            for (List<Write> all : byUid.values()) {
                for (Write write : all) {
                    if (!write.forgiven && isGone(write, all)) {
                        write.forgiven = true;
                        changed = true;
                    }
                }
            }
        }
        for (Write write : replaced) {
            if (isRequired(write, byUid.get(write.row.uid()))) {
                excused.add(write.stamp());
            }
        }
    }

    private boolean isGone(Write write, List<Write> all) {
        return write.flag == null
                ? isRequired(write, all) && !isPreserved(write, true)
                : !write.parts.stream().allMatch(part -> isPreserved(write, part, true));
    }

    /** What a node had kept for a person is gone with the node. The person was told. */
    void toldAndGone(List<Row.Live> before, List<Row.Live> after) {
        for (Row row : before) {
            if (!after.contains(row)) {
                excused.add(row.stamp());
                excused.addAll(parts(row).values());
                byUid.getOrDefault(row.uid(), List.of()).stream()
                        .filter(twin -> isAlike(twin.row, row))
                        .forEach(twin -> excused.add(twin.stamp()));
            }
        }
    }

    private boolean isRequired(Write write, List<Write> all) {
        for (Marks.Part part : write.parts) {
            if (isRequired(write, part, all)) {
                return true;
            }
        }
        return false;
    }

    /** Whether no write that saw it took the part's place. */
    private static boolean isRequired(Write write, Marks.Part part, List<Write> all) {
        for (Write later : all) {
            if (!part.set().isEmpty()
                    && later.parts.contains(part)
                    && later.stamp().compareTo(write.stamp()) > 0) {
                return false; // of a flag the last operation counts, whoever knew of whom
            }
            if (later.isDelete()
                    && write.isDelete()
                    && !later.forgiven
                    && later.stamp().compareTo(write.stamp()) > 0) {
                return false;
            }
            if (!later.forgiven
                    && (later.seen.get(write.number)
                            || later.alike.get(write.number)
                            || (later.held instanceof Row.Live held
                                    && write.row instanceof Row.Live wrote
                                    && looksAlike(held, wrote, part)))
                    && (later.isDelete() || write.isDelete() || later.parts.contains(part))) {
                return false;
            }
        }
        return true;
    }

    private boolean isPreserved(Write write) {
        return isPreserved(write, false);
    }

    /** @param strictly whether only the write itself counts, not one that looks the same to a reader */
    private boolean isPreserved(Write write, boolean strictly) {
        for (Marks.Part part : write.parts) {
            if (isRequired(write, part, byUid.get(write.row.uid())) && !isPreserved(write, part, strictly)) {
                return false;
            }
        }
        return true;
    }

    private boolean isPreserved(Write write, Marks.Part part, boolean strictly) {
        if (excused.contains(write.stamp())) {
            return true;
        }
        boolean lives = false;
        for (Node node : world.all()) {
            if (write.isDelete()) {
                if (node.context().covers(write.stamp())) {
                    return true;
                }
            }
            Row row = node.rows.get(write.row.uid());
            if (!strictly && write.isDelete() && row != null && row.stamp().compareTo(write.stamp()) > 0) {
                return true;
            }
            lives |= row instanceof Row.Live;
            if (row != null && holds(row, part, write, strictly)) {
                return true;
            }
            for (Row kept : node.kept) {
                boolean counts = !strictly || part.set().isEmpty();
                if (counts && kept.uid().equals(write.row.uid()) && holds(kept, part, write, strictly)) {
                    return true;
                }
            }
        }
        return !strictly && !lives && !part.set().isEmpty() && !isOn(write.row, part);
    }

    private boolean holds(Row row, Marks.Part part, Write write, boolean strictly) {
        if (row instanceof Row.Live != write.row instanceof Row.Live) {
            return false;
        }
        Stamp of = parts(row).get(part);
        if (of != null && of.equals(write.stamp())) {
            return true;
        }
        boolean flag = !part.set().isEmpty();
        if (!flag) {
            return !strictly
                    && row instanceof Row.Live here
                    && write.row instanceof Row.Live wrote
                    && looksAlike(here, wrote, part);
        }
        if (of == null) {
            return !strictly && !isOn(write.row, part);
        }
        return of.compareTo(write.stamp()) > 0 || (!strictly && isOn(row, part) == isOn(write.row, part));
    }

    private static boolean isOn(Row row, Marks.Part part) {
        Marks.Mark mark = row.past().marks().parts().get(part);
        return mark != null && mark.on();
    }

    /** After each event: nothing vanished, no context claims what is not here, each tree is that of its rows. */
    void check() {
        for (Uid uid : dirtyUids) {
            List<Write> all = byUid.getOrDefault(uid, List.of());
            for (Write write : all) {
                if (write.forgiven && isRequired(write, all) && isPreserved(write, true)) {
                    write.forgiven = false;
                }
            }
            for (Write write : all) {
                if (!unreliable && !write.forgiven && isRequired(write, all) && !isPreserved(write)) {
                    throw new Violation("the write " + describe(write) + " vanished");
                }
            }
        }
        for (Node node : dirtyNodes) {
            if (!node.left) {
                checkNode(node);
            }
        }
        dirtyNodes.clear();
        dirtyUids.clear();
    }

    private String describe(Write write) {
        return write.row.uid() + " " + (write.isDelete() ? "deleted" : write.parts.toString()) + " " + write.stamp();
    }

    private void checkNode(Node node) {
        Digest root = rebuilt(node);
        if (!root.equals(node.tree.root().root())) {
            throw new Violation("the root of " + node.name + " is not that of its rows");
        }
        for (Row row : node.rows.values()) {
            if (!writes.containsKey(row.stamp())) {
                throw new Violation(
                        node.name + " has " + row.uid() + " with the stamp " + row.stamp() + ", which no write got");
            }
        }
        if (unreliable || (node.damaged && node.context().isEmpty())) {
            return;
        }
        Context context = node.context();
        for (List<Write> all : byUid.values()) {
            for (Write write : all) {
                if (!write.forgiven
                        && !excused.contains(write.stamp())
                        && context.covers(write.stamp())
                        && !isAccounted(node, write, all, context)) {
                    throw new Violation(node.name + " claims to have seen " + describe(write) + ", and has "
                            + node.rows.get(write.row.uid()));
                }
            }
        }
    }

    /** Whether a reader sees the same in a newer row elsewhere: then nothing was brought, and the old stamp stays. */
    private boolean isAsGoodAsNewer(Row.Live here, Write delete) {
        return world.members().stream()
                .anyMatch(node -> node.rows.get(here.uid()) instanceof Row.Live other
                        && other.stamp().compareTo(delete.stamp()) > 0
                        && other.digest(rules).equals(here.digest(rules)));
    }

    /** Whether a version that shows what a write left is kept for a person somewhere. */
    private boolean isKept(Write write) {
        return world.all().stream()
                .flatMap(node -> node.kept.stream())
                .anyMatch(row -> row.uid().equals(write.row.uid())
                        && write.parts.stream().allMatch(part -> holds(row, part, write, false)));
    }

    /**
     * Whether a row that is deleted elsewhere will go: something newer came after its delete, or the node was set back,
     * a page of a log brought the row again, and it lingers.
     */
    private boolean isToGo(Node node, Row.Live live, Write delete, List<Write> all) {
        return all.stream().anyMatch(later -> !later.forgiven && later.seen.get(delete.number))
                || (node.wasSetBack
                        && world.members().stream()
                                .anyMatch(other -> other.context().covers(live.stamp())
                                        && !(other.rows.get(live.uid()) instanceof Row.Live held
                                                && held.stamp().compareTo(live.stamp()) >= 0)));
    }

    private Digest rebuilt(Node node) {
        TreeBuilder builder = new TreeBuilder(Salt.PUBLISHED, (level, made) -> {});
        for (Row row : node.rows.values()) {
            if (row instanceof Row.Live live) {
                builder.add(row.uid(), live.digest(rules));
            }
        }
        return builder.finish().root();
    }

    /** Whether the effect of a write that a node's context covers is there, or something newer is. */
    private boolean isAccounted(Node node, Write write, List<Write> all, Context context) {
        return isAccountedItself(node, write, all, context)
                || all.stream()
                        .anyMatch(twin -> twin != write
                                && isAlike(twin.row, write.row)
                                && context.covers(twin.stamp())
                                && isAccountedItself(node, twin, all, context));
    }

    private boolean isAccountedItself(Node node, Write write, List<Write> all, Context context) {
        Row row = node.rows.get(write.row.uid());
        if (row == null && droppedUids.contains(write.row.uid())) {
            return true;
        }
        if (write.flag != null) { // one that was set and unset again looks as before, and is not brought
            return true;
        }
        if (write.isDelete()) {
            if (!(row instanceof Row.Live live) || live.stamp().compareTo(write.stamp()) > 0) {
                return true;
            }
            Write held = writes.get(live.stamp());
            return held == null
                    || !write.seen.get(held.number)
                    || isAsGoodAsNewer(live, write)
                    || isToGo(node, live, write, all);
        }
        if (isDeleted(write.row, all) || isKept(write)) {
            return true;
        }
        if (row instanceof Row.Tombstone) {
            return row.stamp().compareTo(write.stamp()) > 0;
        }
        if (!(row instanceof Row.Live live)) {
            return false;
        }
        Map<Marks.Part, Stamp> here = parts(live);
        for (Marks.Part part : write.parts) {
            Stamp of = here.get(part);
            boolean same = of != null && of.compareTo(write.stamp()) >= 0;
            if (!same && !looksAlike(live, write, part, all, context)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a reader sees here what this write left, or a newer one that the context covers too. */
    private static boolean looksAlike(Row.Live here, Write write, Marks.Part part, List<Write> all, Context context) {
        return all.stream()
                .anyMatch(one -> one.row instanceof Row.Live row
                        && one.stamp().compareTo(write.stamp()) >= 0
                        && (context.covers(one.stamp()) || one.seen.get(write.number))
                        && looksAlike(here, row, part));
    }

    /** Whether a reader sees the same of a part in both rows. */
    private static boolean looksAlike(Row.Live one, Row.Live other, Marks.Part part) {
        if (!part.set().isEmpty()) {
            return isOn(one, part) == isOn(other, part);
        }
        if (part.equals(BODY)) {
            return one.body().equals(other.body());
        }
        return java.util.Objects.equals(field(one, part), field(other, part));
    }

    private static Object field(Row.Live row, Marks.Part part) {
        return row.body() instanceof Body.Fields(var fields) ? fields.values().get(part.name()) : null;
    }

    /** At the end: each flag is as the last operation on it left it. Of rows that were never deleted, nor lost. */
    void checkFlags() {
        if (unreliable) {
            return;
        }
        byUid.forEach((uid, all) -> {
            if (all.stream().anyMatch(write -> write.isDelete() || write.forgiven || excused.contains(write.stamp()))) {
                return;
            }
            Map<String, Write> last = new TreeMap<>();
            for (Write write : all) {
                if (write.flag != null) {
                    last.merge(
                            write.flag.name(),
                            write,
                            (one, other) -> one.stamp().compareTo(other.stamp()) > 0 ? one : other);
                }
            }
            for (Node node : world.members()) {
                List<String> on = node.rows.get(uid) instanceof Row.Live live
                        ? live.marks().flags().getOrDefault("flags", List.of())
                        : List.of();
                last.forEach((name, write) -> {
                    if (on.contains(name) != write.flag.on()) {
                        throw new Violation(node.name + " has " + uid + " with the flags " + on + ", and the last on "
                                + name + " was " + write.flag + " " + write.stamp());
                    }
                });
            }
        });
    }

    /** At the end: no row lives whose deleter had seen it. */
    void checkDeletes() {
        if (unreliable) {
            return;
        }
        for (Node node : world.members()) {
            for (Row row : node.rows.values()) {
                Write write = writes.get(row.stamp());
                if (row instanceof Row.Live live && write != null) {
                    for (Write delete : byUid.get(row.uid())) {
                        if (delete.isDelete()
                                && !delete.forgiven
                                && delete.seen.get(write.number)
                                && !isAsGoodAsNewer(live, delete)
                                && world.members().stream()
                                        .anyMatch(one -> one.context().covers(delete.stamp()))) {
                            throw new Violation(node.name + " has " + row.uid() + " " + row.stamp()
                                    + " again, which was deleted by " + delete.stamp());
                        }
                    }
                }
            }
        }
    }
}
