package io.twinroot.service;

import static io.twinroot.service.StoreReplicas.guarded;

import io.twinroot.peer.Decided;
import io.twinroot.peer.Decision;
import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.ProblemSides;
import io.twinroot.peer.ProblemView;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.store.KeptQuery;
import io.twinroot.store.KeptRow;
import io.twinroot.store.Store;
import io.twinroot.store.StoreKept;
import io.twinroot.table.Outcome;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Rows that a store could not take yet, as problems; the newest {@link KeptQuery#LIMIT_MAX} of them. */
final class ParkedProblems implements ProblemControl {
    private final Store store;

    ParkedProblems(Store store) {
        this.store = store;
    }

    @Override
    public List<ProblemView> list(boolean all) {
        KeptQuery query = KeptQuery.of(Set.of(KeptRow.Kind.PARKED)).withEnded(all);
        return guarded(() ->
                store.kept().list(query).stream().map(ParkedProblems::view).toList());
    }

    private Optional<StoreKept.Whole> kept(String id) {
        return guarded(() -> store.kept().get(id)).filter(kept -> kept.what().kind() == KeptRow.Kind.PARKED);
    }

    @Override
    public Optional<ProblemView> get(String id) {
        return kept(id).map(kept -> view(kept.what()));
    }

    @Override
    public Optional<ProblemSides> sides(String id) {
        return kept(id).map(kept -> guarded(() -> new ProblemSides(store.kept().held(kept.what()), kept.data())));
    }

    @Override
    public Optional<ProblemView> accept(String id) {
        return decide(id, new Decision.Accept()).map(Decided::item);
    }

    @Override
    public Optional<Decided<ProblemView>> decide(String id, Decision decision) {
        Optional<KeptRow> open = kept(id).map(StoreKept.Whole::what).filter(row -> row.state() == KeptRow.State.OPEN);
        if (open.isEmpty()) {
            return Optional.empty();
        }
        Outcome outcome = switch (decision) {
            case Decision.Accept ignored ->
                guarded(() -> {
                    store.kept().giveUp(id);
                    return new Outcome.Same();
                });
            case Decision.Retry ignored -> retried(guarded(() -> store.kept().retry(id)));
            case Decision.Keep ignored -> throw unfit(open.get(), decision);
            case Decision.Put ignored -> throw unfit(open.get(), decision);
        };
        return get(id).or(() -> open.map(ParkedProblems::view)).map(now -> new Decided<>(now, outcome));
    }

    /** That the row is not needed any more is well too. */
    private static Outcome retried(Outcome outcome) {
        return outcome instanceof Outcome.Older || outcome instanceof Outcome.Lingering ? new Outcome.Same() : outcome;
    }

    private static ReplicaException unfit(KeptRow row, Decision decision) {
        return ProblemControl.unfit(view(row), decision, "retry or accept");
    }

    private static ProblemView view(KeptRow row) {
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
