package io.twinroot.peer;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.TableName;
import java.time.Instant;
import java.util.List;

/** The feed of one table from the peer "b", with a switch. Thread-safe. */
final class ScriptedFeeds implements FeedControl {
    private static final TableName TABLE = new TableName("shop/orders");

    private boolean on = true;

    private FeedView view() {
        return new FeedView(
                "b", TABLE, on, 12, 0, Instant.parse("2026-01-01T00:00:00Z"), on ? Long.valueOf(0) : null, null, null);
    }

    @Override
    public synchronized List<FeedView> feeds() {
        return List.of(view());
    }

    @Override
    public synchronized FeedView turn(String peer, TableName table, boolean turned) {
        if (!peer.equals("b")) {
            throw new ReplicaException(ReplicaException.Kind.BAD_REQUEST, "there is no feed of a peer '" + peer + "'");
        }
        if (!table.equals(TABLE)) {
            throw new ReplicaException(ReplicaException.Kind.UNKNOWN_TABLE, "there is no table " + table);
        }
        on = turned;
        return view();
    }
}
