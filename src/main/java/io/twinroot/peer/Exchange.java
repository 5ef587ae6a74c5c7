package io.twinroot.peer;

import io.twinroot.peer.BrokenStream.Cause;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.wire.Problem;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer, for the one virtual thread that works on it. Made on the request's context,
 * before the body flows.
 */
final class Exchange {
    static final String JSON = "application/json";
    static final String JSON_LINES = "application/jsonl";
    static final String BYTES = "application/octet-stream";
    private static final String PROBLEM = "application/problem+json";

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Context context;
    private final Vertx vertx;
    private final Limits limits;
    private final Deadline deadline;
    private final CompletableFuture<Void> closed;
    private final StreamInput body;
    private final String[] segments;

    /** @param closed completes when the connection closes */
    Exchange(
            Vertx vertx,
            Context context,
            HttpServerRequest request,
            CompletableFuture<Void> closed,
            Limits limits,
            Duration timeout,
            long bodyMax) {
        this.vertx = vertx;
        this.context = context;
        this.request = request;
        this.response = request.response();
        this.limits = limits;
        this.deadline = Deadline.after(timeout);
        this.segments = String.valueOf(request.path()).split("/", -1);
        // A failure of the response also fails its writes, which is where it is seen.
        response.exceptionHandler(failure -> {});
        this.closed = closed;
        this.body = new StreamInput(request, context, new Pace(limits), deadline, bodyMax, n -> {});
        // A connection that closed before the stream had its handlers tells them nothing.
        var _ = closed.thenRun(body::broken);
        if (response.closed()) {
            body.broken();
        }
    }

    Deadline deadline() {
        return deadline;
    }

    /** Completes when the connection closes. */
    CompletableFuture<Void> closed() {
        return closed;
    }

