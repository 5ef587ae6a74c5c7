package io.twinroot.reconcile;

import java.io.Serial;

/** A replica could not do what it was asked. The message says what was attempted, where, and what can be done. */
public final class ReplicaException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What stands in the way. */
    public enum Kind {
        /** There is no such table. */
        UNKNOWN_TABLE,
        /** The request is wrong; it would fail again. */
        BAD_REQUEST,
        /** The two copies can't be compared: another salt, format or rules. */
        INCOMPATIBLE,
        /** The narrowing session is over or was never known; a new one may be started. */
        SESSION_GONE,
        /** The log does not have what follows the cursor: compacted, or another life of the store. */
        CURSOR_GONE,
        /** Two nodes pass for one: a copy of a node's folder was started beside it. */
        IDENTITY_CONFLICT,
        /** Too much is going on; later may do. */
        BUSY,
        /** Could not be reached, or broke off before an answer. */
        UNREACHABLE,
        /** The answer breaks the protocol. */
        BAD_ANSWER,
        /** The storage refuses: full, damaged, closed. */
        STORAGE,
        /** Changes were sent and no answer came: they may or may not have been applied. */
        UNKNOWN_OUTCOME
    }

    private final Kind kind;

    public ReplicaException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public ReplicaException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
