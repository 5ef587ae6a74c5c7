package io.twinroot.reconcile;

import java.io.Serial;

/** A repair would change more than its guards allow. Nothing was changed. */
public final class GuardException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final boolean held;

    public GuardException(String message) {
        this(message, false);
    }

    /** @param held whether who refused it holds it, so that it can be approved; the message says how then */
    public GuardException(String message, boolean held) {
        super(message);
        this.held = held;
    }

    /** Whether it is held already, to be approved. */
    public boolean isHeld() {
        return held;
    }
}
