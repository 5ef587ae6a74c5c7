package io.twinroot.peer;

import io.twinroot.wire.Problem;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/** What a node must tell a person, its scrub, and its metrics. */
final class CareRoutes {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final Care care;
    private final Limits limits;

    CareRoutes(Care care, Limits limits) {
        this.care = care;
        this.limits = limits;
    }

    void addTo(PeerRoutes routes) {
        routes.path("/v1/problems").on(HttpMethod.GET, this::problems).only();
        routes.path("/v1/problems/[^/]+")
                .on(HttpMethod.GET, this::problem)
                .on(HttpMethod.POST, this::decide)
                .only();
        new TrashRoutes(care.trash(), limits).addTo(routes);
        routes.path("/v1/scrub")
                .on(HttpMethod.GET, this::scrub)
                .on(HttpMethod.POST, this::startScrub)
                .on(HttpMethod.DELETE, this::stopScrub)
                .only();
        routes.path("/v1/sources")
                .on(HttpMethod.GET, this::sources)
                .on(HttpMethod.POST, this::scanSources)
                .only();
        routes.path("/metrics").on(HttpMethod.GET, this::metrics).only();
    }

    private void problems(Exchange exchange) throws IOException {
        Map<String, byte[]> query = exchange.query(Set.of("state"));
        String state = query.containsKey("state") ? new String(query.get("state"), StandardCharsets.UTF_8) : "open";
        if (!state.equals("open") && !state.equals("all")) {
            throw ProblemException.parameter("state", "a state is open or all");
        }
        exchange.json(CareJson.encodeAll(care.problems().list(state.equals("all"))));
    }

    private void decide(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.needType(Exchange.JSON);
        String id = exchange.text(3, "id");
        Decision decision = DecisionJson.decode(exchange.bytes(limits.lineMax()));
        Decided<ProblemView> decided =
                care.problems().decide(id, decision).orElseThrow(() -> unknown("open problem", id));
        RowRoutes.check(decided.item().uid(), decided.outcome());
        exchange.json(CareJson.encode(decided.item()));
    }

    private void problem(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        String id = exchange.text(3, "id");
        ProblemView problem = care.problems().get(id).orElseThrow(() -> unknown("problem", id));
        exchange.json(CareJson.encode(
                problem,
                care.problems().sides(id).orElse(null),
                care.problems().steps(id).orElse(null)));
    }

    private static ProblemException unknown(String what, String id) {
        return ProblemException.of(
                Problem.Type.UNKNOWN_PROBLEM,
                "there is no " + what + " '" + Exchange.clip(id) + "'; GET /v1/problems lists them");
    }

    private void scrub(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.json(CareJson.encode(care.scrubs().view()));
    }

    private void startScrub(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.json(CareJson.encode(care.scrubs().start()));
    }

    private void stopScrub(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.json(CareJson.encode(care.scrubs().stop()));
    }

    private void sources(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.json(CareJson.encodeSources(care.sources().sources()));
    }

    private void scanSources(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        care.sources().scan();
        exchange.json(CareJson.encodeSources(care.sources().sources()));
    }

    private void metrics(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.answer(200, PROMETHEUS, care.metrics().get().getBytes(StandardCharsets.UTF_8));
    }
}
