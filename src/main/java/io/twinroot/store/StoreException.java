package io.twinroot.store;

import io.twinroot.log.LogException;
import java.io.IOException;
import java.io.Serial;

/** The store could not do what it was asked. The message says what was attempted, where, and what can be done. */
public final class StoreException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What stands in the way. */
    public enum Kind {
        /** Another process, or this one, has the directory open. */
        LOCKED,
        /** There is no store, and none was to be made. */
        ABSENT,
        /** It is of a format that this program does not know, or no store at all. */
        FORMAT,
        /** The directory may not be written. */
        NOT_WRITABLE,
        /** No space is left. Reading goes on, and writing will once there is some. */
        FULL,
        /** The disk failed otherwise. */
        IO,
        /** What was stored is no longer the same. */
        DAMAGED,
        /** The store was closed. */
        CLOSED,
        /** There is no such table. */
        UNKNOWN_TABLE,
        /** The log does not have what follows the cursor: it never had, or no longer has. */
        CURSOR_GONE,
        /** The table is there with other rules. */
        RULES
    }

    private final Kind kind;

    public StoreException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public StoreException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    static StoreException of(LogException e) {
        Kind kind = switch (e.kind()) {
            case FULL -> Kind.FULL;
            case NOT_WRITABLE -> Kind.NOT_WRITABLE;
            case IO -> Kind.IO;
            case DAMAGED -> Kind.DAMAGED;
            case FORMAT -> Kind.FORMAT;
        };
        return new StoreException(kind, e.getMessage() == null ? e.toString() : e.getMessage(), e);
    }

    static StoreException of(String attempted, IOException e) {
        return of(LogException.of(attempted, e));
    }
}
