package io.twinroot.sim;

import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Pause;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Repair;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Sender;
import io.twinroot.reconcile.Terms;
import io.twinroot.reconcile.Verify;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Nodes, what lies between them, and the time. Plays a list of events, one at a time. */
final class World {
    static final List<String> FLAGS = List.of("Answered", "Seen", "Flagged");
    private static final Guards ALL_ALLOWED = new Guards(Long.MAX_VALUE, OptionalLong.of(Long.MAX_VALUE));
    private static final Verify.Options AT_ONCE = Verify.Options.DEFAULT.withSettle(0);

    /** Events that happen within others lie at most so deep. */
    private static final int DEPTH_MAX = 2;

    private static final int NODES_MAX = 6;

    final Setting setting;
    final Mutant mutant;
    final Random random;
    final Oracle oracle;
    Guards guards;
    boolean silentLoss;
    long nowMs = 1_767_225_600_000L;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Node, Port> ports = new HashMap<>();
    private final Map<Node, Set<Node>> edges = new HashMap<>();
    private final Set<String> cuts = new HashSet<>();
    private final Map<Integer, List<Disk.Copy>> backups = new TreeMap<>();
    private final Map<String, Disk.Cursor> cursors = new HashMap<>();
    private final List<Page> latePages = new ArrayList<>();
    private final List<Event> events;
    private int next;
    private int depth;
    private int names;
    int sessions;
    int completed;

    /** Rows on their way. */
    private record Page(Node from, Node to, List<Row> rows, Context context) {}

    World(Setting setting, List<Event> events, Mutant mutant) {
        this.setting = setting;
        this.events = events;
        this.mutant = mutant;
        this.random = new Random(setting.seed());
        TableRules rules = TableRules.DEFAULT.merging(setting.merge());
        this.oracle = new Oracle(this, rules);
        this.guards = new Guards(Long.MAX_VALUE, OptionalLong.of(setting.maxDeletes()));
        this.silentLoss = setting.silentLoss();
        for (int i = 0; i < setting.nodes(); i++) {
            add(new Node(this, names++, rules));
        }
        for (int i = 1; i < setting.nodes(); i++) {
            connect(nodes.get(i), nodes.get(setting.shape() == Setting.Shape.STAR ? 0 : i - 1));
        }
        if (setting.shape() == Setting.Shape.CYCLE && setting.nodes() > 2) {
            connect(nodes.getFirst(), nodes.getLast());
        }
        nodes.forEach(Node::start);
        for (int key = 0; key < setting.keys() / 2; key++) {
            perform(new Event.Put(0, key, -1 - key));
        }
    }

    boolean has(Mutant which) {
        return mutant == which;
    }

    private Node add(Node node) {
        nodes.add(node);
        edges.put(node, new HashSet<>());
        ports.put(node, new Port(node));
        return node;
    }

    private void connect(Node one, Node other) {
        if (one != other) {
            edges.get(one).add(other);
            edges.get(other).add(one);
        }
    }

    Incarnation newIncarnation(long ms) {
        return new Incarnation(random.nextLong(), ms << 22 | random.nextInt(1 << 22));
    }

    List<Node> all() {
        return members();
    }

    List<Node> members() {
        return nodes.stream().filter(node -> !node.left).toList();
    }

    List<Node> neighbours(Node node) {
        return nodes.stream().filter(edges.get(node)::contains).toList();
    }

    boolean isCut(Node one, Node other) {
        return cuts.contains(pair(one, other)) || one.left || other.left;
    }

    private static String pair(Node one, Node other) {
        return Math.min(one.number, other.number) + "-" + Math.max(one.number, other.number);
    }

    private Node node(int number) {
        List<Node> there = members();
        return there.get(number % there.size());
    }

    static Uid uid(int key) {
        return Uid.ofText("k" + key);
    }

    private StringBuilder story;

    /** Tells from now on what happens. */
    StringBuilder tell() {
        story = new StringBuilder();
        return story;
    }

    void told(String what) {
        if (story != null) {
            story.append("  ".repeat(depth)).append(what).append('\n');
        }
    }

    boolean isTelling() {
        return story != null;
    }

    // Playing.

    void play() {
        while (next < events.size()) {
            step();
        }
        heal();
    }

