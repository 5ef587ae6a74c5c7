package io.twinroot.store;

import io.twinroot.log.LogPosition;
import io.twinroot.table.Incarnation;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a reader of the feed is. As text, {@code SEGMENT-OFFSET-INCARNATION}, and while all rows are walked
 * {@code all:SEGMENT-OFFSET-INCARNATION:TABLE:UID}; it says all that the store must know, which keeps nothing.
 *
 * @param position where the log is read from, now or after the walk
 * @param incarnation of the process that began the segment of the position: another life of the store has
 *     other segments under the same numbers
 * @param walk how far the walk is; null when it is over
 */
record FeedCursor(
        LogPosition position,
        Incarnation incarnation,
        @Nullable Walk walk) {
    private static final Pattern FORM =
            Pattern.compile("(all:)?(\\d{1,7})-(\\d{1,13})-([0-9a-f]{32})(?::([^:]*):((?:[0-9a-f]{2}){0,1024}))?");

    /** The longest text: that of a walk at the longest table name and UID. */
    private static final int MAX_LENGTH = 2_500;

    /**
     * @param table the rows of the tables before it have been walked; empty before the first
     * @param after the last row of it that was; null where none was
     */
    record Walk(String table, @Nullable Uid after) {
        static final Walk FIRST = new Walk("", null);
    }

    /** The cursor of a text; null where it is none. */
    static @Nullable FeedCursor parse(String text) {
        Matcher form = FORM.matcher(text);
        if (text.length() > MAX_LENGTH || !form.matches() || (form.group(1) == null) != (form.group(5) == null)) {
            return null;
        }
        LogPosition position = position(form.group(2), form.group(3));
        if (position == null) {
            return null;
        }
        try {
            Walk walk = form.group(5) == null ? null : walk(form.group(5), form.group(6));
            return new FeedCursor(position, Incarnation.ofHex(form.group(4)), walk);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The position of two decimal numbers; null where there can be none. */
    static @Nullable LogPosition position(String segment, String offset) {
        try {
            return new LogPosition(Long.parseLong(segment), Long.parseLong(offset));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static Walk walk(String table, String uid) {
        return new Walk(
                table.isEmpty() ? "" : new TableName(table).text(),
                uid.isEmpty() ? null : Uid.of(HexFormat.of().parseHex(uid)));
    }

    FeedCursor at(Walk newWalk) {
        return new FeedCursor(position, incarnation, newWalk);
    }

    FeedCursor walked() {
        return new FeedCursor(position, incarnation, null);
    }

    String text() {
        String log = position.segment() + "-" + position.offset() + "-" + incarnation.hex();
        if (walk == null) {
            return log;
        }
        Uid after = walk.after;
        return "all:" + log + ":" + walk.table + ":"
                + (after == null ? "" : HexFormat.of().formatHex(after.toBytes()));
    }
}
