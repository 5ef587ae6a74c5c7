package io.twinroot.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.MemoryReplicas;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.TableName;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Switching feeds over HTTP, and pages that come broken. */
final class FeedRoutesTest {
    private static final String JSON = "Content-Type: application/json\r\n";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "/v1/feeds/b/shop%2Forders|{}|400|\"parameter\":\"on\"",
                "/v1/feeds/b/shop%2Forders|{\"on\":1}|400|\"parameter\":\"on\"",
                "/v1/feeds/b/shop%2Forders|{\"on\":true,\"off\":true}|400|\"parameter\":\"on\"",
                "/v1/feeds/b/..|{\"on\":true}|400|\"parameter\":\"table\"",
                "/v1/feeds/c/shop%2Forders|{\"on\":true}|400|no feed of a peer",
                "/v1/feeds/b/none|{\"on\":true}|404|no table none"
            })
    void wrongSwitchesAreRefused(String path, String body, int status, String detail) throws Exception {
        try (TestNode node =
                TestNode.with(MemoryReplicas.numbered(1), new ScriptedRepairs(), () -> java.util.List.of())) {
            RawHttp.Reply reply = RawHttp.ask(node.port(), "PUT", path, JSON, body.getBytes(StandardCharsets.UTF_8));
            assertEquals(status, reply.status());
            assertTrue(reply.body().contains(detail), reply.body());
        }
    }

    @Test
    void theServerDoesNotWaitForThoseWhoWait() throws Exception {
        try (MemoryReplicas replicas = MemoryReplicas.numbered(1)) {
            long from;
            try (TestNode node = TestNode.over(replicas);
                    Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
                String end = node.client()
                        .changes(new ChangeFeed.Query(ChangeFeed.END, Set.of(), null, 1, 0))
                        .next();
                socket.getOutputStream()
                        .write(("GET /v1/changes?wait=20000&since=" + end + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                assertNotNull(
                        node.client().tables()); // the request before it is under way, or will find a closed server
                from = System.nanoTime();
            }
            Duration took = Duration.ofNanos(System.nanoTime() - from);
            assertTrue(took.toSeconds() < 15, "closing took " + took);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "|no last line",
                "{\"table\":\"t\",\"digestExcludes\":[]}|no last line",
                "{\"next\":\"1\",\"more\":false,\"gaps\":[],\"items\":1}|has 0 items and says 1",
                "{\"next\":\"1\",\"more\":false,\"gaps\":[]}|table and digestExcludes",
                "{\"next\":\"a b\",\"more\":false,\"gaps\":[],\"items\":0}|a cursor has",
                "{\"table\":\"t\",\"row\":{\"uid\":\"a\",\"deleted\":true,\"stamp\":\"019b76daa8000006-00000000000000000000000000000001-7\"}}|before it names the table",
                "{\"table\":\"u\",\"digestExcludes\":[]}|was not asked for"
            })
    void aPageThatIsNotWholeOrNotAskedForIsRefused(String lines, String message) throws Exception {
        String body = lines == null ? "" : lines + "\n";
        Vertx vertx = Vertx.vertx();
        try (OddServer server = new OddServer(OddServer.answering("application/jsonl", body));
                HttpReplicas client = new HttpReplicas(vertx, server.uri())) {
            ChangeFeed.Query query = new ChangeFeed.Query("1", Set.of(new TableName("t")), null, 10, 0);
            ReplicaException e = assertThrows(ReplicaException.class, () -> client.changes(query));
            assertEquals(ReplicaException.Kind.BAD_ANSWER, e.kind());
            assertTrue(e.getMessage().contains(message), e.getMessage());
        } finally {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }
}
