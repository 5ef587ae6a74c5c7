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
        assertTrue(!ask("GET", "/v1/problems?state=open", "").body().contains("\"id\":\"d2\""));
        assertTrue(ask("GET", "/v1/problems?state=all", "").body().contains("\"id\":\"d1\""));
        assertEquals(400, ask("GET", "/v1/problems?state=some", "").status());
    }

    @Test
    void aConflictHasTwoSidesAndDecisionsOfItsOwn() throws IOException {
        String sides = ask("GET", "/v1/problems/k4", "").body();
        assertTrue(sides.contains("\"mine\":{\"uid\":\"order-9\",\"body\":{\"amount\":\"4\"}"), sides);
        assertTrue(sides.contains("\"theirs\":{\"uid\":\"order-9\",\"body\":{\"amount\":\"3\"}"), sides);
        RawHttp.Reply unfit = ask("POST", "/v1/problems/k4", "{\"decision\":\"retry\"}");
        assertEquals(400, unfit.status());
        assertTrue(unfit.body().contains("it takes keep-mine, keep-theirs or put"), unfit::body);
        String other = "\"seen\":\"0000000000000001-00000000000000010000000000000002-3\"";
        assertEquals(
                412,
                ask("POST", "/v1/problems/k4", "{\"decision\":\"keep-mine\"," + other + "}")
                        .status());
        assertEquals(
                400, ask("POST", "/v1/problems/k4", "{\"decision\":\"put\"}").status());
        RawHttp.Reply put = ask("POST", "/v1/problems/k4", "{\"decision\":\"put\",\"body\":{\"amount\":\"5\"}}");
        assertTrue(put.body().contains("\"state\":\"resolved\""), put::body);
        assertEquals(
                404,
                ask("POST", "/v1/problems/k4", "{\"decision\":\"keep-mine\"}").status());
        assertEquals(404, ask("GET", "/v1/problems/k5", "").status());
    }

    @Test
    void whatAGuardStoppedHasStepsAndIsApprovedOnce() throws IOException {
        String shown = ask("GET", "/v1/problems/g1", "").body();
        assertTrue(shown.contains("\"steps\":{\"counts\":{\"delete-here\":2}"), shown);
        RawHttp.Reply unfit = ask("POST", "/v1/problems/k4", "{\"decision\":\"approve\"}");
        assertEquals(400, unfit.status());
        assertTrue(unfit.body().contains("is not decided with approve"), unfit::body);
        assertEquals(
                400,
                ask("POST", "/v1/problems/g1", "{\"decision\":\"approve\",\"all\":true}")
                        .status());
        RawHttp.Reply approved = ask("POST", "/v1/problems/g1", "{\"decision\":\"approve\"}");
        assertTrue(approved.body().contains("\"state\":\"resolved\""), approved::body);
        assertEquals(
                404,
                ask("POST", "/v1/problems/g1", "{\"decision\":\"approve\"}").status());
    }

    @Test
    void theTrashIsListedAndPutBack() throws IOException {
        assertTrue(ask("GET", "/v1/trash?limit=1", "").body().contains("\"next\":\"k2\""));
        assertEquals(
                "{\"trash\":[],\"next\":null}",
                ask("GET", "/v1/trash?limit=1&after=k2", "").body());
        assertEquals(
                "{\"trash\":[],\"next\":null}",
                ask("GET", "/v1/tables/other/trash", "").body());
        assertEquals(400, ask("GET", "/v1/trash?limit=1001", "").status());
        assertEquals(
                400, ask("POST", "/v1/trash/k2", "{\"decision\":\"accept\"}").status());
        assertEquals(
                404, ask("POST", "/v1/trash/k3", "{\"decision\":\"restore\"}").status());
        RawHttp.Reply back = ask("POST", "/v1/trash/k2", "{\"decision\":\"restore\"}");
        assertTrue(back.body().contains("\"restored\":true"), back::body);
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