    private void step() {
        nowMs += 1 + random.nextInt(2_000);
        perform(events.get(next++));
        oracle.check();
    }

    /** Between two calls of a session others may do something. */
    void between(Random chance) {
        if (depth == 0 || depth >= DEPTH_MAX) {
            return;
        }
        while (next < events.size() && chance.nextInt(12) == 0) {
            step();
        }
    }

    private void perform(Event event) {
        depth++;
        try {
            if (isTelling()) {
                told(event.toString());
            }
            happen(event);
        } finally {
            depth--;
        }
    }

    private void happen(Event event) {
        switch (event) {
            case Event.Put(int node, int key, long value) ->
                write(node(node), put(node(node), key, setting.twins() ? value % 3 : value));
            case Event.Delete(int node, int key) -> write(node(node), new Change.Delete(uid(key), null));
            case Event.Flag(int node, int key, int flag, boolean on) -> {
                List<String> name = List.of(FLAGS.get(flag));
                boolean is = node(node).rows.get(uid(key)) instanceof Row.Live live
                        && live.marks().flags().getOrDefault("flags", List.of()).contains(name.getFirst());
                if (is == on && !setting.twins()) {
                    return;
                }
                write(
                        node(node),
                        new Change.Flag(uid(key), "flags", on ? name : List.of(), on ? List.of() : name, null));
            }
            case Event.Edit edit -> edit(edit);
            case Event.Session(int mine, int theirs, Direction direction, int faults, long seed) -> {
                Node one = node(mine);
                List<Node> near = neighbours(one);
                if (!near.isEmpty()) {
                    session(one, near.get(theirs % near.size()), direction, faults, seed, ALL_ALLOWED);
                }
            }
            case Event.Follow follow -> follow(follow);
            case Event.LatePage(int which) -> {
                if (!latePages.isEmpty()) {
                    deliver(latePages.get(which % latePages.size()));
                }
            }
            case Event.Crash(int node, int kept, int key, long value) -> crash(node(node), kept, key, value);
            case Event.Backup(int node) ->
                backups.computeIfAbsent(node(node).number, any -> new ArrayList<>())
                        .add(node(node).disk.copy());
            case Event.Restore(int node, int which) -> restore(node(node), which);
            case Event.Clone(int node, int which) -> cloned(node(node), which);
            case Event.SetClock(int node, long offsetMs) -> node(node).offsetMs = offsetMs;
            case Event.Cut(int one, int other, boolean cut) -> {
                if (cut) {
                    cuts.add(pair(node(one), node(other)));
                } else {
                    cuts.remove(pair(node(one), node(other)));
                }
            }
            case Event.Compact(int node) -> node(node).compact();
            case Event.CleanUp(int node) -> node(node).cleanUp();
            case Event.Lose(int node, int percent, boolean noticed, long seed) -> {
                Node loser = node(node);
                loser.lose(new Random(seed), percent);
                loser.shrunken = true;
                oracle.forgive();
                if (!noticed) {
                    oracle.lostSilently();
                } else {
                    loser.foundDamage();
                    oracle.forgive();
                }
            }
            case Event.Notice(int node) -> {
                if (node(node).shrunken) {
                    node(node).foundDamage();
                    oracle.forgive();
                }
            }
            case Event.Join(int near) -> {
                if (nodes.size() < NODES_MAX) {
                    Node sponsor = node(near);
                    Node joined = add(new Node(this, names++, sponsor.rules));
                    joined.start();
                    connect(joined, sponsor);
                }
            }
            case Event.Leave(int node) -> leave(node(node));
        }
    }

    private static Change.Put put(Node node, int key, long value) {
        Row held = node.rows.get(uid(key));
        TreeMap<String, Value> fields = new TreeMap<>();
        if (held instanceof Row.Live live && live.body() instanceof Body.Fields(var now)) {
            fields.putAll(now.values());
        } else {
            fields.put("b", new Value.Int(value));
        }
        fields.put("a", new Value.Int(value));
        return new Change.Put(uid(key), new Body.Fields(Value.Mapping.of(fields)), null, null);
    }

