package io.twinroot.reconcile;

import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.table.Entry;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All rows of one side in UID order, a page at a time, so that it takes as much memory for any table. What the side
 * answers is checked: it ascends, lies in the range that was asked for, and comes to an end. For one thread.
 *
 * <p>With fields, each page of the index is held against the rows that are there, of which nothing but digests is kept.
 * A page is read to its end before anything else is, so that no stream waits for the other side's.
 */
final class Walk {
    /** A side may list twice as many rows as it says it has, and so many more. */
    static final long MORE_ROWS = 1_000_000;

    /** Rows of one page with fields, at most; more may have been written since its index was read. */
    private static final int PAGE_MAX = 2 * Replica.MAX_BATCH;

    /** A page ends with the row that takes it above this many bytes, about: a stream has only so much time. */
    private static final long PAGE_BYTES = 64 << 20;

    /** A row, as the side has it. */
    record Found(Uid uid, Sight sight) {}

    private final Replica side;
    private final TableRules rules;
    private final boolean fields;
    private UidRange rest = UidRange.ALL;
    private List<Found> page = List.of();
    private int at;
    private boolean ended;
    private long left;

    /** @param fields whether to read the rows, beside the index */
    Walk(Replica side, TableInfo info, boolean fields) {
        this.side = side;
        this.rules = info.rules();
        this.fields = fields;
        this.left = bound(info.count());
    }

    /** The most rows to take from a side that says it has so many. */
    static long bound(long count) {
        return 2 * Math.min(count, Long.MAX_VALUE / 4) + MORE_ROWS;
    }

    static ReplicaException bad(Replica side, String what) {
        return new ReplicaException(Kind.BAD_ANSWER, side.address() + " " + what);
    }

    /** Refuses a UID that is not where it should be. */
    static void check(Replica side, UidRange range, @Nullable Uid last, Uid uid) {
        if (!range.contains(uid)) {
            throw bad(side, "listed the row " + uid + ", which is not in " + range);
        }
        if (last != null && last.compareTo(uid) >= 0) {
            throw bad(side, "listed the row " + uid + " after " + last + ", which is out of order");
        }
    }

    /** The next row, which stays the next until it is {@link #taken}; null at the end. */
    @Nullable
    Found next() {
        while (at == page.size() && !ended) {
            page = read();
            at = 0;
            left -= page.size();
            if (left < 0) {
                throw bad(side, "lists many more rows than it says it has");
            }
        }
        return at < page.size() ? page.get(at) : null;
    }

    void taken() {
        at++;
    }

    private List<Found> read() {
        List<Entry> entries = side.entries(rest, Replica.MAX_BATCH);
        if (entries.size() > Replica.MAX_BATCH) {
            throw bad(side, "listed " + entries.size() + " rows; " + Replica.MAX_BATCH + " were asked for");
        }
        Uid last = null;
        for (Entry entry : entries) {
            check(side, rest, last, entry.uid());
            last = entry.uid();
        }
        boolean isLast = entries.size() < Replica.MAX_BATCH || last == null;
        if (fields) {
            return rows(entries, isLast);
        }
        goOnAfter(isLast ? null : last);
        return entries.stream()
                .map(entry -> new Found(entry.uid(), Sight.of(listed(entry))))
                .toList();
    }

    private static RowState listed(Entry entry) {
        return new RowState.Live(entry.stamp(), entry.digest());
    }

    private void goOnAfter(@Nullable Uid last) {
        ended = last == null;
        rest = last == null ? rest : rest.after(last);
    }

    /** The rows that a page of the index lists, and those between them that it does not. */
    private List<Found> rows(List<Entry> entries, boolean isLast) {
        Uid end = isLast ? null : entries.getLast().uid();
        UidRange range = end == null ? rest : new UidRange(rest.start(), end.successor());
        List<Found> found = new ArrayList<>(entries.size());
        int entry = 0;
        long bytes = 0;
        Uid last = null;
        try (RowCursor rows = side.rows(range)) {
            while (rows.hasNext()) {
                if (last != null && (found.size() >= PAGE_MAX || bytes > PAGE_BYTES)) {
                    goOnAfter(last);
                    return found;
                }
                RowData data = rows.next();
                Row row = data.row();
                bytes += data.weight();
                check(side, range, last, row.uid());
                if (!(row instanceof Row.Live)) {
                    throw bad(side, "sent a delete of " + row.uid() + " among the rows");
                }
                last = row.uid();
                while (entry < entries.size() && entries.get(entry).uid().compareTo(last) < 0) {
                    found.add(listedOnly(entries.get(entry++)));
                }
                boolean isListed =
                        entry < entries.size() && entries.get(entry).uid().equals(last);
                RowState listed = isListed ? listed(entries.get(entry++)) : new RowState.Absent();
                found.add(new Found(last, Gauge.of(listed, row, rules)));
            }
        }
        while (entry < entries.size()) {
            found.add(listedOnly(entries.get(entry++)));
        }
        goOnAfter(end);
        return found;
    }

    private static Found listedOnly(Entry entry) {
        return new Found(entry.uid(), new Sight(listed(entry), new RowState.Absent(), null));
    }
}
