package io.twinroot.source.sql;

import io.twinroot.source.Pacing;
import io.twinroot.source.RowSink;
import io.twinroot.source.SourceChange;
import io.twinroot.source.SourceOutcome;
import io.twinroot.source.SourceRow;
import io.twinroot.source.SourceTable;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table of a database. For many threads. */
public final class SqlTable implements SourceTable {
    private final Database database;
    private final Shape shape;

    SqlTable(Database database, Shape shape) {
        this.database = database;
        this.shape = shape;
    }

    @Override
    public String address() {
        return database.address().with(java.util.Optional.of(shape.table())).shortly();
    }

    @Override
    public boolean isOrdered() {
        return shape.ordered();
    }

    public boolean isView() {
        return shape.view();
    }

    /** The triggers of users that a change fires, without those that only note its key for us. */
    public List<String> triggers() {
        return shape.triggers().stream()
                .filter(name -> !name.startsWith(CaptureNames.PREFIX))
                .toList();
    }

    /** The names of the columns that are compared, each with what its values are. */
    public List<String> columns() {
        return shape.columns().stream().map(Column::name).toList();
    }

    /** The names of the columns of the key, in its order. */
    public List<String> key() {
        return shape.key().stream().map(i -> shape.columns().get(i).name()).toList();
    }

    /** Says what is read and how: two tables of one description, read anew, give the same rows if nobody wrote. */
    public String description() {
        return database.address().shortly() + "\n" + shape.schema() + "\n" + shape.selection() + "\n" + shape.key()
                + "\n" + shape.columns();
    }

    /** The UID of the n-th more row that shares a key, as NULLs in a unique key allow. */
    public Uid numbered(Uid key, int n) {
        return UidEncoder.numbered(key, n);
    }

    @Override
    public void scan(@Nullable Uid after, Pacing pacing, RowSink sink) {
        new TableScan(database, shape, pacing, sink).run(after);
    }

    @Override
    public List<SourceRow> fetch(List<Uid> uids) {
        if (uids.size() > MAX_BATCH) {
            throw new IllegalArgumentException(uids.size() + " UIDs in one call; the most is " + MAX_BATCH);
        }
        List<SourceRow> rows = new ArrayList<>();
        database.with("reading rows of " + shape.table(), connection -> {
            database.dialect().beginReading(connection);
            new RowsByKey(database, shape).read(connection, uids, "", (uid, row) -> rows.add(row));
            return rows;
        });
        return rows;
    }

    @Override
    public List<SourceOutcome> apply(List<SourceChange> changes) {
        return new TableWriter(database, shape).apply(changes);
    }

    /** The statements that {@link #apply} would execute, one for each change that can be made. */
    public List<String> statements(List<SourceChange> changes) {
        return new TableWriter(database, shape).statements(changes);
    }

    /** What notes changes of its rows in the database. */
    public ChangeCapture changes(ChangeCapture.Kind kind) {
        return new ChangeCapture(database, shape, kind);
    }

    /** How busy the server is. */
    public Strain strain() {
        return database.strain();
    }

    /** What a session must say before {@link #statements} mean what they say. */
    public List<String> preamble() {
        return database.dialect().preamble();
    }

    /** What is to be executed after all {@link #statements}, where some of them insert rows. */
    public List<String> afterInserts() {
        return database.dialect().afterInserts(shape, database.quoted(shape));
    }

    static SourceRow row(Uid uid, io.twinroot.table.Digest digest, byte[] canonical, int length) {
        Value.Mapping fields = (Value.Mapping) CanonicalCbor.decode(Arrays.copyOf(canonical, length));
        return new SourceRow(uid, digest, fields);
    }
}
