package io.twinroot.peer;

import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.LineSplitter;
import io.twinroot.wire.RowJson;
import io.twinroot.wire.WireRow;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Rows that come as JSON lines; each is checked to be one that was asked for, in its place. */
final class RemoteRows implements RowCursor {
    /** Says whether a row may come now. */
    private interface Order {
        void check(Answer answer, Row row);
    }

    /** Opens a blob that did not come with its row. */
    interface Blobs {
        BlobSource of(Uid uid, Body.Blob blob);
    }

    private final Answer answer;
    private final Blobs blobs;
    private final Order order;
    private final LineSplitter lines;
    private @Nullable RowData next;
    private boolean finished;

    private RemoteRows(Answer answer, Blobs blobs, Order order, int lineMax) {
        this.answer = answer;
        this.blobs = blobs;
        this.order = order;
        this.lines = new LineSplitter(lineMax);
    }

    static RemoteRows ofRange(Answer answer, Blobs blobs, UidRange range, int lineMax) {
        return new RemoteRows(answer, blobs, new Ascending(range), lineMax);
    }

    static RemoteRows ofList(Answer answer, Blobs blobs, List<Uid> uids, int lineMax) {
        return new RemoteRows(answer, blobs, new Listed(uids.iterator()), lineMax);
    }

    static RemoteRows ofTombstones(Answer answer, Blobs blobs, int lineMax) {
        return new RemoteRows(answer, blobs, new Tombstones(), lineMax);
    }

    /** Tombstones of the whole table, in UID order. */
    private static final class Tombstones implements Order {
        private @Nullable Uid last;

        @Override
        public void check(Answer answer, Row row) {
            HttpReplica.checkOrder(answer, UidRange.ALL, last, row.uid());
            if (!(row instanceof Row.Tombstone)) {
                throw answer.bad("has a live row " + row.uid() + " among the tombstones", null);
            }
            last = row.uid();
        }
    }

    /** Live rows of a range, in UID order. */
    private static final class Ascending implements Order {
        private final UidRange range;
        private @Nullable Uid last;

        private Ascending(UidRange range) {
            this.range = range;
        }

        @Override
        public void check(Answer answer, Row row) {
            HttpReplica.checkOrder(answer, range, last, row.uid());
            if (!(row instanceof Row.Live)) {
                throw answer.bad("has a tombstone of " + row.uid() + " among the live rows", null);
            }
            last = row.uid();
        }
    }

    /** Rows of some of the UIDs in a list, in its order. */
    private record Listed(Iterator<Uid> rest) implements Order {
        @Override
        public void check(Answer answer, Row row) {
            while (rest.hasNext()) {
                if (rest.next().equals(row.uid())) {
                    return;
                }
            }
            throw answer.bad("has UID " + row.uid() + ", which was not asked for or is out of order", null);
        }
    }

    @Override
    public boolean hasNext() {
        if (next == null) {
            next = read();
        }
        return next != null;
    }

    @Override
    public RowData next() {
        RowData row = hasNext() ? next : null;
        if (row == null) {
            throw new NoSuchElementException("there are no more rows");
        }
        next = null;
        return row;
    }

    private @Nullable RowData read() {
        try {
            byte[] line = lines.next();
            while (line == null && !finished) {
                byte[] piece = answer.nextPiece();
                if (piece == null) {
                    finished = true;
                    lines.finish();
                } else {
                    lines.add(piece, 0, piece.length);
                }
                line = lines.next();
            }
            return line == null ? null : row(line);
        } catch (JsonException e) {
            throw answer.bad("is not what the protocol says, " + e.getMessage(), e);
        }
    }

    private RowData row(byte[] line) {
        WireRow wire;
        try {
            wire = RowJson.decode(line);
        } catch (JsonException e) {
            throw e.atLine(lines.line());
        }
        order.check(answer, wire.row());
        return new RowData(wire.row(), blob(wire));
    }

    private @Nullable BlobSource blob(WireRow wire) {
        if (!(wire.row() instanceof Row.Live(Uid uid, var stamp, Body.Blob blob, var past))) {
            return null;
        }
        Value.Bytes content = wire.content();
        return content != null ? BlobSource.of(content.toBytes()) : blobs.of(uid, blob);
    }

    @Override
    public void close() {
        answer.close();
    }
}
