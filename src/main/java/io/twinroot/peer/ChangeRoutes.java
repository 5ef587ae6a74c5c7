package io.twinroot.peer;

import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.Logged;
import io.twinroot.table.Context;
import io.twinroot.table.TableName;
import io.twinroot.wire.ChangesJson;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The feed: what came after a cursor, one page for each request, which may wait for it. */
final class ChangeRoutes {
    /** The longest that a request waits, and the most tables that it names. */
    static final Duration WAIT_MAX = Duration.ofSeconds(20);

    static final int TABLES_MAX = 100;
    private static final int LIMIT_DEFAULT = 1_000;

    private final ChangeFeed feed;

    ChangeRoutes(ChangeFeed feed) {
        this.feed = feed;
    }

    void addTo(PeerRoutes routes) {
        routes.path("/v1/changes")
                .waiting(HttpMethod.GET, WAIT_MAX, this::changes)
                .only();
        routes.path("/v1/changes/cursor").on(HttpMethod.GET, this::cursor).only();
    }

    private void changes(Exchange exchange) throws IOException {
        Map<String, byte[]> query = exchange.query(Set.of("since", "tables", "reader", "limit", "wait", "contexts"));
        String since = text(query, "since");
        if (since != null && !ChangesJson.isCursor(since)) {
            throw ProblemException.parameter(
                    "since", "since is a cursor as a page's next, \"end\", or left out for everything");
        }
        ChangeFeed.Query asked = new ChangeFeed.Query(
                since,
                tables(query),
                reader(query),
                (int) Exchange.number(query, "limit", ChangeFeed.PAGE_MAX, LIMIT_DEFAULT),
                waitMs(query),
                contexts(query));
        ChangePage page = whileConnected(exchange, asked);
        StreamOutput out = exchange.stream(200, Exchange.JSON_LINES);
        for (Logged item : page.items()) {
            out.write(line(item));
            out.write('\n');
        }
        for (Map.Entry<TableName, Context> seen : new TreeMap<>(page.contexts()).entrySet()) {
            out.write(ChangesJson.encode(seen.getKey(), seen.getValue()));
            out.write('\n');
        }
        out.write(ChangesJson.encode(new ChangesJson.End(
                page.next(),
                page.more(),
                page.gaps(),
                page.items().size() + page.contexts().size())));
        out.write('\n');
        out.finish();
    }

    private static byte[] line(Logged item) {
        return switch (item) {
            case Logged.Table(var table, var rules) -> ChangesJson.encode(table, rules);
            case Logged.OfRow(var table, var data) ->
                ChangesJson.encode(table, data.row(), RowLines.content(data.row(), data.blob()));
        };
    }

    /** Nobody waits for one who is gone, nor while the server ends. */
    private ChangePage whileConnected(Exchange exchange, ChangeFeed.Query query) throws BrokenStream {
        AtomicReference<@Nullable Thread> reader = new AtomicReference<>(Thread.currentThread());
        CompletableFuture<Void> closed = exchange.closed();
        var _ = closed.thenRun(() -> {
            synchronized (reader) {
                Thread waiting = reader.get();
                if (waiting != null) {
                    waiting.interrupt();
                }
            }
        });
        ChangePage page;
        try {
            page = feed.changes(query);
        } catch (RuntimeException e) {
            if (Thread.interrupted()) { // it also breaks off a reading from the disk
                throw new BrokenStream(BrokenStream.Cause.CLOSED, "the connection was closed");
            }
            throw e;
        } finally {
            synchronized (reader) {
                reader.set(null);
            }
        }
        if (Thread.interrupted()) {
            throw new BrokenStream(BrokenStream.Cause.CLOSED, "the connection was closed");
        }
        return page;
    }

    private void cursor(Exchange exchange) throws IOException {
        String at = text(exchange.query(Set.of("at")), "at");
        long ms;
        try {
            if (at == null) {
                throw ProblemException.parameter("at", "the parameter is missing; give a time as 2026-01-31T12:00:00Z");
            }
            ms = Instant.parse(at).toEpochMilli();
        } catch (DateTimeException | ArithmeticException e) {
            throw ProblemException.parameter(
                    "at", "at is a time as 2026-01-31T12:00:00Z, not '" + Exchange.clip(String.valueOf(at)) + "'");
        }
        exchange.json(ChangesJson.encodeCursor(feed.cursorAt(ms)));
    }

    private static @Nullable String text(Map<String, byte[]> query, String name) {
        byte[] bytes = query.get(name);
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private static Set<TableName> tables(Map<String, byte[]> query) {
        String text = text(query, "tables");
        Set<TableName> tables = new HashSet<>();
        if (text == null) {
            return tables;
        }
        try {
            for (String name : text.split(",", TABLES_MAX + 1)) {
                tables.add(new TableName(name));
            }
        } catch (IllegalArgumentException e) {
            throw ProblemException.parameter(
                    "tables",
                    "tables are names with commas between them, at most " + TABLES_MAX + ": " + e.getMessage());
        }
        return tables;
    }

    private static @Nullable String reader(Map<String, byte[]> query) {
        String reader = text(query, "reader");
        if (reader != null && !reader.matches("[A-Za-z0-9._-]{1,64}")) {
            throw ProblemException.parameter("reader", "a reader's name has 1 to 64 letters, digits, '.', '_', '-'");
        }
        return reader;
    }

    private static boolean contexts(Map<String, byte[]> query) {
        return switch (text(query, "contexts")) {
            case null -> false;
            case "false" -> false;
            case "true" -> true;
            default -> throw ProblemException.parameter("contexts", "contexts is true, or left out");
        };
    }

    private static long waitMs(Map<String, byte[]> query) {
        String text = text(query, "wait");
        if (text == null) {
            return 0;
        }
        if (!text.matches("[0-9]{1,6}") || Long.parseLong(text) > WAIT_MAX.toMillis()) {
            throw ProblemException.parameter(
                    "wait",
                    "wait is a number of milliseconds from 0 to " + WAIT_MAX.toMillis() + ", not '"
                            + Exchange.clip(text) + "'");
        }
        return Long.parseLong(text);
    }
}
