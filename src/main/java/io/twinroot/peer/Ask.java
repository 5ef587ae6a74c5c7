package io.twinroot.peer;

import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to a server.
 *
 * @param what it asks, of what and where: the start of each error's message
 * @param path percent-encoded, with the query
 * @param payload null for none
 * @param timeout for the whole of it, the answer's body included
 * @param answerMax the most bytes in the answer
 * @param patience how long the server may wait before it answers, beside what an answer takes anyway
 * @param changes whether it changes rows, so that its outcome is unknown when no answer comes
 */
record Ask(
        String what,
        HttpMethod method,
        String path,
        Map<String, String> headers,
        @Nullable Payload payload,
        Duration timeout,
        long answerMax,
        Duration patience,
        boolean changes,
        Meter meter) {

    Ask(
            String what,
            HttpMethod method,
            String path,
            Map<String, String> headers,
            @Nullable Payload payload,
            Duration timeout,
            long answerMax,
            boolean changes,
            Meter meter) {
        this(what, method, path, headers, payload, timeout, answerMax, Duration.ZERO, changes, meter);
    }

    /** Writes a request's body, once. */
    @FunctionalInterface
    interface Payload {
        void writeTo(OutputStream out) throws IOException;
    }

    Ask with(Map<String, String> moreHeaders, Payload body) {
        return new Ask(what, method, path, moreHeaders, body, timeout, answerMax, patience, changes, meter);
    }
}
