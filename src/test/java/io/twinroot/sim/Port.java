package io.twinroot.sim;

import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.Met;
import io.twinroot.reconcile.NarrowingHost;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.reconcile.Sender;
import io.twinroot.reconcile.Snapshot;
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
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.MemoryTree;
import io.twinroot.tree.TreeFormat;
import io.twinroot.tree.TreeView;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A node's table as the reconciler sees it. */
class Port implements Replica {
    private static final TableName TABLE = new TableName("t");

    final Node node;
    private final NarrowingHost narrowings;

    Port(Node node) {
        this.node = node;
        this.narrowings = new NarrowingHost(node.world.random::nextLong, () -> 0);
    }

    @Override
    public String address() {
        return node.name;
    }

    @Override
    public TableInfo info() {
        long live = node.tree.entries().size();
        return new TableInfo(
                TABLE,
                node.rules,
                TreeFormat.FORMAT,
                node.tree.salt().id(),
                live,
                node.rows.size() - live,
                node.tree.root().root(),
                null);
    }

    @Override
    public Optional<Snapshot> snapshot() {
        return Optional.of(taken());
    }

    private Snapshot taken() {
        MemoryTree tree = node.tree.copy();
        TreeMap<Uid, Row> rows = new TreeMap<>(node.rows);
        TableRules rules = node.rules;
        return new Snapshot() {
            @Override
            public TreeView tree() {
                return tree;
            }

            @Override
            public TableRules rules() {
                return rules;
            }

            @Override
            public Iterator<Entry> entries(UidRange range) {
                return Port.entries(rows, rules, range).iterator();
            }
        };
    }

    private static List<Entry> entries(Map<Uid, Row> rows, TableRules rules, UidRange range) {
        List<Entry> entries = new ArrayList<>();
        for (Row row : rows.values()) {
            if (row instanceof Row.Live live && range.contains(row.uid())) {
                entries.add(new Entry(row.uid(), row.stamp(), live.digest(rules)));
            }
        }
        return entries;
    }

    @Override
    public byte[] narrow(byte[] message) {
        return narrowings.answer(TABLE, this::taken, message);
    }

    @Override
    public List<RowState> states(List<Uid> uids) {
        return uids.stream()
                .map(uid -> Merging.state(node.rows.get(uid), node.rules))
                .toList();
    }

    @Override
    public List<Entry> entries(UidRange range, int limit) {
        return entries(new TreeMap<>(node.rows), node.rules, range).stream()
                .limit(limit)
                .toList();
    }

    private static RowCursor cursor(List<Row> rows) {
        return RowCursor.of(rows.stream().map(row -> new RowData(row, null)).toList());
    }

    @Override
    public RowCursor rows(UidRange range) {
        return cursor(node.rows.values().stream()
                .filter(row -> row instanceof Row.Live && range.contains(row.uid()))
                .toList());
    }

    @Override
    public RowCursor fetch(List<Uid> uids) {
        return cursor(uids.stream()
                .map(node.rows::get)
                .filter(java.util.Objects::nonNull)
                .toList());
    }

    @Override
    public BlobSource blob(Uid uid, Body.Blob blob) {
        throw new ReplicaException(ReplicaException.Kind.BAD_REQUEST, "there are no blobs here");
    }

    @Override
    public Knowledge knowledge() {
        return node.knowledge();
    }

    @Override
    public Met meet(Knowledge other) {
        return node.meet(other);
    }

    @Override
    public RowCursor tombstones(Context known) {
        return cursor(node.rows.values().stream()
                .filter(row -> row instanceof Row.Tombstone && !known.covers(row.stamp()))
                .toList());
    }

    private static boolean isSeen(Row.Live row, Context known) {
        return known.covers(row.stamp())
                && (row.marks().isEmpty() || row.past().seen().stream().allMatch(known::covers));
    }

    @Override
    public List<Uid> unseen(Context known, int limit) {
        return node.world.has(Mutant.UNSEEN_STAY)
                ? List.of()
                : node.rows.values().stream()
                        .filter(row -> row instanceof Row.Live live && !isSeen(live, known))
                        .map(Row::uid)
                        .limit(limit)
                        .toList();
    }

    @Override
    public void absorb(Context context, Incarnation life) {
        if (!node.incarnation.equals(life)) {
            throw new ReplicaException(ReplicaException.Kind.BUSY, node.name + " begins anew");
        }
        node.absorb(context);
    }

    @Override
    public String announce(Intent intent) {
        return node.announce(intent);
    }

    @Override
    public List<Outcome> apply(List<Change> changes, Sender sender) {
        return node.apply(changes, sender);
    }

    @Override
    public void close() {}
}
