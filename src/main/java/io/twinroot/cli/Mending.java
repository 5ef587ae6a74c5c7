package io.twinroot.cli;

import io.twinroot.reconcile.Mode;
import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.RepairReport;

/** What a repair did, or would do, to one pair of tables. */
sealed interface Mending {
    Finding finding();

    /** They were the same, or could not be told. */
    record Nothing(Finding.Compared finding) implements Mending {}

    /** @param wanted whether the direction allows to make the table where it is missing */
    record Absent(Finding.Missing finding, boolean wanted) implements Mending {}

    /** The copies can't be compared. */
    record Incomparable(Finding.Incomparable finding) implements Mending {}

    /** Not applied. */
    record Planned(Finding.Compared finding, Plan plan) implements Mending {}

    record Done(Finding.Compared finding, Plan plan, RepairReport report) implements Mending {}

    /** What a person must see: 0 only where the copies are the same and nothing odd was found about either. */
    default int exit() {
        return switch (this) {
            case Nothing nothing -> nothing.finding.exit();
            case Absent absent -> Exit.DIFFERENT;
            case Incomparable incomparable -> Exit.TROUBLE;
            case Planned planned -> Exit.DIFFERENT;
            case Done(var finding, var plan, RepairReport report) ->
                !report.refused().isEmpty()
                        ? Exit.TROUBLE
                        : report.same() && report.notes().isEmpty() && !leftBeyondDigests(this)
                                ? Exit.SAME
                                : Exit.DIFFERENT;
        };
    }

    /** Whether the copies are the same now, whatever was found about them. */
    default boolean isSame() {
        return this instanceof Done(var finding, var plan, RepairReport report)
                ? report.same() && report.refused().isEmpty() && !leftBeyondDigests(this)
                : exit() == Exit.SAME && !finding().isPartial();
    }

    /** Equal roots say nothing of fields that digests leave out, and of stamps. */
    private static boolean leftBeyondDigests(Mending mending) {
        return mending instanceof Done(Finding.Compared found, Plan plan, var report)
                && found.comparison().scope().mode() != Mode.TREE
                && plan.left() > 0;
    }

    default boolean changedSomething() {
        return this instanceof Done(var finding, var plan, RepairReport report)
                && report.mine().all() + report.theirs().all() > 0;
    }

    /** What it does, or would do, to A. */
    default Plan.Effect onA() {
        return switch (this) {
            case Nothing nothing -> new Plan.Effect(0, 0, 0);
            case Incomparable incomparable -> new Plan.Effect(0, 0, 0);
            case Absent absent ->
                new Plan.Effect(absent.finding.inA() && absent.wanted ? absent.finding.rows() : 0, 0, 0);
            case Planned planned -> planned.plan.onMine();
            case Done done -> done.report.mine();
        };
    }

    /** What it does, or would do, to B. */
    default Plan.Effect onB() {
        return switch (this) {
            case Nothing nothing -> new Plan.Effect(0, 0, 0);
            case Incomparable incomparable -> new Plan.Effect(0, 0, 0);
            case Absent absent ->
                new Plan.Effect(!absent.finding.inA() && absent.wanted ? absent.finding.rows() : 0, 0, 0);
            case Planned planned -> planned.plan.onTheirs();
            case Done done -> done.report.theirs();
        };
    }
}
