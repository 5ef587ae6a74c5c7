package io.twinroot.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.MemoryReplicas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Repairs over HTTP: start, look at, follow, stop. */
final class RepairRoutesTest {
    private final ScriptedRepairs repairs = new ScriptedRepairs();
    private TestNode node;

    @BeforeEach
    void start() throws Exception {
        node = TestNode.with(MemoryReplicas.numbered(1), repairs, () -> List.of("the disk is full", "b is down"));
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
    void aRepairIsStartedFollowedAndListed() throws Exception {
        RawHttp.Reply started = ask(
                "POST",
                "/v1/repairs",
                "{\"table\":\"t\",\"peer\":\"b\",\"direction\":\"pull\",\"apply\":true,\"maxDeletes\":5}");
        assertEquals(201, started.status(), started::body);
        assertTrue(started.hasHeader("location: /v1/repairs/1"), started::head);
        assertTrue(started.body().contains("\"state\":\"running\""), started::body);
        RepairRequest request = repairs.get("1").orElseThrow().request();
        assertEquals(5L, request.maxDeletes());
        assertTrue(request.apply());
        RawHttp.Reply events = ask("GET", "/v1/repairs/1/events", "");
        assertTrue(events.hasHeader("content-type: text/event-stream"), events::head);
        int progress = events.body().indexOf("event: progress\ndata: {\"id\":\"1\"");
        int over = events.body().indexOf("event: over\ndata: {\"id\":\"1\"");
        assertTrue(0 <= progress && progress < over, events::body);
        awaitNoFollower();
        assertTrue(ask("GET", "/v1/repairs/1", "").body().contains("\"state\":\"done\""));
        assertTrue(ask("GET", "/v1/repairs", "").body().startsWith("{\"repairs\":[{\"id\":\"1\""));
        assertTrue(ask("DELETE", "/v1/repairs/1", "").body().contains("\"state\":\"done\""));
    }

    @Test
    void aFollowerThatHangsUpIsLetGo() throws Exception {
        repairs.takeTheirTime();
        ask("POST", "/v1/repairs", "{\"table\":\"t\",\"peer\":\"b\"}");
        try (RawHttp follower = new RawHttp(node.port())) {
            follower.send("GET /v1/repairs/1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertTrue(follower.readSome(new byte[100]) > 0);
            assertEquals(1, repairs.followers());
        }
        awaitNoFollower();
    }

    private void awaitNoFollower() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
        while (repairs.followers() > 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertEquals(0, repairs.followers());
    }

    @Test
    void aRepairIsStopped() throws Exception {
        ask("POST", "/v1/repairs", "{\"table\":\"t\",\"peer\":\"b\"}");
        assertTrue(ask("DELETE", "/v1/repairs/1", "").body().contains("\"state\":\"stopped\""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{}|\"parameter\":\"table\"",
                "{\"table\":\"t\"}|\"parameter\":\"peer\"",
                "{\"table\":\"..\",\"peer\":\"b\"}|not a table name",
                "{\"table\":\"t\",\"peer\":\"c\"}|there are: b",
                "{\"table\":\"t\",\"peer\":\"b\",\"direction\":\"up\"}|pull, push or both",
                "{\"table\":\"t\",\"peer\":\"b\",\"mode\":\"half\"}|tree, full, partial or incremental",
                "{\"table\":\"t\",\"peer\":\"b\",\"mode\":\"full\",\"since\":\"2026-01-01T00:00:00Z\"}|incremental only",
                "{\"table\":\"t\",\"peer\":\"b\",\"mode\":\"incremental\",\"since\":\"2h\"}|since is a time",
                "{\"table\":\"t\",\"peer\":\"b\",\"apply\":1}|true or false",
                "{\"table\":\"t\",\"peer\":\"b\",\"maxDeletes\":-1}|0 or more",
                "{\"table\":\"t\",\"peer\":\"b\",\"force\":true}|not known here",
                "[]|an object",
                "{\"table\":\"t\",|breaks off"
            })
    void badRepairsAreRefused(String body, String detail) throws Exception {
        RawHttp.Reply reply = ask("POST", "/v1/repairs", body);
        assertEquals(400, reply.status());
        assertTrue(reply.body().contains(detail), reply::body);
    }

    @Test
    void anUnknownRepairIsSaid() throws Exception {
        for (String path : List.of("/v1/repairs/9", "/v1/repairs/9/events", "/v1/repairs/%ff")) {
            RawHttp.Reply reply = ask("GET", path, "");
            assertEquals(404, reply.status());
            assertTrue(reply.body().contains("unknown-repair"), reply::body);
        }
        assertEquals(404, ask("DELETE", "/v1/repairs/9", "").status());
    }

    @Test
    void aNodeThatIsNotReadySaysWhy() throws Exception {
        RawHttp.Reply ready = ask("GET", "/readyz", "");
        assertEquals(503, ready.status());
        assertTrue(ready.body().contains("the disk is full; b is down"), ready::body);
        assertEquals(200, ask("GET", "/livez", "").status());
        assertTrue(ask("GET", "/healthz", "").body().contains("\"not ready\""));
    }
}
