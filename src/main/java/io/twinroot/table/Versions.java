package io.twinroot.table;

import java.util.Optional;

/** Which of two states of a row is the newer one. The only place that compares versions. */
public final class Versions {
    private Versions() {}

    /**
     * Whether a state that is offered replaces the one that is held. The larger stamp wins. Under one stamp,
     * which only a restored or damaged copy can bring about, a live row wins over a delete, and of two live
     * rows the one with the larger digest: so both sides of a repair choose alike.
     */
    public static boolean supersedes(RowState offered, RowState held) {
        Optional<Stamp> mine = stamp(held);
        Optional<Stamp> theirs = stamp(offered);
        if (theirs.isEmpty() || mine.isEmpty()) {
            return theirs.isPresent();
        }
        int order = theirs.get().compareTo(mine.get());
        if (order != 0) {
            return order > 0;
        }
        if (offered instanceof RowState.Live(var ignored, Digest offeredDigest)) {
            return !(held instanceof RowState.Live(var same, Digest heldDigest))
                    || offeredDigest.compareTo(heldDigest) > 0;
        }
        return false;
    }

    /** Whether two states give a reader the same row: the same content, or none on both sides. */
    public static boolean sameContent(RowState one, RowState other) {
        return digest(one).equals(digest(other));
    }

    public static Optional<Stamp> stamp(RowState state) {
        return switch (state) {
            case RowState.Absent() -> Optional.empty();
            case RowState.Live(Stamp stamp, Digest ignored) -> Optional.of(stamp);
            case RowState.Deleted(Stamp stamp) -> Optional.of(stamp);
        };
    }

    /** The digest of a live row; empty for one that is absent or deleted. */
    public static Optional<Digest> digest(RowState state) {
        return state instanceof RowState.Live(var ignored, Digest digest) ? Optional.of(digest) : Optional.empty();
    }
}