    /** The name in {@code /v1/tables/{table}}. */
    TableName table() {
        byte[] name = segment(3, "table");
        try {
            return new TableName(new String(name, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw ProblemException.parameter("table", String.valueOf(e.getMessage()));
        }
    }

    /** The UID in {@code /v1/tables/{table}/rows/{uid}}. */
    Uid uid() {
        try {
            return Uid.of(segment(5, "uid"));
        } catch (IllegalArgumentException e) {
            throw ProblemException.parameter("uid", String.valueOf(e.getMessage()));
        }
    }

    /** A segment of the path as text, counted from 1. */
    String text(int index, String name) {
        return new String(segment(index, name), StandardCharsets.UTF_8);
    }

    private byte[] segment(int index, String name) {
        try {
            return Percent.decode(segments[index]);
        } catch (IllegalArgumentException e) {
            throw ProblemException.parameter(name, String.valueOf(e.getMessage()));
        }
    }

    /** The parameters of the query; only these names are known, each at most once. */
    Map<String, byte[]> query(Set<String> known) {
        Map<String, byte[]> values = new LinkedHashMap<>();
        String query = request.query();
        if (query == null || query.isEmpty()) {
            return values;
        }
        for (String pair : query.split("&", 32)) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            if (!known.contains(name)) {
                throw ProblemException.parameter(
                        clip(name), "the query's parameter '" + clip(name) + "' is not known here; there are " + known);
            }
            try {
                if (values.put(name, equals < 0 ? new byte[0] : Percent.decode(pair.substring(equals + 1))) != null) {
                    throw ProblemException.parameter(name, "the parameter is in the query twice");
                }
            } catch (IllegalArgumentException e) {
                throw ProblemException.parameter(name, String.valueOf(e.getMessage()));
            }
        }
        return values;
    }

    static String clip(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }

    /** The range from {@code start} to {@code stop} in a query, each without end where it is left out. */
    static UidRange range(Map<String, byte[]> query) {
        Uid start = bound(query, "start");
        Uid stop = bound(query, "stop");
        try {
            return new UidRange(start, stop);
        } catch (IllegalArgumentException e) {
            throw ProblemException.parameter("start", String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable Uid bound(Map<String, byte[]> query, String name) {
        byte[] bytes = query.get(name);
        if (bytes == null) {
            return null;
        }
        try {
            return Uid.bound(bytes);
        } catch (IllegalArgumentException e) {
            throw ProblemException.parameter(name, e.getMessage() + "; leave " + name + " out for no bound");
        }
    }

    /** The number in a query, or {@code otherwise} where it is left out. */
    static long number(Map<String, byte[]> query, String name, long max, long otherwise) {
        byte[] bytes = query.get(name);
        if (bytes == null) {
            return otherwise;
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (!text.matches("[0-9]{1,18}") || Long.parseLong(text) < 1 || Long.parseLong(text) > max) {
            throw ProblemException.parameter(
                    name, name + " is a number from 1 to " + max + ", not '" + clip(text) + "'");
        }
        return Long.parseLong(text);
    }

    /** The header's one value; a doubled one is refused. */
    Optional<String> header(String name) {
        var values = request.headers().getAll(name);
        if (values.size() > 1) {
            throw ProblemException.parameter(name, "the header is there " + values.size() + " times");
        }
        return values.stream().findFirst();
    }

    /** The media type of the body in lower case, without its parameters; empty where there is none. */
    String contentType() {
        if (header("Content-Encoding").isPresent()) {
            throw new ProblemException(
                    Problem.of(Problem.Type.WRONG_TYPE, "bodies are taken without Content-Encoding only")
                            .withParameter("Content-Encoding"));
        }
        String type = header("Content-Type").orElse("");
        int end = type.indexOf(';');
        return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(java.util.Locale.ROOT);
    }

    /** Refuses a body that says it is of none of these types. */
    void needType(String... types) {
        String type = contentType();
        for (String taken : types) {
            if (type.equals(taken)) {
                return;
            }
        }
        throw new ProblemException(Problem.of(
                        Problem.Type.WRONG_TYPE,
                        "send the body with Content-Type: " + types[0]
                                + (type.isEmpty() ? "; there is none" : "; this one says " + clip(type)))
                .withParameter("Content-Type"));
    }

    StreamInput body() {
        return body;
    }

    /** The whole body. */
    byte[] bytes(int max) throws IOException {
        long announced = announced();
        if (announced > max) {
            throw new BrokenStream(Cause.TOO_LARGE, "the body has " + announced + " bytes; the limit here is " + max);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(StreamOutput.PIECE);
        for (byte[] piece = body.nextPiece(); piece != null; piece = body.nextPiece()) {
            bytes.writeBytes(piece);
            if (bytes.size() > max) {
                throw new BrokenStream(Cause.TOO_LARGE, "the body has more than " + max + " bytes, the limit here");
            }
        }
        return bytes.toByteArray();
    }

    /** The Content-Length; -1 where there is none. */
    long announced() {
        String length = request.getHeader("Content-Length");
        return length == null || !length.matches("[0-9]{1,18}") ? -1 : Long.parseLong(length);
    }

    /** Adds a header to the answer, before its body. */
    void set(String name, String value) {
        response.putHeader(name, value);
    }

    void answer(int status, String type, byte[] bytes) throws IOException {
        StreamOutput out = stream(status, type);
        out.write(bytes);
        out.finish();
    }

    void json(byte[] json) throws IOException {
        answer(200, JSON, json);
    }

    void problem(Problem problem) throws IOException {
        if (problem.type() == Problem.Type.BUSY) {
            set("Retry-After", "1");
        }
        answer(problem.type().status(), PROBLEM, problem.encode());
    }

    /** Whether bytes of the answer may have gone out already. */
    boolean begun() {
        return response.headWritten();
    }

    /** Starts the answer's body; finish it. */
    StreamOutput stream(int status, String type) {
        response.setStatusCode(status);
        response.putHeader("Content-Type", type);
        response.putHeader("X-Content-Type-Options", "nosniff");
        response.putHeader("Cache-Control", "no-store");
        StreamOutput.Sink sink = new StreamOutput.Sink() {
            @Override
            public Future<Void> write(Buffer piece) {
                if (!response.headWritten() && !response.headers().contains("Content-Length")) {
                    response.setChunked(true);
                }
                return response.write(piece);
            }

            @Override
            public Future<Void> end(Buffer piece) {
                return response.end(piece);
            }
        };
        // An answer to a request that came too late still gets out.
        Deadline until = deadline.remainingNanos() == 0 ? Deadline.after(limits.connectTimeout()) : deadline;
        return new StreamOutput(sink, context, new Pace(limits), until, closed, n -> {});
    }

    /** The answer can't be brought to its end: the connection is closed, so that no one takes it for whole. */
    void abort() {
        context.runOnContext(now -> {
            var _ = request.connection().close();
        });
    }

    /**
     * Ends the exchange. What is left of the body is thrown away for a moment, so that the client can read the
     * answer before the connection is closed.
     */
    void close() {
        context.runOnContext(now -> {
            if (!response.ended()) {
                var _ = request.connection().close();
            } else if (!request.isEnded()) {
                request.handler(rest -> {});
                long timer = vertx.setTimer(TimeUnit.SECONDS.toMillis(2), late -> {
                    var _ = request.connection().close();
                });
                request.endHandler(end -> vertx.cancelTimer(timer));
                request.exceptionHandler(broken -> vertx.cancelTimer(timer));
                request.resume();
            }
        });
    }
}
