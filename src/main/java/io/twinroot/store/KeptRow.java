package io.twinroot.store;

import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A row that is kept aside, without its body.
 *
 * @param number 1, 2, 3 … in the order of keeping; a store gives no number twice
 * @param kind why it is not where rows are
 * @param table it is of
 * @param uid of the row
 * @param stamp of the version that is kept
 * @param there what took its place, or stood in its way, when it was kept
 * @param keptMs when, in milliseconds since 1970
 * @param why for people
 * @param state what became of it
 * @param endedMs when, in milliseconds since 1970; 0 while it is open
 * @param how it ended, for people; empty while it is open
 */
public record KeptRow(
        long number,
        Kind kind,
        TableName table,
        Uid uid,
        Stamp stamp,
        RowState there,
        long keptMs,
        String why,
        State state,
        long endedMs,
        String how) {
    private static final Pattern ID = Pattern.compile("k([1-9][0-9]{0,17})");

    /** Why a row is not where rows are. */
    public enum Kind {
        /** It was deleted. */
        DELETED,
        /** Another version took its place. */
        OVERWRITTEN,
        /** It lingered: it was deleted elsewhere, and the mark of that is gone. */
        DROPPED,
        /** It was changed on two sides, and this is what lost. */
        CONFLICT,
        /** It cannot be applied yet. */
        PARKED;

        /** Whether rows of this kind go after a time, and when they are too many. */
        public boolean isTrash() {
            return this == DELETED || this == OVERWRITTEN || this == DROPPED;
        }
    }

    /** What became of a kept row. */
    public enum State {
        OPEN,
        /** It was put back. */
        RESTORED,
        /** A write settled the conflict. */
        RESOLVED,
        /** It was applied after all, or something newer of its row was. */
        APPLIED,
        /** A person gave it up. */
        GIVEN_UP
    }

    /** The number with a {@code k} before it. */
    public String id() {
        return "k" + number;
    }

    /** The number in an id; 0 where it is none. */
    static long number(String id) {
        Matcher matcher = ID.matcher(id);
        return matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
    }
}
