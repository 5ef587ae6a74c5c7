package io.twinroot.sim;

import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.Met;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.reconcile.Sender;
import io.twinroot.reconcile.Snapshot;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Entry;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/**
 * A node's table as one session sees it: between two calls other things happen, and calls over the network get lost
 * before they arrive or on their way back, or arrive twice.
 */
final class Link implements Replica {
    private final Port port;
    private final boolean near;
    private final Random random;
    private final int faults;
    private final Node other;
    private final int process;

    /**
     * @param near whether the session runs in this node's own process, which no call can miss
     * @param faults how many of a hundred calls go wrong
     * @param other the other node of the session
     */
    Link(Port port, boolean near, Random random, int faults, Node other) {
        this.port = port;
        this.near = near;
        this.random = random;
        this.faults = faults;
        this.other = other;
        this.process = port.node.processes;
    }

    /** The session's own process is no more. */
    static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private <T> T call(Supplier<T> work, boolean writes) {
        Node node = port.node;
        node.world.between(random);
        if ((near && node.processes != process) || node.left) {
            throw new Died();
        }
        if (!near && node.world.isCut(node, other)) {
            throw new ReplicaException(Kind.UNREACHABLE, node.name + " can't be reached");
        }
        if (near || random.nextInt(100) >= faults) {
            return work.get();
        }
        int fault = random.nextInt(4);
        if (fault == 0) {
            throw new ReplicaException(Kind.UNREACHABLE, node.name + " was not reached");
        }
        T answer = fault == 1 ? null : work.get(); // before the answer, or with it, the connection broke
        if (fault < 3) {
            throw new ReplicaException(
                    writes ? Kind.UNKNOWN_OUTCOME : Kind.UNREACHABLE,
                    node.name + (answer == null ? " broke off" : " did not answer"));
        }
        node.world.between(random);
        return work.get(); // it was sent again
    }

    @Override
    public String address() {
        return port.address();
    }

    @Override
    public TableInfo info() {
        return call(port::info, false);
    }

    @Override
    public Optional<Snapshot> snapshot() {
        return near ? call(port::snapshot, false) : Optional.empty();
    }

    @Override
    public byte[] narrow(byte[] message) {
        return call(() -> port.narrow(message), false);
    }

    @Override
    public List<RowState> states(List<Uid> uids) {
        return call(() -> port.states(uids), false);
    }

    @Override
    public List<Entry> entries(UidRange range, int limit) {
        return call(() -> port.entries(range, limit), false);
    }

    @Override
    public RowCursor rows(UidRange range) {
        return call(() -> port.rows(range), false);
    }

    @Override
    public RowCursor fetch(List<Uid> uids) {
        return call(() -> port.fetch(uids), false);
    }

    @Override
    public BlobSource blob(Uid uid, Body.Blob blob) {
        return port.blob(uid, blob);
    }

    @Override
    public Knowledge knowledge() {
        return call(port::knowledge, false);
    }

    @Override
    public Met meet(Knowledge knowledge) {
        return call(() -> port.meet(knowledge), false);
    }

    @Override
    public RowCursor tombstones(Context known) {
        return call(() -> port.tombstones(known), false);
    }

    @Override
    public List<Uid> unseen(Context known, int limit) {
        return call(() -> port.unseen(known, limit), false);
    }

    @Override
    public void absorb(Context context, Incarnation life) {
        call(
                () -> {
                    boolean late = port.node.world.has(Mutant.CONTEXT_AFTER_WALK);
                    port.absorb(late ? other.knowledge().context() : context, life);
                    return 0;
                },
                false);
    }

    @Override
    public String announce(Intent intent) {
        return call(() -> port.announce(intent), false);
    }

    @Override
    public List<Outcome> apply(List<Change> changes, Sender sender) {
        return call(() -> port.apply(changes, sender), true);
    }

    @Override
    public void close() {}
}
