package io.twinroot.service;

import static io.twinroot.service.StoreReplicas.guarded;

import io.twinroot.peer.Decision;
import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.ProblemView;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.store.KeptRow;
import io.twinroot.store.Store;
import io.twinroot.store.StoreKept;
import io.twinroot.table.Outcome;
import java.time.Instant;

/** The losers of conflicts, as problems. */
final class ConflictProblems extends KeptProblems {
    ConflictProblems(Store store) {
        super(store, KeptRow.Kind.CONFLICT);
    }

    @Override
    Outcome decided(KeptRow row, Decision decision) {
        return switch (decision) {
            case Decision.Keep(boolean mine, var seen) -> {
                StoreKept.Choice choice = mine ? new StoreKept.Choice.Mine() : new StoreKept.Choice.Theirs();
                yield guarded(() -> kept().resolve(row.id(), choice, seen));
            }
            case Decision.Put(var body, var seen) ->
                guarded(() -> kept().resolve(row.id(), new StoreKept.Choice.Other(body, null), seen));
            case Decision.Accept ignored -> throw unfit(row, decision);
            case Decision.Retry ignored -> throw unfit(row, decision);
            case Decision.Approve ignored -> throw unfit(row, decision);
            case Decision.Reject ignored -> throw unfit(row, decision);
            case Decision.Trust ignored -> throw unfit(row, decision);
        };
    }

    private ReplicaException unfit(KeptRow row, Decision decision) {
        return ProblemControl.unfit(view(row), decision, "keep-mine, keep-theirs or put");
    }

    @Override
    ProblemView view(KeptRow row) {
        boolean open = row.state() == KeptRow.State.OPEN;
        return new ProblemView(
                row.id(),
                ProblemView.Kind.CONFLICT,
                row.table(),
                row.uid(),
                Instant.ofEpochMilli(row.keptMs()),
                open ? ProblemView.State.OPEN : ProblemView.State.RESOLVED,
                "row " + row.uid() + " of table " + row.table() + " was changed on two sides: the write of "
                        + row.stamp() + " lost and is kept aside (" + row.why() + ")"
                        + (open ? "" : "; " + row.how()),
                open
                        ? "look at both sides with twinroot problems URL --show " + row.id()
                                + ", then take one with --id " + row.id()
                                + " --keep mine (what the table has) or --keep theirs (what was kept aside), or put"
                                + " another with --put FILE"
                        : "");
    }
}
