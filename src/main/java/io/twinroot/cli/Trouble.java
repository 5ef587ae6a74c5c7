package io.twinroot.cli;

import java.io.Serial;

/** Ends a command with exit code 2. The message is one sentence for the user: what, where, what to do. */
final class Trouble extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    Trouble(String message) {
        super(message);
    }

    Trouble(String message, Throwable cause) {
        super(message, cause);
    }
}
