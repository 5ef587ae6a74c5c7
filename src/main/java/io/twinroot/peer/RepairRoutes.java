package io.twinroot.peer;

import io.twinroot.peer.RepairControl.Following;
import io.twinroot.wire.Problem;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** Repairs: start, list, look at, follow, stop; and how each table stands with each peer. */
final class RepairRoutes {
    private static final int EVENTS_HELD = 64;
    private static final long HEARTBEAT_SECONDS = 5;
    private static final byte[] HEARTBEAT = {':', '\n', '\n'};

    private final RepairControl repairs;
    private final Limits limits;

    RepairRoutes(RepairControl repairs, Limits limits) {
        this.repairs = repairs;
        this.limits = limits;
    }

    void addTo(PeerRoutes routes) {
        routes.path("/v1/repairs")
                .on(HttpMethod.GET, this::list)
                .on(HttpMethod.POST, this::start)
                .only();
        routes.path("/v1/repairs/[^/]+")
                .on(HttpMethod.GET, this::get)
                .on(HttpMethod.DELETE, this::stop)
                .only();
        routes.path("/v1/repairs/[^/]+/events")
                .streamed(HttpMethod.GET, this::events)
                .only();
        routes.path("/v1/links").on(HttpMethod.GET, this::links).only();
    }

    private void list(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.json(RepairJson.encodeAll(repairs.list()));
    }

    private void links(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.json(RepairJson.encodeLinks(repairs.links()));
    }

    private void start(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.needType(Exchange.JSON);
        RepairView view = repairs.start(RepairJson.decode(exchange.bytes(limits.lineMax())));
        exchange.set("Location", "/v1/repairs/" + Percent.encode(view.id()));
        exchange.answer(201, Exchange.JSON, RepairJson.encode(view));
    }

    private static String id(Exchange exchange) {
        return exchange.text(3, "id");
    }

    private static ProblemException unknown(String id) {
        return ProblemException.of(
                Problem.Type.UNKNOWN_REPAIR,
                "there is no repair '" + Exchange.clip(id) + "'; GET /v1/repairs lists them");
    }

    private void get(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        String id = id(exchange);
        exchange.json(RepairJson.encode(repairs.get(id).orElseThrow(() -> unknown(id))));
    }

    private void stop(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        String id = id(exchange);
        exchange.json(RepairJson.encode(repairs.stop(id).orElseThrow(() -> unknown(id))));
    }

    /** A slow follower misses steps in between, never the last. */
    private void events(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        String id = id(exchange);
        BlockingQueue<Optional<RepairView>> news = new ArrayBlockingQueue<>(EVENTS_HELD);
        Optional<Following> following = repairs.follow(id, view -> push(news, Optional.of(view)));
        var _ = exchange.closed().thenRun(() -> push(news, Optional.empty()));
        Following open = following.orElseThrow(() -> unknown(id));
        try {
            StreamOutput out = exchange.stream(200, "text/event-stream");
            while (exchange.deadline().remainingNanos() > TimeUnit.SECONDS.toNanos(1)) {
                Optional<RepairView> view = next(news, exchange.deadline());
                out.write(view.map(RepairRoutes::event).orElse(HEARTBEAT));
                out.flush();
                if (view.filter(RepairView::isOver).isPresent()) {
                    break;
                }
            }
            out.finish();
        } finally {
            open.close();
        }
    }

    /** The oldest news make room. */
    private static void push(BlockingQueue<Optional<RepairView>> news, Optional<RepairView> view) {
        while (!news.offer(view)) {
            news.poll();
        }
    }

    /** The next news; empty when there are none for a while, or the follower is gone. */
    private static Optional<RepairView> next(BlockingQueue<Optional<RepairView>> news, Deadline deadline)
            throws IOException {
        try {
            long most = Math.max(0, deadline.remainingNanos() - TimeUnit.SECONDS.toNanos(1));
            long wait = Math.min(most, TimeUnit.SECONDS.toNanos(HEARTBEAT_SECONDS));
            Optional<RepairView> view = news.poll(wait, TimeUnit.NANOSECONDS);
            return view == null ? Optional.empty() : view;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokenStream(BrokenStream.Cause.CLOSED, "following was interrupted", e);
        }
    }

    private static byte[] event(RepairView view) {
        String json = new String(RepairJson.encode(view), StandardCharsets.UTF_8);
        return ("event: " + (view.isOver() ? "over" : "progress") + "\ndata: " + json + "\n\n")
                .getBytes(StandardCharsets.UTF_8);
    }
}
