package io.twinroot.reconcile;

import io.twinroot.tree.TreeFormat;
import io.twinroot.wire.Message;
import io.twinroot.wire.MessageCodec;
import io.twinroot.wire.MessageException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Does what a {@link Plan} says: each change is guarded by the state that the plan saw on both sides. Deletes go first;
 * a side that was set back takes before it gives. A row that changed meanwhile is looked at again, and decided anew.
 * When nothing was left out, each side takes over what the other had seen when they met: only then, for what a side
 * claims to have seen counts as deleted where it is missing.
 *
 * <p>It may be stopped and run again at any point: what was done already is then found to be the same.
 */
public final class Repair {
    private final Proposal proposal;
    private final Sides sides;
    private final Side mine;
    private final Side theirs;
    private final Tally tally;
    private final Tombstones tombstones;
    private final Rounds rounds;
    private final Unseen unseen;

    private Repair(Proposal proposal, Replica mine, Replica theirs, Progress progress) {
        this.proposal = proposal;
        this.sides = Sides.of(proposal, mine, theirs);
        this.mine = sides.mine();
        this.theirs = sides.theirs();
        Plan plan = proposal.plan();
        this.tally = new Tally(sides, plan.onMine().all() + plan.onTheirs().all(), progress);
        this.tombstones = new Tombstones(proposal.meeting(), sides, tally);
        this.rounds = new Rounds(proposal.terms(), sides, tally, new SecondLook(proposal, sides, tally, progress));
        this.unseen = new Unseen(proposal, sides, tally);
        proposal.meeting().notes().forEach(tally::note);
    }

    /**
     * Meets, compares, plans and repairs.
     *
     * @throws GuardException before the first change, when the plan goes beyond the guards of either side
     * @throws ReplicaException when a side fails; what was applied until then stays
     */
    public static RepairReport run(
            Replica mine,
            Replica theirs,
            Terms terms,
            Verify.Options options,
            LongSupplier random,
            Progress progress,
            Pause pause) {
        return apply(Proposal.make(mine, theirs, terms, options, random, progress, pause), mine, theirs, progress);
    }

    /**
     * Applies a plan, and nothing else: what changed meanwhile is left. Nothing is concluded for the contexts.
     *
     * @throws GuardException before the first change, when the plan goes beyond the guards
     * @throws ReplicaException when a side fails; what was applied until then stays
     */
    public static RepairReport apply(Plan plan, Replica mine, Replica theirs, Guards guards, Progress progress) {
        Terms exact = Terms.of(plan.direction(), guards, mine.address()).exactly();
        return apply(new Proposal(Meeting.STRANGERS, exact, plan, Proposal.Found.SOME, false), mine, theirs, progress);
    }

    /**
     * Carries out what was proposed.
     *
     * @throws GuardException before the first change, when the plan goes beyond the guards of either side
     * @throws ReplicaException when a side fails; what was applied until then stays
     */
    public static RepairReport apply(Proposal proposal, Replica mine, Replica theirs, Progress progress) {
        return new Repair(proposal, mine, theirs, progress).apply();
    }

    /**
     * Whether a plan may be done to a side. What was done already counts too: a plan in two parts is one plan.
     *
     * @throws GuardException when it goes beyond the guards
     */
    public static void check(Plan.Effect effect, Plan.Effect before, Replica side, Guards guards) {
        guards.check(effect, before, side);
    }

    private RepairReport apply() {
        List<Plan.Step> steps = proposal.plan().steps();
        if (isNothingToDo(steps)) {
            return report(true);
        }
        sides.announce(proposal.plan(), proposal.terms());
        leave(steps);
        if (mine.isBehind() != theirs.isBehind()) {
            takeFirst(mine.isBehind() ? mine : theirs, steps);
        } else {
            tombstones.bring(mine, steps);
            tombstones.bring(theirs, steps);
            rounds.run(steps);
        }
        bringLateDeletes();
        unseen.bring(mine);
        unseen.bring(theirs);
        boolean same = rootsAreEqual();
        conclude(same);
        return report(same);
    }

    /** They were equal, and each knows all that the other has seen: no delete is to be told either. */
    private boolean isNothingToDo(List<Plan.Step> steps) {
        return steps.isEmpty()
                && proposal.found() == Proposal.Found.ALL
                && !mine.context.isEmpty()
                && mine.context.equals(theirs.context);
    }

    private void leave(List<Plan.Step> steps) {
        for (Plan.Step step : steps) {
            if (step instanceof Plan.Step.Leave left) {
                tally.leave(left);
            }
        }
    }

    /** A side that was set back takes all that it lacks before it gives, and gives nothing where that failed. */
    private void takeFirst(Side behind, List<Plan.Step> steps) {
        Side ahead = sides.other(behind);
        List<Plan.Step> takes = new ArrayList<>();
        List<Plan.Step> rest = new ArrayList<>();
        steps.forEach(step -> (rounds.changesOnly(step, behind) ? takes : rest).add(step));
        tombstones.bring(behind, takes);
        rest.addAll(rounds.runOnly(behind, takes));
        if (tally.hasGivenUp()) {
            ahead.lacksSome();
            tally.note(behind.replica.address()
                    + " gave nothing, because it could not take all that it lacks; repair again");
            return;
        }
        tombstones.bring(ahead, rest);
        rounds.run(rest);
    }

    /**
     * A row that was to be brought may have been deleted before it was read. Then the mark of that delete is brought
     * instead: who has neither can't say to have seen the row.
     */
    private void bringLateDeletes() {
        if (!tally.isLate() || proposal.meeting().isOfStrangers()) {
            return;
        }
        tombstones.bring(mine, List.of());
        tombstones.bring(theirs, List.of());
        tally.giveUpRest();
    }

    private boolean found(boolean same) {
        return switch (proposal.found()) {
            case ALL -> true;
            case ALL_IF_SAME -> same;
            case SOME -> false;
        };
    }

    private void conclude(boolean same) {
        if (found(same) && proposal.meeting().holds(mine.replica, theirs.replica)) {
            mine.absorb(theirs.context);
            theirs.absorb(mine.context);
        }
    }

    private RepairReport report(boolean same) {
        boolean complete =
                (!mine.mayChange || mine.isComplete()) && (!theirs.mayChange || theirs.isComplete()) && found(same);
        return tally.report(complete, same);
    }

    /** Asks one side whether it has the other's root; a narrowing that ends with its first answer. */
    private boolean rootsAreEqual() {
        byte[] open = MessageCodec.encode(
                new Message.Open(
                        TreeFormat.FORMAT,
                        Narrowing.SHORT,
                        0,
                        mine.replica.info().root()),
                Narrowing.SHORT);
        try {
            return MessageCodec.decode(theirs.replica.narrow(open), Narrowing.SHORT) instanceof Message.Same;
        } catch (MessageException e) {
            throw new ReplicaException(
                    ReplicaException.Kind.BAD_ANSWER, theirs.replica.address() + ": " + e.getMessage(), e);
        }
    }
}
