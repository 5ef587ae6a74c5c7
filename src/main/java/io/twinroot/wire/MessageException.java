package io.twinroot.wire;

import java.io.Serial;

/** Bytes that are no message, or one beyond the limits. The message names the offset. */
public final class MessageException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    public MessageException(String message) {
        super(message);
    }
}
