package io.twinroot.reconcile;

import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a narrowing has found so far: entries of both sides, joined by their UIDs, and long runs that one side has alone.
 * It stops taking more soon after a number of them. Not for use by two threads.
 */
final class Findings {
    /** Differences by their first UID. */
    static final Comparator<Difference> ORDER =
            Comparator.comparing(Findings::firstUid, Comparator.nullsFirst(Comparator.naturalOrder()));

    /** Both sides' entries under one UID, as they are found. */
    private static final class Pair {
        @Nullable
        Entry mine;

        @Nullable
        Entry theirs;
    }

    private final Snapshot snapshot;
    private final int most;
    private final NavigableMap<Uid, Pair> rows = new TreeMap<>();
    private final List<Difference> ranges = new ArrayList<>();

    Findings(Snapshot mine, int most) {
        this.snapshot = mine;
        this.most = most;
    }

    /** Whether there are more than are wanted. */
    boolean isFull() {
        return rows.size() + ranges.size() > most;
    }

    /** Whether runs are among them that are not listed row by row. */
    boolean hasRanges() {
        return !ranges.isEmpty();
    }

    /** @param exact whether the other side has nothing in the range for sure, so that its bounds may stand for it */
    void onlyMine(UidRange range, boolean exact) {
        long count = exact ? RowCount.of(snapshot.tree(), range) : 0;
        if (count > Responder.RANGE_MIN) {
            ranges.add(new Difference.OnlyMine(range, count));
        } else {
            listMine(range);
        }
    }

    void onlyTheirs(UidRange range, long count) {
        ranges.add(new Difference.OnlyTheirs(range, count));
    }

    void listMine(UidRange range) {
        Iterator<Entry> entries = snapshot.entries(range);
        while (entries.hasNext() && !isFull()) {
            mine(entries.next());
        }
    }

    void mine(Entry entry) {
        rows.computeIfAbsent(entry.uid(), ignored -> new Pair()).mine = entry;
    }

    void theirs(List<Entry> entries) {
        for (Entry entry : entries) {
            rows.computeIfAbsent(entry.uid(), ignored -> new Pair()).theirs = entry;
        }
    }

    /** Joins all entries of the other side in a range, which are listed, with mine. */
    void join(UidRange range) {
        UidRange rest = range;
        for (Uid uid : theirUids(range)) {
            onlyMine(new UidRange(rest.start(), uid), true);
            listMine(UidRange.only(uid));
            rest = rest.after(uid);
        }
        onlyMine(rest, true);
    }

    private List<Uid> theirUids(UidRange range) {
        List<Uid> uids = new ArrayList<>();
        NavigableMap<Uid, Pair> from = range.start() == null ? rows : rows.tailMap(range.start(), true);
        NavigableMap<Uid, Pair> within = range.stop() == null ? from : from.headMap(range.stop(), false);
        within.forEach((uid, pair) -> {
            if (pair.theirs != null) {
                uids.add(uid);
            }
        });
        return uids;
    }

    /** What differs, in the order of the UIDs. */
    List<Difference> differences() {
        List<Difference> differences = new ArrayList<>(ranges);
        rows.forEach((uid, pair) -> {
            RowState mine = state(pair.mine);
            RowState theirs = state(pair.theirs);
            if (!Versions.sameContent(mine, theirs)) {
                differences.add(new Difference.OfRow(uid, mine, theirs));
            }
        });
        differences.sort(ORDER);
        return differences;
    }

    /** What would make my tree the other's: the new digest of each row that differs, empty where it goes. */
    static NavigableMap<Uid, Optional<Digest>> changes(List<Difference> differences) {
        NavigableMap<Uid, Optional<Digest>> changes = new TreeMap<>();
        for (Difference difference : differences) {
            if (difference instanceof Difference.OfRow(Uid uid, RowState mine, RowState theirs)) {
                changes.put(uid, Versions.digest(theirs));
            }
        }
        return changes;
    }

    private static RowState state(@Nullable Entry entry) {
        return entry == null ? new RowState.Absent() : new RowState.Live(entry.stamp(), entry.digest());
    }

    private static @Nullable Uid firstUid(Difference difference) {
        return switch (difference) {
            case Difference.OfRow(Uid uid, var mine, var theirs) -> uid;
            case Difference.OnlyMine(UidRange range, long count) -> range.start();
            case Difference.OnlyTheirs(UidRange range, long count) -> range.start();
        };
    }
}
