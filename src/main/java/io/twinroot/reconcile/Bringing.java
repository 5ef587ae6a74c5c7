package io.twinroot.reconcile;

import io.twinroot.reconcile.Agenda.Move;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The single kinds of work of a repair, by which one side gets what the other has. */
final class Bringing {
    private final Side from;
    private final Side to;
    private final Delivery delivery;
    private final Tally tally;

    Bringing(Side from, Side to, Tally tally) {
        this.from = from;
        this.to = to;
        this.delivery = new Delivery(from, to, tally);
        this.tally = tally;
    }

    /** Takes away what lingers at the side that gets. */
    void drop(List<Agenda.Drop> drops) {
        for (int at = 0; at < drops.size(); at += Batch.ROWS_MAX) {
            List<Change> changes = new ArrayList<>();
            drops.subList(at, Math.min(drops.size(), at + Batch.ROWS_MAX))
                    .forEach(drop -> changes.add(new Change.Drop(drop.uid(), drop.row())));
            List<Outcome> outcomes = delivery.send(changes);
            for (int i = 0; i < outcomes.size(); i++) {
                Uid uid = changes.get(i).uid();
                if (outcomes.get(i) instanceof Outcome.Applied) {
                    to.countDeleted();
                    tally.dropped(uid);
                } else {
                    tally.notApplied(outcomes.get(i), uid, to);
                }
            }
            tally.done(changes.size());
        }
    }

    /**
     * Writes the giving side's state anew where it wins by the table's policy though it is older, and brings it to the
     * other.
     */
    void win(List<Agenda.Victory> victories) {
        List<Move> moves = new ArrayList<>();
        for (Agenda.Victory victory : victories) {
            switch (victory.own()) {
                case RowState.Live live -> {
                    Change put = anew(victory.uid(), live);
                    Outcome outcome = put == null
                            ? new Outcome.ChangedMeanwhile(victory.own())
                            : delivery.back().send(put);
                    if (outcome instanceof Outcome.Applied(Stamp stamp)) {
                        moves.add(new Move(victory.uid(), new RowState.Live(stamp, live.digest()), victory.other()));
                    } else {
                        tally.notApplied(outcome, victory.uid(), from);
                    }
                }
                case RowState.Deleted deleted -> {
                    Outcome outcome = delivery.send(new Change.Delete(victory.uid(), victory.other()));
                    if (outcome instanceof Outcome.Applied) {
                        to.countDeleted();
                        tally.conflict(victory.uid());
                        tally.done(1);
                    } else {
                        tally.notApplied(outcome, victory.uid(), to);
                    }
                }
                case RowState.Absent() -> throw new IllegalStateException("nothing wins over " + victory.other());
            }
        }
        move(moves);
    }

    private @Nullable Change anew(Uid uid, RowState.Live state) {
        try (RowCursor rows = from.replica.fetch(List.of(uid))) {
            if (rows.hasNext()) {
                RowData data = rows.next();
                if (data.row() instanceof Row.Live live && live.stamp().equals(state.stamp())) {
                    return new Change.Put(uid, live.body(), data.blob(), state);
                }
            }
        }
        return null;
    }

    /** Brings single rows, and the marks of deletes that kill rows, as the plan saw them. */
    void move(List<Move> moves) {
        move(moves, new Batch(delivery, false));
    }

    /** Brings single rows; that something newer is there already does not matter. */
    void moveIfNewer(List<Move> moves) {
        move(moves, new Batch(delivery, true));
    }

    private void move(List<Move> moves, Batch batch) {
        for (int at = 0; at < moves.size(); at += Replica.MAX_BATCH) {
            List<Move> part = moves.subList(at, Math.min(moves.size(), at + Replica.MAX_BATCH));
            Map<Uid, Move> open = new LinkedHashMap<>();
            part.forEach(move -> open.put(move.uid(), move));
            try (RowCursor rows =
                    from.replica.fetch(part.stream().map(Move::uid).toList())) {
                while (rows.hasNext()) {
                    RowData data = rows.next();
                    Move move = open.remove(data.row().uid());
                    if (move == null) {
                        throw Walk.bad(
                                from.replica, "sent the row " + data.row().uid() + ", which was not asked for");
                    }
                    if (move.anyVersion() || isStill(data.row(), move.from())) {
                        batch.add(data, move.to());
                    } else {
                        skip(move.uid());
                    }
                }
            }
            open.keySet().forEach(this::skip);
            batch.apply();
        }
    }

    /** Whether a row that was read is in the version that the plan saw. */
    private static boolean isStill(Row row, RowState planned) {
        return row instanceof Row.Live == planned instanceof RowState.Live
                && Versions.stamp(planned).filter(row.stamp()::equals).isPresent();
    }

    private void skip(Uid uid) {
        tally.again(uid);
        tally.done(1);
    }

    /** Brings all rows of a range, whatever is there by now. */
    void copy(UidRange range) {
        tally.readLate();
        try (RowCursor rows = from.replica.rows(range)) {
            Batch batch = new Batch(delivery, false);
            while (rows.hasNext()) {
                batch.add(rows.next(), null);
            }
            batch.apply();
        }
    }
}
