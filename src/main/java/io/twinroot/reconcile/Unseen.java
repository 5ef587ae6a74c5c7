package io.twinroot.reconcile;

import io.twinroot.reconcile.Agenda.Move;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings what one side has and the other has not seen, whatever a reader sees of it: a row that looks the same on
 * both sides and was written twice, and one that was deleted and put again since they met. Without these the other
 * could not say that it has seen all.
 */
final class Unseen {
    private final Proposal proposal;
    private final Sides sides;
    private final Tally tally;

    Unseen(Proposal proposal, Sides sides, Tally tally) {
        this.proposal = proposal;
        this.sides = sides;
        this.tally = tally;
    }

    /** Brings it to one side, when that has taken all else. */
    void bring(Side to) {
        Terms terms = proposal.terms();
        if (!to.mayChange
                || !to.isComplete()
                || proposal.found() == Proposal.Found.SOME
                || terms.rounds() == 0
                || proposal.meeting().isOfStrangers()) {
            return;
        }
        Side from = sides.other(to);
        List<Uid> uids = from.replica.unseen(to.replica.knowledge().context(), Replica.MAX_BATCH);
        if (uids.isEmpty() || uids.size() == Replica.MAX_BATCH) { // many: two copies that were made apart
            return;
        }
        List<RowState> there = from.replica.states(uids);
        List<RowState> here = to.replica.states(uids);
        sides.check(proposal.meeting());
        List<Move> moves = new ArrayList<>();
        List<Uid> replaced = new ArrayList<>();
        for (int i = 0; i < uids.size(); i++) {
            boolean replaces = here.get(i) instanceof RowState.Live && !Versions.sameContent(here.get(i), there.get(i));
            if (replaces && terms.policy() != ConflictPolicy.NEWEST) {
                tally.again(uids.get(i)); // who wins is decided after the next comparison
            } else if (there.get(i) instanceof RowState.Live) {
                moves.add(new Move(uids.get(i), there.get(i), here.get(i)));
                if (replaces) {
                    replaced.add(uids.get(i));
                }
            }
        }
        long added =
                here.stream().filter(state -> !(state instanceof RowState.Live)).count();
        try {
            to.announce(new Intent(terms.from(), replaced, List.of(), added, List.of()));
        } catch (GuardException e) {
            tally.giveUp(uids, e);
            return;
        }
        new Bringing(from, to, tally).moveIfNewer(moves);
        tally.giveUpRest();
    }
}
