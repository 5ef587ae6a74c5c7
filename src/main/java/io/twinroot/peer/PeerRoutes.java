package io.twinroot.peer;

import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.Problem;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes under {@code /v1} and the health checks. Paths are matched as they were sent: a {@code %2F} in a
 * table's name and any byte in a UID stay where they are.
 *
 * <p>Each request gets a virtual thread of its own, so that one that waits for the store or a slow client
 * holds up no other.
 */
final class PeerRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(PeerRoutes.class);

    /** The longest that a stream of any length may take. */
    static final Duration SLOWEST = Duration.ofDays(2);

    /** What is done for one request. */
    @FunctionalInterface
    interface Work {
        void on(Exchange exchange) throws IOException;
    }

    private final Vertx vertx;
    private final Limits limits;
    private final Visitors visitors;
    private final Connections connections;
    private final Semaphore requests;
    private final Semaphore waiting;
    private final Router router;

    PeerRoutes(Vertx vertx, Limits limits, Visitors visitors, Connections connections) {
        this.vertx = vertx;
        this.limits = limits;
        this.visitors = visitors;
        this.connections = connections;
        this.requests = new Semaphore(limits.requestsMax());
        this.waiting = new Semaphore(limits.requestsMax());
        this.router = Router.router(vertx);
    }

    /** The router over all that was added. */
    Router router() {
        router.route()
                .useNormalizedPath(false)
                .handler(routing -> refuse(
                        routing,
                        Problem.of(Problem.Type.UNKNOWN_PATH, "the paths are in docs/protocol.md, under /v1")));
        return router;
    }

    /** One path with what each method does there. */
    final class Path {
        private final String path;
        private final Map<HttpMethod, Object> methods = new LinkedHashMap<>();

        private Path(String path) {
            this.path = path;
        }

        /** A request that is answered soon. */
        Path on(HttpMethod method, Work work) {
            return add(method, limits.requestTimeout(), limits.listMax(), work);
        }

        /** A request whose body or answer is a stream. */
        Path streamed(HttpMethod method, Work work) {
            return add(method, limits.streamTimeout(), Long.MAX_VALUE, work);
        }

        /** A request whose answer is a stream of any length; its least rate alone bounds it. */
        Path slow(HttpMethod method, Work work) {
            return add(method, SLOWEST, Long.MAX_VALUE, work);
        }

        /** A request that may wait so long for something to happen. Those have a number of their own. */
        Path waiting(HttpMethod method, Duration wait, Work work) {
            return add(method, limits.requestTimeout().plus(wait), limits.listMax(), waiting, work);
        }

        private Path add(HttpMethod method, Duration timeout, long bodyMax, Work work) {
            return add(method, timeout, bodyMax, requests, work);
        }

        private Path add(HttpMethod method, Duration timeout, long bodyMax, Semaphore crowd, Work work) {
            methods.put(method, work);
            router.routeWithRegex(method, path)
                    .useNormalizedPath(false)
                    .handler(routing -> start(routing, timeout, bodyMax, crowd, work));
            return this;
        }

        /** Refuses all other methods. */
        void only() {
            String allowed = methods.keySet().stream().map(HttpMethod::name).collect(Collectors.joining(", "));
            router.routeWithRegex(path).useNormalizedPath(false).handler(routing -> {
                routing.response().putHeader("Allow", allowed);
                refuse(
                        routing,
                        Problem.of(
                                Problem.Type.WRONG_METHOD,
                                routing.request().method() + " is not known here; there are " + allowed));
            });
        }
    }

    /** @param path a regular expression without groups, for the path as it is sent */
    Path path(String path) {
        return new Path(path);
    }

    /**
     * Waits until no request is at work any more.
     *
     * @return false when some still were after this time
     */
    boolean drained(Duration time) throws InterruptedException {
        long deadlineNs = System.nanoTime() + time.toNanos();
        for (Semaphore crowd : new Semaphore[] {waiting, requests}) {
            if (!crowd.tryAcquire(limits.requestsMax(), deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                return false;
            }
            crowd.release(limits.requestsMax());
        }
        return true;
    }

    private void refuse(RoutingContext routing, Problem problem) {
        start(routing, limits.requestTimeout(), limits.listMax(), requests, exchange -> exchange.problem(problem));
    }

    /** Runs on the request's context; must not block. */
    private void start(RoutingContext routing, Duration timeout, long bodyMax, Semaphore crowd, Work work) {
        HttpServerRequest request = routing.request();
        request.pause();
        CompletableFuture<Void> closed = connections.began(request.connection());
        Exchange exchange = new Exchange(vertx, vertx.getOrCreateContext(), request, closed, limits, timeout, bodyMax);
        Thread.ofVirtual()
                .name("http " + request.method() + " " + Exchange.clip(String.valueOf(request.path())))
                .start(() -> run(exchange, request, crowd, work));
    }

    private void run(Exchange exchange, HttpServerRequest request, Semaphore crowd, Work work) {
        try {
            visitors.check(request);
            if (!crowd.tryAcquire()) {
                throw ProblemException.of(
                        Problem.Type.BUSY,
                        "there are " + limits.requestsMax() + " requests at work already; try later");
            }
            try {
                work.on(exchange);
            } finally {
                crowd.release();
            }
        } catch (ProblemException e) {
            fail(exchange, e.problem());
        } catch (ReplicaException e) {
            fail(exchange, ProblemException.of(e).problem());
        } catch (GuardException e) {
            fail(exchange, Problem.of(Problem.Type.GUARD, String.valueOf(e.getMessage())));
        } catch (JsonException e) {
            fail(exchange, ProblemException.of(e).problem());
        } catch (BrokenStream e) {
            broken(exchange, e);
        } catch (IOException | RuntimeException e) {
            LOG.error("{} {} failed", request.method(), Exchange.clip(String.valueOf(request.path())), e);
            fail(exchange, Problem.of(Problem.Type.INTERNAL, "the node has an error here; its log tells more"));
        } finally {
            exchange.close();
            connections.ended(request.connection(), exchange.closed());
        }
    }

    private static void broken(Exchange exchange, BrokenStream e) {
        switch (e.why()) {
            case CLOSED, ANSWERED -> exchange.abort();
            case SLOW, LATE -> fail(exchange, Problem.of(Problem.Type.TOO_SLOW, String.valueOf(e.getMessage())));
            case TOO_LARGE -> fail(exchange, Problem.of(Problem.Type.TOO_LARGE, String.valueOf(e.getMessage())));
        }
    }

    private static void fail(Exchange exchange, Problem problem) {
        if (exchange.begun()) {
            exchange.abort();
            return;
        }
        try {
            exchange.problem(problem);
        } catch (IOException e) {
            LOG.debug("a problem could not be answered: {}", problem.detail(), e);
            exchange.abort();
        }
    }
}
