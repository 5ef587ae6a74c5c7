package io.twinroot.sim;

import java.io.Serial;

/** Something happened that must not. */
final class Violation extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    Violation(String message) {
        super(message);
    }
}
