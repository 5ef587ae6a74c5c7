package io.twinroot.reconcile;

import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What became of the rows of a repair: which are to be looked at again, and which were left, and why. Who leaves a row
 * also says here which side then has not all that the other had.
 */
final class Tally {
    private final Sides sides;
    private final Progress progress;
    private final long total;
    private long done;
    private final Set<Uid> again = new LinkedHashSet<>();
    private final Set<Uid> unanswered = new HashSet<>();
    private final List<Uid> meanwhile = new ArrayList<>();
    private final List<RepairReport.Refusal> refused = new ArrayList<>();
    private final List<Uid> conflicts = new ArrayList<>();
    private final List<Uid> dropped = new ArrayList<>();
    private final Set<String> notes = new LinkedHashSet<>();
    private boolean late;

    /** @param total rows that the plan is about */
    Tally(Sides sides, long total, Progress progress) {
        this.sides = sides;
        this.total = total;
        this.progress = progress;
    }

    /** So many more rows are done. */
    void done(int rows) {
        done += rows;
        progress.at("repairing", done, Math.max(done, total));
    }

    void conflict(Uid uid) {
        conflicts.add(uid);
    }

    void dropped(Uid uid) {
        dropped.add(uid);
    }

    void note(String note) {
        notes.add(note);
    }

    /** Rows were read that the plan did not see: some may have been deleted before they were read. */
    void readLate() {
        late = true;
    }

    /** Whether rows were {@linkplain #readLate read late}. */
    boolean isLate() {
        return late;
    }

    // --- rows that are to be looked at again ---

    void again(Uid uid) {
        again.add(uid);
    }

    /** Whether no row is to be looked at again. */
    boolean isSettled() {
        return again.isEmpty();
    }

    /** Rows that are to be looked at again, in the order in which that was found. */
    List<Uid> again() {
        return List.copyOf(again);
    }

    /** A row that was to be looked at again is decided, or needs nothing. */
    void looked(Uid uid) {
        again.remove(uid);
    }

    /** All that was to be looked at again is decided. */
    void allLooked() {
        again.clear();
    }

    /** It is not known what became of these changes: their rows are to be looked at again. */
    void unanswered(List<? extends Change> changes) {
        changes.forEach(change -> {
            again.add(change.uid());
            unanswered.add(change.uid());
        });
    }

    /** Whether a row's change has had no answer since {@link #forgetUnanswered}. */
    boolean isUnanswered(Uid uid) {
        return unanswered.contains(uid);
    }

    void forgetUnanswered() {
        unanswered.clear();
    }

    // --- rows that are left ---

    /** Counts a change that a side did not apply. */
    void notApplied(Outcome outcome, Uid uid, Side side) {
        switch (outcome) {
            case Outcome.Applied ignored -> {}
            case Outcome.Same ignored -> {}
            case Outcome.Older ignored -> again(uid);
            case Outcome.ChangedMeanwhile ignored -> again(uid);
            case Outcome.Lingering ignored -> again(uid);
            case Outcome.Parked(String why) -> refuse(uid, side, why, true);
            case Outcome.Refused(String why) -> refuse(uid, side, why, false);
        }
    }

    /** Neither side then has seen all of the other: the row that was refused, and that in whose place it was to come. */
    private void refuse(Uid uid, Side side, String why, boolean parked) {
        refused.add(new RepairReport.Refusal(uid, side.replica.address(), why, parked));
        sides.lackSome();
    }

    /** Leaves rows that changed for the next repair, and looks at none again. */
    void giveUp(Collection<Uid> uids) {
        meanwhile.addAll(uids);
        if (!uids.isEmpty()) {
            sides.lackSome();
        }
        allLooked();
    }

    /** Leaves rows whose changes go beyond a guard. */
    void giveUp(Collection<Uid> uids, GuardException why) {
        notes.add(why.getMessage());
        giveUp(uids);
    }

    /** Leaves what was to be looked at again for the next repair. */
    void giveUpRest() {
        giveUp(again());
    }

    /** Leaves what a step is about for the next repair. */
    void giveUp(Plan.Step step) {
        meanwhile.add(step.uid());
        sides.lackSome();
    }

    /** Whether rows were left for the next repair. */
    boolean hasGivenUp() {
        return !meanwhile.isEmpty();
    }

    /**
     * What is left as it is has not been seen by the side that does not take it: also where that side has a newer
     * write, for in the other one's row parts of several writes may be merged, of which its stamp is only the newest.
     */
    void leave(Plan.Step.Leave step) {
        switch (step.difference()) {
            case Difference.OfRow(var uid, RowState here, RowState there) -> {
                if (!(there instanceof RowState.Absent)) {
                    sides.mine().lacksSome();
                }
                if (!(here instanceof RowState.Absent)) {
                    sides.theirs().lacksSome();
                }
            }
            case Difference.OnlyMine range -> sides.theirs().lacksSome();
            case Difference.OnlyTheirs range -> sides.mine().lacksSome();
        }
    }

    /**
     * Reports.
     *
     * @param complete whether each side that was to be changed has taken all that the other had
     * @param same whether the two roots are equal
     */
    RepairReport report(boolean complete, boolean same) {
        return new RepairReport(
                sides.mine().effect(),
                sides.theirs().effect(),
                meanwhile,
                refused,
                conflicts,
                dropped,
                List.copyOf(notes),
                complete && refused.isEmpty(),
                same);
    }
}
