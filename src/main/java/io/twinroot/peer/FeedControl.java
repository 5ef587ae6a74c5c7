package io.twinroot.peer;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.TableName;
import java.util.List;

/** Shows and switches what a node follows live at its peers. Implemented by the node; used by many threads. */
public interface FeedControl {
    /** Each table with each peer that it is pulled from, ordered by peer and table. */
    List<FeedView> feeds();

    /**
     * Switches the feed of a table; it lasts over restarts. A table that is switched on is also repaired, so
     * that what was missed comes.
     *
     * @throws ReplicaException of kind UNKNOWN_TABLE, BAD_REQUEST for a peer that nothing is pulled from or
     *     that does not have the table, or STORAGE when the switch could not be kept
     */
    FeedView turn(String peer, TableName table, boolean on);
}
