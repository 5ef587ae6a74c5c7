package io.twinroot.peer;

import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.Context;
import io.twinroot.wire.ContextJson;
import io.twinroot.wire.IndexJson;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** What two replicas tell each other around a repair: what each has seen, deletes, and what is about to be done. */
final class MeetingRoutes {
    private static final byte[] DONE = "{}".getBytes(StandardCharsets.UTF_8);

    private final Replicas replicas;
    private final Limits limits;

    MeetingRoutes(Replicas replicas, Limits limits) {
        this.replicas = replicas;
        this.limits = limits;
    }

    void addTo(PeerRoutes routes) {
        routes.path("/v1/tables/[^/]+/knowledge")
                .on(HttpMethod.GET, this::knowledge)
                .only();
        routes.path("/v1/tables/[^/]+/meet").on(HttpMethod.POST, this::meet).only();
        routes.path("/v1/tables/[^/]+/tombstones")
                .streamed(HttpMethod.POST, this::tombstones)
                .only();
        routes.path("/v1/tables/[^/]+/unseen").on(HttpMethod.POST, this::unseen).only();
        routes.path("/v1/tables/[^/]+/absorb").on(HttpMethod.POST, this::absorb).only();
        routes.path("/v1/tables/[^/]+/announce")
                .on(HttpMethod.POST, this::announce)
                .only();
    }

    private void knowledge(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        try (Replica replica = replicas.table(exchange.table())) {
            exchange.json(MeetingJson.encode(replica.knowledge()));
        }
    }

    private void meet(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.needType(Exchange.JSON);
        Knowledge other = MeetingJson.decodeKnowledge(exchange.bytes(MeetingJson.KNOWLEDGE_BYTES_MAX));
        try (Replica replica = replicas.table(exchange.table())) {
            exchange.json(MeetingJson.encode(replica.meet(other)));
        }
    }

    private void tombstones(Exchange exchange) throws IOException {
        Context known = context(exchange);
        try (Replica replica = replicas.table(exchange.table());
                RowCursor rows = replica.tombstones(known)) {
            RowLines.send(exchange, rows, Long.MAX_VALUE);
        }
    }

    private void unseen(Exchange exchange) throws IOException {
        int limit =
                (int) Exchange.number(exchange.query(Set.of("limit")), "limit", Replica.MAX_BATCH, Replica.MAX_BATCH);
        exchange.needType(Exchange.JSON);
        Context known = ContextJson.decode(exchange.bytes(ContextJson.BYTES_MAX));
        try (Replica replica = replicas.table(exchange.table())) {
            exchange.json(IndexJson.encodeUids(replica.unseen(known, limit)));
        }
    }

    private void absorb(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.needType(Exchange.JSON);
        MeetingJson.Walked walk = MeetingJson.decodeWalked(exchange.bytes(ContextJson.BYTES_MAX));
        try (Replica replica = replicas.table(exchange.table())) {
            replica.absorb(walk.context(), walk.life());
            exchange.json(DONE);
        }
    }

    private static Context context(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.needType(Exchange.JSON);
        return ContextJson.decode(exchange.bytes(ContextJson.BYTES_MAX));
    }

    private void announce(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.needType(Exchange.JSON);
        Intent intent = MeetingJson.decodeIntent(exchange.bytes(limits.listMax()));
        try (Replica replica = replicas.table(exchange.table())) {
            exchange.json(MeetingJson.encodeTicket(replica.announce(intent)));
        }
    }
}
