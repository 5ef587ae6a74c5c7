package io.twinroot.peer;

import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that a person must see.
 *
 * @param id a short name that no other problem of the node has
 * @param table null where it is of none, or of any
 * @param uid the row; null where it is of none, or that cannot be told
 * @param text what happened, and where
 * @param advice what can be done; empty where nothing need be
 */
public record ProblemView(
        String id,
        Kind kind,
        @Nullable TableName table,
        @Nullable Uid uid,
        Instant since,
        State state,
        String text,
        String advice) {

    /** What it is about. */
    public enum Kind {
        /** Something that was stored is not there any more, or was not for a while. */
        DAMAGE,
        /** A row was changed on two sides, neither of which had seen the other's change. */
        CONFLICT,
        /** A row that came cannot be taken yet. */
        PARKED,
        /** A repair would change more than its guards allow, and waits to be approved. */
        GUARD,
        /** This node was set back, or away for too long, and lacks what others have. */
        RESTORED,
        /** Two nodes pass for one. */
        IDENTITY,
        /** A table's rows have another schema version here than at a peer: that table is not compared. */
        SCHEMA,
        /** A database looks set back: nothing goes between it and its mirror until a person decides. */
        SUSPECT,
        /** A database cannot be reached or used, or some of its rows can't be taken. */
        SOURCE
    }

    /** What became of it. */
    public enum State {
        OPEN,
        HEALED,
        /** It was decided, or ended by itself. */
        RESOLVED,
        /** A person decided to live with it. */
        ACCEPTED
    }
}
