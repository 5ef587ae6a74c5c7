package io.twinroot.service;

import static io.twinroot.service.StoreReplicas.guarded;

import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.Met;
import io.twinroot.reconcile.NarrowingHost;
import io.twinroot.reconcile.Recent;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.reconcile.Sender;
import io.twinroot.reconcile.Snapshot;
import io.twinroot.store.Origin;
import io.twinroot.store.StoreTable;
import io.twinroot.store.TableSnapshot;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Entry;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Merging;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One table of an embedded store. Each answer is of one moment; a stream of rows too. */
final class StoreReplica implements Replica {
    /** Rows of the index that are looked through for one page of those that are new: less than a second's work. */
    private static final int LOOK_MAX = 2 * LOOK_MIN;

    private final Meetings meetings;
    private final StoreTable table;
    private final String address;
    private final NarrowingHost narrowings;
    private final @Nullable Announcements announcements;
    private final Gate gate;

    /**
     * @param announcements what repairs may do here; null where nobody but its owner uses the store
     * @param gate is asked when they would go beyond the guards
     */
    StoreReplica(
            Meetings meetings,
            StoreTable table,
            String address,
            NarrowingHost narrowings,
            @Nullable Announcements announcements,
            Gate gate) {
        this.meetings = meetings;
        this.table = table;
        this.address = address;
        this.narrowings = narrowings;
        this.announcements = announcements;
        this.gate = gate;
    }

    private record StoreSnapshot(TableSnapshot tree) implements Snapshot {
        @Override
        public TableRules rules() {
            return tree.rules();
        }

        @Override
        public Iterator<Entry> entries(UidRange range) {
            return tree.entriesWithStamps(range);
        }
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public TableInfo info() {
        return guarded(table::info);
    }

    @Override
    public Optional<Snapshot> snapshot() {
        return Optional.of(current());
    }

    private Snapshot current() {
        return guarded(() -> new StoreSnapshot(table.snapshot()));
    }

    @Override
    public byte[] narrow(byte[] message) {
        return guarded(() -> narrowings.answer(table.name(), this::current, message));
    }

    private static void check(String what, int size) {
        if (size > MAX_BATCH) {
            throw new IllegalArgumentException(size + " " + what + " in one call; the most is " + MAX_BATCH);
        }
    }

    @Override
    public List<RowState> states(List<Uid> uids) {
        check("UIDs", uids.size());
        return guarded(() -> {
            TableSnapshot snapshot = table.snapshot();
            return uids.stream().map(snapshot::state).toList();
        });
    }

    @Override
    public List<Entry> entries(UidRange range, int limit) {
        checkLimit(limit);
        return guarded(() -> {
            List<Entry> entries = new ArrayList<>();
            Iterator<Entry> all = table.snapshot().entriesWithStamps(range);
            while (entries.size() < limit && all.hasNext()) {
                entries.add(all.next());
            }
            return entries;
        });
    }

    @Override
    public Recent recent(long sinceMs, UidRange range, int limit) {
        checkLimit(limit);
        return guarded(() -> {
            TableSnapshot.Recently found = table.snapshot().recent(sinceMs, range, limit, LOOK_MAX);
            List<Recent.Item> items = new ArrayList<>();
            for (int i = 0; i < found.uids().size(); i++) {
                items.add(new Recent.Item(found.uids().get(i), found.states().get(i)));
            }
            return new Recent(items, found.next());
        });
    }

    private static void checkLimit(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("a limit of " + limit + "; it is 1 to " + MAX_BATCH);
        }
        check("entries", limit);
    }

    @Override
    public RowCursor rows(UidRange range) {
        return new Cursor(guarded(() -> table.snapshot().rows(range)));
    }

    @Override
    public RowCursor fetch(List<Uid> uids) {
        check("UIDs", uids.size());
        TableSnapshot snapshot = guarded(table::snapshot);
        return new Cursor(uids.stream()
                .map(snapshot::row)
                .<RowData>mapMulti((row, out) -> {
                    if (row != null) {
                        out.accept(row);
                    }
                })
                .iterator());
    }

    @Override
    public BlobSource blob(Uid uid, Body.Blob blob) {
        return guarded(() -> table.blob(uid, blob));
    }

    @Override
    public List<Outcome> apply(List<Change> changes, Sender sender) {
        check("changes", changes.size());
        if (announcements == null || sender.way() != Sender.Way.REPAIR) {
            return guarded(() -> table.apply(changes, origin(sender)));
        }
        List<RowState> held = states(changes.stream().map(Change::uid).toList());
        List<Optional<String>> objections =
                new ArrayList<>(announcements.objections(sender.ticket(), table.name(), changes, held));
        List<Change> allowed = new ArrayList<>();
        for (int i = 0; i < changes.size(); i++) {
            if (isRestamped(changes.get(i), held.get(i))) {
                objections.set(i, Optional.empty());
            }
            if (objections.get(i).isEmpty()) {
                allowed.add(changes.get(i));
            }
        }
        Iterator<Outcome> applied =
                guarded(() -> table.apply(allowed, origin(sender))).iterator();
        return objections.stream()
                .map(objection -> objection.<Outcome>map(Outcome.Refused::new).orElseGet(applied::next))
                .toList();
    }

    /** Whether a reader sees the same afterwards: what changes is which write the row is of. It needs no announcement. */
    private boolean isRestamped(Change change, RowState held) {
        return held instanceof RowState.Live
                && change instanceof Change.Replicate replicate
                && replicate.data().row() instanceof Row.Live row
                && Versions.sameContent(held, Merging.state(row, table.rules()));
    }

    @Override
    public String announce(Intent intent) {
        return announcements == null
                ? ""
                : announcements.open(address, table.name(), intent, info().count(), this::states, gate);
    }

    private static Origin origin(Sender sender) {
        Origin.Way way = switch (sender.way()) {
            case USER -> Origin.Way.USER;
            case FEED -> Origin.Way.FEED;
            case REPAIR -> Origin.Way.REPAIR;
            case CARRIED -> Origin.Way.CARRIED;
        };
        return new Origin(way, sender.context());
    }

    @Override
    public Knowledge knowledge() {
        return guarded(() -> meetings.knowledge(table));
    }

    @Override
    public Met meet(Knowledge other) {
        return guarded(() -> meetings.meet(table, other));
    }

    @Override
    public RowCursor tombstones(Context known) {
        Iterator<Row.Tombstone> all = guarded(() -> table.tombstones(known));
        return new Cursor(new Iterator<>() {
            @Override
            public boolean hasNext() {
                return all.hasNext();
            }

            @Override
            public RowData next() {
                return new RowData(all.next(), null);
            }
        });
    }

    @Override
    public List<Uid> unseen(Context known, int limit) {
        checkLimit(limit);
        return guarded(() -> table.unseen(known, limit));
    }

    @Override
    public void absorb(Context context, @Nullable Incarnation life) {
        boolean done = guarded(() -> table.absorb(context, life));
        if (!done) {
            throw new ReplicaException(
                    ReplicaException.Kind.BUSY,
                    address + " was set back, or lost rows, since the walk began; repair again");
        }
    }

    @Override
    public void close() {}

    /** Rows as the store gives them, with its failures turned into the reconciler's. */
    private record Cursor(Iterator<RowData> rows) implements RowCursor {
        @Override
        public boolean hasNext() {
            return guarded(rows::hasNext);
        }

        @Override
        public RowData next() {
            return guarded(rows::next);
        }

        @Override
        public void close() {}
    }
}
