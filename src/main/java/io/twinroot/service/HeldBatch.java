package io.twinroot.service;

import io.twinroot.reconcile.Plan;
import io.twinroot.table.Digest;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.util.List;

/**
 * What a guard stopped, and that a person may approve.
 *
 * @param id {@code g1}, {@code g2} and so on; never given twice
 * @param why for people: what would be done, and which guard stopped it
 * @param digest of all that would be done: what is approved is this and nothing else
 * @param sinceMs when it came up, in milliseconds since 1970
 * @param seenMs when it came up last
 * @param endedMs since when it is in its state, where that is not OPEN; else 0
 * @param how for people: what became of it; empty for nothing yet
 */
record HeldBatch(
        String id,
        TableName table,
        What what,
        String why,
        Digest digest,
        long sinceMs,
        long seenMs,
        State state,
        long endedMs,
        String how) {

    /** What became of it. */
    enum State {
        OPEN,
        /** An intent: its sender may do it, for some time. */
        APPROVED,
        /** It was done, or is needed no more. */
        DONE,
        REJECTED
    }

    /** One of the two kinds. */
    sealed interface What {
        /**
         * A plan of a repair of this node, which is in a file.
         *
         * @param peer its name in the configuration
         * @param here what it would do to this node; {@code there} likewise
         */
        record OfPlan(String peer, Plan.Effect here, Plan.Effect there) implements What {}

        /**
         * What somebody else announced to do here.
         *
         * @param from in their words
         * @param deleted how many rows, of which {@code firstDeleted} are the first in the order of their UIDs;
         *     {@code changed} likewise
         * @param added how many come new
         */
        record OfIntent(
                String from, long deleted, long changed, long added, List<Uid> firstDeleted, List<Uid> firstChanged)
                implements What {
            /** Rows of each kind that are remembered one by one. */
            static final int FIRST = 100;

            public OfIntent {
                firstDeleted = List.copyOf(firstDeleted);
                firstChanged = List.copyOf(firstChanged);
            }
        }
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    boolean isPlan() {
        return what instanceof What.OfPlan;
    }

    /** Whether it is a plan for this table with this peer. */
    boolean isBetween(TableName aTable, String peer) {
        return table.equals(aTable)
                && what instanceof What.OfPlan plan
                && plan.peer().equals(peer);
    }

    /** Whether it is what somebody announced to do to this table. */
    boolean isAnnounced(TableName aTable, String from) {
        return table.equals(aTable)
                && what instanceof What.OfIntent intent
                && intent.from().equals(from);
    }

    /** It came up again. */
    HeldBatch again(What nowWhat, String nowWhy, long nowMs) {
        return new HeldBatch(id, table, nowWhat, nowWhy, digest, sinceMs, nowMs, state, endedMs, how);
    }

    HeldBatch now(State newState, long nowMs, String newHow) {
        return new HeldBatch(id, table, what, why, digest, sinceMs, seenMs, newState, nowMs, newHow);
    }
}
