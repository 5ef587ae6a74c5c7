package io.twinroot.peer;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The open connections of a server: closes those beyond the limit, and those on which no whole request head
 * came for too long, also when it drips.
 */
final class Connections {
    private final Vertx vertx;
    private final Limits limits;
    private final AtomicInteger open = new AtomicInteger();
    private final ConcurrentMap<HttpConnection, Waiting> waiting = new ConcurrentHashMap<>();

    Connections(Vertx vertx, Limits limits) {
        this.vertx = vertx;
        this.limits = limits;
    }

    /** A connection between two requests; the timer closes it. */
    private record Waiting(long timer) {}

    void opened(HttpConnection connection) {
        if (open.incrementAndGet() > limits.connectionsMax()) {
            open.decrementAndGet();
            var _ = connection.close();
            return;
        }
        connection.closeHandler(closed -> {
            open.decrementAndGet();
            forget(connection);
        });
        await(connection);
    }

    private void await(HttpConnection connection) {
        long timer = vertx.setTimer(limits.headTimeout().toMillis(), late -> {
            waiting.remove(connection);
            var _ = connection.close();
        });
        Waiting before = waiting.put(connection, new Waiting(timer));
        if (before != null) {
            vertx.cancelTimer(before.timer());
        }
    }

    private void forget(HttpConnection connection) {
        Waiting before = waiting.remove(connection);
        if (before != null) {
            vertx.cancelTimer(before.timer());
        }
    }

    /** A request's head came whole. */
    void began(HttpConnection connection) {
        forget(connection);
    }

    /** The answer to a request is out. */
    void ended(HttpConnection connection) {
        await(connection);
    }
}
