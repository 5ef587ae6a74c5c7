package io.twinroot.peer;

import io.netty.handler.codec.DecoderException;
import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.wire.Problem;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks one server, blocking the thread that asks. For many threads, of any kind: Vert.x's side runs on an
 * event loop of its own, so that a caller on one of Vert.x's virtual threads does not wait for itself.
 */
final class Caller implements AutoCloseable {
    private static final int CONNECTIONS_MAX = 64;
    private static final int WAITING_MAX = 1_000;

    /** Shorter than a server waits for the next request, so that it is not us who meet a closed connection. */
    private static final int KEEP_ALIVE_SECONDS = 15;

    private final Context context;
    private final HttpClient client;
    private final URI base;
    private final Limits limits;

    Caller(Vertx vertx, URI base, Limits limits) {
        this.base = base;
        this.limits = limits;
        this.context = freshContext(vertx);
        this.client = vertx.httpClientBuilder()
                .with(new HttpClientOptions()
                        .setConnectTimeout((int) limits.connectTimeout().toMillis())
                        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                        .setMaxHeaderSize(limits.headersMax())
                        .setMaxInitialLineLength(limits.uriMax())
                        .setMaxChunkSize(StreamOutput.PIECE))
                .with(new PoolOptions().setHttp1MaxSize(CONNECTIONS_MAX).setMaxWaitQueueSize(WAITING_MAX))
                // What breaks a connection also fails its requests, which is where it is reported.
                .withConnectHandler(connection -> connection.exceptionHandler(seen -> {}))
                .build();
    }

