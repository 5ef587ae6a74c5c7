package io.twinroot.peer;

import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.Replicas;
import io.twinroot.wire.Problem;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A verticle that serves a node's tables over HTTP. Deploy it with
 * {@link io.vertx.core.ThreadingModel#VIRTUAL_THREAD}; work on a request blocks a thread of its own.
 */
public final class PeerServer extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(PeerServer.class);

    /**
     * Where and with what to serve.
     *
     * @param host a name or address of the loopback interface
     * @param port 0 for any that is free
     * @param spool a directory of its own for blobs on their way in; made when it is not there, and emptied of
     *     what an earlier process left
     */
    public record Settings(String host, int port, Path spool, Limits limits) {}

    private final Settings settings;
    private final Replicas replicas;
    private final @Nullable RepairControl repairs;
    private final @Nullable FeedControl feeds;
    private final Readiness readiness;
    private @Nullable BackupSource backup;
    private @Nullable Care care;
    private @Nullable HttpServer server;
    private @Nullable PeerRoutes routes;

    /** @param repairs null for a server without repairs */
    public PeerServer(Settings settings, Replicas replicas, @Nullable RepairControl repairs, Readiness readiness) {
        this(settings, replicas, repairs, null, readiness);
    }

    /**
     * @param replicas where they are also a {@link ChangeFeed}, that is served too
     * @param repairs null for a server without repairs
     * @param feeds null for a server that follows nobody
     */
    public PeerServer(
            Settings settings,
            Replicas replicas,
            @Nullable RepairControl repairs,
            @Nullable FeedControl feeds,
            Readiness readiness) {
        this.settings = settings;
        this.replicas = replicas;
        this.repairs = repairs;
        this.feeds = feeds;
        this.readiness = readiness;
    }

    /** Serves this backup too; to be said before it is deployed. */
    public PeerServer with(BackupSource served) {
        backup = served;
        return this;
    }

    /** Has it serve problems, scrubs and metrics too. Before it is deployed. */
    public PeerServer with(Care served) {
        care = served;
        return this;
    }

    /** The port that it listens on, once it is deployed. */
    public int port() {
        HttpServer running = server;
        if (running == null) {
            throw new IllegalStateException("the server does not listen yet");
        }
        return running.actualPort();
    }

    /** @throws IOException when the host is not on the loopback interface, or the spool can't be used */
    @Override
    public Future<?> start() throws IOException {
        checkLoopback(settings.host());
        BlobSpool.clear(settings.spool());
        Limits limits = settings.limits();
        Connections connections = new Connections(vertx, limits);
        Router router = routes(limits, connections);
        HttpServer made = vertx.createHttpServer(options(limits))
                .connectionHandler(connections::opened)
                .invalidRequestHandler(PeerServer::refuse)
                .requestHandler(request -> {
                    if (request.authority() == null) {
                        // The router would refuse it in words of its own.
                        refuse(
                                request,
                                Problem.of(
                                                Problem.Type.BAD_REQUEST,
                                                "a request has one Host header, a name or"
                                                        + " an address, perhaps with a port")
                                        .withParameter("Host"));
                    } else {
                        router.handle(request);
                    }
                });
        server = made;
        return made.listen(settings.port(), settings.host()).recover(e -> Future.failedFuture(explain(e)));
    }

    private static HttpServerOptions options(Limits limits) {
        return new HttpServerOptions()
                .setHttp2ClearTextEnabled(false)
                .setHandle100ContinueAutomatically(true)
                .setMaxHeaderSize(limits.headersMax())
                .setMaxInitialLineLength(limits.uriMax())
                .setMaxChunkSize(StreamOutput.PIECE);
    }

    private Router routes(Limits limits, Connections connections) {
        Visitors visitors = new Visitors(Set.of(settings.host().toLowerCase(Locale.ROOT)));
        PeerRoutes made = new PeerRoutes(vertx, limits, visitors, connections);
        new TableRoutes(replicas, limits).addTo(made);
        new RowRoutes(replicas, limits, settings.spool()).addTo(made);
        new MeetingRoutes(replicas, limits).addTo(made);
        if (replicas instanceof ChangeFeed feed) {
            new ChangeRoutes(feed).addTo(made);
        }
        new HealthRoutes(readiness).addTo(made);
        if (backup != null) {
            new BackupRoutes(backup).addTo(made);
        }
        if (repairs != null) {
            new RepairRoutes(repairs, limits).addTo(made);
        }
        if (feeds != null) {
            new FeedRoutes(feeds, limits).addTo(made);
        }
        if (care != null) {
            new CareRoutes(care, limits).addTo(made);
        }
        routes = made;
        return made.router();
    }

    private static void checkLoopback(String host) throws IOException {
        try {
            if (!InetAddress.getByName(host).isLoopbackAddress()) {
                throw new IOException(
                        "refusing to listen on " + host + ": it is not on the loopback interface, and until"
                                + " trust between nodes exists others could read and change every table; use 127.0.0.1");
            }
        } catch (UnknownHostException e) {
            throw new IOException("cannot listen on " + host + ": there is no such host", e);
        }
    }

    private Throwable explain(Throwable e) {
        String where = settings.host() + ":" + settings.port();
        if (e instanceof BindException) {
            return new IOException(
                    "cannot listen on " + where + ": the port is in use or not allowed; choose another", e);
        }
        return new IOException("cannot listen on " + where + ": " + e.getMessage(), e);
    }

    /** Answers what is not HTTP, or too long for it. */
    private static void refuse(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        String name = cause == null ? "" : cause.getClass().getSimpleName();
        Problem.Type type = switch (name) {
            case "TooLongHttpLineException" -> Problem.Type.URI_TOO_LONG;
            case "TooLongHttpHeaderException" -> Problem.Type.HEADERS_TOO_LARGE;
            default -> Problem.Type.BAD_REQUEST;
        };
        String detail = cause == null ? "this is not HTTP/1.1" : String.valueOf(cause.getMessage());
        refuse(request, Problem.of(type, detail));
    }

    private static void refuse(HttpServerRequest request, Problem problem) {
        var _ = request.response()
                .setStatusCode(problem.type().status())
                .putHeader("Content-Type", "application/problem+json")
                .putHeader("Connection", "close")
                .end(Buffer.buffer(problem.encode()))
                .eventually(() -> request.connection().close());
    }

    /** Ends when no request works on the tables any more, so that they may be closed then. */
    @Override
    public Future<?> stop() {
        HttpServer running = server;
        PeerRoutes served = routes;
        if (running == null || served == null) {
            return Future.succeededFuture();
        }
        return running.close().eventually(() -> drained(served));
    }

    private Future<Void> drained(PeerRoutes served) {
        Promise<Void> promise = Promise.promise();
        Thread.ofVirtual().name("peer server drain").start(() -> {
            try {
                if (!served.drained(settings.limits().requestTimeout())) {
                    LOG.warn("requests were still at work when the server had to stop");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            promise.complete();
        });
        return promise.future();
    }
}
