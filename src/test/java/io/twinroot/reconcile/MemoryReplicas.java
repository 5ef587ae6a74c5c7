package io.twinroot.reconcile;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Merging;
import io.twinroot.table.Outcome;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.MemoryTree;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeBuilder;
import io.twinroot.tree.TreeFormat;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tables in sorted maps. Stricter than a real store: it opens each blob twice, refuses a use after closing, a
 * cursor that is read after its end or its close, and batches and limits out of bounds. Thread-safe.
 */
public final class MemoryReplicas implements Replicas, ChangeFeed {
    private final NavigableMap<TableName, Table> tables = new TreeMap<>();
    private final String address;
    private final Salt salt;
    private final List<Incarnation> lives = new ArrayList<>();
    private final List<Stamp> latest = new ArrayList<>();
    private final Map<Long, Long> clocks = new HashMap<>();
    private Incarnation incarnation;
    private String node = "";
    private final LongSupplier wallMs;
    private final Random random;
    private final NarrowingHost narrowings;
    private final List<Logged> log = new ArrayList<>();
    private long clock;
    private long seq;
    private boolean closed;

    /** @param wallMs the time for new stamps */
    public MemoryReplicas(String address, Salt salt, Incarnation incarnation, LongSupplier wallMs) {
        this.address = address;
        this.salt = salt;
        this.incarnation = incarnation;
        this.wallMs = wallMs;
        this.random = new Random(incarnation.hashCode());
        this.narrowings = new NarrowingHost(random::nextLong, () -> 0);
    }

    /** One whose clock stands still at one moment and whose incarnation has this number. */
    public static MemoryReplicas numbered(int number) {
        return new MemoryReplicas(
                "memory:" + number, Salt.PUBLISHED, new Incarnation(0, number), () -> 1_767_225_600_000L);
    }

    /** One that begins a new life with what this one has now, as a backup that is taken back or a clone. */
    public synchronized MemoryReplicas copy(int number) {
        MemoryReplicas copy = resumed(new Incarnation(0, number));
        copy.lives.add(0, incarnation);
        copy.seq = 0;
        copy.clocks.clear();
        return copy;
    }

    /** One that goes on in the same life, as a snapshot of a running machine does. */
    public synchronized MemoryReplicas resumed() {
        return resumed(incarnation);
    }

    private MemoryReplicas resumed(Incarnation life) {
        MemoryReplicas copy = new MemoryReplicas(address, salt, life, wallMs);
        copy.lives.addAll(lives);
        copy.latest.addAll(latest);
        copy.clocks.putAll(clocks);
        copy.log.addAll(log);
        copy.clock = clock;
        copy.seq = seq;
        copy.node = node;
        tables.forEach((name, table) -> {
            Table same = copy.new Table(name, table.rules);
            same.kept.putAll(table.kept);
            same.context.set(table.context.context());
            same.losers.addAll(table.losers);
            same.trash.addAll(table.trash);
            copy.tables.put(name, same);
        });
        return copy;
    }

    /** Gives it an identity. */
    public synchronized MemoryReplicas named(String newNode) {
        node = newNode;
        return this;
    }

    /** The life that it has now. */
    public synchronized Incarnation incarnation() {
        return incarnation;
    }

    private void renew() {
        lives.add(0, incarnation);
        incarnation = new Incarnation(incarnation.high(), random.nextLong());
        seq = 0;
        clocks.clear();
    }

    /** Rows that lost against another one that had not seen them. */
    public synchronized List<Row> losers(TableName name) {
        return List.copyOf(tables.get(name).losers);
    }

    /** Rows that were dropped. */
    public synchronized List<Row> trash(TableName name) {
        return List.copyOf(tables.get(name).trash);
    }

    /** Forgets the marks of all deletes, as after their retention. */
    public synchronized void forgetDeletes(TableName name) {
        tables.get(name).kept.values().removeIf(row -> row.state() instanceof RowState.Deleted);
    }

    /** Loses rows without a delete, and notices it. */
    public synchronized void damage(TableName name, List<Uid> lost) {
        Table table = tables.get(name);
        table.kept.keySet().removeAll(lost);
        table.context.set(Context.EMPTY);
        table.damaged = true;
        renew();
    }

    private record Kept(RowData data, RowState state) {}

