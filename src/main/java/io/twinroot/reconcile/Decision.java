package io.twinroot.reconcile;

import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.RowState;

/** What to do about a row whose two sides differ. The only place that decides it; docs/repairing.md has the table. */
public sealed interface Decision {
    /** Mine becomes what theirs is, a row. */
    record Take() implements Decision {}

    /** Theirs becomes what mine is, a row. */
    record Give() implements Decision {}

    /** Mine is deleted, as theirs is. */
    record DeleteMine() implements Decision {}

    /** Theirs is deleted, as mine is. */
    record DeleteTheirs() implements Decision {}

    /** Mine lingers: it goes to the trash. */
    record DropMine() implements Decision {}

    /** Theirs lingers: it goes to the trash. */
    record DropTheirs() implements Decision {}

    /** Each is brought to the other, where the parts are merged. */
    record Merge() implements Decision {}

    /** One side's state is written anew there, so that it wins, and then brought to the other. */
    record Settle(boolean mineWins) implements Decision {}

    /** Nothing. */
    record Leave(String why) implements Decision {}

    /**
     * By what is decided.
     *
     * @param byField whether each field of a row merges by itself
     */
    record Ground(Direction direction, ConflictPolicy policy, boolean byField, Meeting meeting) {
        /** Whether my side may be changed: a damaged side gives nothing away that could change it. */
        boolean mayChangeMine() {
            return direction.pulls() && meeting.theyMayGive();
        }

        boolean mayChangeTheirs() {
            return direction.pushes() && meeting.iMayGive();
        }

        Relation relation(RowState mine, RowState theirs) {
            return Relation.of(mine, theirs, meeting.myContext(), meeting.theirContext());
        }
    }

    static Decision of(RowState mine, RowState theirs, Ground ground) {
        return of(ground.relation(mine, theirs), ground);
    }

    static Decision of(Relation relation, Ground ground) {
        boolean isMine = relation.isMine();
        return switch (relation.kind()) {
            case SAME -> new Leave("the same on both sides");
            case NEW, NEWER, BACK, REVIVED -> bring(isMine, ground);
            case DELETED -> delete(isMine, ground);
            case LINGERING -> drop(isMine, ground);
            case TWIN -> merge(isMine, ground);
            case CONCURRENT -> ground.byField() ? merge(isMine, ground) : conflict(relation, ground);
            case DELETED_UNSEEN, BACK_UNSEEN -> conflict(relation, ground);
        };
    }

    private static Decision bring(boolean isMine, Ground ground) {
        if (isMine) {
            return ground.mayChangeTheirs() ? new Give() : left("A has the newer version", "pulls", "A", ground);
        }
        return ground.mayChangeMine() ? new Take() : left("B has the newer version", "pushes", "B", ground);
    }

    private static Decision delete(boolean isMine, Ground ground) {
        if (isMine) {
            return ground.mayChangeTheirs() ? new DeleteTheirs() : left("A deleted it", "pulls", "A", ground);
        }
        return ground.mayChangeMine() ? new DeleteMine() : left("B deleted it", "pushes", "B", ground);
    }

    private static Decision drop(boolean isMine, Ground ground) {
        if (isMine) {
            return ground.mayChangeMine() ? new DropMine() : left("B deleted it long ago", "pushes", "B", ground);
        }
        return ground.mayChangeTheirs() ? new DropTheirs() : left("A deleted it long ago", "pulls", "A", ground);
    }

    private static Decision merge(boolean isMine, Ground ground) {
        if (ground.mayChangeMine() && ground.mayChangeTheirs()) {
            return new Merge();
        }
        if (ground.mayChangeMine()) {
            return new Take();
        }
        return ground.mayChangeTheirs() ? new Give() : bring(isMine, ground);
    }

    private static Decision conflict(Relation relation, Ground ground) {
        boolean mineWins = switch (ground.policy()) {
            case NEWEST -> relation.isMine();
            case MINE -> true;
            case THEIRS -> false;
            case HOLD -> relation.isMine();
        };
        if (ground.policy() == ConflictPolicy.HOLD) {
            return new Leave("both sides changed it, and this table's policy is to ask: see twinroot problems");
        }
        if (mineWins == relation.isMine()) {
            return relation.kind() == Relation.Kind.DELETED_UNSEEN ? delete(mineWins, ground) : bring(mineWins, ground);
        }
        boolean may = mineWins ? ground.mayChangeTheirs() : ground.mayChangeMine();
        if (may) {
            return new Settle(mineWins);
        }
        return mineWins
                ? left("both sides changed it, and A wins by this table's policy", "pulls", "A", ground)
                : left("both sides changed it, and B wins by this table's policy", "pushes", "B", ground);
    }

    /** @param way what a repair does that goes only into the other direction */
    private static Leave left(String what, String way, String side, Ground ground) {
        boolean wrongWay = side.equals("A")
                ? !ground.direction().pushes()
                : !ground.direction().pulls();
        return new Leave(
                wrongWay
                        ? what + ", and this repair only " + way
                        : what + ", but " + side + " is damaged: it only takes");
    }
}
