package io.twinroot.reconcile;

import io.twinroot.table.Context;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Versions;

/**
 * How the two states of a row stand to each other.
 *
 * @param isMine whether what the kind speaks of is on my side: the row that is alone, else the newer state
 */
public record Relation(Kind kind, boolean isMine) {
    /** What is found. To have seen a write means that one's context covers it, or that it is an earlier one of the same incarnation. */
    public enum Kind {
        /** A reader gets the same on both sides. */
        SAME,
        /** A row is on one side; the other has nothing, and has not seen it. */
        NEW,
        /** A row is on one side; the other has seen it, and has nothing as new: it was deleted there. */
        LINGERING,
        /** Two rows; the newer had seen the older, or the older side knows the newer. */
        NEWER,
        /** Two rows; neither side has seen the other's. */
        CONCURRENT,
        /** Two rows with one stamp: parts of them were merged, or one is damaged. */
        TWIN,
        /** A delete and an older row that it had seen. */
        DELETED,
        /** A delete and an older row that it had not seen. */
        DELETED_UNSEEN,
        /** A row and an older delete that it had seen. */
        BACK,
        /** A row and an older delete; neither side has seen the other's. */
        BACK_UNSEEN,
        /** A row and a delete with one stamp, as only damage brings it about. */
        REVIVED
    }

    /**
     * Finds it.
     *
     * @param myContext what my side has seen
     * @param theirContext what the other side has seen
     */
    public static Relation of(RowState mine, RowState theirs, Context myContext, Context theirContext) {
        if (Versions.sameContent(mine, theirs)) {
            return new Relation(Kind.SAME, true);
        }
        boolean isMine = !Versions.supersedes(theirs, mine);
        return isMine
                ? new Relation(kind(mine, theirs, myContext, theirContext), true)
                : new Relation(kind(theirs, mine, theirContext, myContext), false);
    }

    private static Kind kind(RowState newer, RowState older, Context newerContext, Context olderContext) {
        return switch (newer) {
            case RowState.Absent() -> throw new IllegalStateException("nothing is newer than " + older);
            case RowState.Deleted(Stamp stamp) -> {
                Stamp row = ((RowState.Live) older).stamp();
                yield sees(stamp, row, newerContext, olderContext) ? Kind.DELETED : Kind.DELETED_UNSEEN;
            }
            case RowState.Live(Stamp stamp, var digest) ->
                switch (older) {
                    case RowState.Absent() -> olderContext.covers(stamp) ? Kind.LINGERING : Kind.NEW;
                    case RowState.Deleted(Stamp gone) -> {
                        if (gone.equals(stamp)) {
                            yield Kind.REVIVED;
                        }
                        if (olderContext.covers(stamp)) {
                            yield Kind.LINGERING;
                        }
                        yield sees(stamp, gone, newerContext, olderContext) ? Kind.BACK : Kind.BACK_UNSEEN;
                    }
                    case RowState.Live(Stamp before, var ignored) -> {
                        if (before.equals(stamp)) {
                            yield Kind.TWIN;
                        }
                        yield sees(stamp, before, newerContext, olderContext) ? Kind.NEWER : Kind.CONCURRENT;
                    }
                };
        };
    }

    private static boolean sees(Stamp newer, Stamp older, Context newerContext, Context olderContext) {
        return newer.incarnation().equals(older.incarnation())
                || newerContext.covers(older)
                || olderContext.covers(newer);
    }

    /** The same where it turned out that the newer one's writer had seen the older one. */
    Relation seen() {
        return switch (kind) {
            case CONCURRENT -> new Relation(Kind.NEWER, isMine);
            case DELETED_UNSEEN -> new Relation(Kind.DELETED, isMine);
            case BACK_UNSEEN -> new Relation(Kind.BACK, isMine);
            case SAME, NEW, LINGERING, NEWER, TWIN, DELETED, BACK, REVIVED -> this;
        };
    }

    /** Whether two writes meet here neither of which had seen the other. */
    public boolean isConflict() {
        return switch (kind) {
            case CONCURRENT, DELETED_UNSEEN, BACK_UNSEEN -> true;
            case SAME, NEW, LINGERING, NEWER, TWIN, DELETED, BACK, REVIVED -> false;
        };
    }
}
