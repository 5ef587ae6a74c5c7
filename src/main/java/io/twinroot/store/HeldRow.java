package io.twinroot.store;

import io.twinroot.log.Frame;
import io.twinroot.table.Body;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Merging;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a table has under a UID while a change of it is decided. Its frame is read only where that is needed. */
final class HeldRow implements Merging.Held {
    private final TableWork table;
    private final Uid uid;
    private final @Nullable IndexRow index;
    private final Supplier<Frame.Put> frame;
    private @Nullable Version version;

    /** @param frame reads the frame of a live row */
    HeldRow(TableWork table, Uid uid, @Nullable IndexRow index, Supplier<Frame.Put> frame) {
        this.table = table;
        this.uid = uid;
        this.index = index;
        this.frame = frame;
    }

    /** One that the same group of batches made; it is in no frame yet. */
    HeldRow(TableWork table, IndexRow index, Version version) {
        this(table, version.row().uid(), index, () -> {
            throw new IllegalStateException("row " + version.row().uid() + " has no frame yet");
        });
        this.version = version;
    }

    @Nullable
    IndexRow index() {
        return index;
    }

    boolean isLive() {
        return index != null && index.isLive();
    }

    boolean isLost() {
        return index != null && index.isLost();
    }

    @Override
    public RowState state() {
        return IndexRow.state(index);
    }

    @Override
    public boolean isMarked() {
        return index != null && index.isMarked();
    }

    @Override
    public Row row() {
        return version().row();
    }

    /** Which writes led to it, as a tombstone would say it: that costs no read. Null for nothing. */
    Row.@Nullable Tombstone trace() {
        return index == null || index.isLost() || index.isGone()
                ? null
                : new Row.Tombstone(uid, index.stamp(), index.past());
    }

    /** @throws StoreException of kind DAMAGED when its frame is not what was written */
    Version version() {
        Version known = version;
        if (known == null) {
            known = isLive() ? read() : Version.of(java.util.Objects.requireNonNull(trace()));
            version = known;
        }
        return known;
    }

    private Version read() {
        Frame.Put put = frame.get();
        Body body;
        try {
            body = CanonicalCbor.decodeBody(put.body());
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    StoreException.Kind.DAMAGED,
                    "the body of row " + uid + " of table " + table.name() + " cannot be read: " + e.getMessage(),
                    e);
        }
        Row.Live row = new Row.Live(uid, put.stamp(), body, put.past());
        return new Version(row, put.body(), body.digest(table.rules()), put.blob());
    }
}