    private void edit(Event.Edit edit) {
        Node node = node(edit.node());
        if (node.rows.get(uid(edit.key())) instanceof Row.Live live && live.body() instanceof Body.Fields(var now)) {
            TreeMap<String, Value> fields = new TreeMap<>(now.values());
            String name = "abc".substring(edit.field(), edit.field() + 1);
            if (edit.remove()) {
                fields.remove(name);
            } else {
                fields.put(name, new Value.Int(setting.twins() ? edit.value() % 3 : edit.value()));
            }
            Body body = new Body.Fields(Value.Mapping.of(fields));
            if (setting.twins() || !oracle.had(uid(edit.key()), body)) {
                write(node, new Change.Put(uid(edit.key()), body, null, null));
            }
        }
    }

    private static Outcome write(Node node, Change change) {
        return node.apply(List.of(change), Sender.USER).getFirst();
    }

    private void crash(Node node, int kept, int key, long value) {
        node.inFlight = true;
        Outcome underWay = write(node, put(node, key, value));
        node.inFlight = false;
        node.disk.crash(kept);
        node.start();
        if (underWay instanceof Outcome.Applied(Stamp stamp)) {
            oracle.died(node, stamp);
        }
    }

    private void restore(Node node, int which) {
        List<Disk.Copy> copies = backups.get(node.number);
        if (copies == null) {
            return;
        }
        List<Row.Live> kept = List.copyOf(node.kept);
        node.disk.restore(copies.get(which % copies.size()));
        node.shrunken = false;
        node.wasSetBack = true;
        node.start();
        oracle.toldAndGone(kept, node.kept);
        oracle.forgive();
    }

    private void cloned(Node node, int which) {
        List<Disk.Copy> copies = backups.get(node.number);
        if (copies == null || nodes.size() >= NODES_MAX) {
            return;
        }
        Node clone = add(new Node(this, names++, node.rules));
        clone.disk.restore(copies.get(which % copies.size()));
        clone.start();
        neighbours(node).forEach(near -> connect(clone, near));
        connect(clone, node);
    }

    private void leave(Node node) {
        if (members().size() <= 2) {
            return;
        }
        List<Node> near = neighbours(node);
        node.left = true;
        oracle.toldAndGone(node.kept, List.of());
        near.forEach(one -> edges.get(one).remove(node));
        for (int i = 1; i < near.size(); i++) {
            connect(near.get(i - 1), near.get(i));
        }
        edges.get(node).clear();
        oracle.forgive();
    }

    // Between two nodes.

    private void follow(Event.Follow follow) {
        Node reader = node(follow.reader());
        List<Node> near = neighbours(reader);
        if (near.isEmpty()) {
            return;
        }
        Node from = near.get(follow.from() % near.size());
        if (isCut(reader, from) || reader.name.equals(from.name) || from.damaged || from.shrunken) {
            return;
        }
        String key = reader.number + "<" + from.number;
        Disk.Cursor cursor = cursors.get(key);
        Integer begin = cursor == null ? null : from.begins.get(cursor.life());
        if (cursor == null
                || begin == null
                || cursor.generation() != from.disk.generation()
                || cursor.offset() > from.disk.synced()
                || cursor.offset() < begin) {
            cursors.put(key, end(from));
            return;
        }
        List<Row> rows = new ArrayList<>();
        int at = cursor.offset();
        Incarnation life = cursor.life();
        for (Disk.Batch batch : from.disk.read(cursor.offset(), from.disk.synced())) {
            if (rows.size() >= follow.limit()) {
                break;
            }
            for (Logged item : batch.items()) {
                if (item instanceof Logged.Is(Row row)) {
                    rows.add(row);
                } else if (item instanceof Logged.Life(Incarnation incarnation, String name)) {
                    life = incarnation;
                }
            }
            at = batch.end();
        }
        Page page = new Page(from, reader, rows, from.context());
        switch (follow.fault()) {
            case 0 -> {} // the page is lost
            case 1 -> latePages.add(page); // the page comes later; the reader asks again
            case 2 -> { // the page comes, the cursor is forgotten
                deliver(page);
            }
            case 3 -> {
                deliver(page);
                latePages.add(page);
                cursors.put(key, new Disk.Cursor(cursor.generation(), life, at));
            }
            default -> {
                deliver(page);
                cursors.put(key, new Disk.Cursor(cursor.generation(), life, at));
            }
        }
    }

