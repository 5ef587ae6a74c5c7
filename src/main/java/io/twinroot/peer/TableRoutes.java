package io.twinroot.peer;

import io.twinroot.reconcile.Recent;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.wire.IndexJson;
import io.twinroot.wire.TableJson;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tables and their indexes: what is there, entries of a range, states of UIDs, and narrowing. */
final class TableRoutes {
    private static final int ENTRIES_DEFAULT = 1_000;

    private final Replicas replicas;
    private final Limits limits;

    TableRoutes(Replicas replicas, Limits limits) {
        this.replicas = replicas;
        this.limits = limits;
    }

    void addTo(PeerRoutes routes) {
        routes.path("/v1/tables").on(HttpMethod.GET, this::list).only();
        routes.path("/v1/tables/[^/]+")
                .on(HttpMethod.GET, this::info)
                .on(HttpMethod.PUT, this::create)
                .only();
        routes.path("/v1/tables/[^/]+/entries")
                .on(HttpMethod.GET, this::entries)
                .only();
        routes.path("/v1/tables/[^/]+/recent").on(HttpMethod.GET, this::recent).only();
        routes.path("/v1/tables/[^/]+/digests")
                .on(HttpMethod.POST, this::states)
                .only();
        routes.path("/v1/tables/[^/]+/narrow").on(HttpMethod.POST, this::narrow).only();
    }

    private void list(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.json(TableJson.encodeAll(replicas.tables()));
    }

    private void info(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        try (Replica replica = replicas.table(exchange.table())) {
            exchange.json(TableJson.encode(replica.info()));
        }
    }

    private void create(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.needType(Exchange.JSON);
        TableRules rules = TableJson.decodeRules(exchange.bytes(limits.lineMax()));
        try (Replica replica = replicas.create(exchange.table(), rules)) {
            exchange.json(TableJson.encode(replica.info()));
        }
    }

    private void entries(Exchange exchange) throws IOException {
        Map<String, byte[]> query = exchange.query(Set.of("start", "stop", "limit"));
        UidRange range = Exchange.range(query);
        int limit = (int) Exchange.number(query, "limit", Replica.MAX_BATCH, ENTRIES_DEFAULT);
        try (Replica replica = replicas.table(exchange.table())) {
            exchange.json(IndexJson.encodeEntries(replica.entries(range, limit)));
        }
    }

    private void recent(Exchange exchange) throws IOException {
        Map<String, byte[]> query = exchange.query(Set.of("since", "start", "stop", "limit"));
        UidRange range = Exchange.range(query);
        long since = Exchange.number(query, "since", Long.MAX_VALUE, 0);
        if (since == 0) {
            throw ProblemException.parameter("since", "since is needed, in milliseconds since 1970");
        }
        int limit = (int) Exchange.number(query, "limit", Replica.MAX_BATCH, ENTRIES_DEFAULT);
        try (Replica replica = replicas.table(exchange.table())) {
            Recent page = replica.recent(since, range, limit);
            exchange.json(IndexJson.encodePage(new IndexJson.Page(
                    page.rows().stream().map(Recent.Item::uid).toList(),
                    page.rows().stream().map(Recent.Item::state).toList(),
                    page.next())));
        }
    }

    private void states(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.needType(Exchange.JSON);
        List<Uid> uids = IndexJson.decodeUids(exchange.bytes(limits.listMax()), Replica.MAX_BATCH);
        try (Replica replica = replicas.table(exchange.table())) {
            exchange.json(IndexJson.encodeStates(replica.states(uids)));
        }
    }

    private void narrow(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.needType(Exchange.BYTES);
        byte[] message = exchange.bytes(limits.narrowMax());
        try (Replica replica = replicas.table(exchange.table())) {
            exchange.answer(200, Exchange.BYTES, replica.narrow(message));
        }
    }
}
