package io.twinroot.store;

import io.twinroot.log.BlobFiles;
import io.twinroot.log.ChangeLog;
import io.twinroot.log.Frame;
import io.twinroot.log.LogException;
import io.twinroot.log.LogPosition;
import io.twinroot.log.Segments;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log onwards from a cursor. All of the feed's access to the log is here. For many threads; a call
 * keeps nothing when it is over.
 *
 * <p>A reading of everything begins by noting the end of the log. Then the tables are walked as they are at
 * each page, and then the log is read from the noted place: what changed during the walk comes there, once
 * more or for the first time.
 */
final class StoreFeed {
    /** Gives the frame of a live row. */
    interface Rows {
        /** @throws StoreException where the log does not have it */
        Frame.Put frame(TableWork table, Uid uid, IndexRow row, Segments hold);
    }

    /** Gives what has been seen of the tables that are wanted. */
    interface Contexts {
        Map<TableName, Context> of(FeedQuery query);
    }

    private final ChangeLog log;
    private final View view;
    private final BlobFiles blobs;
    private final CommittedEnd end;
    private final Readers readers;
    private final Rows rows;
    private final Contexts contexts;

    StoreFeed(
            ChangeLog log,
            View view,
            BlobFiles blobs,
            CommittedEnd end,
            Readers readers,
            Rows rows,
            Contexts contexts) {
        this.log = log;
        this.view = view;
        this.blobs = blobs;
        this.end = end;
        this.readers = readers;
        this.rows = rows;
        this.contexts = contexts;
    }

    FeedPage page(FeedQuery query) {
        String since = query.since();
        FeedCursor cursor = since == null ? atEnd().at(FeedCursor.Walk.FIRST) : known(since);
        if (query.reader() != null) {
            readers.saw(query.reader(), cursor.position());
        }
        FeedReading reading = new FeedReading(query, view, blobs);
        if (FeedQuery.END.equals(since)) {
            return reading.page(cursor, false, Map.of());
        }
        Map<TableName, Context> seen = query.contexts() ? contexts.of(query) : Map.of();
        LogPosition then = end.position(); // after the contexts: what they cover is before it
        FeedCursor.Walk walk = cursor.walk();
        if (walk != null) {
            cursor = walk(cursor, walk, query, reading);
        }
        if (reading.isEmpty() && !reading.isFull()) {
            cursor = follow(cursor, query, reading);
        }
        boolean more = cursor.walk() != null || cursor.position().compareTo(end.position()) < 0;
        boolean reached = cursor.walk() == null && cursor.position().compareTo(then) >= 0;
        return reading.page(cursor, more, reached ? seen : Map.of());
    }

    private FeedCursor atEnd() {
        return cursor(end.position());
    }

    private FeedCursor cursor(LogPosition position) {
        return new FeedCursor(
                position,
                log.incarnation(position.segment())
                        .orElseThrow(() -> gone("log segment " + position.segment() + " is not there")),
                null);
    }

    /** The cursor of a text, if this log has what follows it. */
    private FeedCursor known(String text) {
        if (text.equals(FeedQuery.END)) {
            return atEnd();
        }
        FeedCursor cursor = FeedCursor.parse(text);
        if (cursor == null) {
            throw gone("it is none of this store");
        }
        Optional<Incarnation> here = log.incarnation(cursor.position().segment());
        if (here.isEmpty()) {
            throw gone("log segment " + cursor.position().segment() + " is not there");
        }
        if (!here.get().equals(cursor.incarnation())) {
            throw gone("it is from another life of this store");
        }
        if (!log.beginsFrame(cursor.position())) {
            throw gone("the log has no frame at " + cursor.position());
        }
        return cursor;
    }

    private static StoreException gone(String why) {
        return new StoreException(
                StoreException.Kind.CURSOR_GONE,
                "the changes after this cursor cannot be read: " + why
                        + ". Compare the tables, and read on from the cursor \"end\"");
    }

    private FeedCursor walk(FeedCursor cursor, FeedCursor.Walk walk, FeedQuery query, FeedReading reading) {
        Segments hold = log.hold(); // before the rows are seen, so that compaction takes nothing from under them
        for (TableWork table : view.tables()) {
            int order = table.name().text().compareTo(walk.table());
            if (order < 0 || !query.wants(table.name())) {
                continue;
            }
            Uid after = order == 0 ? walk.after() : null;
            if (after == null && !reading.table(table.name(), table.rules())) {
                return cursor.at(new FeedCursor.Walk(table.name().text(), null));
            }
            Run<IndexRow> run =
                    table.published().run(Space.ROWS, after == null ? UidRange.ALL : UidRange.from(after.successor()));
            while (run.next()) {
                if (!run.value().isGone() && !row(table, run.uid(), run.value(), hold, reading)) {
                    return cursor.at(new FeedCursor.Walk(table.name().text(), after));
                }
                after = run.uid();
            }
        }
        return cursor.walked();
    }

    private boolean row(TableWork table, Uid uid, IndexRow row, Segments hold, FeedReading reading) {
        if (row.isLost()) {
            reading.gap("damage took row " + uid + " of table " + table.name());
            return true;
        }
        if (!row.isLive()) {
            return reading.tombstone(table, uid, row.stamp(), row.past());
        }
        Frame.Put put;
        try {
            put = rows.frame(table, uid, row, hold);
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.DAMAGED) {
                throw e;
            }
            reading.gap(String.valueOf(e.getMessage()));
            return true;
        }
        return reading.put(table, put, "at " + LogPosition.unpack(row.position()));
    }

    /** Reads the log from a cursor; waits where nothing wanted is there yet. */
    private FeedCursor follow(FeedCursor cursor, FeedQuery query, FeedReading reading) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(query.waitMs());
        LogPosition position = cursor.position();
        boolean again = true;
        while (again) {
            position = take(position, end.position(), reading);
            again = reading.isEmpty() && !reading.isFull() && end.awaitBeyond(position, deadlineNs);
        }
        return cursor(position);
    }

    private LogPosition take(LogPosition from, LogPosition to, FeedReading reading) {
        try {
            return log.take(from, to, reading);
        } catch (LogException e) {
            throw StoreException.of(e);
        }
    }

    /**
     * A cursor from which all is read that came since a moment.
     *
     * @throws StoreException of kind CURSOR_GONE when the log does not reach back so far
     */
    String cursorAt(long sinceMs) {
        @Nullable LogPosition position;
        try {
            position = log.positionAt(sinceMs);
        } catch (LogException e) {
            throw StoreException.of(e);
        }
        if (position == null) {
            throw new StoreException(
                    StoreException.Kind.CURSOR_GONE,
                    "the log does not reach back to " + Instant.ofEpochMilli(sinceMs)
                            + ". Compare the tables instead, or take a later moment");
        }
        LogPosition known = position.compareTo(end.position()) > 0 ? end.position() : position;
        return cursor(known).text();
    }
}
