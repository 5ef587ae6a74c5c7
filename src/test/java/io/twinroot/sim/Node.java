package io.twinroot.sim;

import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.Met;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Sender;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Merging;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Versions;
import io.twinroot.tree.MemoryTree;
import io.twinroot.tree.Salt;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** One copy of the table: a log on a disk, and what a process makes of it. */
final class Node {
    static final long SKEW_MS = 300_000;
    static final long RETENTION_MS = 20_000;

    final World world;
    final int number;
    final Disk disk = new Disk();
    final TableRules rules;
    String name;
    long offsetMs;
    boolean left;

    /** A disk of earlier was put in. */
    boolean wasSetBack;

    /** Rows vanished and nobody noticed yet. */
    boolean shrunken;

    Incarnation incarnation = new Incarnation(0, 0);
    int processes;
    boolean damaged;
    final NavigableMap<Uid, Row> rows = new TreeMap<>();
    final Context.Editor context = Context.EMPTY.edit();
    final List<Row.Live> kept = new ArrayList<>();
    final Deque<Incarnation> lives = new ArrayDeque<>();
    final Map<Incarnation, Integer> begins = new HashMap<>();
    final Map<String, Context> acknowledged = new HashMap<>();
    final Map<Incarnation, Stamp> latest = new HashMap<>();
    final Map<String, Intent> tickets = new HashMap<>();
    final Set<String> approved = new LinkedHashSet<>();
    MemoryTree tree = new MemoryTree(Salt.PUBLISHED);
    long clock;

    /** Live rows that went because others deleted them. */
    int removed;

    /** Whether what is written now does not get to the disk before the process dies. */
    boolean inFlight;

    private long seq;

    Node(World world, int number, TableRules rules) {
        this.world = world;
        this.number = number;
        this.rules = rules;
        this.name = "node-" + number;
    }

    long nowMs() {
        return world.nowMs + offsetMs;
    }

    Context context() {
        return context.context();
    }

    // The process.

    /** Reads the log and begins a new life. */
    void start() {
        rows.clear();
        kept.clear();
        lives.clear();
        begins.clear();
        latest.clear();
        acknowledged.clear();
        tickets.clear();
        approved.clear();
        context.set(Context.EMPTY);
        tree = new MemoryTree(Salt.PUBLISHED);
        clock = 0;
        seq = 0;
        damaged = false;
        processes++;
        int at = 0;
        for (Disk.Batch batch : disk.recover()) {
            for (Logged item : batch.items()) {
                replay(item, at);
            }
            at = batch.end();
        }
        Incarnation before = lives.peekFirst();
        if (world.has(Mutant.NO_NEW_INCARNATION) && before != null) {
            incarnation = before;
            seq = context().last(before);
        } else {
            begin();
        }
        tree.refresh();
    }

    private void begin() {
        incarnation = world.newIncarnation(nowMs());
        seq = 0;
        begins.put(incarnation, disk.length());
        lives.addFirst(incarnation);
        disk.append(List.of(new Logged.Life(incarnation, name)), false);
    }

    private void replay(Logged item, int at) {
        switch (item) {
            case Logged.Is(Row row) -> hold(row);
            case Logged.Gone(Uid uid) -> forget(uid);
            case Logged.Kept(Row.Live row) -> kept.add(row);
            case Logged.Seen(Stamp stamp) -> saw(stamp);
            case Logged.Known(Context known) -> context.set(known);
            case Logged.Condition(long clockThen, boolean damagedThen) -> {
                clock = Long.compareUnsigned(clockThen, clock) > 0 ? clockThen : clock;
                damaged = damagedThen;
            }
            case Logged.Life(Incarnation life, String nameThen) -> {
                lives.addFirst(life);
                begins.put(life, at);
                name = nameThen;
            }
        }
    }

    /** A row becomes what is here. */
    private void hold(Row row) {
        rows.put(row.uid(), row);
        if (row instanceof Row.Live live) {
            tree.write(row.uid(), live.digest(rules));
        } else {
            tree.delete(row.uid());
        }
        saw(row.stamp());
        world.oracle.dirty(this, row.uid());
    }

    private void forget(Uid uid) {
        rows.remove(uid);
        tree.delete(uid);
        world.oracle.dirty(this, uid);
    }

    private void saw(Stamp stamp) {
        if (stamp.incarnation().equals(incarnation)) {
            context.addUpTo(incarnation, stamp.seq());
        } else {
            context.add(stamp);
        }
        latest.merge(stamp.incarnation(), stamp, (one, other) -> one.seq() >= other.seq() ? one : other);
        clock = Long.compareUnsigned(stamp.clock(), clock) > 0 ? stamp.clock() : clock;
        world.oracle.dirty(this);
    }

