package io.twinroot.reconcile;

import io.twinroot.table.TableName;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A place whose changes can be read in the order in which they came there: a node, a store.
 *
 * <p>A cursor is a text that only the place that gave it understands; it names a position in that place's log
 * and the life of the log, so that a cursor from before a restore is refused and never misread. Whoever reads
 * on from each page's {@link ChangePage#next} gets every change at least once; applying one twice changes
 * nothing, since rows keep their stamps.
 */
public interface ChangeFeed {
    /** The most rows of one page. */
    int PAGE_MAX = 10_000;

    /** Stands for the end of the log as it is now: the answer has no items, and the cursor of the end. */
    String END = "end";

    /**
     * What to read.
     *
     * @param since a cursor, {@link #END}, or null for everything: all rows and tombstones there are, by table
     *     and UID, and then on with the log
     * @param tables the tables wanted; empty for all
     * @param reader who reads on from this cursor, by the identity of its store, so that the log is kept for
     *     it; null for one that does not come back
     * @param limit the most rows, 1 to {@value #PAGE_MAX}; tables are named beside them
     * @param waitMs how long to wait for the first item where there is none yet; 0 to 20,000
     * @param contexts whether {@link ChangePage#contexts} are wanted
     */
    record Query(
            @Nullable String since,
            Set<TableName> tables,
            @Nullable String reader,
            int limit,
            long waitMs,
            boolean contexts) {
        public Query {
            tables = Set.copyOf(tables);
            if (limit < 1 || limit > PAGE_MAX || waitMs < 0 || waitMs > 20_000) {
                throw new IllegalArgumentException("a page has a limit of 1 to " + PAGE_MAX
                        + " items and waits 0 to 20000 ms, not " + limit + " and " + waitMs);
            }
        }

        /** Without contexts. */
        public Query(@Nullable String since, Set<TableName> tables, @Nullable String reader, int limit, long waitMs) {
            this(since, tables, reader, limit, waitMs, false);
        }
    }

    /**
     * The next page. Blocks while it waits; an interrupt ends that, with an empty page or an exception.
     *
     * @throws ReplicaException of kind {@link ReplicaException.Kind#UNKNOWN_TABLE} when one of those wanted is
     *     not there
     * @throws ReplicaException of kind {@link ReplicaException.Kind#CURSOR_GONE} when the log no longer has, or
     *     never had, what follows the cursor: compare the tables instead and start again from {@link #END}
     */
    ChangePage changes(Query query);

    /**
     * A cursor from which every change since a moment is read, perhaps with some from before.
     *
     * @param sinceMs milliseconds since 1970
     * @throws ReplicaException of kind {@link ReplicaException.Kind#CURSOR_GONE} when the log does not reach
     *     back so far
     */
    String cursorAt(long sinceMs);
}
