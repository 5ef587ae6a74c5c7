package io.twinroot.store;

import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Past;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the view knows of a row; its body and its marks are in the log.
 *
 * @param kind what there is of the row
 * @param digest of the row; null where the kind is not LIVE
 * @param isMarked whether the row has marks on its parts
 * @param seen the other writes that its writer had seen, as its past has them
 * @param position of its frame in the log, packed
 * @param bytes that its frame has
 */
record IndexRow(
        Kind kind, Stamp stamp, @Nullable Digest digest, boolean isMarked, List<Stamp> seen, long position, int bytes) {
    enum Kind {
        LIVE,
        TOMBSTONE,
        /** Damage took this version, and nothing newer came: in no tree, until it comes back from elsewhere. */
        LOST,
        /** Nothing; hides what an older layer has. */
        GONE
    }

    static final IndexRow GONE =
            new IndexRow(Kind.GONE, new Stamp(0, new Incarnation(0, 0), 1), null, false, List.of(), -1, 0);

    /** A live row, or a tombstone where there is no digest. */
    static IndexRow of(Stamp stamp, @Nullable Digest digest, Past past, long position, int bytes) {
        return new IndexRow(
                digest == null ? Kind.TOMBSTONE : Kind.LIVE,
                stamp,
                digest,
                !past.marks().isEmpty(),
                past.seen(),
                position,
                bytes);
    }

    static IndexRow lost(Stamp stamp, long position, int bytes) {
        return new IndexRow(Kind.LOST, stamp, null, false, List.of(), position, bytes);
    }

    IndexRow at(long newPosition, int newBytes) {
        return new IndexRow(kind, stamp, digest, isMarked, seen, newPosition, newBytes);
    }

    /** Whether a context covers its write and, where parts were merged, the others that it may have parts of. */
    boolean isSeen(Context known) {
        return known.covers(stamp) && (!isMarked || seen.stream().allMatch(known::covers));
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

    /** Its past, but for the marks. */
    Past past() {
        return seen.isEmpty() ? Past.NONE : new Past(seen, Marks.NONE);
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
