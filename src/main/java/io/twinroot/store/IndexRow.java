package io.twinroot.store;

import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import org.jspecify.annotations.Nullable;

/**
 * What the view knows of a row; its body is in the log.
 *
 * @param kind what there is of the row
 * @param digest of the body; null where the kind is not LIVE
 * @param position of its frame in the log, packed
 * @param bytes that its frame has
 */
record IndexRow(Kind kind, Stamp stamp, @Nullable Digest digest, long position, int bytes) {
    enum Kind {
        LIVE,
        TOMBSTONE,
        /** Damage took this version, and nothing newer came: in no tree, until it comes back from elsewhere. */
        LOST,
        /** Nothing; hides what an older layer has. */
        GONE
    }

    static final IndexRow GONE = new IndexRow(Kind.GONE, new Stamp(0, new Incarnation(0, 0), 1), null, -1, 0);

    /** A live row, or a tombstone where there is no digest. */
    static IndexRow of(Stamp stamp, @Nullable Digest digest, long position, int bytes) {
        return new IndexRow(digest == null ? Kind.TOMBSTONE : Kind.LIVE, stamp, digest, position, bytes);
    }

    static IndexRow lost(Stamp stamp, long position, int bytes) {
        return new IndexRow(Kind.LOST, stamp, null, position, bytes);
    }

    IndexRow at(long newPosition, int newBytes) {
        return new IndexRow(kind, stamp, digest, newPosition, newBytes);
    }

    boolean isGone() {
        return kind == Kind.GONE;
    }

    boolean isLive() {
        return kind == Kind.LIVE;
    }

    boolean isTombstone() {
        return kind == Kind.TOMBSTONE;
    }

    boolean isLost() {
        return kind == Kind.LOST;
    }

    /** The state that a row has; of null, which is no row. */
    static RowState state(@Nullable IndexRow row) {
        if (row == null) {
            return new RowState.Absent();
        }
        Digest digest = row.digest;
        return switch (row.kind) {
            case LIVE -> new RowState.Live(row.stamp, java.util.Objects.requireNonNull(digest));
            case TOMBSTONE -> new RowState.Deleted(row.stamp);
            case LOST, GONE -> new RowState.Absent();
        };
    }
}
