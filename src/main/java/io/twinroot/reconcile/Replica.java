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
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One copy of one table as the reconciler sees it: local, behind HTTP, or in a test.
 *
 * <p>Calls block; make them from virtual threads. Implementations may be used by many threads. Each call
 * throws {@link ReplicaException} when it cannot be answered.
 */
public interface Replica extends AutoCloseable {
    /** The most UIDs or changes in one call. */
    int MAX_BATCH = 10_000;

    /** A page of {@link #recent} that is neither full nor the last stands for so many rows that were looked through. */
    int LOOK_MIN = 100_000;

    /** Where this is, as a user writes it: an URL or {@code store:path?table=t}. */
    String address();

    TableInfo info();

    /** The fields that each row has, where they are the same for all; empty where each row has its own. */
    default List<String> columns() {
        return List.of();
    }

    /**
     * Whether {@link #entries} and {@link #snapshot} say what is there now. Of a database they are of when it was read;
     * what is asked for by UID is of now.
     */
    default boolean isCurrent() {
        return true;
    }

    /** What reading the table took, where it had to be read; empty where it was not. */
    default Optional<Reading> reading() {
        return Optional.empty();
    }

    /** Does now what the first question would have to wait for, such as reading a table of a database. */
    default void prepare(Progress progress) {}

    /** What a person should know before rows are changed here. */
    default List<String> notes() {
        return List.of();
    }

    /** The statements by which a database would make these changes; empty where they are no statements. */
    default List<String> statements(List<Change> changes) {
        return List.of();
    }

    /** The statements before and after those of {@link #statements}. */
    default Frame frame() {
        return new Frame(List.of(), List.of());
    }

    /**
     * Statements around others.
     *
     * @param before in each session
     * @param afterInserts once, where rows were inserted
     */
    record Frame(List<String> before, List<String> afterInserts) {}

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

    /**
     * The first rows and deletes in a range whose stamps are not older than a time, in UID order; at most
     * {@code limit}, 1 to {@value #MAX_BATCH}. A page may have fewer where many rows had to be looked through for it.
     *
     * @param sinceMs milliseconds since 1970, at least 1
     * @throws ReplicaException of kind {@link ReplicaException.Kind#INCOMPATIBLE} where it cannot list them
     */
    default Recent recent(long sinceMs, UidRange range, int limit) {
        throw new ReplicaException(
                ReplicaException.Kind.INCOMPATIBLE,
                address() + " cannot list what was changed since a time; compare in another mode");
    }

    /** The live rows of a range in UID order, as a stream. The caller closes it. */
    RowCursor rows(UidRange range);

    /**
     * The rows and tombstones of these UIDs, in the order of the list, those that are absent left out; at most
     * {@value #MAX_BATCH}. The caller closes it.
     */
    RowCursor fetch(List<Uid> uids);

    /** The bytes of a row's blob, while the row still has this content. */
    BlobSource blob(Uid uid, Body.Blob blob);

    /** What it says of itself and of what it has seen. */
    default Knowledge knowledge() {
        return Knowledge.NONE;
    }

    /**
     * Hears what another replica of the table has seen, before anything is exchanged: whether this one was restored
     * from an older copy, say. It remembers how far the other is, so that marks of deletes can be cleaned up, and its
     * next stamps are larger than all that the other has seen.
     *
     * @throws ReplicaException of kind {@link ReplicaException.Kind#IDENTITY_CONFLICT} where two nodes pass for one:
     *     nothing may be exchanged then
     */
    default Met meet(Knowledge other) {
        return new Met(knowledge().damaged() ? Met.Standing.DAMAGED : Met.Standing.CURRENT, List.of(), knowledge());
    }

    /** The tombstones that a context does not cover, in UID order, as a stream. The caller closes it. */
    default RowCursor tombstones(Context known) {
        return RowCursor.of(List.of());
    }

    /**
     * Live rows of which a context does not cover the newest write, or one of those that merged parts may be of, in UID
     * order: at most so many, so that as many as
     * the limit may mean that there are more.
     *
     * @param limit 1 to {@value #MAX_BATCH}
     */
    default List<Uid> unseen(Context known, int limit) {
        return List.of();
    }

    /**
     * All that another replica had seen is here now: a whole walk ended, in which nothing was left out.
     *
     * @param context that the other had before the walk began
     * @param life the incarnation that this replica had then; null where it had none, and for a claim that no restore
     *     and no damage can have made untrue
     * @throws ReplicaException of kind {@link ReplicaException.Kind#BUSY} where it has another one by now: it was set
     *     back, or lost rows, after it had them
     */
    default void absorb(Context context, @Nullable Incarnation life) {}

    /**
     * Asks whether a repair may do what it is about to do. Checked against this replica's own rows and guards, before
     * the first change.
     *
     * @return a ticket for the batches of changes that follow
     * @throws GuardException where it goes beyond the guards; it is among the problems of the replica's node then, if
     *     it has one, to be approved
     */
    default String announce(Intent intent) {
        return "";
    }

    /**
     * Applies changes and makes them durable. One change that cannot be applied does not stop the others.
     *
     * @param changes at most {@value #MAX_BATCH}
     * @param sender from where they come
     * @return the outcome of each, in the same order
     * @throws ReplicaException of kind {@link ReplicaException.Kind#UNKNOWN_OUTCOME} when it cannot be told
     *     whether the changes were applied
     */
    List<Outcome> apply(List<Change> changes, Sender sender);

    /** Applies changes of a user. */
    default List<Outcome> apply(List<Change> changes) {
        return apply(changes, Sender.USER);
    }

    @Override
    void close();
}
