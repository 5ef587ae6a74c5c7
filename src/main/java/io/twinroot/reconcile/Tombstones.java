package io.twinroot.reconcile;

import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Brings the marks of deletes that a side has not seen. Those that kill a row are in the plan. */
final class Tombstones {
    /** So many may come beyond what a side said that it has. */
    private static final long MORE = 100_000;

    private final Meeting meeting;
    private final Sides sides;
    private final Tally tally;

    Tombstones(Meeting meeting, Sides sides, Tally tally) {
        this.meeting = meeting;
        this.sides = sides;
        this.tally = tally;
    }

    /**
     * Brings them to one side.
     *
     * @param planned steps that bring some of them
     */
    void bring(Side to, List<Plan.Step> planned) {
        if (!to.mayChange || meeting.isOfStrangers()) {
            return;
        }
        Side from = sides.other(to);
        Set<Uid> known = deletes(planned, to);
        long left = from.replica.info().tombstones() + MORE;
        try (RowCursor all = from.replica.tombstones(to.context)) {
            Batch batch = new Batch(new Delivery(from, to, tally), false);
            List<RowData> page = new ArrayList<>();
            while (all.hasNext()) {
                if (left-- == 0) {
                    throw Walk.bad(from.replica, "sends more marks of deletes than it says it has");
                }
                RowData data = all.next();
                if (data.row() instanceof Row.Live) {
                    throw Walk.bad(from.replica, "sent the row " + data.row().uid() + " among deletes");
                }
                if (!known.contains(data.row().uid())) {
                    page.add(data);
                }
                if (page.size() == Batch.ROWS_MAX) {
                    bring(page, batch, to);
                    page.clear();
                }
            }
            bring(page, batch, to);
        }
    }

    private Set<Uid> deletes(List<Plan.Step> steps, Side side) {
        List<Agenda> agendas = Agenda.of(steps);
        return (side == sides.mine() ? agendas.getFirst() : agendas.getLast()).deleted();
    }

    private void bring(List<RowData> page, Batch batch, Side to) {
        if (page.isEmpty()) {
            return;
        }
        List<RowState> held =
                to.replica.states(page.stream().map(data -> data.row().uid()).toList());
        for (int i = 0; i < page.size(); i++) {
            RowData data = page.get(i);
            boolean kills = held.get(i) instanceof RowState.Live(Stamp stamp, var digest)
                    && stamp.compareTo(data.row().stamp()) < 0;
            if (kills) {
                tally.again(data.row().uid()); // it is announced before it is deleted
            } else {
                batch.add(data, held.get(i));
            }
        }
        batch.apply();
    }
}