    /** A thread that Vert.x does not know gets a context of its own. */
    private static Context freshContext(Vertx vertx) {
        CompletableFuture<Context> made = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> made.complete(vertx.getOrCreateContext()));
        return made.join();
    }

    /** A request under way. */
    private final class Call {
        private final Ask ask;
        private final Deadline deadline;
        private final CompletableFuture<HttpClientRequest> request = new CompletableFuture<>();
        private final CompletableFuture<Answer> answer = new CompletableFuture<>();

        private Call(Ask ask) {
            this.ask = ask;
            this.deadline = Deadline.after(ask.timeout());
        }

        private void connect() {
            RequestOptions options = new RequestOptions()
                    .setMethod(ask.method())
                    .setHost(base.getHost())
                    .setPort(portOf(base))
                    .setURI(ask.path());
            ask.headers().forEach(options::putHeader);
            context.runOnContext(now -> {
                try {
                    client.request(options).onComplete(this::connected);
                } catch (IllegalStateException | IllegalArgumentException refused) {
                    request.completeExceptionally(refused);
                }
            });
        }

        /** On the context. */
        private void connected(io.vertx.core.AsyncResult<HttpClientRequest> made) {
            if (made.failed()) {
                request.completeExceptionally(made.cause());
                return;
            }
            HttpClientRequest open = made.result();
            // The answer fails as well, and is waited for.
            open.exceptionHandler(seen -> {});
            open.response().onSuccess(this::answered).onFailure(answer::completeExceptionally);
            if (!request.complete(open)) {
                var _ = open.reset();
            }
        }

        /** On the context. */
        private void answered(HttpClientResponse response) {
            response.pause();
            StreamInput body = new StreamInput(
                    response,
                    context,
                    new Pace(limits),
                    deadline,
                    ask.answerMax(),
                    n -> ask.meter().received(n));
            answer.complete(new Answer(ask, context, response, body));
        }

        private Answer run() {
            connect();
            HttpClientRequest open = opened();
            ask.meter().roundTrip();
            try {
                send(open);
            } catch (BrokenStream e) {
                return answeredEarly(open, e);
            } catch (IOException | RuntimeException e) {
                reset(open);
                throw lost("could not be sent: " + e.getMessage(), e);
            }
            return awaitAnswer(open, deadline.atMost(limits.requestTimeout().plus(ask.patience())));
        }

        private HttpClientRequest opened() {
            try {
                Deadline until = deadline.atMost(limits.connectTimeout().plusSeconds(1));
                return request.get(until.remainingNanos(), TimeUnit.NANOSECONDS);
            } catch (ExecutionException e) {
                Throwable cause = request.exceptionNow();
                throw unreachable("could not connect: " + cause.getMessage() + "; is the node up?", cause);
            } catch (TimeoutException e) {
                // If it opens later, connected() lets it go.
                request.completeExceptionally(e);
                throw unreachable("could not connect in time; is the node up?", e);
            } catch (InterruptedException e) {
                request.completeExceptionally(e);
                Thread.currentThread().interrupt();
                throw unreachable("was interrupted", e);
            }
        }

        private void send(HttpClientRequest open) throws IOException {
            Ask.Payload payload = ask.payload();
            StreamOutput out = new StreamOutput(
                    sink(open),
                    context,
                    new Pace(limits),
                    deadline,
                    answer,
                    n -> ask.meter().sent(n));
            if (payload != null) {
                payload.writeTo(out);
            }
            out.finish();
        }

        private StreamOutput.Sink sink(HttpClientRequest open) {
            return new StreamOutput.Sink() {
                private boolean begun;

                @Override
                public Future<Void> write(Buffer piece) {
                    if (!begun && !open.headers().contains("Content-Length")) {
                        open.setChunked(true);
                    }
                    begun = true;
                    return open.write(piece);
                }

                @Override
                public Future<Void> end(Buffer piece) {
                    return piece.length() == 0 ? open.end() : open.end(piece);
                }
            };
        }

        /** The server may have answered, and stopped to read, before it had all. */
        private Answer answeredEarly(HttpClientRequest open, BrokenStream e) {
            boolean mayAnswer = e.why() == BrokenStream.Cause.ANSWERED || e.why() == BrokenStream.Cause.CLOSED;
            if (mayAnswer && !answer.isCompletedExceptionally()) {
                try {
                    return answer.get(deadline.atMost(limits.connectTimeout()).remainingNanos(), TimeUnit.NANOSECONDS);
                } catch (ExecutionException | TimeoutException none) {
                    e.addSuppressed(none);
                } catch (InterruptedException stop) {
                    Thread.currentThread().interrupt();
                    e.addSuppressed(stop);
                }
            }
            reset(open);
            throw lost("the connection broke: " + e.getMessage(), e);
        }

        private Answer awaitAnswer(HttpClientRequest open, Deadline until) {
            try {
                return answer.get(until.remainingNanos(), TimeUnit.NANOSECONDS);
            } catch (ExecutionException e) {
                reset(open);
                throw noAnswer(answer.exceptionNow());
            } catch (TimeoutException e) {
                reset(open);
                throw lost("no answer came in time", e);
            } catch (InterruptedException e) {
                reset(open);
                Thread.currentThread().interrupt();
                throw lost("was interrupted", e);
            }
        }

        /** What the decoder finds wrong is no broken connection. */
        private ReplicaException noAnswer(Throwable cause) {
            if (cause instanceof IllegalArgumentException || cause instanceof DecoderException) {
                String message = ask.what() + ": the answer is not HTTP: " + cause.getMessage();
                return new ReplicaException(ask.changes() ? Kind.UNKNOWN_OUTCOME : Kind.BAD_ANSWER, message, cause);
            }
            return lost("the connection broke before an answer: " + cause.getMessage(), cause);
        }

        private void reset(HttpClientRequest open) {
            context.runOnContext(now -> {
                var _ = open.reset();
            });
        }

        private ReplicaException unreachable(String how, Throwable cause) {
            return new ReplicaException(Kind.UNREACHABLE, ask.what() + ": " + how, cause);
        }

        /** After the request was sent, or a part of it. */
        private ReplicaException lost(String how, Throwable cause) {
            return ask.changes()
                    ? new ReplicaException(
                            Kind.UNKNOWN_OUTCOME,
                            ask.what() + ": " + how + "; the changes may or may not have been applied",
                            cause)
                    : unreachable(how, cause);
        }
    }

    private static int portOf(URI base) {
        return base.getPort() < 0 ? 80 : base.getPort();
    }

    /** The answer, whatever its status. */
    Answer call(Ask ask) {
        return new Call(ask).run();
    }

    /**
     * The answer with status 200 and this type.
     *
     * @throws ReplicaException when it is another, of the kind that the problem document in it has
     * @throws GuardException when that is a guard
     */
    Answer ask(Ask ask, String type) {
        Answer answer = call(ask);
        if (answer.status() == 200 && answer.type().equals(type)) {
            return answer;
        }
        try (answer) {
            if (answer.status() == 200) {
                throw answer.bad("has the type '" + Exchange.clip(answer.type()) + "', not " + type, null);
            }
            throw refusal(ask, answer, problem(answer));
        }
    }

    /** The problem document in an answer. */
    static Problem problem(Answer answer) {
        if (!answer.type().equals("application/problem+json")) {
            throw answer.bad("has status " + answer.status() + " and no problem document", null);
        }
        return answer.decode(Problem::decode);
    }

    /** A guard that holds stays what it is; all else is of the kind that the problem has. */
    static RuntimeException refusal(Ask ask, Answer answer, Problem problem) {
        Kind kind = ProblemException.kind(problem.type());
        Long done = problem.done();
        boolean begun = ask.changes() && (done != null && done > 0 || answer.status() == 500);
        if (problem.type() == Problem.Type.GUARD && !begun) {
            return new GuardException(problem.detail(), true);
        }
        return new ReplicaException(
                begun ? Kind.UNKNOWN_OUTCOME : kind,
                ask.what() + ": " + problem.detail() + " (status " + answer.status() + ")"
                        + (begun && done != null ? "; the first " + done + " changes are applied" : ""));
    }

    @Override
    public void close() {
        client.close().onFailure(e -> {
            throw new IllegalStateException("closing the HTTP client", e);
        });
    }
}