    private List<Logged> known() {
        return List.of(new Logged.Known(context()), new Logged.Condition(clock, damaged));
    }

    /** What is in memory and on the disk, written anew in fewer frames. */
    void compact() {
        List<Logged> all = new ArrayList<>();
        lives.descendingIterator().forEachRemaining(life -> all.add(new Logged.Life(life, name)));
        rows.values().stream().filter(row -> row instanceof Row.Live).forEach(row -> all.add(new Logged.Is(row)));
        rows.values().stream().filter(row -> row instanceof Row.Tombstone).forEach(row -> all.add(new Logged.Is(row)));
        kept.forEach(row -> all.add(new Logged.Kept(row)));
        all.addAll(known());
        disk.replace(all);
        begins.clear();
        begins.put(incarnation, 0);
    }

    /** Forgets the marks of deletes that all peers have seen. */
    void cleanUp() {
        List<Logged> gone = new ArrayList<>();
        for (Row row : List.copyOf(rows.values())) {
            if (row instanceof Row.Tombstone && isOver(row)) {
                forget(row.uid());
                gone.add(new Logged.Gone(row.uid()));
            }
        }
        if (!gone.isEmpty()) {
            gone.addAll(known());
            disk.append(gone, true);
            tree.refresh();
        }
    }

    /**
     * Whether the mark of a delete may go: all peers have seen it, and this node has seen all that the deleter had, so
     * that it knows again what was deleted.
     */
    private boolean isOver(Row row) {
        if (world.has(Mutant.TOMBSTONES_DROPPED_EARLY)) {
            return true;
        }
        Stamp stamp = row.stamp();
        if (nowMs() - stamp.millis() < RETENTION_MS) {
            return false;
        }
        if (!context().coversUpTo(stamp) || !row.past().seen().stream().allMatch(context()::coversUpTo)) {
            return false;
        }
        return world.neighbours(this).stream()
                .allMatch(peer ->
                        acknowledged.getOrDefault(peer.name, Context.EMPTY).covers(stamp));
    }

    /** Rows vanish. */
    void lose(Random random, int percent) {
        for (Uid uid : List.copyOf(rows.keySet())) {
            if (random.nextInt(100) < percent) {
                forget(uid);
            }
        }
        List<Logged> all = new ArrayList<>();
        lives.descendingIterator().forEachRemaining(life -> all.add(new Logged.Life(life, name)));
        rows.values().forEach(row -> all.add(new Logged.Is(row)));
        kept.forEach(row -> all.add(new Logged.Kept(row)));
        all.addAll(known());
        disk.replace(all);
        begins.clear();
        begins.put(incarnation, 0);
        tree.refresh();
    }

    /** It is noticed that rows vanished. */
    void foundDamage() {
        damaged = true;
        shrunken = false;
        if (!world.has(Mutant.DAMAGE_KEEPS_CONTEXT)) {
            context.set(Context.EMPTY);
        }
        disk.append(known(), true);
        begin();
        world.oracle.dirty(this);
    }

    /** A person gives up what damage took. */
    void giveUp() {
        damaged = false;
    }

    /** It becomes a node of its own. */
    void renew(String newName) {
        name = newName;
        begin();
        disk.sync();
    }

    // What it says and hears.

    Knowledge knowledge() {
        return new Knowledge(
                name,
                incarnation,
                lives.stream().skip(1).limit(Knowledge.LIVES_MAX).toList(),
                damaged ? Context.EMPTY : context(),
                clock,
                latest.values().stream()
                        .sorted(java.util.Comparator.reverseOrder())
                        .limit(Knowledge.LIVES_MAX)
                        .toList(),
                damaged);
    }

    Met meet(Knowledge other) {
        if (other.node().equals(name)) {
            throw new ReplicaException(ReplicaException.Kind.IDENTITY_CONFLICT, "two nodes call themselves " + name);
        }
        boolean behind = false;
        for (Incarnation life : List.copyOf(lives)) {
            if (other.context().last(life) > context().last(life)) {
                behind = true;
                if (life.equals(incarnation) && !world.has(Mutant.NO_NEW_INCARNATION)) {
                    begin();
                }
            }
        }
        acknowledged.put(other.node(), other.damaged() ? Context.EMPTY : other.context());
        if (!world.has(Mutant.WALL_CLOCK_STAMPS) && other.clock() >>> 16 <= nowMs() + SKEW_MS) {
            clock = Long.compareUnsigned(other.clock(), clock) > 0 ? other.clock() : clock;
        }
        Met.Standing standing = damaged ? Met.Standing.DAMAGED : behind ? Met.Standing.BEHIND : Met.Standing.CURRENT;
        return new Met(standing, List.of(), knowledge());
    }

