package io.twinroot.reconcile;

import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Decides again about the rows that changed. What both have seen is asked first: a row that comes between that and
 * the reading of the states is not taken for one that was deleted. A side that was set back since the meeting has
 * not seen what it said then.
 */
final class SecondLook {
    private final Proposal proposal;
    private final Sides sides;
    private final Tally tally;
    private final Progress progress;

    SecondLook(Proposal proposal, Sides sides, Tally tally, Progress progress) {
        this.proposal = proposal;
        this.sides = sides;
        this.tally = tally;
        this.progress = progress;
    }

    /**
     * Looks at the rows that are to be looked at again.
     *
     * @param before steps that were tried
     * @return what to do now; what would come to the same as before is given up
     */
    List<Plan.Step> after(List<Plan.Step> before) {
        tally.readLate();
        Replica mine = sides.mine().replica;
        Replica theirs = sides.theirs().replica;
        Meeting now = proposal.meeting().isOfStrangers()
                ? Meeting.STRANGERS
                : proposal.meeting().later(mine, theirs);
        List<Difference> differences = differences(mine, theirs);
        sides.check(proposal.meeting());
        Plan plan = new Planning(mine, theirs, proposal.ground(now), progress).plan(differences);
        Set<Plan.Step> tried = new HashSet<>(before);
        List<Plan.Step> next = new ArrayList<>();
        for (Plan.Step step : plan.steps()) {
            if (step instanceof Plan.Step.Leave left) {
                tally.leave(left);
                tally.looked(step.uid());
            } else if (tried.contains(step) && !tally.isUnanswered(step.uid())) {
                tally.giveUp(step);
                tally.looked(step.uid());
            } else {
                next.add(step);
            }
        }
        tally.forgetUnanswered();
        return next;
    }

    private List<Difference> differences(Replica mine, Replica theirs) {
        List<Uid> uids = tally.again();
        List<Difference> differences = new ArrayList<>();
        for (int from = 0; from < uids.size(); from += Replica.MAX_BATCH) {
            List<Uid> batch = uids.subList(from, Math.min(uids.size(), from + Replica.MAX_BATCH));
            List<RowState> here = mine.states(batch);
            List<RowState> there = theirs.states(batch);
            for (int i = 0; i < batch.size(); i++) {
                if (!Versions.sameContent(here.get(i), there.get(i))) {
                    differences.add(new Difference.OfRow(batch.get(i), here.get(i), there.get(i)));
                } else {
                    tally.looked(batch.get(i));
                }
            }
        }
        return differences;
    }
}
