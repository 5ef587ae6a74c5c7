package io.twinroot.store;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table of a {@link Store}. For many threads. */
public final class StoreTable {
    /** The most changes in one batch. */
    public static final int MAX_BATCH = 100_000;

    private static final int CLEANED_AT_ONCE = 1_000;

    private final Store store;
    private final TableWork work;

    StoreTable(Store store, TableWork work) {
        this.store = store;
        this.work = work;
    }

    public TableName name() {
        return work.name();
    }

    public TableRules rules() {
        return work.rules();
    }

    /**
     * Applies a batch and forces it to the disk. After a crash it is there whole or not at all. One change that
     * is not applied does not stop the others; each sees those before it.
     *
     * @param changes at most {@value #MAX_BATCH}
     * @param origin from where they come
     * @return the outcome of each, in the same order
     * @throws StoreException when nothing of it could be written; the message says so where that is not sure
     */
    public List<Outcome> apply(List<Change> changes, Origin origin) {
        checkSize(changes);
        WriteThrough through = store.through(work.name());
        return through == null ? applyHere(changes, origin) : through.apply(changes, origin);
    }

    private static void checkSize(List<?> changes) {
        if (changes.size() > MAX_BATCH) {
            throw new IllegalArgumentException("a batch has " + changes.size() + " changes; the limit is " + MAX_BATCH);
        }
    }

    /** From now on all changes of the table go through this, whoever makes them; null for as before. */
    public void writeThrough(@Nullable WriteThrough through) {
        store.through(work.name(), through);
    }

    /** As {@link #apply}, past what {@link #writeThrough} says. */
    public List<Outcome> applyHere(List<Change> changes, Origin origin) {
        checkSize(changes);
        return store.committer().write(work, staged(changes), origin);
    }

    private List<Staged> staged(List<Change> changes) {
        List<Staged> staged = new ArrayList<>(changes.size());
        for (Change change : changes) {
            staged.add(store.stage(change, work.rules()));
        }
        return staged;
    }

    /**
     * What changes would do if they were applied now; nothing is written.
     *
     * @param changes at most {@value #MAX_BATCH}, of different rows
     * @return what each would do, in the same order
     */
    public List<Foreseen> foresee(List<Change> changes, Origin origin) {
        checkSize(changes);
        return store.committer().foresee(work, staged(changes), origin);
    }

    /**
     * Puts rows into the trash that were never in the table, but elsewhere in its place.
     *
     * @param rows as they were there
     * @param why for people; one sentence without its full stop
     */
    public void trash(List<Row.Live> rows, String why) {
        checkSize(rows);
        store.committer()
                .setAside(rows.stream()
                        .map(row -> new Keep(
                                KeptRow.Kind.OVERWRITTEN, work.name(), new RowData(row, null), state(row.uid()), why))
                        .toList());
    }

    /** Applies changes of a user. */
    public List<Outcome> apply(List<Change> changes) {
        return apply(changes, Origin.USER);
    }

    /**
     * What this copy has seen: all writes that were committed when it was asked, and no other. Empty while rows may be
     * missing through damage.
     */
    public Context context() {
        store.checkOpen();
        return store.isReadOnly(work.name()) ? Context.EMPTY : store.committer().learn(contexts -> work.context());
    }

    /** The tombstones that a context does not cover, in UID order. */
    public Iterator<Row.Tombstone> tombstones(Context known) {
        return snapshot().tombstones(known);
    }

    /**
     * The UIDs of live rows whose newest write a context does not cover, in their order.
     *
     * @param limit the most that are given
     */
    public List<Uid> unseen(Context known, int limit) {
        return snapshot().unseen(known, limit);
    }

    /** All that another copy had seen is here now; on the disk when this returns. */
    public void absorb(Context context) {
        var _ = absorb(context, null);
    }

    /**
     * The same, where this store still writes under an incarnation: with another one rows may be gone again.
     *
     * @return whether it does
     */
    public boolean absorb(Context context, @Nullable Incarnation life) {
        return store.committer().learn(contexts -> contexts.absorb(work, context, life));
    }

    /**
     * Forgets the tombstones that nobody needs any more, some at a time.
     *
     * @param coveredByAll what all other copies have seen
     * @param beforeMs only deletes before this time, in milliseconds since 1970
     * @return how many
     */
    public long cleanTombstones(Context coveredByAll, long beforeMs) {
        Iterator<Row.Tombstone> all = snapshot().tombstones(UidRange.ALL);
        List<Contexts.Cleanable> batch = new ArrayList<>();
        long cleaned = 0;
        while (all.hasNext()) {
            Row.Tombstone tombstone = all.next();
            if (tombstone.stamp().millis() < beforeMs && coveredByAll.covers(tombstone.stamp())) {
                batch.add(new Contexts.Cleanable(tombstone.uid(), tombstone.stamp()));
            }
            if (batch.size() == CLEANED_AT_ONCE || !all.hasNext()) {
                List<Contexts.Cleanable> full = List.copyOf(batch);
                batch.clear();
                cleaned += store.committer().learn(contexts -> contexts.forget(work, full));
            }
        }
        return cleaned;
    }

    /**
     * The table as it is now, with all writes that were acknowledged before; it stays as it is. Costs little,
     * but for the tree, which is brought up to date with the writes since it last was.
     */
    public TableSnapshot snapshot() {
        return new TableSnapshot(store, store.held(this::refreshed));
    }

    /** The table with its tree up to date. */
    TableState refreshed() {
        return store.committer().refreshed(work);
    }

    /** What {@link TableSnapshot#info} says of a snapshot taken now. */
    public TableInfo info() {
        return snapshot().info();
    }

    /** Whether damage took rows that did not come back yet. */
    boolean hasLost() {
        return work.published().totals().lost() > 0;
    }

    /** The state of a row as it is now. */
    public RowState state(Uid uid) {
        store.checkOpen();
        return IndexRow.state(work.published().get(Space.ROWS, uid));
    }

    /** Whether damage took the row of this UID, and it did not come back yet. */
    boolean isLost(Uid uid) {
        IndexRow row = work.published().get(Space.ROWS, uid);
        return row != null && row.isLost();
    }

    /** The row or the tombstone of this UID as it is now, or null; waits for nothing. */
    public @Nullable RowData row(Uid uid) {
        return new TableSnapshot(store, store.held(work::published)).row(uid);
    }

    /** The bytes of a blob that a row of the table has now, or had. */
    public BlobSource blob(Uid uid, Body.Blob blob) {
        return store.blob(store.held(work::published), uid, blob);
    }
}
