package io.twinroot.store;

import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;

/**
 * The writes of this store under one incarnation: all up to a seq. Each table has seen those that are of it, so that no
 * table keeps a list of them.
 *
 * @param seq of the last; 0 for none
 */
record OwnRun(Incarnation incarnation, long seq) {
    static final OwnRun NONE = new OwnRun(new Incarnation(0, 0), 0);

    boolean covers(Stamp stamp) {
        return stamp.seq() <= seq && stamp.incarnation().equals(incarnation);
    }

    /** With one more write. */
    OwnRun with(Stamp stamp) {
        return stamp.seq() <= seq || !stamp.incarnation().equals(incarnation)
                ? this
                : new OwnRun(incarnation, stamp.seq());
    }
}
