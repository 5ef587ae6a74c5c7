package io.twinroot.reconcile;

import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads rows that seem to differ again, after a while: late is not different. What is alike at any reading is dropped;
 * what differs and stood still for the settle time is confirmed; what moves is looked at again. The first reading is
 * after the settle time; the few rows that are left then are read more often, as most of them are alike soon. All of it
 * takes no longer than so many settle times, whatever is written meanwhile, but for the reading itself. Used once.
 */
final class Settling {
    /** After the first reading there are so many in a settle time, while one batch is enough. */
    private static final int READS_IN_SETTLE = 4;

    /**
     * A row that seemed to differ, as it was seen on both sides.
     *
     * @param stoodMs for how long both have been seen so, at least
     */
    record Suspect(Uid uid, Sight mine, Sight theirs, long stoodMs) {
        Suspect(Uid uid, Sight mine, Sight theirs) {
            this(uid, mine, theirs, 0);
        }
    }

    /**
     * @param differences that are confirmed, in the order of their UIDs
     * @param unsettled rows that moved to the end
     * @param waitedMs for how long it was waited
     */
    record Settled(List<Difference> differences, List<Uid> unsettled, long waitedMs) {}

    private final Replica mine;
    private final Replica theirs;
    private final TableRules rules;
    private final Gauge gauge;
    private final Verify.Options options;
    private final Progress progress;
    private final Pause pause;
    private long waitedMs;

    Settling(
            Replica mine,
            Replica theirs,
            TableRules rules,
            Gauge gauge,
            Verify.Options options,
            Progress progress,
            Pause pause) {
        this.mine = mine;
        this.theirs = theirs;
        this.rules = rules;
        this.gauge = gauge;
        this.options = options;
        this.progress = progress;
        this.pause = pause;
    }

    /**
     * Settles.
     *
     * @param confirmed what is known to differ already
     * @throws ReplicaException of kind {@link Kind#STORAGE} where an index does not list the rows that are there
     */
    Settled settle(List<Suspect> suspected, List<Difference> confirmed) {
        List<Difference> all = new ArrayList<>(confirmed);
        List<Suspect> open = suspected;
        if (options.settleMs() == 0) { // nobody writes: only a delete, which is in no tree, is still to be looked up
            open = new ArrayList<>();
            for (Suspect row : suspected) {
                boolean told = row.mine().isLive() && row.theirs().isLive() && isSteady(row);
                if (told) {
                    all.add(difference(row));
                } else {
                    open.add(row);
                }
            }
        }
        open = options.settleMs() == 0 ? readAtOnce(open, all) : readInTime(open, all);
        all.sort(Findings.ORDER);
        return new Settled(all, open.stream().map(Suspect::uid).toList(), waitedMs);
    }

    private List<Suspect> readAtOnce(List<Suspect> suspected, List<Difference> confirmed) {
        List<Suspect> open = suspected;
        for (int read = 0; read < options.maxReads() && !open.isEmpty(); read++) {
            open = readAgain(open, confirmed, 0);
        }
        return open;
    }

    private List<Suspect> readInTime(List<Suspect> suspected, List<Difference> confirmed) {
        List<Suspect> open = suspected;
        long settleMs = options.settleMs();
        long wait = settleMs;
        while (wait > 0 && !open.isEmpty()) {
            pause.forMillis(wait);
            waitedMs += wait;
            open = readAgain(open, confirmed, wait);
            boolean few = open.size() <= Replica.MAX_BATCH;
            wait = Math.min(
                    options.settlingMs() - waitedMs,
                    few ? (settleMs + READS_IN_SETTLE - 1) / READS_IN_SETTLE : settleMs);
        }
        return open;
    }

    private static Difference difference(Suspect row) {
        return new Difference.OfRow(row.uid(), row.mine().read(), row.theirs().read());
    }

    private static boolean isSteady(Suspect row) {
        return row.mine().isSteady() && row.theirs().isSteady();
    }

    /**
     * Adds what stood still and differs to the confirmed; gives what moved. What is alike now is dropped.
     *
     * @param waitedMs since the reading before
     */
    private List<Suspect> readAgain(List<Suspect> open, List<Difference> confirmed, long waitedMs) {
        List<Suspect> moved = new ArrayList<>();
        for (int from = 0; from < open.size(); from += Replica.MAX_BATCH) {
            progress.at("reading again", from, open.size());
            List<Suspect> batch = open.subList(from, Math.min(open.size(), from + Replica.MAX_BATCH));
            List<Uid> uids = batch.stream().map(Suspect::uid).toList();
            List<Sight> here = gauge.look(mine, rules, uids);
            List<Sight> there = gauge.look(theirs, rules, uids);
            for (int i = 0; i < batch.size(); i++) {
                Suspect before = batch.get(i);
                Suspect now = new Suspect(uids.get(i), here.get(i), there.get(i));
                checkIndex(mine, now.uid(), before.mine(), now.mine());
                checkIndex(theirs, now.uid(), before.theirs(), now.theirs());
                if (!isSteady(now)) {
                    moved.add(now);
                } else if (!gauge.alike(now.mine(), now.theirs())) {
                    boolean stood =
                            gauge.alike(before.mine(), now.mine()) && gauge.alike(before.theirs(), now.theirs());
                    long stoodMs = before.stoodMs() + waitedMs;
                    if (stood && stoodMs >= options.settleMs()) {
                        confirmed.add(difference(now));
                    } else {
                        moved.add(stood ? new Suspect(now.uid(), now.mine(), now.theirs(), stoodMs) : now);
                    }
                }
            }
        }
        return moved;
    }

    /** An index may be behind a row for a moment; where both stand still and say different things, it lies. */
    private static void checkIndex(Replica side, Uid uid, Sight before, Sight now) {
        if (!now.isSteady() && before.equals(now)) {
            throw new ReplicaException(
                    Kind.STORAGE,
                    side.address() + " is damaged: its index has row " + uid + " as " + now.listed()
                            + ", and what is stored of it is " + now.read()
                            + "; run twinroot scrub there, then repair");
        }
    }
}
