package io.twinroot.service;

import io.twinroot.index.Index;
import io.twinroot.reconcile.NarrowingHost;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Reading;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.reconcile.Sender;
import io.twinroot.reconcile.Snapshot;
import io.twinroot.source.SourceChange;
import io.twinroot.source.SourceOutcome;
import io.twinroot.source.SourceRow;
import io.twinroot.source.sql.SqlTable;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.LeafEntry;
import io.twinroot.tree.TreeFormat;
import io.twinroot.tree.TreeView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A table of a database. The first question reads it whole, into an index with a tree; from then on what is asked for by
 * UID is read again from the database, and the index learns from the answers. It knows states, not versions: the stamp of
 * a row is made of its digest ({@link ContentStamp}), so that equal rows have equal stamps, and no stamp says which is newer.
 */
final class SqlReplica implements Replica {
    private static final int ROWS_AT_ONCE = 500;

    private final TableName name;
    private final SqlTable table;
    private final SqlOptions options;
    private final NarrowingHost narrowings;
    private volatile @Nullable Index index;
    private volatile @Nullable Reading reading;

    SqlReplica(TableName name, SqlTable table, SqlOptions options, NarrowingHost narrowings) {
        this.name = name;
        this.table = table;
        this.options = options;
        this.narrowings = narrowings;
    }

    private record SqlSnapshot(Index tree) implements Snapshot {
        @Override
        public TableRules rules() {
            return TableRules.DEFAULT;
        }

        @Override
        public Iterator<Entry> entries(UidRange range) {
            Iterator<LeafEntry> entries = tree.entries(range);
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return entries.hasNext();
                }

