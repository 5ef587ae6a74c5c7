package io.twinroot.service;

import io.twinroot.carry.CarryException;
import io.twinroot.carry.DurableFile;
import io.twinroot.carry.PlanFile;
import io.twinroot.carry.PlannedRepair;
import io.twinroot.carry.UndoWriter;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.service.HeldBatch.State;
import io.twinroot.wire.PlanLine;
import io.twinroot.wire.UndoLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * A held plan that a person approved: does exactly what it says, each change while both sides still have what the plan
 * saw, and writes the way back before. It may be stopped and approved again at any point. For one thread.
 */
final class ApprovedPlan {
    /** A person has looked at it; the peer's own guards are its own affair. */
    private static final Guards OPEN = new Guards(Long.MAX_VALUE, OptionalLong.of(Long.MAX_VALUE));

    private final HeldBatches held;
    private final HeldBatch batch;
    private final PlanFile plan;

    ApprovedPlan(HeldBatches held, HeldBatch batch, PlanFile plan) {
        this.held = held;
        this.batch = batch;
        this.plan = plan;
    }

    String id() {
        return batch.id();
    }

    Direction direction() {
        return plan.direction();
    }

    /**
     * Carries it out.
     *
     * @param here this node's side, beyond its guards
     * @throws io.twinroot.reconcile.GuardException when the peer's guards do not let it through
     * @throws ReplicaException when a side fails, or a file; what was done until then stays
     */
    RepairReport carryOut(Replica here, Replica there, Progress progress) {
        PlanFile.Part part = plan.parts().getFirst();
        try {
            writeUndo(part, here, there, progress);
            return PlannedRepair.apply(plan, part, here, there, OPEN, progress);
        } catch (CarryException | IOException e) {
            throw new ReplicaException(
                    Kind.STORAGE,
                    "the plan " + held.folder().plan(id()) + " cannot be gone on with: " + e.getMessage(),
                    e);
        }
    }

    /** One that is there already is of the first attempt, when all was as it was. */
    private void writeUndo(PlanFile.Part part, Replica here, Replica there, Progress progress) throws IOException {
        Path undo = held.folder().undo(id());
        if (Files.exists(undo)) {
            return;
        }
        PlannedRepair.check(part, here, there, OPEN);
        PlanLine.Head head = plan.head();
        Path file = held.folder().unfinished();
        try {
            UndoLine.Head first = new UndoLine.Head(head.a(), head.b(), head.made());
            try (UndoWriter writer = new UndoWriter(DurableFile.create(file, true), first)) {
                writer.table(plan, part, here, there, progress);
                writer.end();
            }
            held.folder().finish(file, undo);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** How to bring back what it changed, for people. */
    String wayBack() {
        return "twinroot undo " + held.folder().undo(id()).toAbsolutePath() + " --apply";
    }

    /** @param how for people: what came of it */
    void done(String how) {
        held.end(id(), State.DONE, how);
    }

    /** @param how for people: why not all of it was done */
    void failed(String how) {
        held.tried(id(), how);
    }
}
