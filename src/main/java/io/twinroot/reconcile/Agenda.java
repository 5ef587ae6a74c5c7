package io.twinroot.reconcile;

import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the steps of a plan mean for one side, in the order in which it is done. */
final class Agenda {
    /**
     * A row to bring.
     *
     * @param from the state of the side that has it; empty for whatever it has by then
     * @param to the state of the side that gets it
     */
    record Move(Uid uid, RowState from, RowState to, boolean anyVersion) {
        Move(Uid uid, RowState from, RowState to) {
            this(uid, from, to, false);
        }
    }

    /** A row that lingers here. */
    record Drop(Uid uid, RowState.Live row) {}

    /**
     * A conflict that this side wins.
     *
     * @param own what it has
     * @param other what the other side has
     */
    record Victory(Uid uid, RowState own, RowState other) {}

    final List<Drop> drops = new ArrayList<>();
    final List<Move> deletes = new ArrayList<>();
    final List<Victory> victories = new ArrayList<>();
    final List<Move> rows = new ArrayList<>();
    final List<UidRange> ranges = new ArrayList<>();

    /** The two sides' agendas, beginning with mine. */
    static List<Agenda> of(List<Plan.Step> steps) {
        Agenda mine = new Agenda();
        Agenda theirs = new Agenda();
        for (Plan.Step step : steps) {
            switch (step) {
                case Plan.Step.Take(Uid uid, var here, var there) -> mine.rows.add(new Move(uid, there, here));
                case Plan.Step.Give(Uid uid, var here, var there) -> theirs.rows.add(new Move(uid, here, there));
                case Plan.Step.DeleteMine(Uid uid, var here, var there) -> mine.deletes.add(new Move(uid, there, here));
                case Plan.Step.DeleteTheirs(Uid uid, var here, var there) ->
                    theirs.deletes.add(new Move(uid, here, there));
                case Plan.Step.DropMine(Uid uid, var here, var there) -> mine.drops.add(drop(uid, here));
                case Plan.Step.DropTheirs(Uid uid, var here, var there) -> theirs.drops.add(drop(uid, there));
                case Plan.Step.Merge(Uid uid, var here, var there) -> {
                    mine.rows.add(new Move(uid, there, here));
                    theirs.rows.add(new Move(uid, here, there, true));
                }
                case Plan.Step.Settle(Uid uid, var here, var there, boolean mineWins) ->
                    (mineWins ? mine : theirs)
                            .victories.add(mineWins ? new Victory(uid, here, there) : new Victory(uid, there, here));
                case Plan.Step.TakeRange(UidRange range, long count) -> mine.ranges.add(range);
                case Plan.Step.GiveRange(UidRange range, long count) -> theirs.ranges.add(range);
                case Plan.Step.Leave ignored -> {}
            }
        }
        return List.of(mine, theirs);
    }

    private static Drop drop(Uid uid, RowState state) {
        return new Drop(uid, (RowState.Live) state);
    }

    /** What a plan is about to do to my side. */
    static Intent intent(String from, Plan plan) {
        List<Uid> changed = new ArrayList<>();
        List<Uid> deleted = new ArrayList<>();
        List<UidRange> ranges = new ArrayList<>();
        for (Plan.Step step : plan.steps()) {
            switch (step) {
                case Plan.Step.Take(Uid uid, var here, var there)
                when here instanceof RowState.Live -> changed.add(uid);
                case Plan.Step.Take ignored -> {}
                case Plan.Step.DeleteMine(Uid uid, var here, var there) -> deleted.add(uid);
                case Plan.Step.DropMine(Uid uid, var here, var there) -> deleted.add(uid);
                case Plan.Step.Merge(Uid uid, var here, var there) -> changed.add(uid);
                case Plan.Step.Settle(Uid uid, var here, var there, boolean mineWins) -> {
                    boolean goes = !mineWins && here instanceof RowState.Live && !(there instanceof RowState.Live);
                    (goes ? deleted : changed).add(uid);
                }
                case Plan.Step.TakeRange(UidRange range, long count) -> ranges.add(range);
                case Plan.Step.Give ignored -> {}
                case Plan.Step.DeleteTheirs ignored -> {}
                case Plan.Step.DropTheirs ignored -> {}
                case Plan.Step.GiveRange ignored -> {}
                case Plan.Step.Leave ignored -> {}
            }
        }
        return new Intent(from, changed, deleted, plan.onMine().added(), ranges);
    }

    /** The rows that are to be deleted here because the other side deleted them. */
    Set<Uid> deleted() {
        Set<Uid> uids = new HashSet<>();
        deletes.forEach(move -> uids.add(move.uid()));
        return uids;
    }
}