                @Override
                public Entry next() {
                    LeafEntry entry = entries.next();
                    return new Entry(entry.uid(), ContentStamp.of(entry.digest()), entry.digest());
                }
            };
        }
    }

    @Override
    public String address() {
        return table.address();
    }

    @Override
    public List<String> columns() {
        return table.columns();
    }

    @Override
    public boolean isCurrent() {
        return false;
    }

    @Override
    public Optional<Reading> reading() {
        return Optional.ofNullable(reading);
    }

    @Override
    public void prepare(Progress progress) {
        var _ = index(progress);
    }

    private Index index() {
        return index(Progress.NONE);
    }

    private Index index(Progress progress) {
        Index known = index;
        return known != null ? known : scan(progress);
    }

    private synchronized Index scan(Progress progress) {
        Index known = index;
        if (known == null) {
            IndexScan.Scanned scanned = SqlReplicas.guarded(() -> new IndexScan(table, options).run(progress));
            reading = scanned.reading();
            known = scanned.index();
            index = known;
        }
        return known;
    }

    /** Rows that were read now are what the index says from now on. */
    private synchronized void learn(Map<Uid, @Nullable Digest> seen) {
        Index known = index;
        if (known != null) {
            index = known.with(seen);
        }
    }

    @Override
    public TableInfo info() {
        TreeView tree = index();
        return new TableInfo(
                name,
                TableRules.DEFAULT,
                TreeFormat.FORMAT,
                tree.salt().id(),
                tree.root().count(),
                0,
                tree.root().root(),
                null);
    }

    @Override
    public Optional<Snapshot> snapshot() {
        return Optional.of(new SqlSnapshot(index()));
    }

    @Override
    public byte[] narrow(byte[] message) {
        return narrowings.answer(name, () -> new SqlSnapshot(index()), message);
    }

    @Override
    public List<RowState> states(List<Uid> uids) {
        Map<Uid, SourceRow> rows = read(uids);
        return uids.stream().map(uid -> state(rows.get(uid))).toList();
    }

    private static RowState state(@Nullable SourceRow row) {
        return row == null ? new RowState.Absent() : state(row.digest());
    }

    private static RowState state(Digest digest) {
        return new RowState.Live(ContentStamp.of(digest), digest);
    }

    private Map<Uid, SourceRow> read(List<Uid> uids) {
        Map<Uid, SourceRow> rows = new HashMap<>();
        Map<Uid, @Nullable Digest> seen = new HashMap<>();
        SqlReplicas.guarded(() -> table.fetch(uids)).forEach(row -> rows.put(row.uid(), row));
        for (Uid uid : uids) {
            SourceRow row = rows.get(uid);
            seen.put(uid, row == null ? null : row.digest());
        }
        learn(seen);
        return rows;
    }

    @Override
    public List<Entry> entries(UidRange range, int limit) {
        List<Entry> entries = new ArrayList<>();
        Iterator<Entry> all = new SqlSnapshot(index()).entries(range);
        while (entries.size() < limit && all.hasNext()) {
            entries.add(all.next());
        }
        return entries;
    }

    @Override
    public RowCursor rows(UidRange range) {
        Iterator<LeafEntry> entries = index().entries(range);
        return new Cursor(new Iterator<>() {
            @Override
            public boolean hasNext() {
                return entries.hasNext();
            }

            @Override
            public Uid next() {
                return entries.next().uid();
            }
        });
    }

    @Override
    public RowCursor fetch(List<Uid> uids) {
        if (uids.size() > MAX_BATCH) {
            throw new IllegalArgumentException(uids.size() + " UIDs in one call; the most is " + MAX_BATCH);
        }
        return new Cursor(uids.iterator());
    }

    /** Reads rows by their UIDs, some hundreds at a time. */
    private final class Cursor implements RowCursor {
        private final Iterator<Uid> uids;
        private Iterator<RowData> rows = List.<RowData>of().iterator();

        Cursor(Iterator<Uid> uids) {
            this.uids = uids;
        }

        @Override
        public boolean hasNext() {
            while (!rows.hasNext() && uids.hasNext()) {
                List<Uid> some = new ArrayList<>();
                while (some.size() < ROWS_AT_ONCE && uids.hasNext()) {
                    some.add(uids.next());
                }
                Map<Uid, SourceRow> read = read(some);
                rows = some.stream()
                        .map(read::get)
                        .filter(Objects::nonNull)
                        .map(row -> new RowData(
                                new Row.Live(row.uid(), ContentStamp.of(row.digest()), new Body.Fields(row.fields())),
                                null))
                        .iterator();
            }
            return rows.hasNext();
        }

        @Override
        public RowData next() {
            if (!hasNext()) {
                throw new java.util.NoSuchElementException();
            }
            return rows.next();
        }

        @Override
        public void close() {}
    }

    @Override
    public BlobSource blob(Uid uid, Body.Blob blob) {
        throw new ReplicaException(
                ReplicaException.Kind.BAD_REQUEST, address() + ": a row of a database is not a blob: " + uid);
    }

    @Override
    public List<Outcome> apply(List<Change> changes, Sender sender) {
        Map<Uid, SourceRow> now = read(
                changes.stream().filter(SqlReplica::isBlind).map(Change::uid).toList());
        Outcome[] outcomes = new Outcome[changes.size()];
        List<SourceChange> asked = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < outcomes.length; i++) {
            Change change = changes.get(i);
            RowState expected = isBlind(change) ? state(now.get(change.uid())) : change.expected();
            Digest held = expected instanceof RowState.Live live ? live.digest() : null;
            switch (change) {
                case Change.Put(var uid, Body.Fields(var fields), var blob, var e, var settles) ->
                    add(asked, places, i, new SourceChange(uid, held, fields));
                case Change.Replicate(
                        RowData(Row.Live(var uid, var s, Body.Fields(var fields), var p), var b),
                        var e) -> add(asked, places, i, new SourceChange(uid, held, fields));
                case Change.Delete delete -> add(asked, places, i, new SourceChange(delete.uid(), held, null));
                case Change.Drop drop -> add(asked, places, i, new SourceChange(drop.uid(), held, null));
                case Change.Replicate(RowData(Row.Tombstone gone, var b), var e) ->
                    add(asked, places, i, new SourceChange(gone.uid(), held, null));
                case Change.Put put -> outcomes[i] = new Outcome.Refused("a table of a database holds no blobs");
                case Change.Replicate row -> outcomes[i] = new Outcome.Refused("a table of a database holds no blobs");
                case Change.Flag flag -> outcomes[i] = new Outcome.Refused("a table of a database has no flags");
            }
        }
        List<SourceOutcome> made = SqlReplicas.guarded(() -> table.apply(asked));
        Map<Uid, @Nullable Digest> seen = new HashMap<>();
        for (int i = 0; i < made.size(); i++) {
            outcomes[places.get(i)] = outcome(asked.get(i), made.get(i), seen);
        }
        learn(seen);
        return List.of(outcomes);
    }

    /** Whether a change is for whatever is there now. A row that is copied is for where none is. */
    private static boolean isBlind(Change change) {
        return change.expected() == null && !(change instanceof Change.Replicate);
    }

    private static void add(List<SourceChange> asked, List<Integer> places, int place, SourceChange change) {
        asked.add(change);
        places.add(place);
    }

    private static Outcome outcome(SourceChange change, SourceOutcome made, Map<Uid, @Nullable Digest> seen) {
        Digest wanted = change.wantedDigest();
        return switch (made) {
            case SourceOutcome.Applied() -> {
                seen.put(change.uid(), wanted);
                yield new Outcome.Applied(wanted == null ? ContentStamp.NONE : ContentStamp.of(wanted));
            }
            case SourceOutcome.Same() -> {
                seen.put(change.uid(), wanted);
                yield new Outcome.Same();
            }
            case SourceOutcome.Changed(Digest now) -> {
                seen.put(change.uid(), now);
                yield new Outcome.ChangedMeanwhile(now == null ? new RowState.Absent() : state(now));
            }
            case SourceOutcome.Refused(String reason) -> new Outcome.Refused(reason);
        };
    }

    /** The statements that {@link #apply} would execute for these changes; each must say what it expects. */
    @Override
    public List<String> statements(List<Change> changes) {
        List<SourceChange> asked = new ArrayList<>();
        for (Change change : changes) {
            Digest held = change.expected() instanceof RowState.Live live ? live.digest() : null;
            if (change instanceof Change.Drop || change instanceof Change.Delete) {
                asked.add(new SourceChange(change.uid(), held, null));
            } else if (change instanceof Change.Replicate(RowData(Row.Live row, var blob), var expected)
                    && row.body() instanceof Body.Fields(var fields)) {
                asked.add(new SourceChange(row.uid(), held, fields));
            }
        }
        return SqlReplicas.guarded(() -> table.statements(asked));
    }

    @Override
    public Frame frame() {
        return new Frame(table.preamble(), table.afterInserts());
    }

    @Override
    public List<String> notes() {
        return table.triggers().isEmpty()
                ? List.of()
                : List.of(address() + " has triggers, which a repair fires: " + String.join(", ", table.triggers()));
    }

    @Override
    public void close() {}
}