    void absorb(Context other) {
        if (world.isTelling()) {
            world.told(name + " absorbs " + other);
        }
        context.add(other);
        damaged = false;
        disk.append(known(), true);
        world.oracle.dirty(this);
    }

    String announce(Intent intent) {
        long live = tree.entries().size();
        Guards guards = world.guards;
        String from = intent.from();
        if (!world.has(Mutant.NO_GUARDS)
                && (intent.deleted().size() > guards.deletesOf(live)
                        || intent.changed().size() > guards.maxChanges())) {
            throw new GuardException(
                    name + ": " + intent.deleted().size() + " of " + live + " rows would go, from " + from);
        }
        String ticket = "ticket-" + processes + "-" + (tickets.size() + 1);
        tickets.put(ticket, intent);
        return ticket;
    }

    // Changes.

    /** Applies changes, makes them durable, then shows them. */
    List<Outcome> apply(List<Change> changes, Sender sender) {
        List<Outcome> outcomes = applied(changes, sender);
        if (world.isTelling()) {
            for (int i = 0; i < changes.size(); i++) {
                world.told(name + " " + sender.way() + " " + changes.get(i) + " -> " + outcomes.get(i));
            }
        }
        return outcomes;
    }

    private List<Outcome> applied(List<Change> changes, Sender sender) {
        List<Outcome> outcomes = new ArrayList<>();
        List<Logged> frames = new ArrayList<>();
        List<Stamp> skipped = new ArrayList<>();
        for (Change change : changes) {
            outcomes.add(decide(change, sender, frames, skipped));
        }
        if (!skipped.isEmpty()) {
            skipped.forEach(stamp -> frames.add(new Logged.Seen(stamp)));
        }
        if (!frames.isEmpty()) {
            boolean data = frames.stream().anyMatch(frame -> !(frame instanceof Logged.Seen));
            disk.append(frames, data && !inFlight && !world.has(Mutant.NOT_SYNCED));
        }
        tree.refresh();
        return outcomes;
    }

    private Outcome decide(Change change, Sender sender, List<Logged> frames, List<Stamp> skipped) {
        Row held = rows.get(change.uid());
        RowState state = Merging.state(held, rules);
        RowState expected = change.expected();
        boolean meanwhile = expected != null && !expected.equals(state);
        if (meanwhile && !(change instanceof Change.Replicate) && !world.has(Mutant.NO_DIGEST_GUARD)) {
            return new Outcome.ChangedMeanwhile(state);
        }
        if (damaged
                && (change instanceof Change.Put || change instanceof Change.Delete || change instanceof Change.Flag)) {
            return new Outcome.Refused("the table is damaged and read-only");
        }
        return switch (change) {
            case Change.Put put ->
                wrote(held, Merging.put(held, put.uid(), put.body(), nextStamp(), rules), change, frames);
            case Change.Delete(Uid uid, var guard) -> {
                if (!(held instanceof Row.Live)) {
                    yield new Outcome.Same();
                }
                Stamp stamp = nextStamp();
                yield wrote(
                        held,
                        new Row.Tombstone(uid, stamp, io.twinroot.table.Past.of(stamp, List.of(held))),
                        change,
                        frames);
            }
            case Change.Flag flag ->
                held instanceof Row.Live live
                        ? wrote(held, flagged(live, flag, nextStamp()), change, frames)
                        : new Outcome.Refused("there is no such row");
            case Change.Drop(Uid uid, RowState guard) -> {
                if (!(held instanceof Row.Live live) || !world.mayDrop(sender, held.stamp())) {
                    yield new Outcome.ChangedMeanwhile(state);
                }
                if (outside(change, state, sender)) {
                    yield new Outcome.Refused("it was not announced");
                }
                world.oracle.guarded(this, change, held);
                world.oracle.dropped(this, held);
                frames.add(new Logged.Kept(live));
                kept.add(live);
                frames.add(new Logged.Gone(uid));
                forget(uid);
                removed++;
                yield new Outcome.Applied(held.stamp());
            }
            case Change.Replicate replicate -> {
                if (outside(change, state, sender)) {
                    yield new Outcome.Refused("it was not announced");
                }
                yield replicate(held, state, replicate.data().row(), meanwhile, sender, frames, skipped);
            }
        };
    }

