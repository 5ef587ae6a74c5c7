package io.twinroot.reconcile;

import io.twinroot.table.Entry;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans that make one copy what the other is, where a person says which is right: for copies that know no versions of
 * rows. What the right one lacks is deleted in the other; the guards of a repair hold for that as for every delete.
 */
public final class OneWay {
    private static final RowState ABSENT = new RowState.Absent();

    private OneWay() {}

    /**
     * Plans.
     *
     * @param wrong the replica that is changed: mine where mine is wrong
     * @param mineIsRight whether the other one is changed
     */
    public static Plan plan(List<Difference> differences, Replica wrong, boolean mineIsRight) {
        List<Plan.Step> steps = new ArrayList<>();
        for (Difference difference : differences) {
            switch (difference) {
                case Difference.OfRow(Uid uid, RowState mine, RowState theirs) -> {
                    RowState right = mineIsRight ? mine : theirs;
                    if (right instanceof RowState.Live) {
                        steps.add(
                                mineIsRight
                                        ? new Plan.Step.Give(uid, mine, theirs)
                                        : new Plan.Step.Take(uid, mine, theirs));
                    } else {
                        steps.add(drop(uid, mineIsRight ? theirs : mine, mineIsRight));
                    }
                }
                case Difference.OnlyMine(UidRange range, long count) -> {
                    if (mineIsRight) {
                        steps.add(new Plan.Step.GiveRange(range, count));
                    } else {
                        dropAll(wrong, range, count, mineIsRight, steps);
                    }
                }
                case Difference.OnlyTheirs(UidRange range, long count) -> {
                    if (mineIsRight) {
                        dropAll(wrong, range, count, mineIsRight, steps);
                    } else {
                        steps.add(new Plan.Step.TakeRange(range, count));
                    }
                }
            }
        }
        return new Plan(mineIsRight ? Direction.PUSH : Direction.PULL, steps);
    }

    /** As many rows of a range as were counted, each on its own. */
    private static void dropAll(Replica wrong, UidRange range, long count, boolean mineIsRight, List<Plan.Step> steps) {
        UidRange rest = range;
        long open = count;
        while (open > 0) {
            List<Entry> page = wrong.entries(rest, (int) Math.min(open, Replica.MAX_BATCH));
            if (page.isEmpty()) {
                return;
            }
            for (Entry entry : page) {
                steps.add(drop(entry.uid(), new RowState.Live(entry.stamp(), entry.digest()), mineIsRight));
            }
            open -= page.size();
            rest = rest.after(page.getLast().uid());
        }
    }

    private static Plan.Step drop(Uid uid, RowState row, boolean mineIsRight) {
        return mineIsRight ? new Plan.Step.DropTheirs(uid, ABSENT, row) : new Plan.Step.DropMine(uid, row, ABSENT);
    }

    /** The part of a plan that deletes, or the rest of it. */
    public static Plan part(Plan plan, boolean deletes) {
        return new Plan(
                plan.direction(),
                plan.steps().stream()
                        .filter(step ->
                                deletes == (step instanceof Plan.Step.DropMine || step instanceof Plan.Step.DropTheirs))
                        .toList());
    }
}
