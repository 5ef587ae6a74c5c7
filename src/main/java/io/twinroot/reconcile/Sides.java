package io.twinroot.reconcile;

import io.twinroot.table.TableRules;

/** The two sides of a repair. */
record Sides(Side mine, Side theirs) {
    static Sides of(Proposal proposal, Replica mine, Replica theirs) {
        Meeting meeting = proposal.meeting();
        Decision.Ground ground = proposal.ground(meeting);
        TableRules rules = mine.info().rules();
        return new Sides(
                new Side(mine, meeting.mine(), meeting.myContext(), ground.mayChangeMine(), rules),
                new Side(theirs, meeting.theirs(), meeting.theirContext(), ground.mayChangeTheirs(), rules));
    }

    Side other(Side side) {
        return side == mine ? theirs : mine;
    }

    /** Neither has all of the other. */
    void lackSome() {
        mine.lacksSome();
        theirs.lacksSome();
    }

    /**
     * Tells both what a plan is about to do to them, when it is within the guards of the repair.
     *
     * @throws GuardException when it goes beyond these, or beyond a side's own
     */
    void announce(Plan plan, Terms terms) {
        terms.guards().check(plan.onMine(), mine.effect(), mine.replica);
        terms.guards().check(plan.onTheirs(), theirs.effect(), theirs.replica);
        theirs.announce(Intent.onTheirs(terms.from(), plan));
        mine.announce(Intent.onMine(terms.from(), plan));
    }

    /** @throws ReplicaException of kind {@link ReplicaException.Kind#BUSY} where one was started anew since they met */
    void check(Meeting meeting) {
        meeting.check(mine.replica, theirs.replica);
    }
}
