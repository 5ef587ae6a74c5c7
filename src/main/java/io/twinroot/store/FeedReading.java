package io.twinroot.store;

import io.twinroot.log.BlobFiles;
import io.twinroot.log.ChangeLog;
import io.twinroot.log.Damage;
import io.twinroot.log.Frame;
import io.twinroot.log.LogPosition;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Context;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A page while it is read. Each method that takes something says false when the page is full without it. */
final class FeedReading implements ChangeLog.Taker {
    /** A page that has so many bytes of rows is full. */
    private static final long MAX_BYTES = 4L << 20;

    /** A page ends after so many bytes of the log, so that one that wants few tables is answered in time. */
    private static final long MAX_SCANNED = 64L << 20;

    private static final int MAX_GAPS = 100;

    /** What an item takes beside its body. */
    private static final int ITEM_BYTES = 100;

    private final FeedQuery query;
    private final View view;
    private final BlobFiles blobs;
    private final List<FeedItem> items = new ArrayList<>();
    private final List<String> gaps = new ArrayList<>();
    private final Set<TableName> named = new HashSet<>();
    private int counted;
    private long bytes;
    private long scanned;
    private boolean full;

    FeedReading(FeedQuery query, View view, BlobFiles blobs) {
        this.query = query;
        this.view = view;
        this.blobs = blobs;
    }

    boolean isEmpty() {
        return items.isEmpty() && gaps.isEmpty();
    }

    boolean isFull() {
        return full;
    }

    FeedPage page(FeedCursor next, boolean more, Map<TableName, Context> contexts) {
        return new FeedPage(items, next.text(), more, gaps, gaps.isEmpty() ? contexts : Map.of());
    }

    @Override
    public boolean frame(LogPosition at, int length, Frame frame) {
        if (!fits(0) || scanned >= MAX_SCANNED) {
            full = true;
            return false;
        }
        boolean taken = switch (frame) {
            case Frame.DefineTable(int number, TableName name, TableRules rules) ->
                !query.wants(name) || table(name, rules);
            case Frame.Put put -> {
                TableWork table = wanted(put.table(), at);
                yield table == null || put(table, put, "at " + at);
            }
            case Frame.Delete(int number, Uid uid, Stamp stamp, Past past) -> {
                TableWork table = wanted(number, at);
                yield table == null || tombstone(table, uid, stamp, past);
            }
            case Frame.Lost lost -> true; // it comes back from elsewhere, as a put
            case Frame.Forget forget -> true;
            case Frame.Seen seen -> true;
            case Frame.Known known -> true;
            case Frame.Mark mark -> true;
        };
        if (taken) {
            scanned += length;
        }
        return taken;
    }

    @Override
    public void damage(Damage damage) {
        if (damage.mayBeWrite()) {
            gap("the log is damaged at " + damage.at() + ": " + damage.why());
        }
    }

    private @Nullable TableWork wanted(int number, LogPosition at) {
        TableWork table = view.table(number);
        if (table == null) {
            gap("the log has at " + at + " a row of table number " + number + ", which it does not define");
            return null;
        }
        return query.wants(table.name()) ? table : null;
    }

    /** Names a table, whether or not a row follows. */
    boolean table(TableName name, TableRules rules) {
        if (named.contains(name)) {
            return true;
        }
        if (!fits(ITEM_BYTES)) {
            return false;
        }
        counted++;
        name(name, rules);
        return true;
    }

    private void name(TableName name, TableRules rules) {
        if (named.add(name)) {
            bytes += ITEM_BYTES;
            items.add(new FeedItem.Table(name, rules));
        }
    }

    private static int overhead(TableWork table, Uid uid, Past past) {
        return ITEM_BYTES
                + table.name().text().length()
                + uid.length()
                + ITEM_BYTES * (past.seen().size() + past.marks().parts().size());
    }

    boolean tombstone(TableWork table, Uid uid, Stamp stamp, Past past) {
        return row(table, new RowData(new Row.Tombstone(uid, stamp, past), null), overhead(table, uid, past));
    }

    /**
     * @param place of the frame, for a message
     */
    boolean put(TableWork table, Frame.Put put, String place) {
        int size = overhead(table, put.uid(), put.past())
                + put.body().length
                + (put.blob() == null ? 0 : put.blob().length);
        if (!fits(size)) {
            return false;
        }
        Body body;
        try {
            body = CanonicalCbor.decodeBody(put.body());
        } catch (IllegalArgumentException e) {
            gap("the body of row " + put.uid() + " of table " + table.name() + " " + place + " cannot be read: "
                    + e.getMessage());
            return true;
        }
        BlobSource source = null;
        if (body instanceof Body.Blob blob) {
            source = source(put, blob);
            if (source == null) {
                return true; // its file went when a newer version came, which follows
            }
        }
        return row(table, new RowData(new Row.Live(put.uid(), put.stamp(), body, put.past()), source), size);
    }

    private @Nullable BlobSource source(Frame.Put put, Body.Blob blob) {
        byte[] inline = put.blob();
        if (inline != null) {
            return () -> new ByteArrayInputStream(inline);
        }
        return blobs.has(blob) ? blobs.source(blob) : null;
    }

    private boolean row(TableWork table, RowData data, int size) {
        if (!fits(size)) {
            return false;
        }
        name(table.name(), table.rules());
        items.add(new FeedItem.OfRow(table.name(), data));
        counted++;
        bytes += size;
        return true;
    }

    void gap(String what) {
        gaps.add(what);
    }

    /** Whether there is room for one more; the first fits always. */
    private boolean fits(int size) {
        if (counted >= query.limit() || gaps.size() >= MAX_GAPS || (counted > 0 && bytes + size > MAX_BYTES)) {
            full = true;
        }
        return !full;
    }
}
