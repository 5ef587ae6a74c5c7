package io.twinroot.service;

import io.twinroot.carry.CarryException;
import io.twinroot.carry.DurableFile;
import io.twinroot.carry.PlanFile;
import io.twinroot.carry.PlanWriter;
import io.twinroot.peer.RepairRequest;
import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Proposal;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.service.HeldBatch.What;
import io.twinroot.wire.PlanLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The plans of this node's repairs that guards stopped. May be used by many threads. */
final class HeldPlans {
    private static final Logger LOG = LoggerFactory.getLogger(HeldPlans.class);

    private final HeldBatches held;
    private final Supplier<String> url;
    private final InstantSource clock;

    /** @param url where this node is reached by its owner */
    HeldPlans(HeldBatches held, Supplier<String> url, InstantSource clock) {
        this.held = held;
        this.url = url;
        this.clock = clock;
    }

    /**
     * A plan, and the two sides that it is for.
     *
     * @param peerUrl where the peer is
     */
    record Stopped(
            RepairRequest request,
            String peerUrl,
            Proposal proposal,
            Comparison compared,
            Replica here,
            Replica there) {}

    /**
     * Writes a plan and holds it. It is on the disk when this returns.
     *
     * @param why which guard stopped it
     * @return what is held, and how to go on, for people
     * @throws ReplicaException when it could not be written, or a side no longer gives its rows
     */
    String hold(Stopped stopped, String why, Progress progress) {
        RepairRequest request = stopped.request();
        Path file = held.folder().unfinished();
        try {
            write(file, stopped, progress);
            PlanFile plan = PlanFile.read(file);
            PlanFile.Part part = plan.parts().getFirst();
            What.OfPlan what = new What.OfPlan(request.peer(), part.onA(), part.onB());
            String id = held.holdPlan(request.table(), what, why, plan.content(), file)
                    .id();
            return "its plan is held as " + id + ": " + HeldProblems.advice(id, url.get());
        } catch (CarryException | IOException e) {
            throw new ReplicaException(Kind.STORAGE, "writing " + file + " failed: " + e.getMessage(), e);
        } finally {
            delete(file);
        }
    }

    private void write(Path file, Stopped stopped, Progress progress) throws IOException {
        Proposal proposal = stopped.proposal();
        PlanLine.Head head = new PlanLine.Head(
                url.get(),
                stopped.peerUrl(),
                PlanLine.Way.valueOf(proposal.terms().direction().name()),
                proposal.terms().policy(),
                clock.instant());
        try (PlanWriter writer = new PlanWriter(DurableFile.create(file, true), head)) {
            writer.table(
                    stopped.compared().mine(),
                    stopped.compared().theirs(),
                    proposal.plan(),
                    stopped.here(),
                    stopped.there(),
                    progress);
            writer.end();
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new ReplicaException(Kind.STORAGE, file + " could not be deleted: " + e.getMessage(), e);
        }
    }

    /**
     * Reads the plan of a held batch, from end to end.
     *
     * @throws ReplicaException of kind STORAGE when it is not what was held; it names the file
     */
    PlanFile read(HeldBatch batch) {
        Path file = held.folder().plan(batch.id());
        try {
            PlanFile plan = PlanFile.read(file);
            if (plan.parts().size() != 1 || !plan.content().equals(batch.digest())) {
                throw unusable(batch, file + " is not the plan that was held", null);
            }
            return plan;
        } catch (CarryException | IOException e) {
            throw unusable(batch, file + ": " + e.getMessage(), e);
        }
    }

    private ReplicaException unusable(HeldBatch batch, String what, @Nullable Exception cause) {
        String message = what + ". Nothing was changed; drop it with " + HeldProblems.reject(batch.id(), url.get())
                + ", and the next repair makes a new plan";
        return cause == null
                ? new ReplicaException(Kind.STORAGE, message)
                : new ReplicaException(Kind.STORAGE, message, cause);
    }

    /**
     * Makes a plan ready to be carried out.
     *
     * @throws ReplicaException of kind STORAGE when it is not what was held
     */
    ApprovedPlan approved(HeldBatch batch) {
        return new ApprovedPlan(held, batch, read(batch));
    }

    /** A repair left nothing to be done for a table with a peer. */
    void notNeeded(RepairRequest request) {
        try {
            held.notNeeded(request.table(), request.peer());
        } catch (ReplicaException e) { // it is found again by the next repair
            LOG.warn("{}", e.getMessage());
        }
    }
}
