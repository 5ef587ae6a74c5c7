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
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Rows of one kind that a store keeps aside, as problems; the newest {@link KeptQuery#LIMIT_MAX} of them. */
abstract class KeptProblems implements ProblemControl {
    private final Store store;
    private final KeptRow.Kind kind;

    KeptProblems(Store store, KeptRow.Kind kind) {
        this.store = store;
        this.kind = kind;
    }

    /** How a row is shown. */
    abstract ProblemView view(KeptRow row);

    /**
     * Does what was decided of an open row.
     *
     * @throws ReplicaException where that is nothing for rows of this kind
     */
    abstract Outcome decided(KeptRow row, Decision decision);

    /** The rows that are kept. */
    final StoreKept kept() {
        return store.kept();
    }

    @Override
    public final List<ProblemView> list(boolean all) {
        KeptQuery query = KeptQuery.of(Set.of(kind)).withEnded(all);
        return guarded(() -> kept().list(query).stream().map(this::view).toList());
    }

    private Optional<StoreKept.Whole> kept(String id) {
        return guarded(() -> kept().get(id)).filter(kept -> kept.what().kind() == kind);
    }

    @Override
    public final Optional<ProblemView> get(String id) {
        return kept(id).map(kept -> view(kept.what()));
    }

    @Override
    public final Optional<ProblemSides> sides(String id) {
        return kept(id).map(kept -> guarded(() -> new ProblemSides(kept().held(kept.what()), kept.data())));
    }

    @Override
    public final Optional<ProblemView> accept(String id) {
        return decide(id, new Decision.Accept()).map(Decided::item);
    }

    @Override
    public final Optional<Decided<ProblemView>> decide(String id, Decision decision) {
        Optional<KeptRow> open = kept(id).map(StoreKept.Whole::what).filter(row -> row.state() == KeptRow.State.OPEN);
        if (open.isEmpty()) {
            return Optional.empty();
        }
        Outcome outcome = decided(open.get(), decision);
        return get(id).or(() -> open.map(this::view)).map(now -> new Decided<>(now, outcome));
    }
}
