package io.twinroot.reconcile;

import io.twinroot.table.Entry;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Rows of a long run that only one side has, evenly spread over it. Rows that are only late come from somewhere in the run,
 * so where all of these are still missing after a while, the run is.
 *
 * @param difference the run
 * @param isMine whether I have it
 */
record Samples(Difference difference, UidRange range, List<Entry> entries, boolean isMine) {
    private static final int COUNT = 1_000;

    /** @param side the one that has the run */
    static Samples of(Difference difference, Replica side, UidRange range, long count, boolean isMine) {
        long step = Math.max(1, count / COUNT);
        List<Entry> sample = new ArrayList<>();
        UidRange rest = range;
        long seen = 0;
        while (seen < count) {
            List<Entry> page = side.entries(rest, Replica.MAX_BATCH);
            for (Entry entry : page) {
                if (seen++ % step == 0) {
                    sample.add(entry);
                }
            }
            if (page.size() < Replica.MAX_BATCH) {
                break;
            }
            rest = rest.after(page.getLast().uid());
        }
        return new Samples(difference, range, sample, isMine);
    }

    List<Settling.Suspect> suspects() {
        return entries.stream().map(entry -> suspect(entry, isMine)).toList();
    }

    static Settling.Suspect suspect(Entry entry, boolean isMine) {
        Sight row = Sight.of(new RowState.Live(entry.stamp(), entry.digest()));
        return isMine
                ? new Settling.Suspect(entry.uid(), row, Sight.ABSENT)
                : new Settling.Suspect(entry.uid(), Sight.ABSENT, row);
    }

    /** Whether all of it is among what was confirmed, still on the one side alone. */
    boolean isWhole(List<Difference> confirmed) {
        Set<Uid> left = uids();
        for (Difference difference : confirmed) {
            if (difference instanceof Difference.OfRow(Uid uid, RowState mine, RowState theirs)
                    && !((isMine ? theirs : mine) instanceof RowState.Live)) {
                left.remove(uid);
            }
        }
        return left.isEmpty();
    }

    /** What was confirmed of other rows. */
    List<Difference> others(List<Difference> confirmed) {
        Set<Uid> own = uids();
        List<Difference> others = new ArrayList<>();
        for (Difference difference : confirmed) {
            if (!(difference instanceof Difference.OfRow row) || !own.contains(row.uid())) {
                others.add(difference);
            }
        }
        return others;
    }

    private Set<Uid> uids() {
        Set<Uid> uids = new HashSet<>();
        entries.forEach(entry -> uids.add(entry.uid()));
        return uids;
    }
}
