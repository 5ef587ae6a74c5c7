package io.twinroot.peer;

import java.io.IOException;
import java.io.Serial;

/** A body that did not come, or did not go, to its end. */
final class BrokenStream extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What broke it. */
    enum Cause {
        /** The other side closed the connection. */
        CLOSED,
        /** It moved slower than the least rate. */
        SLOW,
        /** The deadline came. */
        LATE,
        /** It has more bytes than allowed. */
        TOO_LARGE,
        /** The other side does not read on: it has answered already, or is gone. */
        ANSWERED
    }

    private final Cause why;

    BrokenStream(Cause why, String message) {
        super(message);
        this.why = why;
    }

    BrokenStream(Cause why, String message, Throwable cause) {
        super(message, cause);
        this.why = why;
    }

    Cause why() {
        return why;
    }
}
