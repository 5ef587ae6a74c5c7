package io.twinroot.store;

import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import org.jspecify.annotations.Nullable;

/**
 * What the view knows of a row; its body is in the log.
 *
 * @param digest of the body; null for a tombstone
 * @param position of its frame in the log, packed; negative for {@link #GONE}
 */
record IndexRow(Stamp stamp, @Nullable Digest digest, long position) {
    /** Hides what an older layer has. */
    static final IndexRow GONE = new IndexRow(new Stamp(0, new Incarnation(0, 0), 1), null, -1);

    boolean isGone() {
        return position < 0;
    }

    boolean isLive() {
        return digest != null;
    }

    /** The state that a row has; of null, which is no row. */
    static RowState state(@Nullable IndexRow row) {
        if (row == null) {
            return new RowState.Absent();
        }
        Digest digest = row.digest;
        return digest == null ? new RowState.Deleted(row.stamp) : new RowState.Live(row.stamp, digest);
    }
}
