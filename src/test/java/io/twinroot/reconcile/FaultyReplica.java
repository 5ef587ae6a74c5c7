package io.twinroot.reconcile;

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
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A replica that breaks off by chance, before or after it did what it was asked, and may apply half of a batch. */
final class FaultyReplica implements Replica {
    private final Replica replica;
    private final Random random;
    private final int oneIn;

    /** Rows that are to be refused, with why; null for none. */
    Function<Uid, Outcome> poison = uid -> null;

    /** Asked with each announcement; null for the replica's own answer. */
    Function<Intent, String> guard = intent -> null;

    /** The tickets with which batches came. */
    final Set<String> tickets = new HashSet<>();

    /** Called with each batch before it is applied. */
    Runnable beforeApply = () -> {};

    /** @param oneIn how rarely it fails; 0 for never */
    FaultyReplica(Replica replica, Random random, int oneIn) {
        this.replica = replica;
        this.random = random;
        this.oneIn = oneIn;
    }

    private void mayFail(String what) {
        if (oneIn > 0 && random.nextInt(oneIn) == 0) {
            throw new ReplicaException(ReplicaException.Kind.UNREACHABLE, what + " broke off");
        }
    }

    @Override
    public String address() {
        return replica.address();
    }

    @Override
    public TableInfo info() {
        return replica.info();
    }

    @Override
    public byte[] narrow(byte[] message) {
        mayFail("narrow");
        return replica.narrow(message);
    }

    @Override
    public List<RowState> states(List<Uid> uids) {
        mayFail("states");
        return replica.states(uids);
    }

    @Override
    public List<Entry> entries(UidRange range, int limit) {
        mayFail("entries");
        return replica.entries(range, limit);
    }

    @Override
    public Recent recent(long sinceMs, UidRange range, int limit) {
        mayFail("recent");
        return replica.recent(sinceMs, range, limit);
    }

    @Override
    public RowCursor rows(UidRange range) {
        mayFail("rows");
        return replica.rows(range);
    }

    @Override
    public RowCursor fetch(List<Uid> uids) {
        mayFail("fetch");
        return replica.fetch(uids);
    }

    @Override
    public BlobSource blob(Uid uid, Body.Blob blob) {
        return replica.blob(uid, blob);
    }

    @Override
    public Knowledge knowledge() {
        return replica.knowledge();
    }

    @Override
    public Met meet(Knowledge other) {
        Met met = replica.meet(other);
        mayFail("meet");
        return met;
    }

    @Override
    public RowCursor tombstones(Context known) {
        mayFail("tombstones");
        return replica.tombstones(known);
    }

    @Override
    public List<Uid> unseen(Context known, int limit) {
        mayFail("unseen");
        return replica.unseen(known, limit);
    }

    @Override
    public void absorb(Context context, @Nullable Incarnation life) {
        mayFail("absorb");
        replica.absorb(context, life);
        mayFail("absorb");
    }

    @Override
    public String announce(Intent intent) {
        mayFail("announce");
        String ticket = guard.apply(intent);
        return ticket == null ? replica.announce(intent) : ticket;
    }

    @Override
    public List<Outcome> apply(List<Change> changes, Sender sender) {
        beforeApply.run();
        tickets.add(sender.ticket());
        mayFail("apply");
        if (oneIn > 0 && random.nextInt(oneIn) == 0) {
            int part = random.nextInt(changes.size() + 1);
            replica.apply(changes.subList(0, part), sender);
            throw new ReplicaException(ReplicaException.Kind.UNKNOWN_OUTCOME, "no answer after " + part + " changes");
        }
        List<Change> good = changes.stream()
                .filter(change -> poison.apply(change.uid()) == null)
                .toList();
        var outcomes = replica.apply(good, sender).iterator();
        return changes.stream()
                .map(change -> {
                    Outcome refusal = poison.apply(change.uid());
                    return refusal == null ? outcomes.next() : refusal;
                })
                .toList();
    }

    @Override
    public void close() {
        replica.close();
    }
}
