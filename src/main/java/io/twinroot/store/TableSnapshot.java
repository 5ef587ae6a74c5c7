package io.twinroot.store;

import io.twinroot.log.Segments;
import io.twinroot.table.Context;
import io.twinroot.table.Entry;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.LeafEntry;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeFormat;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.TreeRoot;
import io.twinroot.tree.TreeView;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table at one moment. It never changes, whatever is written; it holds memory and files until it is garbage,
 * and needs no closing. Many threads may read; an iterator is for one.
 *
 * <p>Reading throws {@link StoreException} of kind {@link StoreException.Kind#DAMAGED} where the disk gives
 * something else than was written, and of kind {@link StoreException.Kind#CLOSED} after the store was closed.
 */
public final class TableSnapshot implements TreeView {
    private final Store store;
    private final TableState state;
    private final Segments segments;

    TableSnapshot(Store store, Store.Held held) {
        this.store = store;
        this.state = held.state();
        this.segments = held.segments();
    }

    public TableName name() {
        return state.name();
    }

    public TableRules rules() {
        return state.rules();
    }

    public TableInfo info() {
        return new TableInfo(
                state.name(),
                state.rules(),
                TreeFormat.FORMAT,
                salt().id(),
                state.count(),
                state.totals().tombstones(),
                state.root().root(),
                state.newest());
    }

    @Override
    public Salt salt() {
        return store.salt();
    }

    @Override
    public TreeRoot root() {
        return state.root();
    }

    @Override
    public @Nullable TreeNode lower(int level, Uid uid) {
        store.checkOpen();
        return level > TableWork.LEVELS ? null : state.lower(level, uid);
    }

    @Override
    public Iterator<TreeNode> nodes(int level, UidRange range) {
        store.checkOpen();
        Run<TreeNode> run = level == 1
                ? state.run(Space.LEAVES, range)
                : level > TableWork.LEVELS
                        ? UidMap.<TreeNode>empty().run(range)
                        : state.upper(level).run(range);
        return new Cells<>(run, node -> ViewCodec.isGone(node.value()) ? null : node.value());
    }

    @Override
    public Iterator<LeafEntry> entries(UidRange range) {
        return TreeRewrite.entries(rowRun(range));
    }

    /** The live rows of a range, without their bodies, in UID order. */
    public Iterator<Entry> entriesWithStamps(UidRange range) {
        return new Cells<>(rowRun(range), row -> {
            var digest = row.value().digest();
            return digest == null ? null : new Entry(row.uid(), row.value().stamp(), digest);
        });
    }

    /**
     * The first rows and tombstones of a range whose stamps are not older than a time, in UID order.
     *
     * @param sinceMs milliseconds since 1970
     * @param limit the most to give
     * @param lookMax the most to look at, so that an answer comes soon though few of many rows are new
     */
    public Recently recent(long sinceMs, UidRange range, int limit, int lookMax) {
        Run<IndexRow> run = rowRun(range);
        List<Uid> uids = new ArrayList<>();
        List<RowState> states = new ArrayList<>();
        int looked = 0;
        while (run.next()) {
            if (uids.size() == limit || looked == lookMax) {
                return new Recently(uids, states, run.uid());
            }
            looked++;
            IndexRow row = run.value();
            boolean isThere = row.isLive() || row.isTombstone();
            if (isThere && row.stamp().millis() >= sinceMs) {
                uids.add(run.uid());
                states.add(IndexRow.state(row));
            }
        }
        return new Recently(uids, states, null);
    }

    /**
     * Rows and tombstones that were written lately.
     *
     * @param states of the UIDs, in the same order
     * @param next where to read on; null at the end
     */
    public record Recently(
            List<Uid> uids, List<RowState> states, @Nullable Uid next) {}

    /** The tombstones of a range in UID order. */
    public Iterator<Row.Tombstone> tombstones(UidRange range) {
        store.checkOpen();
        return new Cells<>(
                state.run(Space.TOMBSTONES, range),
                row -> row.value().isGone()
                        ? null
                        : new Row.Tombstone(
                                row.uid(), row.value().stamp(), row.value().past()));
    }

    /** The tombstones that a context does not cover, in UID order. */
    public Iterator<Row.Tombstone> tombstones(Context known) {
        store.checkOpen();
        return new Cells<>(state.run(Space.TOMBSTONES, UidRange.ALL), row -> {
            IndexRow gone = row.value();
            return gone.isGone() || known.covers(gone.stamp())
                    ? null
                    : new Row.Tombstone(row.uid(), gone.stamp(), gone.past());
        });
    }

    /**
     * The UIDs of live rows of whose write a context knows nothing, in their order.
     *
     * @param limit the most that are given
     */
    public List<Uid> unseen(Context known, int limit) {
        store.checkOpen();
        return state.unseen(known, limit);
    }

    public RowState state(Uid uid) {
        store.checkOpen();
        return IndexRow.state(state.get(Space.ROWS, uid));
    }

    /** The row or the tombstone of this UID, or null. */
    public @Nullable RowData row(Uid uid) {
        store.checkOpen();
        IndexRow row = state.get(Space.ROWS, uid);
        return row == null ? null : store.read(state.name(), uid, row, segments);
    }

    /** The live rows of a range, with their bodies, in UID order. */
    public Iterator<RowData> rows(UidRange range) {
        return new Cells<>(
                rowRun(range),
                row -> row.value().isLive() ? store.read(state.name(), row.uid(), row.value(), segments) : null);
    }

    private Run<IndexRow> rowRun(UidRange range) {
        store.checkOpen();
        return state.run(Space.ROWS, range);
    }
}
