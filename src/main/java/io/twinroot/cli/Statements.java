package io.twinroot.cli;

import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.Change;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The statements that make one copy what the other is. */
final class Statements {
    private static final int ROWS_AT_ONCE = 500;

    private final Replica right;
    private final Replica wrong;

    Statements(Replica right, Replica wrong) {
        this.right = right;
        this.wrong = wrong;
    }

    void of(Plan plan, Consumer<String> sink) {
        Map<Uid, RowState> rows = new LinkedHashMap<>();
        List<Change> drops = new ArrayList<>();
        for (Plan.Step step : plan.steps()) {
            switch (step) {
                case Plan.Step.Give(Uid uid, var mine, var theirs) -> rows.put(uid, theirs);
                case Plan.Step.Take(Uid uid, var mine, var theirs) -> rows.put(uid, mine);
                case Plan.Step.DropTheirs(Uid uid, var mine, var theirs) -> drops.add(new Change.Drop(uid, theirs));
                case Plan.Step.DropMine(Uid uid, var mine, var theirs) -> drops.add(new Change.Drop(uid, mine));
                case Plan.Step.GiveRange(UidRange range, long count) -> range(range, sink);
                case Plan.Step.TakeRange(UidRange range, long count) -> range(range, sink);
                default -> throw new IllegalStateException("not a step of a one-way plan: " + step);
            }
            if (rows.size() == ROWS_AT_ONCE) {
                rows(rows, sink);
            }
        }
        rows(rows, sink);
        for (int from = 0; from < drops.size(); from += ROWS_AT_ONCE) {
            print(drops.subList(from, Math.min(drops.size(), from + ROWS_AT_ONCE)), sink);
        }
    }

    private void rows(Map<Uid, RowState> rows, Consumer<String> sink) {
        List<Change> changes = new ArrayList<>();
        try (RowCursor cursor = right.fetch(List.copyOf(rows.keySet()))) {
            while (cursor.hasNext()) {
                RowData row = cursor.next();
                changes.add(new Change.Replicate(row, rows.get(row.row().uid())));
            }
        }
        rows.clear();
        print(changes, sink);
    }

    private void range(UidRange range, Consumer<String> sink) {
        List<Change> changes = new ArrayList<>();
        try (RowCursor cursor = right.rows(range)) {
            while (cursor.hasNext()) {
                changes.add(new Change.Replicate(cursor.next(), new RowState.Absent()));
                if (changes.size() == ROWS_AT_ONCE) {
                    print(changes, sink);
                    changes.clear();
                }
            }
        }
        print(changes, sink);
    }

    private void print(List<Change> changes, Consumer<String> sink) {
        if (!changes.isEmpty()) {
            wrong.statements(changes).forEach(sink);
        }
    }
}
