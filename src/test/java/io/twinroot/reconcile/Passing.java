package io.twinroot.reconcile;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Entry;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A replica that passes everything on to another, for tests that change one answer. */
class Passing implements Replica {
    private final Replica replica;

    Passing(Replica replica) {
        this.replica = replica;
    }

    @Override
    public String address() {
        return replica.address();
    }

    @Override
    public TableInfo info() {
        return replica.info();
    }

    @Override
    public byte[] narrow(byte[] message) {
        return replica.narrow(message);
    }

    @Override
    public List<RowState> states(List<Uid> uids) {
        return replica.states(uids);
    }

    @Override
    public List<Entry> entries(UidRange range, int limit) {
        return replica.entries(range, limit);
    }

    @Override
    public Recent recent(long sinceMs, UidRange range, int limit) {
        return replica.recent(sinceMs, range, limit);
    }

    @Override
    public RowCursor rows(UidRange range) {
        return replica.rows(range);
    }

    @Override
    public RowCursor fetch(List<Uid> uids) {
        return replica.fetch(uids);
    }

    @Override
    public BlobSource blob(Uid uid, Body.Blob blob) {
        return replica.blob(uid, blob);
    }

    @Override
    public Knowledge knowledge() {
        return replica.knowledge();
    }

    @Override
    public Met meet(Knowledge other) {
        return replica.meet(other);
    }

    @Override
    public RowCursor tombstones(Context known) {
        return replica.tombstones(known);
    }

    @Override
    public List<Uid> unseen(Context known, int limit) {
        return replica.unseen(known, limit);
    }

    @Override
    public void absorb(Context context, @Nullable Incarnation life) {
        replica.absorb(context, life);
    }

    @Override
    public String announce(Intent intent) {
        return replica.announce(intent);
    }

    @Override
    public List<Outcome> apply(List<Change> changes, Sender sender) {
        return replica.apply(changes, sender);
    }

    @Override
    public void close() {
        replica.close();
    }
}
