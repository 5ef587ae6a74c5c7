package io.twinroot.service;

import static io.twinroot.service.StoreReplicas.guarded;

import io.twinroot.peer.Decision;
import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.ProblemView;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.store.KeptRow;
import io.twinroot.store.Store;
import io.twinroot.table.Outcome;
import java.time.Instant;

/** Rows that a store could not take yet, as problems. */
final class ParkedProblems extends KeptProblems {
    ParkedProblems(Store store) {
        super(store, KeptRow.Kind.PARKED);
    }

    @Override
    Outcome decided(KeptRow row, Decision decision) {
        return switch (decision) {
            case Decision.Accept ignored ->
                guarded(() -> {
                    kept().giveUp(row.id());
                    return new Outcome.Same();
                });
            case Decision.Retry ignored -> retried(guarded(() -> kept().retry(row.id())));
            case Decision.Keep ignored -> throw unfit(row, decision);
            case Decision.Put ignored -> throw unfit(row, decision);
            case Decision.Approve ignored -> throw unfit(row, decision);
            case Decision.Reject ignored -> throw unfit(row, decision);
            case Decision.Trust ignored -> throw unfit(row, decision);
        };
    }

    /** That the row is not needed any more is well too. */
    private static Outcome retried(Outcome outcome) {
        return outcome instanceof Outcome.Older || outcome instanceof Outcome.Lingering ? new Outcome.Same() : outcome;
    }

    private ReplicaException unfit(KeptRow row, Decision decision) {
        return ProblemControl.unfit(view(row), decision, "retry or accept");
    }

    @Override
    ProblemView view(KeptRow row) {
        boolean open = row.state() == KeptRow.State.OPEN;
        return new ProblemView(
                row.id(),
                ProblemView.Kind.PARKED,
                row.table(),
                row.uid(),
                Instant.ofEpochMilli(row.keptMs()),
                switch (row.state()) {
                    case OPEN -> ProblemView.State.OPEN;
                    case GIVEN_UP -> ProblemView.State.ACCEPTED;
                    case APPLIED, RESOLVED, RESTORED -> ProblemView.State.RESOLVED;
                },
                "row " + row.uid() + " of table " + row.table() + ", the write of " + row.stamp()
                        + ", could not be taken: " + row.why() + (open ? "" : "; " + row.how()),
                open
                        ? "it is tried again by itself, and now with twinroot problems URL --retry " + row.id()
                                + "; or give it up with --accept " + row.id()
                        : "");
    }
}
