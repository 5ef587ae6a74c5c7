package io.twinroot.service;

import io.twinroot.carry.CarryException;
import io.twinroot.carry.PlanFile;
import io.twinroot.peer.Decided;
import io.twinroot.peer.Decision;
import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.ProblemSteps;
import io.twinroot.peer.ProblemView;
import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.service.HeldBatch.State;
import io.twinroot.service.HeldBatch.What;
import io.twinroot.table.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What the guards of a node stopped, as problems. */
final class HeldProblems implements ProblemControl {
    private final HeldBatches held;
    private final HeldPlans plans;
    private final RepairBoard repairs;
    private final Supplier<String> url;

    /** @param url where this node is reached by its owner */
    HeldProblems(HeldBatches held, HeldPlans plans, RepairBoard repairs, Supplier<String> url) {
        this.held = held;
        this.plans = plans;
        this.repairs = repairs;
        this.url = url;
    }

    /** The command that approves a batch. */
    static String approve(String id, String url) {
        return "twinroot approve " + id + " " + url;
    }

    /** The command that drops a batch. */
    static String reject(String id, String url) {
        return "twinroot problems " + url + " --reject " + id;
    }

    static String advice(String id, String url) {
        return "look at it with twinroot problems " + url + " --show " + id + ", then go on with " + approve(id, url)
                + ", or drop it with " + reject(id, url);
    }

    @Override
    public List<ProblemView> list(boolean all) {
        return held.list(all).stream().map(this::view).toList();
    }

    @Override
    public Optional<ProblemView> get(String id) {
        return held.get(id).map(this::view);
    }

    @Override
    public Optional<ProblemSteps> steps(String id) {
        return held.get(id).filter(HeldBatch::isOpen).map(batch -> switch (batch.what()) {
            case What.OfPlan plan -> steps(plans.read(batch));
            case What.OfIntent intent -> HeldSteps.of(intent);
        });
    }

    private static ProblemSteps steps(PlanFile plan) {
        try {
            return HeldSteps.of(plan);
        } catch (CarryException | IOException e) {
            throw new ReplicaException(Kind.STORAGE, "a held plan cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<ProblemView> accept(String id) {
        return decide(id, new Decision.Accept()).map(Decided::item);
    }

    @Override
    public Optional<Decided<ProblemView>> decide(String id, Decision decision) {
        Optional<HeldBatch> open = held.get(id).filter(HeldBatch::isOpen);
        if (open.isEmpty()) {
            return Optional.empty();
        }
        HeldBatch batch = open.get();
        switch (decision) {
            case Decision.Approve ignored -> approve(batch);
            case Decision.Reject ignored -> reject(batch);
            case Decision.Accept ignored -> throw unfit(batch, decision);
            case Decision.Keep ignored -> throw unfit(batch, decision);
            case Decision.Put ignored -> throw unfit(batch, decision);
            case Decision.Retry ignored -> throw unfit(batch, decision);
            case Decision.Trust ignored -> throw unfit(batch, decision);
        }
        return get(id).or(() -> Optional.of(view(batch))).map(now -> new Decided<>(now, new Outcome.Same()));
    }

    private ReplicaException unfit(HeldBatch batch, Decision decision) {
        return ProblemControl.unfit(view(batch), decision, "approve or reject");
    }

    private void approve(HeldBatch batch) {
        switch (batch.what()) {
            case What.OfPlan plan -> repairs.carryOut(plan.peer(), batch.table(), plans.approved(batch));
            case What.OfIntent intent -> held.end(batch.id(), State.APPROVED, "it was approved");
        }
    }

    private void reject(HeldBatch batch) {
        if (repairs.isCarriedOut(batch.id())) {
            throw new ReplicaException(Kind.BUSY, batch.id() + " is being carried out; stop that repair first");
        }
        held.end(batch.id(), State.REJECTED, "it was rejected");
    }

    private ProblemView view(HeldBatch batch) {
        boolean open = batch.isOpen();
        return new ProblemView(
                batch.id(),
                ProblemView.Kind.GUARD,
                batch.table(),
                null,
                Instant.ofEpochMilli(batch.sinceMs()),
                switch (batch.state()) {
                    case OPEN -> ProblemView.State.OPEN;
                    case APPROVED, DONE -> ProblemView.State.RESOLVED;
                    case REJECTED -> ProblemView.State.ACCEPTED;
                },
                batch.why() + "; " + numbers(batch) + seen(batch) + (batch.how().isEmpty() ? "" : "; " + batch.how())
                        + letThrough(batch),
                open ? advice(batch.id(), url.get()) : "");
    }

    private static String numbers(HeldBatch batch) {
        return switch (batch.what()) {
            case What.OfPlan(String peer, Plan.Effect here, Plan.Effect there) ->
                "in all, here " + text(here) + ", at " + peer + " " + text(there);
            case What.OfIntent intent ->
                "in all, " + text(new Plan.Effect(intent.added(), intent.changed(), intent.deleted()));
        };
    }

    private static String text(Plan.Effect effect) {
        return effect.added() + " new, " + effect.changed() + " replaced, " + effect.deleted() + " deleted";
    }

    private static String letThrough(HeldBatch batch) {
        Instant until = Instant.ofEpochMilli(batch.endedMs()).plus(HeldBatches.APPROVED);
        return batch.state() == State.APPROVED
                ? ", and is let through until " + until + ", when its sender tries it again"
                : "";
    }

    private static String seen(HeldBatch batch) {
        Duration between = Duration.ofMillis(batch.seenMs() - batch.sinceMs());
        return between.isZero() ? "" : "; it came up again at " + Instant.ofEpochMilli(batch.seenMs());
    }
}
