package io.twinroot.carry;

import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Plan;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.wire.PlanLine;
import io.twinroot.wire.PlanLine.Action;
import org.jspecify.annotations.Nullable;

/** The steps of a plan as lines of a file, and back. A is my side. */
final class PlanSteps {
    private PlanSteps() {}

    static PlanLine.Way way(Direction direction) {
        return switch (direction) {
            case PULL -> PlanLine.Way.PULL;
            case PUSH -> PlanLine.Way.PUSH;
            case BOTH -> PlanLine.Way.BOTH;
        };
    }

    static Direction direction(PlanLine.Way way) {
        return switch (way) {
            case PULL -> Direction.PULL;
            case PUSH -> Direction.PUSH;
            case BOTH -> Direction.BOTH;
        };
    }

    /** The line of a step; null for a range of rows to copy, which becomes a line for each row. */
    static @Nullable PlanLine line(Plan.Step step) {
        return switch (step) {
            case Plan.Step.Take(Uid uid, RowState a, RowState b) -> new PlanLine.Step(Action.TAKE, uid, a, b);
            case Plan.Step.Give(Uid uid, RowState a, RowState b) -> new PlanLine.Step(Action.GIVE, uid, a, b);
            case Plan.Step.DeleteMine(Uid uid, RowState a, RowState b) -> new PlanLine.Step(Action.DELETE_A, uid, a, b);
            case Plan.Step.DeleteTheirs(Uid uid, RowState a, RowState b) ->
                new PlanLine.Step(Action.DELETE_B, uid, a, b);
            case Plan.Step.DropMine(Uid uid, RowState a, RowState b) -> new PlanLine.Step(Action.DROP_A, uid, a, b);
            case Plan.Step.DropTheirs(Uid uid, RowState a, RowState b) -> new PlanLine.Step(Action.DROP_B, uid, a, b);
            case Plan.Step.Merge(Uid uid, RowState a, RowState b) -> new PlanLine.Step(Action.MERGE, uid, a, b);
            case Plan.Step.Settle(Uid uid, RowState a, RowState b, boolean mineWins) ->
                new PlanLine.Step(mineWins ? Action.KEEP_A : Action.KEEP_B, uid, a, b);
            case Plan.Step.Leave(Difference.OfRow(Uid uid, RowState a, RowState b), String why) ->
                new PlanLine.Leave(uid, a, b, why);
            case Plan.Step.Leave(Difference.OnlyMine(UidRange range, long count), String why) ->
                new PlanLine.LeaveRange(range, count, why);
            case Plan.Step.Leave(Difference.OnlyTheirs(UidRange range, long count), String why) ->
                new PlanLine.LeaveRange(range, count, why);
            case Plan.Step.TakeRange range -> null;
            case Plan.Step.GiveRange range -> null;
        };
    }

    static Plan.Step step(PlanLine.Step line) {
        Uid uid = line.uid();
        return switch (line.action()) {
            case TAKE -> new Plan.Step.Take(uid, line.a(), line.b());
            case GIVE -> new Plan.Step.Give(uid, line.a(), line.b());
            case DELETE_A -> new Plan.Step.DeleteMine(uid, line.a(), line.b());
            case DELETE_B -> new Plan.Step.DeleteTheirs(uid, line.a(), line.b());
            case DROP_A -> new Plan.Step.DropMine(uid, line.a(), line.b());
            case DROP_B -> new Plan.Step.DropTheirs(uid, line.a(), line.b());
            case MERGE -> new Plan.Step.Merge(uid, line.a(), line.b());
            case KEEP_A -> new Plan.Step.Settle(uid, line.a(), line.b(), true);
            case KEEP_B -> new Plan.Step.Settle(uid, line.a(), line.b(), false);
        };
    }

    /** The first UID that a step is about; null for a range without a start. */
    static @Nullable Uid first(Plan.Step step) {
        return switch (step) {
            case Plan.Step.Take take -> take.uid();
            case Plan.Step.Give give -> give.uid();
            case Plan.Step.DeleteMine delete -> delete.uid();
            case Plan.Step.DeleteTheirs delete -> delete.uid();
            case Plan.Step.DropMine drop -> drop.uid();
            case Plan.Step.DropTheirs drop -> drop.uid();
            case Plan.Step.Merge merge -> merge.uid();
            case Plan.Step.Settle settle -> settle.uid();
            case Plan.Step.TakeRange(UidRange range, long count) -> range.start();
            case Plan.Step.GiveRange(UidRange range, long count) -> range.start();
            case Plan.Step.Leave(Difference.OfRow row, String why) -> row.uid();
            case Plan.Step.Leave(Difference.OnlyMine(UidRange range, long count), String why) -> range.start();
            case Plan.Step.Leave(Difference.OnlyTheirs(UidRange range, long count), String why) -> range.start();
        };
    }
}
