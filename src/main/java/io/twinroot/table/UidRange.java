package io.twinroot.table;

import org.jspecify.annotations.Nullable;

/**
 * A half-open run of UIDs: from START, which is in it, to STOP, which is not. An absent bound means without
 * end on that side.
 *
 * @param start the least UID in the range; null for no lower bound
 * @param stop the least UID above the range; null for no upper bound
 */
public record UidRange(@Nullable Uid start, @Nullable Uid stop) {
    /** Every UID. */
    public static final UidRange ALL = new UidRange(null, null);

    public UidRange {
        if (start != null && stop != null && start.compareTo(stop) > 0) {
            throw new IllegalArgumentException("START " + start + " is after STOP " + stop);
        }
    }

    /** The range that holds this UID alone. */
    public static UidRange only(Uid uid) {
        return new UidRange(uid, uid.successor());
    }

    public static UidRange from(Uid start) {
        return new UidRange(start, null);
    }

    public boolean contains(Uid uid) {
        return (start == null || start.compareTo(uid) <= 0) && (stop == null || uid.compareTo(stop) < 0);
    }

    /** What of this range lies above {@code uid}, for reading on after it. */
    public UidRange after(Uid uid) {
        Uid next = uid.successor();
        if (stop != null && next.compareTo(stop) > 0) {
            return new UidRange(stop, stop);
        }
        return start != null && start.compareTo(next) >= 0 ? this : new UidRange(next, stop);
    }

    /** Whether no UID can be in it. */
    public boolean isEmpty() {
        return start != null && stop != null && start.equals(stop);
    }

    @Override
    public String toString() {
        return "[" + (start == null ? "first" : start) + ", " + (stop == null ? "end" : stop) + ")";
    }
}
