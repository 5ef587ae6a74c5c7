package io.twinroot.peer;

import io.twinroot.reconcile.ReplicaException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Starts, shows and stops the repairs of a node. Implemented by the node; used by many threads. Nothing here
 * waits for a repair.
 */
public interface RepairControl {
    /**
     * Starts a repair and returns at once.
     *
     * @throws ReplicaException of kind BAD_REQUEST for a peer that is not configured, UNKNOWN_TABLE, or BUSY
     *     while the table is being repaired
     */
    RepairView start(RepairRequest request);

    /** The repairs that run and those that were, the newest first; as many as the node remembers. */
    List<RepairView> list();

    Optional<RepairView> get(String id);

    /** Asks a repair to stop; it ends as STOPPED soon. One that is over stays as it is. Empty: there is none. */
    Optional<RepairView> stop(String id);

    /**
     * Tells {@code listener} how a repair stands: now, when it gets on, and last when it is over. It is told by
     * one thread at a time and must not block.
     *
     * @return ends the telling when closed; empty when there is no such repair
     */
    Optional<Following> follow(String id, Consumer<RepairView> listener);

    /** How each table stands with each peer. */
    List<LinkView> links();

    /** A listener's hold on a repair. */
    interface Following extends AutoCloseable {
        @Override
        void close();
    }
}