    @Override
    public synchronized List<TableInfo> tables() {
        checkOpen();
        return tables.values().stream().map(Table::information).toList();
    }

    @Override
    public synchronized Replica table(TableName name) {
        checkOpen();
        Table table = tables.get(name);
        if (table == null) {
            throw new ReplicaException(
                    ReplicaException.Kind.UNKNOWN_TABLE, "there is no table " + name + " in " + address);
        }
        return table.handle();
    }

    @Override
    public synchronized Replica create(TableName name, TableRules rules) {
        checkOpen();
        Table table = tables.computeIfAbsent(name, n -> {
            logged(new Logged.Table(n, rules));
            return new Table(n, rules);
        });
        if (!table.rules.equals(rules)) {
            throw new ReplicaException(
                    ReplicaException.Kind.INCOMPATIBLE,
                    "table " + name + " in " + address + " has other rules: " + table.rules);
        }
        return table.handle();
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    private void logged(Logged item) {
        log.add(item);
        notifyAll();
    }

    @Override
    public synchronized ChangePage changes(Query query) {
        checkOpen();
        query.tables().forEach(this::table);
        String since = query.since();
        if (END.equals(since)) {
            return new ChangePage(List.of(), cursor(log.size()), false, List.of());
        }
        Page page = new Page(query);
        MemoryCursor from = since == null ? new MemoryCursor(log.size(), "", null) : known(since);
        if (from.table() != null) {
            for (Table table : tables.tailMap(new TableName(from.table().isEmpty() ? "-" : from.table()))
                    .values()) {
                boolean begun = table.name.text().equals(from.table()) && from.after() != null;
                if (!query.tables().isEmpty() && !query.tables().contains(table.name)) {
                    continue;
                }
                Uid last = begun ? from.after() : null;
                if (!begun && !page.table(new Logged.Table(table.name, table.rules))) {
                    return page.to(walk(from.position(), table.name, null), true);
                }
                for (Kept row : (last == null ? table.kept : table.kept.tailMap(last, false)).values()) {
                    if (!page.row(table, row.data())) {
                        return page.to(walk(from.position(), table.name, last), true);
                    }
                    last = row.data().row().uid();
                }
            }
        }
        return follow(query, page, from.position());
    }

    private ChangePage follow(Query query, Page page, int from) {
        long end = System.nanoTime() + query.waitMs() * 1_000_000;
        int at = from;
        while (true) {
            while (at < log.size() && page.take(log.get(at))) {
                at++;
            }
            long leftMs = (end - System.nanoTime()) / 1_000_000;
            if (!page.items.isEmpty() || at < log.size() || leftMs <= 0) {
                return page.to(cursor(at), at < log.size());
            }
            try {
                wait(leftMs);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return page.to(cursor(at), false);
            }
            checkOpen();
        }
    }

    @Override
    public synchronized String cursorAt(long sinceMs) {
        checkOpen();
        return cursor(sinceMs > wallMs.getAsLong() ? log.size() : 0);
    }

    private String cursor(int position) {
        return position + "-" + incarnation.hex();
    }

    private String walk(int position, TableName table, Uid after) {
        String uid = after == null ? "" : HexFormat.of().formatHex(after.toBytes());
        return "all:" + cursor(position) + ":" + table + ":" + uid;
    }

    /** Where a reader is; while all rows are walked, with a table, which is empty before the first. */
    private record MemoryCursor(int position, String table, Uid after) {}

    private MemoryCursor known(String text) {
        Matcher form = Pattern.compile("(?:all:)?(\\d{1,9})-" + incarnation.hex() + "(?::([^:]*):([0-9a-f]*))?")
                .matcher(text);
        if (!form.matches() || Integer.parseInt(form.group(1)) > log.size()) {
            throw new ReplicaException(
                    ReplicaException.Kind.CURSOR_GONE, "the log of " + address + " has nothing at this cursor");
        }
        String uid = form.group(3);
        return new MemoryCursor(
                Integer.parseInt(form.group(1)),
                form.group(2),
                uid == null || uid.isEmpty() ? null : Uid.of(HexFormat.of().parseHex(uid)));
    }

    /** A page while it is filled. */
    private final class Page {
        private final Query query;
        private final List<Logged> items = new ArrayList<>();
        private final Set<TableName> named = new HashSet<>();
        private int counted;

        private Page(Query query) {
            this.query = query;
        }

        private boolean take(Logged item) {
            if (!query.tables().isEmpty() && !query.tables().contains(item.table())) {
                return true;
            }
            return switch (item) {
                case Logged.Table table -> table(table);
                case Logged.OfRow row -> row(tables.get(row.table()), row.data());
            };
        }

        private boolean table(Logged.Table table) {
            if (named.contains(table.table())) {
                return true;
            }
            if (counted == query.limit()) {
                return false;
            }
            counted++;
            named.add(table.table());
            items.add(table);
            return true;
        }

        private boolean row(Table table, RowData data) {
            if (counted == query.limit()) {
                return false;
            }
            counted++;
            if (named.add(table.name)) {
                items.add(new Logged.Table(table.name, table.rules));
            }
            items.add(new Logged.OfRow(table.name, data));
            return true;
        }

        private ChangePage to(String next, boolean more) {
            Map<TableName, Context> contexts = new HashMap<>();
            if (query.contexts() && !more) {
                tables.forEach((name, table) -> {
                    if (query.tables().isEmpty() || query.tables().contains(name)) {
                        contexts.put(name, table.damaged ? Context.EMPTY : table.context.context());
                    }
                });
            }
            return new ChangePage(items, next, more, List.of(), contexts);
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException(address + " is closed");
        }
    }

    private Stamp nextStamp() {
        clock = Stamp.nextClock(wallMs.getAsLong(), clock);
        seq++;
        clocks.put(seq, clock);
        Stamp stamp = new Stamp(clock, incarnation, seq);
        latest(stamp);
        return stamp;
    }

    private void latest(Stamp stamp) {
        Stamp known = latest.stream()
                .filter(one -> one.incarnation().equals(stamp.incarnation()))
                .findAny()
                .orElse(null);
        if (known == null || known.seq() < stamp.seq()) {
            latest.remove(known);
            latest.add(0, stamp);
            if (latest.size() > Knowledge.LIVES_MAX) {
                latest.removeLast();
            }
        }
    }

    private boolean wrote(Stamp stamp) {
        return stamp.incarnation().equals(incarnation)
                && Long.valueOf(stamp.clock()).equals(clocks.get(stamp.seq()));
    }

    private void saw(Stamp stamp) {
        latest(stamp);
        if (Long.compareUnsigned(stamp.clock(), clock) > 0) {
            clock = stamp.clock();
        }
    }

    private final class Table {
        private final TableName name;
        private final TableRules rules;
        private final NavigableMap<Uid, Kept> kept = new TreeMap<>();
        private final Context.Editor context = Context.EMPTY.edit();
        private final List<Row> losers = new ArrayList<>();
        private final List<Row> trash = new ArrayList<>();
        private boolean damaged;

        private Table(TableName name, TableRules rules) {
            this.name = name;
            this.rules = rules;
        }

        private Replica handle() {
            return new Handle(this);
        }

        private TableInfo information() {
            TreeBuilder tree = new TreeBuilder(salt, (level, node) -> {});
            long count = 0;
            Stamp newest = null;
            for (Kept row : kept.values()) {
                Stamp stamp = row.data().row().stamp();
                newest = newest == null || newest.compareTo(stamp) < 0 ? stamp : newest;
                if (row.state() instanceof RowState.Live(var ignored, Digest digest)) {
                    tree.add(row.data().row().uid(), digest);
                    count++;
                }
            }
            Digest root = tree.finish().root();
            return new TableInfo(name, rules, TreeFormat.FORMAT, salt.id(), count, kept.size() - count, root, newest);
        }

        private RowState state(Uid uid) {
            Kept held = kept.get(uid);
            return held == null ? new RowState.Absent() : held.state();
        }

        private Snapshot snapshot() {
            synchronized (MemoryReplicas.this) {
                MemoryTree tree = new MemoryTree(salt);
                Map<Uid, Entry> entries = new HashMap<>();
                for (Kept row : live(UidRange.ALL)) {
                    RowState.Live state = (RowState.Live) row.state();
                    Uid uid = row.data().row().uid();
                    tree.write(uid, state.digest());
                    entries.put(uid, new Entry(uid, state.stamp(), state.digest()));
                }
                return new MemorySnapshot(tree.refresh(), rules, entries::get);
            }
        }

        private List<Kept> live(UidRange range) {
            return kept.values().stream()
                    .filter(row -> row.state() instanceof RowState.Live
                            && range.contains(row.data().row().uid()))
                    .toList();
        }

        private Outcome apply(Change change, Context sender) {
            RowState held = state(change.uid());
            if (change.uid().length() > Uid.MAX_LENGTH) {
                return new Outcome.Refused("the UID has " + change.uid().length() + " bytes");
            }
            if (change.expected() != null && !change.expected().equals(held)) {
                return new Outcome.ChangedMeanwhile(held);
            }
            Row before = row(change.uid());
            return switch (change) {
                case Change.Put(Uid uid, Body body, BlobSource blob, var expected, List<Stamp> settles) -> {
                    String refusal = refusal(body, blob);
                    yield refusal != null
                            ? new Outcome.Refused(refusal)
                            : written(Merging.put(before, uid, body, nextStamp(), rules), settles, copy(blob));
                }
                case Change.Delete(Uid uid, var expected) -> {
                    if (!(before instanceof Row.Live)) {
                        yield new Outcome.Same();
                    }
                    trash.add(before);
                    Stamp stamp = nextStamp();
                    yield written(new Row.Tombstone(uid, stamp, Past.of(stamp, List.of(before))), List.of(), null);
                }
                case Change.Replicate(RowData data, var expected) -> replicate(data, held, before, sender);
                case Change.Flag flag -> {
                    if (!(before instanceof Row.Live live)) {
                        yield new Outcome.Refused("there is no row " + flag.uid());
                    }
                    try {
                        var _ = Merging.flag(live, flag, live.stamp()); // refused before it costs a stamp
                        yield written(
                                Merging.flag(live, flag, nextStamp()),
                                List.of(),
                                kept.get(flag.uid()).data().blob());
                    } catch (IllegalArgumentException e) {
                        yield new Outcome.Refused(e.getMessage());
                    }
                }
                case Change.Drop(Uid uid, RowState expected) -> {
                    trash.add(before);
                    context.add(before.stamp());
                    kept.remove(uid);
                    yield new Outcome.Applied(before.stamp());
                }
            };
        }

        private Row row(Uid uid) {
            Kept held = kept.get(uid);
            return held == null ? null : held.data().row();
        }

        /** A write of this replica's own. */
        private Outcome written(Row row, List<Stamp> settles, BlobSource blob) {
            context.addUpTo(incarnation, seq);
            return keep(new RowData(settles.isEmpty() ? row : settling((Row.Live) row, settles), blob));
        }

        private static Row.Live settling(Row.Live row, List<Stamp> settles) {
            List<Row> replaced = new ArrayList<>(List.of(new Row.Tombstone(
                    row.uid(), row.stamp(), new Past(row.past().seen(), Marks.NONE))));
            settles.forEach(stamp -> replaced.add(new Row.Tombstone(row.uid(), stamp)));
            return new Row.Live(
                    row.uid(),
                    row.stamp(),
                    row.body(),
                    Past.of(row.stamp(), replaced).with(row.marks()));
        }

        private Outcome replicate(RowData data, RowState held, Row before, Context sender) {
            if (data.row() instanceof Row.Live live) {
                String refusal = refusal(live.body(), data.blob());
                if (refusal != null) {
                    return new Outcome.Refused(refusal);
                }
            }
            Stamp stamp = data.row().stamp();
            Merging.Verdict verdict = Merging.of(
                    Merging.Held.of(before, rules), data.row(), stateOf(data.row()), context.context(), sender, rules);
            Outcome outcome = switch (verdict) {
                case Merging.Verdict.Same() -> new Outcome.Same();
                case Merging.Verdict.Lingering() -> new Outcome.Lingering();
                case Merging.Verdict.Older(boolean loses) -> {
                    lost(loses, data.row());
                    yield new Outcome.Older(held);
                }
                case Merging.Verdict.Take(boolean loses) -> {
                    lost(loses, before);
                    if (data.row() instanceof Row.Tombstone && before instanceof Row.Live) {
                        trash.add(before);
                    }
                    yield keep(new RowData(data.row(), copy(data.blob())));
                }
                case Merging.Verdict.Merge(Row.Live merged, List<Row.Live> less) -> {
                    losers.addAll(less);
                    BlobSource blob = merged.body().equals(((Row.Live) data.row()).body())
                            ? data.blob()
                            : kept.get(merged.uid()).data().blob();
                    yield keep(new RowData(merged, copy(blob)));
                }
            };
            saw(stamp);
            context.add(stamp);
            return outcome;
        }

        private void lost(boolean loses, Row row) {
            if (loses) {
                losers.add(row);
            }
        }

        private Outcome keep(RowData data) {
            kept.put(data.row().uid(), new Kept(data, stateOf(data.row())));
            logged(new Logged.OfRow(name, data));
            return new Outcome.Applied(data.row().stamp());
        }

        private Knowledge knowledge() {
            return new Knowledge(
                    node,
                    incarnation,
                    lives.stream().limit(Knowledge.LIVES_MAX).toList(),
                    damaged ? Context.EMPTY : context.context(),
                    clock,
                    latest,
                    damaged);
        }

        private Met meet(Knowledge other) {
            Setback setback = Setback.find(
                    new Setback.Self(
                            address, node, incarnation, lives, context.context(), damaged, MemoryReplicas.this::wrote),
                    other);
            if (setback.needsNewIncarnation()) {
                renew();
            }
            if (Long.compareUnsigned(other.clock(), clock) > 0) {
                clock = other.clock();
            }
            Met.Standing standing =
                    damaged ? Met.Standing.DAMAGED : setback.behind() ? Met.Standing.BEHIND : Met.Standing.CURRENT;
            List<String> notes = new ArrayList<>(setback.notes());
            if (damaged) {
                notes.add(address + " is damaged: it only takes");
            }
            return new Met(standing, notes, knowledge());
        }

        private RowState stateOf(Row row) {
            return switch (row) {
                case Row.Live live -> new RowState.Live(live.stamp(), live.digest(rules));
                case Row.Tombstone gone -> new RowState.Deleted(gone.stamp());
            };
        }
    }

    private static String refusal(Body body, BlobSource source) {
        try {
            var _ = body.encoded();
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
        if (!(body instanceof Body.Blob(long size, Digest content))) {
            return source == null ? null : "bytes came with fields";
        }
        if (source == null) {
            return "a blob came without its bytes";
        }
        byte[] bytes = read(source);
        if (!Arrays.equals(bytes, read(source))) {
            return "the blob's source gave other bytes the second time";
        }
        boolean right = bytes.length == size && Digest.sha256(bytes).equals(content);
        return right ? null : "the blob's bytes are not those that its size and digest say";
    }

    private static BlobSource copy(BlobSource source) {
        return source == null ? null : BlobSource.of(read(source));
    }

    private static byte[] read(BlobSource source) {
        try (InputStream in = source.open()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new ReplicaException(ReplicaException.Kind.STORAGE, "a blob could not be read", e);
        }
    }

    /** One opened table. */
    private final class Handle implements Replica {
        private final Table table;
        private boolean shut;

        private Handle(Table table) {
            this.table = table;
        }

        private void check() {
            checkOpen();
            if (shut) {
                throw new IllegalStateException("the replica of " + table.name + " is closed");
            }
        }

        @Override
        public String address() {
            return address + "?table=" + table.name;
        }

        @Override
        public TableInfo info() {
            synchronized (MemoryReplicas.this) {
                check();
                return table.information();
            }
        }

        @Override
        public byte[] narrow(byte[] message) {
            synchronized (MemoryReplicas.this) {
                check();
            }
            return narrowings.answer(table.name, table::snapshot, message);
        }

        @Override
        public List<RowState> states(List<Uid> uids) {
            synchronized (MemoryReplicas.this) {
                check();
                checkBatch(uids.size());
                return uids.stream().map(table::state).toList();
            }
        }

        @Override
        public List<Entry> entries(UidRange range, int limit) {
            synchronized (MemoryReplicas.this) {
                check();
                if (limit < 1 || limit > MAX_BATCH) {
                    throw new IllegalArgumentException("limit " + limit);
                }
                return table.live(range).stream()
                        .limit(limit)
                        .map(row -> {
                            RowState.Live state = (RowState.Live) row.state();
                            return new Entry(row.data().row().uid(), state.stamp(), state.digest());
                        })
                        .toList();
            }
        }

        @Override
        public Recent recent(long sinceMs, UidRange range, int limit) {
            synchronized (MemoryReplicas.this) {
                check();
                if (limit < 1 || limit > MAX_BATCH || sinceMs < 1) {
                    throw new IllegalArgumentException("limit " + limit + ", since " + sinceMs);
                }
                List<Recent.Item> items = table.kept.values().stream()
                        .filter(kept -> range.contains(kept.data().row().uid())
                                && kept.data().row().stamp().millis() >= sinceMs)
                        .map(kept -> new Recent.Item(kept.data().row().uid(), kept.state()))
                        .toList();
                return items.size() <= limit
                        ? new Recent(items, null)
                        : new Recent(items.subList(0, limit), items.get(limit).uid());
            }
        }

        @Override
        public RowCursor rows(UidRange range) {
            synchronized (MemoryReplicas.this) {
                check();
                return new StrictCursor(
                        table.live(range).stream().map(Kept::data).toList().iterator());
            }
        }

        @Override
        public RowCursor fetch(List<Uid> uids) {
            synchronized (MemoryReplicas.this) {
                check();
                checkBatch(uids.size());
                return new StrictCursor(uids.stream()
                        .filter(table.kept::containsKey)
                        .map(uid -> table.kept.get(uid).data())
                        .toList()
                        .iterator());
            }
        }

        @Override
        public BlobSource blob(Uid uid, Body.Blob blob) {
            return () -> {
                synchronized (MemoryReplicas.this) {
                    check();
                    Kept held = table.kept.get(uid);
                    if (held == null
                            || !(held.data().row() instanceof Row.Live(var u, var s, Body body, var past))
                            || !body.equals(blob)) {
                        throw new ReplicaException(
                                ReplicaException.Kind.BAD_REQUEST, "the row " + uid + " has other content by now");
                    }
                    return held.data().blob().open();
                }
            };
        }

        @Override
        public Knowledge knowledge() {
            synchronized (MemoryReplicas.this) {
                check();
                return table.knowledge();
            }
        }

        @Override
        public Met meet(Knowledge other) {
            synchronized (MemoryReplicas.this) {
                check();
                return table.meet(other);
            }
        }

        @Override
        public RowCursor tombstones(Context known) {
            synchronized (MemoryReplicas.this) {
                check();
                return new StrictCursor(table.kept.values().stream()
                        .filter(row -> row.state() instanceof RowState.Deleted(Stamp stamp) && !known.covers(stamp))
                        .map(Kept::data)
                        .toList()
                        .iterator());
            }
        }

        @Override
        public List<Uid> unseen(Context known, int limit) {
            synchronized (MemoryReplicas.this) {
                check();
                return table.kept.values().stream()
                        .filter(row ->
                                row.state() instanceof RowState.Live(Stamp stamp, var digest) && !known.covers(stamp))
                        .map(row -> row.data().row().uid())
                        .limit(limit)
                        .toList();
            }
        }

        @Override
        public void absorb(Context other, @Nullable Incarnation life) {
            synchronized (MemoryReplicas.this) {
                check();
                if (life != null && !life.equals(knowledge().incarnation())) {
                    throw new ReplicaException(ReplicaException.Kind.BUSY, address() + " begun anew");
                }
                table.context.add(other);
                table.damaged = false;
            }
        }

        @Override
        public List<Outcome> apply(List<Change> changes, Sender sender) {
            synchronized (MemoryReplicas.this) {
                check();
                checkBatch(changes.size());
                List<Outcome> outcomes = new ArrayList<>();
                for (Change change : changes) {
                    outcomes.add(table.apply(change, sender.context()));
                }
                return outcomes;
            }
        }

        private static void checkBatch(int size) {
            if (size > MAX_BATCH) {
                throw new IllegalArgumentException("a batch of " + size);
            }
        }

        @Override
        public void close() {
            shut = true;
        }
    }

    private static final class StrictCursor implements RowCursor {
        private final Iterator<RowData> rows;
        private boolean shut;

        private StrictCursor(Iterator<RowData> rows) {
            this.rows = rows;
        }

        @Override
        public boolean hasNext() {
            if (shut) {
                throw new IllegalStateException("the cursor is closed");
            }
            return rows.hasNext();
        }

        @Override
        public RowData next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return rows.next();
        }

        @Override
        public void close() {
            shut = true;
        }
    }
}
