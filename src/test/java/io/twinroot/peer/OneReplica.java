package io.twinroot.peer;

import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.reconcile.Sender;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import java.util.List;
import java.util.Map;

/** One empty table, to be made into something odd. */
class OneReplica implements Replicas, Replica {
    static Stamp stamp(long n) {
        return new Stamp(n, new Incarnation(1, 2), n);
    }

    /** A row with a text of this length. */
    static RowData row(long n, int length) {
        Body body = new Body.Fields(Value.Mapping.of(Map.of("a", new Value.Text("x".repeat(length)))));
        return new RowData(new Row.Live(Uid.ofText(String.format("row %012d", n)), stamp(n), body), null);
    }

    @Override
    public List<TableInfo> tables() {
        return List.of(info());
    }

    @Override
    public Replica table(TableName name) {
        return this;
    }

    @Override
    public Replica create(TableName name, TableRules rules) {
        return this;
    }

    @Override
    public String address() {
        return "one";
    }

    @Override
    public TableInfo info() {
        return new TableInfo(new TableName("t"), TableRules.DEFAULT, 1, 2, 3, 0, Digest.sha256(new byte[0]), null);
    }

    @Override
    public byte[] narrow(byte[] message) {
        return message;
    }

    @Override
    public List<RowState> states(List<Uid> uids) {
        return uids.stream().<RowState>map(uid -> new RowState.Absent()).toList();
    }

    @Override
    public List<Entry> entries(UidRange range, int limit) {
        return List.of();
    }

    @Override
    public RowCursor rows(UidRange range) {
        return RowCursor.of(List.of());
    }

    @Override
    public RowCursor fetch(List<Uid> uids) {
        return RowCursor.of(List.of());
    }

    @Override
    public BlobSource blob(Uid uid, Body.Blob blob) {
        return BlobSource.of(new byte[0]);
    }

    @Override
    public List<Outcome> apply(List<Change> changes, Sender sender) {
        return changes.stream().<Outcome>map(change -> new Outcome.Same()).toList();
    }

    @Override
    public void close() {}
}
