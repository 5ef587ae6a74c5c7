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

/** The losers of conflicts that a store keeps aside, as problems; the newest {@link KeptQuery#LIMIT_MAX} of them. */
final class ConflictProblems implements ProblemControl {
    private static final String FIT = "keep-mine, keep-theirs or put";

    private final Store store;

    ConflictProblems(Store store) {
        this.store = store;
    }

    @Override
    public List<ProblemView> list(boolean all) {
        KeptQuery query = KeptQuery.of(Set.of(KeptRow.Kind.CONFLICT)).withEnded(all);
        return guarded(() ->
                store.kept().list(query).stream().map(ConflictProblems::view).toList());
    }

    private Optional<StoreKept.Whole> kept(String id) {
        return guarded(() -> store.kept().get(id)).filter(kept -> kept.what().kind() == KeptRow.Kind.CONFLICT);
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
            case Decision.Keep(boolean mine, var seen) -> {
                StoreKept.Choice choice = mine ? new StoreKept.Choice.Mine() : new StoreKept.Choice.Theirs();
                yield guarded(() -> store.kept().resolve(id, choice, seen));
            }
            case Decision.Put(var body, var seen) ->
                guarded(() -> store.kept().resolve(id, new StoreKept.Choice.Other(body, null), seen));
            case Decision.Accept ignored -> throw unfit(open.get(), decision);
            case Decision.Retry ignored -> throw unfit(open.get(), decision);
        };
        return get(id).or(() -> open.map(ConflictProblems::view)).map(now -> new Decided<>(now, outcome));
    }

    private static ReplicaException unfit(KeptRow row, Decision decision) {
        return ProblemControl.unfit(view(row), decision, FIT);
    }

    private static ProblemView view(KeptRow row) {
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
