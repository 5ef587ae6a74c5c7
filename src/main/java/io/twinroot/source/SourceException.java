package io.twinroot.source;

import org.jspecify.annotations.Nullable;

/** A source could not do what it was asked. The message says what was attempted, where, and what to do. */
public final class SourceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public enum Kind {
        /** It can't be reached, or the connection broke. */
        UNREACHABLE,
        /** It refuses the user, or the user may not do this. */
        ACCESS,
        /** There is no such table, schema or column. */
        UNKNOWN,
        /** The table has no key, a type that is not known, a key that is too long: it cannot be handled as it is. */
        UNSUPPORTED,
        /** A statement failed. */
        STATEMENT
    }

    private final Kind kind;

    public SourceException(Kind kind, String message) {
        this(kind, message, null);
    }

    public SourceException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
