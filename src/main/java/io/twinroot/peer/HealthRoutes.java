package io.twinroot.peer;

import io.twinroot.table.Value;
import io.twinroot.wire.Problem;
import io.twinroot.wire.ValueJson;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Is the process there; can it serve; and both for people. */
final class HealthRoutes {
    private final Readiness readiness;

    HealthRoutes(Readiness readiness) {
        this.readiness = readiness;
    }

    void addTo(PeerRoutes routes) {
        routes.path("/livez").on(HttpMethod.GET, this::live).only();
        routes.path("/readyz").on(HttpMethod.GET, this::ready).only();
        routes.path("/healthz").on(HttpMethod.GET, this::health).only();
    }

    private void live(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.json(status("live", List.of()));
    }

    private void ready(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        List<String> obstacles = readiness.obstacles();
        if (!obstacles.isEmpty()) {
            throw ProblemException.of(Problem.Type.NOT_READY, String.join("; ", obstacles));
        }
        exchange.json(status("ready", obstacles));
    }

    private void health(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        List<String> obstacles = readiness.obstacles();
        exchange.json(status(obstacles.isEmpty() ? "ready" : "not ready", obstacles));
    }

    private static byte[] status(String status, List<String> obstacles) {
        List<Value> texts = obstacles.stream().<Value>map(Value.Text::new).toList();
        return ValueJson.encode(
                Value.Mapping.of(Map.of("status", new Value.Text(status), "obstacles", new Value.Sequence(texts))));
    }
}
