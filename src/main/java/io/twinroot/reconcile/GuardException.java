package io.twinroot.reconcile;

import java.io.Serial;

/** A repair would change more than its guards allow. Nothing was changed. */
public final class GuardException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    public GuardException(String message) {
        super(message);
    }
}
