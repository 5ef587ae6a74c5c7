package io.twinroot.carry;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A file of changes cannot be read or written at all. The message says why and what to do, without the file's name. */
public final class CarryException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    CarryException(String message) {
        super(message);
    }

    CarryException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
