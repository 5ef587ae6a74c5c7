package io.twinroot.peer;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.util.ArrayList;
import java.util.List;
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
        private final List<CompletableFuture<Void>> requests = new ArrayList<>(1);
        private boolean closed;
        private @Nullable Long timer;

        private Held(HttpConnection connection) {
            this.connection = connection;
        }

        private synchronized void startTimer() {
            if (requests.isEmpty() && timer == null && !closed) {
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

        private synchronized CompletableFuture<Void> begin() {
            CompletableFuture<Void> told = new CompletableFuture<>();
            if (closed) {
                told.complete(null);
                return told;
            }
            requests.add(told);
            stopTimer();
            return told;
        }

        private synchronized void end(CompletableFuture<Void> told) {
            told.cancel(false); // what waited for it is not told, and no longer held
            requests.removeIf(CompletableFuture::isDone);
            startTimer();
        }

        private void close() {
            List<CompletableFuture<Void>> working;
            synchronized (this) {
                closed = true;
                working = List.copyOf(requests);
            }
            working.forEach(told -> told.complete(null));
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
        entry.close();
    }

    /**
     * A request's head came whole; its exchange calls {@link #ended}.
     *
     * @return completes when the connection closes while the request is at work; of this request alone, so that
     *     what waits for it goes with it and not with the connection
     */
    CompletableFuture<Void> began(HttpConnection connection) {
        Held entry = held.get(connection);
        if (entry == null) {
            return CompletableFuture.completedFuture(null);
        }
        return entry.begin();
    }

    void ended(HttpConnection connection, CompletableFuture<Void> told) {
        Held entry = held.get(connection);
        if (entry != null) {
            entry.end(told);
        }
    }
}
