package io.twinroot.peer;

import io.twinroot.table.TableName;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.util.Set;

/** What a node follows live at its peers: shown and switched. */
final class FeedRoutes {
    private final FeedControl feeds;
    private final Limits limits;

    FeedRoutes(FeedControl feeds, Limits limits) {
        this.feeds = feeds;
        this.limits = limits;
    }

    void addTo(PeerRoutes routes) {
        routes.path("/v1/feeds").on(HttpMethod.GET, this::list).only();
        routes.path("/v1/feeds/[^/]+/[^/]+").on(HttpMethod.PUT, this::turn).only();
    }

    private void list(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.json(FeedJson.encodeAll(feeds.feeds()));
    }

    private void turn(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.needType(Exchange.JSON);
        String peer = exchange.text(3, "peer");
        TableName table;
        try {
            table = new TableName(exchange.text(4, "table"));
        } catch (IllegalArgumentException e) {
            throw ProblemException.parameter("table", String.valueOf(e.getMessage()));
        }
        boolean on = FeedJson.decodeSwitch(exchange.bytes(limits.lineMax()));
        exchange.json(FeedJson.encode(feeds.turn(peer, table, on)));
    }
}
