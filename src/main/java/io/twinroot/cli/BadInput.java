package io.twinroot.cli;

import java.io.Serial;

/** A row to be loaded cannot be read. The message names the file, the line or row, and what to do. */
final class BadInput extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    BadInput(String place, String what) {
        super(place + ": " + what);
    }

    BadInput(String place, String what, Throwable cause) {
        super(place + ": " + what, cause);
    }
}
