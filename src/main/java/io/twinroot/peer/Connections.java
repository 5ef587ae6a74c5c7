package io.twinroot.peer;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The open connections of a server: closes those beyond the limit, and those on which no whole request head
 * came for too long, also when it drips.
 *
 * <p>A connection may be closed before its handlers are in place, and then nobody is told. So each one that
 * has no request at work has a timer, whose end always lets it go.
 */
final class Connections {
    private final Vertx vertx;
    private final Limits limits;
    private final AtomicInteger open = new AtomicInteger();
    private final ConcurrentMap<HttpConnection, Held> held = new ConcurrentHashMap<>();

    Connections(Vertx vertx, Limits limits) {
        this.vertx = vertx;
        this.limits = limits;
    }

    /** One connection; guarded by itself. */
    private final class Held {
        private final HttpConnection connection;
        private final CompletableFuture<Void> closed = new CompletableFuture<>();
        private int requests;
        private @Nullable Long timer;

        private Held(HttpConnection connection) {
            this.connection = connection;
        }

        private synchronized void startTimer() {
            if (requests == 0 && timer == null && !closed.isDone()) {
                timer = vertx.setTimer(limits.headTimeout().toMillis(), late -> {
                    release(this);
                    var _ = connection.close();
                });
            }
        }

        private synchronized void stopTimer() {
            if (timer != null) {
                vertx.cancelTimer(timer);
                timer = null;
            }
        }

        private synchronized void begin() {
            requests++;
            stopTimer();
        }

        private synchronized void end() {
            requests--;
            startTimer();
        }
    }

    void opened(HttpConnection connection) {
        if (open.incrementAndGet() > limits.connectionsMax()) {
            open.decrementAndGet();
            var _ = connection.close();
            return;
        }
        Held entry = new Held(connection);
        held.put(connection, entry);
        connection.closeHandler(closed -> release(entry));
        entry.startTimer();
    }

    private void release(Held entry) {
        if (held.remove(entry.connection, entry)) {
            open.decrementAndGet();
        }
        entry.stopTimer();
        entry.closed.complete(null);
    }

    /**
     * A request's head came whole; its exchange calls {@link #ended}.
     *
     * @return completes when the connection closes
     */
    CompletableFuture<Void> began(HttpConnection connection) {
        Held entry = held.get(connection);
        if (entry == null) {
            return CompletableFuture.completedFuture(null);
        }
        entry.begin();
        return entry.closed;
    }

    void ended(HttpConnection connection) {
        Held entry = held.get(connection);
        if (entry != null) {
            entry.end();
        }
    }
}
