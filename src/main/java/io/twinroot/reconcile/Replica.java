package io.twinroot.reconcile;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Entry;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.List;
import java.util.Optional;

/**
 * One copy of one table as the reconciler sees it: local, behind HTTP, or in a test.
 *
 * <p>Calls block; make them from virtual threads. Implementations may be used by many threads. Each call
 * throws {@link ReplicaException} when it cannot be answered.
 */
public interface Replica extends AutoCloseable {
    /** The most UIDs or changes in one call. */
    int MAX_BATCH = 10_000;

    /** Where this is, as a user writes it: an URL or {@code store:path?table=t}. */
    String address();

    TableInfo info();

    /** The table as it is now, where it can be read without a network; empty for one that is far away. */
    default Optional<Snapshot> snapshot() {
        return Optional.empty();
    }

    /**
     * Answers one message of a narrowing (docs/protocol.md). The bytes are opaque to all but
     * Narrowing and NarrowingHost.
     */
    byte[] narrow(byte[] message);

    /** The state of each UID, in the order of the list; at most {@value #MAX_BATCH}. */
    List<RowState> states(List<Uid> uids);

    /** The first entries in a range, in UID order; at most {@code limit}, 1 to {@value #MAX_BATCH}. */
    List<Entry> entries(UidRange range, int limit);

    /** The live rows of a range in UID order, as a stream. The caller closes it. */
    RowCursor rows(UidRange range);

    /**
     * The rows and tombstones of these UIDs, in the order of the list, those that are absent left out; at most
     * {@value #MAX_BATCH}. The caller closes it.
     */
    RowCursor fetch(List<Uid> uids);

    /** The bytes of a row's blob, while the row still has this content. */
    BlobSource blob(Uid uid, Body.Blob blob);

    /**
     * Applies changes and makes them durable. One change that cannot be applied does not stop the others.
     *
     * @param changes at most {@value #MAX_BATCH}
     * @return the outcome of each, in the same order
     * @throws ReplicaException of kind {@link ReplicaException.Kind#UNKNOWN_OUTCOME} when it cannot be told
     *     whether the changes were applied
     */
    List<Outcome> apply(List<Change> changes);

    @Override
    void close();
}