    private static Disk.Cursor end(Node node) {
        return new Disk.Cursor(node.disk.generation(), node.incarnation, node.disk.synced());
    }

    private void deliver(Page page) {
        if (page.to().left || page.rows().isEmpty()) {
            return;
        }
        List<Change> changes = new ArrayList<>();
        page.rows().forEach(row -> changes.add(new Change.Replicate(new RowData(row, null), null)));
        page.to().apply(changes, Sender.feed(Context.EMPTY));
    }

    boolean mayDrop(Sender sender, Stamp stamp) {
        return sender.context().covers(stamp);
    }

    private boolean session(Node one, Node other, Direction direction, int faults, long seed, Guards allowed) {
        if (isCut(one, other)) {
            return false;
        }
        sessions++;
        if (isTelling()) {
            told(one.name + " meets " + other.name + ": " + one.context() + " and " + other.context());
        }
        Random chance = new Random(seed);
        Link mine = new Link(ports.get(one), true, chance, 0, other);
        Link theirs = new Link(ports.get(other), false, chance, faults, one);
        int goneHere = one.removed;
        int goneThere = other.removed;
        int begun = next;
        Context myContext = one.knowledge().context();
        Context theirContext = other.knowledge().context();
        if (has(Mutant.CONTEXT_BEFORE_DATA) && !one.name.equals(other.name)) {
            one.absorb(theirContext);
        }
        try {
            RepairReport report = Repair.run(
                    mine,
                    theirs,
                    Terms.of(direction, allowed, one.name).with(setting.policy()),
                    AT_ONCE,
                    chance::nextLong,
                    Progress.NONE,
                    noPause(chance));
            completed += report.complete() ? 1 : 0;
            long most = guards.maxDeletes().orElse(Long.MAX_VALUE);
            if (begun == next && Math.max(one.removed - goneHere, other.removed - goneThere) > most) {
                throw new Violation(
                        "a repair of " + one.name + " with " + other.name + " took more than " + most + " rows away");
            }
            if (isTelling()) {
                told(one.name + " with " + other.name + ": " + report);
            }
            return report.complete() && report.same();
        } catch (ReplicaException | GuardException | Link.Died e) {
            if (isTelling()) {
                told(one.name + " with " + other.name + ": " + e);
            }
            if (has(Mutant.CONTEXT_ON_PARTIAL) && !one.name.equals(other.name)) {
                one.absorb(theirContext);
                other.absorb(myContext);
            }
            return false;
        }
    }

    private Pause noPause(Random chance) {
        return ms -> between(chance);
    }

    // The end.

    private void heal() {
        cuts.clear();
        guards = ALL_ALLOWED;
        nowMs += 2 * 86_400_000L;
        for (Node node : members()) {
            node.offsetMs = 0;
            if (node.shrunken) {
                node.foundDamage();
                oracle.forgive();
            }
        }
        Set<String> taken = new HashSet<>();
        for (Node node : members()) {
            if (!taken.add(node.name)) {
                node.renew("node-" + node.number + "-new");
                taken.add(node.name);
            }
        }
        int rounds = 3 * members().size() + 4;
        boolean quiet = false;
        for (int round = 0; round < rounds && !quiet; round++) {
            quiet = true;
            if (round == members().size()) { // nobody can bring back what they lack: a person gives it up
                members().forEach(Node::giveUp);
            }
            for (Node one : members()) {
                for (Node other : neighbours(one)) {
                    if (one.number < other.number) {
                        nowMs += 1_000;
                        quiet &= session(one, other, Direction.BOTH, 0, random.nextLong(), ALL_ALLOWED);
                        oracle.check();
                    }
                }
            }
            quiet &= same();
        }
        if (!same()) {
            throw new Violation("the nodes differ at the end: " + describe());
        }
        if (!quiet) {
            throw new Violation("the nodes do not come to rest");
        }
        oracle.checkDeletes();
        oracle.checkFlags();
    }

    private boolean same() {
        return members().stream().map(node -> node.tree.root()).distinct().count() == 1;
    }

    private String describe() {
        StringBuilder text = new StringBuilder();
        members()
                .forEach(node -> text.append(node.name)
                        .append(' ')
                        .append(node.rows.values())
                        .append("; "));
        return text.toString();
    }
}
