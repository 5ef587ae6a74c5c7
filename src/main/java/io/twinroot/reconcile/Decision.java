package io.twinroot.reconcile;

import io.twinroot.table.RowState;
import io.twinroot.table.Versions;

/** What to do about a row whose two sides differ. The only place that decides it. */
public sealed interface Decision {
    /** Mine becomes what theirs is: a row, or a delete. */
    record Take() implements Decision {}

    /** Theirs becomes what mine is. */
    record Give() implements Decision {}

    /** Nothing. */
    record Leave(String why) implements Decision {}

    /**
     * The newer write wins, and a row that is merely absent wins over nothing: it was never there, or its
     * delete is forgotten, and neither is a reason to delete it elsewhere.
     */
    static Decision of(RowState mine, RowState theirs, Direction direction) {
        if (Versions.sameContent(mine, theirs)) {
            return new Leave("the same on both sides");
        }
        if (Versions.supersedes(theirs, mine)) {
            return direction.pulls() ? new Take() : new Leave("B has the newer version, and this repair only pushes");
        }
        return direction.pushes() ? new Give() : new Leave("A has the newer version, and this repair only pulls");
    }
}
