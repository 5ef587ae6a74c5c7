package io.twinroot.reconcile;

import io.twinroot.table.Change;
import io.twinroot.table.Merging;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.Versions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The way of changes from one side of a repair to the other: sends them, and counts what becomes of them. */
final class Delivery {
    private final Side from;
    private final Side to;
    private final Tally tally;

    Delivery(Side from, Side to, Tally tally) {
        this.from = from;
        this.to = to;
        this.tally = tally;
    }

    /** The other way. */
    Delivery back() {
        return new Delivery(to, from, tally);
    }

    /**
     * Applies changes.
     *
     * @return their outcomes; none where they are not known, and the rows are to be looked at again
     */
    List<Outcome> send(List<? extends Change> changes) {
        List<Outcome> outcomes = to.apply(changes, from.context);
        if (outcomes.isEmpty()) {
            tally.unanswered(changes);
        }
        return outcomes;
    }

    /** Applies one change. One of unknown outcome counts as done: its row is looked at again. */
    Outcome send(Change change) {
        List<Outcome> outcomes = send(List.of(change));
        return outcomes.isEmpty() ? new Outcome.Same() : outcomes.getFirst();
    }

    /**
     * Brings rows and tombstones, and counts what becomes of them.
     *
     * @param mayBeOlder whether it does not matter that something newer is there already
     */
    void bring(List<Change.Replicate> changes, boolean mayBeOlder) {
        List<Outcome> outcomes = send(changes);
        if (outcomes.isEmpty()) {
            return;
        }
        Map<Uid, RowState> merged = new HashMap<>();
        for (int i = 0; i < changes.size(); i++) {
            Change.Replicate change = changes.get(i);
            Row row = change.data().row();
            Outcome outcome = outcomes.get(i);
            if (outcome instanceof Outcome.Applied) {
                count(change);
                if (change.expected() instanceof RowState.Live && row instanceof Row.Live) {
                    merged.put(row.uid(), Merging.state(row, to.rules));
                }
            } else if (!(outcome instanceof Outcome.Same)) {
                boolean noMatter = (mayBeOlder || row instanceof Row.Tombstone) && outcome instanceof Outcome.Older;
                if (!noMatter) {
                    tally.notApplied(outcome, row.uid(), to);
                }
            }
        }
        lookAtMerged(merged);
        tally.done(changes.size());
    }

    /** Parts that only the one side had go back to the other. */
    private void lookAtMerged(Map<Uid, RowState> rows) {
        if (rows.isEmpty()) {
            return;
        }
        List<Uid> uids = List.copyOf(rows.keySet());
        List<RowState> now = to.replica.states(uids);
        for (int i = 0; i < uids.size(); i++) {
            RowState sent = rows.get(uids.get(i));
            if (sent != null && !Versions.sameContent(sent, now.get(i))) {
                tally.again(uids.get(i));
            }
        }
    }

    private void count(Change.Replicate change) {
        Row row = change.data().row();
        if (!(change.expected() instanceof RowState.Live(Stamp before, var digest))) {
            if (row instanceof Row.Live) {
                to.countAdded();
            }
            return;
        }
        if (row instanceof Row.Tombstone) {
            to.countDeleted();
        } else if (Versions.sameContent(change.expected(), Merging.state(row, to.rules))) {
            return; // only its stamp is another one
        } else {
            to.countChanged();
        }
        if (!row.past().saw(row.stamp(), before)
                && !from.context.covers(before)
                && !row.stamp().equals(before)
                && !isOfFlagsOnly(row)) {
            tally.conflict(row.uid());
        }
    }

    /** Whether the side had seen the body already, so that only flags come: these merge. */
    private boolean isOfFlagsOnly(Row row) {
        return row instanceof Row.Live live && !live.marks().isEmpty() && to.context.covers(live.bodyStamp());
    }
}
