package io.twinroot.peer;

import io.twinroot.table.TableName;
import io.twinroot.wire.Problem;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was deleted and overwritten, and how it comes back. */
final class TrashRoutes {
    private static final int PAGE = 100;

    private final TrashControl trash;
    private final Limits limits;

    TrashRoutes(TrashControl trash, Limits limits) {
        this.trash = trash;
        this.limits = limits;
    }

    void addTo(PeerRoutes routes) {
        routes.path("/v1/trash")
                .on(HttpMethod.GET, exchange -> list(exchange, null))
                .only();
        routes.path("/v1/tables/[^/]+/trash")
                .on(HttpMethod.GET, exchange -> list(exchange, exchange.table()))
                .only();
        routes.path("/v1/trash/[^/]+")
                .on(HttpMethod.GET, this::get)
                .on(HttpMethod.POST, this::restore)
                .only();
    }

    private void list(Exchange exchange, @Nullable TableName table) throws IOException {
        Map<String, byte[]> query = exchange.query(Set.of("limit", "after"));
        int limit = (int) Exchange.number(query, "limit", TrashControl.PAGE_MAX, PAGE);
        String after = new String(query.getOrDefault("after", new byte[0]), StandardCharsets.UTF_8);
        List<TrashView> page = trash.list(table, after, limit);
        exchange.json(TrashJson.encode(page, page.size() < limit));
    }

    private void get(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        String id = exchange.text(3, "id");
        exchange.json(TrashJson.encode(trash.trashed(id).orElseThrow(() -> unknown(id))));
    }

    private void restore(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.needType(Exchange.JSON);
        String id = exchange.text(3, "id");
        var seen = DecisionJson.decodeRestore(exchange.bytes(limits.lineMax()));
        Decided<TrashView> decided = trash.restore(id, seen).orElseThrow(() -> unknown(id));
        RowRoutes.check(decided.item().uid(), decided.outcome());
        exchange.json(TrashJson.encode(decided.item()));
    }

    private static ProblemException unknown(String id) {
        return ProblemException.of(
                Problem.Type.UNKNOWN_TRASH,
                "there is nothing '" + Exchange.clip(id) + "' in the trash; GET /v1/trash lists it");
    }
}