    private Row.Live flagged(Row.Live held, Change.Flag flag, Stamp stamp) {
        Row.Live row = Merging.flag(held, flag, stamp);
        if (!world.has(Mutant.FLAG_STATES)) {
            return row;
        }
        Set<String> on = new LinkedHashSet<>(row.marks().flags().getOrDefault(flag.set(), List.of()));
        Set<String> off = new LinkedHashSet<>(World.FLAGS);
        off.removeAll(on);
        return Merging.flag(
                held, new Change.Flag(flag.uid(), flag.set(), List.copyOf(on), List.copyOf(off), null), stamp);
    }

    private boolean outside(Change change, RowState state, Sender sender) {
        if (change instanceof Change.Replicate replicate
                && Versions.sameContent(state, Merging.state(replicate.data().row(), rules))) {
            return false;
        }
        if (sender.ticket() == null || sender.ticket().isEmpty() || !(state instanceof RowState.Live)) {
            return false;
        }
        Intent intent = tickets.get(sender.ticket());
        if (intent == null) {
            return true;
        }
        boolean deletes = change instanceof Change.Drop
                || (change instanceof Change.Replicate replicate
                        && replicate.data().row() instanceof Row.Tombstone);
        return !(deletes ? intent.deleted() : intent.changed()).contains(change.uid());
    }

    private Outcome wrote(Row held, Row row, Change change, List<Logged> frames) {
        frames.add(new Logged.Is(row));
        world.oracle.wrote(this, held, row, change);
        hold(row);
        return new Outcome.Applied(row.stamp());
    }

    private Stamp nextStamp() {
        clock = world.has(Mutant.WALL_CLOCK_STAMPS) ? nowMs() << 16 : Stamp.nextClock(nowMs(), clock);
        seq++;
        return new Stamp(clock, incarnation, seq);
    }

    private Outcome replicate(
            Row held,
            RowState state,
            Row offered,
            boolean meanwhile,
            Sender sender,
            List<Logged> frames,
            List<Stamp> skipped) {
        if (offered.stamp().millis() > nowMs() + SKEW_MS && !world.has(Mutant.FUTURE_STAMPS)) {
            return new Outcome.Parked("its stamp is too far ahead");
        }
        RowState there = Merging.state(offered, rules);
        if (meanwhile && !there.equals(state)) {
            return new Outcome.ChangedMeanwhile(state);
        }
        if (world.has(Mutant.RETRY_IS_A_NEW_WRITE) && offered instanceof Row.Live live && offered.equals(held)) {
            Row again = Merging.put(held, live.uid(), live.body(), nextStamp(), rules);
            hold(again);
            frames.add(new Logged.Is(again));
            return new Outcome.Applied(again.stamp());
        }
        Context mine = world.has(Mutant.NO_LINGERING_CHECK) ? Context.EMPTY : context();
        Merging.Verdict verdict =
                Merging.of(Merging.Held.of(held, rules), offered, there, mine, sender.context(), rules);
        return switch (verdict) {
            case Merging.Verdict.Same() -> {
                skip(offered, skipped);
                yield new Outcome.Same();
            }
            case Merging.Verdict.Older(boolean loses) -> {
                if (loses) {
                    keep(offered, frames);
                }
                skip(offered, skipped);
                yield new Outcome.Older(state);
            }
            case Merging.Verdict.Take(boolean loses) -> {
                if (loses) {
                    keep(held, frames);
                }
                take(offered, offered, frames);
                yield new Outcome.Applied(offered.stamp());
            }
            case Merging.Verdict.Merge(Row.Live merged, List<Row.Live> losers) -> {
                losers.forEach(loser -> keep(loser, frames));
                take(merged, offered, frames);
                skip(offered, skipped);
                yield new Outcome.Applied(merged.stamp());
            }
            case Merging.Verdict.Lingering() -> new Outcome.Lingering();
        };
    }

    private void take(Row row, Row offered, List<Logged> frames) {
        frames.add(new Logged.Is(row));
        world.oracle.took(this, offered);
        if (row instanceof Row.Tombstone && rows.get(row.uid()) instanceof Row.Live) {
            removed++;
        }
        hold(row);
    }

    private void keep(Row row, List<Logged> frames) {
        if (row instanceof Row.Live live && !world.has(Mutant.LOSERS_NOT_KEPT)) {
            frames.add(new Logged.Kept(live));
            kept.add(live);
            if (world.isTelling()) {
                world.told(name + " keeps " + row);
            }
            world.oracle.dirty(this, row.uid());
        }
    }

    private void skip(Row offered, List<Stamp> skipped) {
        if (!context.covers(offered.stamp())) {
            skipped.add(offered.stamp());
            saw(offered.stamp());
        }
    }
}
