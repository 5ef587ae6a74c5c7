package io.twinroot.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.MemoryReplicas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Problems, the scrub and metrics over HTTP. */
final class CareRoutesTest {
    private TestNode node;

    @BeforeEach
    void start() throws Exception {
        node = TestNode.with(MemoryReplicas.numbered(1), new ScriptedRepairs(), List::of);
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private RawHttp.Reply ask(String method, String path, String body) throws IOException {
        String type = body.isEmpty() ? "" : "Content-Type: application/json\r\n";
        return RawHttp.ask(node.port(), method, path, type, body.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void anOpenProblemIsAcceptedOnce() throws IOException {
        assertTrue(ask("GET", "/v1/problems", "").body().contains("\"id\":\"d2\""));
        RawHttp.Reply accepted = ask("POST", "/v1/problems/d2", "{\"decision\":\"accept\"}");
        assertTrue(accepted.body().contains("\"state\":\"accepted\""), accepted::body);
        RawHttp.Reply again = ask("POST", "/v1/problems/d2", "{\"decision\":\"accept\"}");
        assertEquals(404, again.status());
        assertTrue(again.body().contains("unknown-problem"), again::body);
        assertEquals(
                "{\"problems\":[]}", ask("GET", "/v1/problems?state=open", "").body());
        assertTrue(ask("GET", "/v1/problems?state=all", "").body().contains("\"id\":\"d1\""));
        assertEquals(400, ask("GET", "/v1/problems?state=some", "").status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "{\"decision\":\"forget\"}", "{\"decision\":\"accept\",\"all\":true}"})
    void anotherDecisionIsRefused(String body) throws IOException {
        RawHttp.Reply reply = ask("POST", "/v1/problems/d2", body);
        assertEquals(400, reply.status());
        assertTrue(reply.body().contains("\"parameter\":\"decision\""), reply::body);
    }

    @Test
    void aScrubIsStartedAndStopped() throws IOException {
        assertTrue(ask("POST", "/v1/scrub", "").body().contains("\"state\":\"running\""));
        assertTrue(ask("GET", "/v1/scrub", "").body().contains("\"doneBytes\":1000"));
        assertTrue(ask("DELETE", "/v1/scrub", "").body().contains("\"state\":\"idle\""));
        assertEquals(405, ask("PUT", "/v1/scrub", "").status());
    }

    @Test
    void metricsAreText() throws IOException {
        RawHttp.Reply reply = ask("GET", "/metrics", "");
        assertTrue(reply.hasHeader("content-type: text/plain; version=0.0.4; charset=utf-8"), reply::head);
        assertTrue(reply.body().contains("twinroot_damage_open 1.0"), reply::body);
    }
}
