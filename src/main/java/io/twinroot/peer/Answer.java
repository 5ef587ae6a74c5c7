package io.twinroot.peer;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.wire.JsonException;
import io.vertx.core.Context;
import io.vertx.core.http.HttpClientResponse;
import java.io.IOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A server's answer, its body still to be read. Closing it before its end closes the connection. For one
 * thread.
 */
final class Answer implements AutoCloseable {
    private final Ask ask;
    private final Context context;
    private final HttpClientResponse response;
    private final StreamInput body;

    Answer(Ask ask, Context context, HttpClientResponse response, StreamInput body) {
        this.ask = ask;
        this.context = context;
        this.response = response;
        this.body = body;
    }

    int status() {
        return response.statusCode();
    }

    String type() {
        String type = response.getHeader("Content-Type");
        int end = type == null ? -1 : type.indexOf(';');
        return type == null ? "" : end < 0 ? type : type.substring(0, end);
    }

    /** The next bytes of the body; null at its end. */
    byte @Nullable [] nextPiece() {
        try {
            return body.nextPiece();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    int read(byte[] target, int offset, int length) {
        try {
            return body.read(target, offset, length);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    byte[] all() {
        try {
            return body.readAllBytes();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** The whole body, decoded. */
    <T> T decode(Function<byte[], T> decoding) {
        byte[] bytes = all();
        try {
            return decoding.apply(bytes);
        } catch (JsonException e) {
            throw bad("is not what the protocol says, " + e.getMessage(), e);
        }
    }

    ReplicaException broken(IOException e) {
        Kind kind = e instanceof BrokenStream broken && broken.why() == BrokenStream.Cause.TOO_LARGE
                ? Kind.BAD_ANSWER
                : Kind.UNREACHABLE;
        return new ReplicaException(
                ask.changes() ? Kind.UNKNOWN_OUTCOME : kind,
                ask.what() + ": the answer did not come whole: " + e.getMessage(),
                e);
    }

    /** The answer breaks the protocol. */
    ReplicaException bad(String how, @Nullable Throwable cause) {
        String message = ask.what() + ": the answer " + how;
        Kind kind = ask.changes() ? Kind.UNKNOWN_OUTCOME : Kind.BAD_ANSWER;
        return cause == null ? new ReplicaException(kind, message) : new ReplicaException(kind, message, cause);
    }

    @Override
    public void close() {
        if (!body.atEnd()) {
            context.runOnContext(now -> {
                var _ = response.request().reset();
            });
        }
    }
}
