package io.twinroot.carry;

import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Repair;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * Does what a part of a plan in a file says, and nothing else: deletes first, each change while both sides still have
 * what the plan saw. It may be stopped and run again at any point. For one thread and one use.
 */
public final class PlannedRepair {
    private static final Guards OPEN = new Guards(Long.MAX_VALUE, OptionalLong.of(Long.MAX_VALUE));

    private static final Plan.Effect NOTHING = new Plan.Effect(0, 0, 0);

    private final PlanFile file;
    private final PlanFile.Part part;
    private final Replica mine;
    private final Replica theirs;
    private final Progress progress;
    private final List<Uid> meanwhile = new ArrayList<>();
    private final List<RepairReport.Refusal> refused = new ArrayList<>();
    private final List<Uid> conflicts = new ArrayList<>();
    private final List<Uid> dropped = new ArrayList<>();
    private Plan.Effect onMine = NOTHING;
    private Plan.Effect onTheirs = NOTHING;
    private boolean same;
    private long done;

    private PlannedRepair(PlanFile file, PlanFile.Part part, Replica mine, Replica theirs, Progress progress) {
        this.file = file;
        this.part = part;
        this.mine = mine;
        this.theirs = theirs;
        this.progress = progress;
    }

    /**
     * Applies a part of a plan.
     *
     * @param mine A
     * @param theirs B
     * @throws GuardException before the first change, when the plan goes beyond the guards
     * @throws ReplicaException when a side fails, or its table has other rules than the plan's; what was applied
     *     until then stays
     */
    public static RepairReport apply(
            PlanFile file, PlanFile.Part part, Replica mine, Replica theirs, Guards guards, Progress progress)
            throws IOException {
        check(part, mine, theirs, guards);
        return new PlannedRepair(file, part, mine, theirs, progress).apply();
    }

    /**
     * Whether a part of a plan may be applied: so that this is known before an undo file is written.
     *
     * @throws GuardException when it goes beyond the guards
     * @throws ReplicaException of kind INCOMPATIBLE when a side's table has other rules than the plan's
     */
    public static void check(PlanFile.Part part, Replica mine, Replica theirs, Guards guards) {
        check(part.table().rules(), mine.info());
        check(part.table().rules(), theirs.info());
        Repair.check(part.onA(), NOTHING, mine, guards);
        Repair.check(part.onB(), NOTHING, theirs, guards);
    }

    private static void check(TableRules planned, TableInfo now) {
        if (!now.rules().equals(planned)) {
            throw new ReplicaException(
                    ReplicaException.Kind.INCOMPATIBLE,
                    "table " + now.name() + " has other rules than when the plan was made; make a new plan");
        }
    }

    private RepairReport apply() throws IOException {
        Announcement here = new Announcement();
        Announcement there = new Announcement();
        String from = "a plan of " + file.head().made() + " between " + mine.address() + " and " + theirs.address();
        file.steps(part, steps -> {
            Plan plan = new Plan(file.direction(), steps);
            here.add(Intent.onMine(from, plan));
            there.add(Intent.onTheirs(from, plan));
        });
        try (Replica a = new AnnouncedReplica(mine, mine.announce(here.intent(from)));
                Replica b = new AnnouncedReplica(theirs, theirs.announce(there.intent(from)))) {
            run(a, b, PlannedRepair::deletes);
            run(a, b, step -> !deletes(step));
        }
        return new RepairReport(onMine, onTheirs, meanwhile, refused, conflicts, dropped, List.of(), false, same);
    }

    private static boolean deletes(Plan.Step step) {
        return switch (step) {
            case Plan.Step.DeleteMine delete -> true;
            case Plan.Step.DeleteTheirs delete -> true;
            case Plan.Step.DropMine drop -> true;
            case Plan.Step.DropTheirs drop -> true;
            case Plan.Step.Take take -> false;
            case Plan.Step.Give give -> false;
            case Plan.Step.Merge merge -> false;
            case Plan.Step.Settle settle -> false;
            case Plan.Step.TakeRange range -> false;
            case Plan.Step.GiveRange range -> false;
            case Plan.Step.Leave leave -> false;
        };
    }

    /** What all pieces of the plan do to one side: they are announced as one, so that guards see the whole. */
    private static final class Announcement {
        private final List<Uid> changed = new ArrayList<>();
        private final List<Uid> deleted = new ArrayList<>();
        private long added;

        void add(Intent piece) {
            changed.addAll(piece.changed());
            deleted.addAll(piece.deleted());
            added += piece.added();
        }

        Intent intent(String from) {
            return new Intent(from, changed, deleted, added, List.of());
        }
    }

    private void run(Replica a, Replica b, Predicate<Plan.Step> wanted) throws IOException {
        file.steps(part, piece -> {
            List<Plan.Step> steps = piece.stream().filter(wanted).toList();
            RepairReport report = Repair.apply(new Plan(file.direction(), steps), a, b, OPEN, Progress.NONE);
            onMine = onMine.plus(report.mine());
            onTheirs = onTheirs.plus(report.theirs());
            meanwhile.addAll(report.meanwhile());
            refused.addAll(report.refused());
            conflicts.addAll(report.conflicts());
            dropped.addAll(report.dropped());
            same = report.same();
            done += steps.size();
            progress.at("repairing", done, part.steps());
        });
    }
}
