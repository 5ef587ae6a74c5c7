package io.twinroot.service;

import static io.twinroot.service.StoreReplicas.guarded;

import io.twinroot.peer.Decided;
import io.twinroot.peer.TrashJson;
import io.twinroot.peer.TrashView;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.store.Store;
import io.twinroot.table.Outcome;
import io.twinroot.table.TableName;
import io.twinroot.tree.Salt;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The trash of a store that no node has open; in the JSON of docs/protocol.md. */
public final class StoreTrash implements AutoCloseable {
    private final Store store;
    private final Trash trash;

    private StoreTrash(Store store) {
        this.store = store;
        this.trash = new Trash(store);
    }

    /** @throws ReplicaException where it is not there, or cannot be opened */
    public static StoreTrash open(Path directory) {
        return guarded(() -> new StoreTrash(
                Store.open(directory, StoreReplicas.options(Salt.PUBLISHED).create(false))));
    }

    /** A page, as {@code GET /v1/trash} gives it. */
    public byte[] list(@Nullable TableName table, String after, int limit) {
        List<TrashView> page = trash.list(table, after, limit);
        return TrashJson.encode(page, page.size() < limit);
    }

    /** One row, as {@code GET /v1/trash/{id}} gives it. Empty: there is none. */
    public Optional<byte[]> get(String id) {
        return trash.trashed(id).map(TrashJson::encode);
    }

    /**
     * Puts one back, and gives what it is then. Empty: there is none.
     *
     * @throws ReplicaException where the write was not taken
     */
    public Optional<byte[]> restore(String id) {
        Optional<Decided<TrashView>> decided = trash.restore(id, Optional.empty());
        decided.map(Decided::outcome).ifPresent(StoreTrash::check);
        return decided.map(Decided::item).map(TrashJson::encode);
    }

    private static void check(Outcome outcome) {
        if (!(outcome instanceof Outcome.Applied) && !(outcome instanceof Outcome.Same)) {
            throw new ReplicaException(ReplicaException.Kind.BAD_REQUEST, "the row was not put back: " + outcome);
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
