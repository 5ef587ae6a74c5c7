package io.twinroot.service;

import static io.twinroot.service.StoreReplicas.guarded;

import io.twinroot.peer.Decided;
import io.twinroot.peer.TrashControl;
import io.twinroot.peer.TrashView;
import io.twinroot.store.KeptQuery;
import io.twinroot.store.KeptRow;
import io.twinroot.store.Store;
import io.twinroot.store.StoreKept;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowData;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The trash of a store. May be used by many threads. */
final class Trash implements TrashControl {
    private final Store store;

    Trash(Store store) {
        this.store = store;
    }

    @Override
    public List<TrashView> list(@Nullable TableName table, String after, int limit) {
        KeptQuery query = KeptQuery.of(StoreKept.trash()).page(number(after), limit);
        KeptQuery some = table == null ? query : query.of(table);
        return guarded(() ->
                store.kept().list(some).stream().map(row -> view(row, null)).toList());
    }

    private static long number(String id) {
        return id.matches("k[0-9]{1,18}") ? Long.parseLong(id.substring(1)) : 0;
    }

    /** What is open is among the problems, and not here. */
    private Optional<StoreKept.Whole> kept(String id) {
        return guarded(() -> store.kept().get(id))
                .filter(kept -> kept.what().kind().isTrash() || kept.what().state() != KeptRow.State.OPEN);
    }

    @Override
    public Optional<TrashView> trashed(String id) {
        return kept(id).map(kept -> view(kept.what(), kept.data()));
    }

    @Override
    public Optional<Decided<TrashView>> restore(String id, Optional<Stamp> seen) {
        Optional<TrashView> before = trashed(id);
        if (before.isEmpty()) {
            return Optional.empty();
        }
        Outcome outcome = guarded(() -> store.kept().restore(id, seen));
        return trashed(id).or(() -> before).map(now -> new Decided<>(now, outcome));
    }

    private static TrashView view(KeptRow row, @Nullable RowData data) {
        return new TrashView(
                row.id(),
                switch (row.kind()) {
                    case DELETED -> TrashView.Kind.DELETED;
                    case OVERWRITTEN -> TrashView.Kind.OVERWRITTEN;
                    case DROPPED -> TrashView.Kind.DROPPED;
                    case CONFLICT, PARKED -> TrashView.Kind.DECIDED;
                },
                row.table(),
                row.uid(),
                row.stamp(),
                Instant.ofEpochMilli(row.keptMs()),
                row.why(),
                row.state() == KeptRow.State.RESTORED,
                data);
    }
}
