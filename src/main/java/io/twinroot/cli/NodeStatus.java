package io.twinroot.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a node says of itself over HTTP (docs/protocol.md).
 *
 * @param health of {@code /healthz}
 * @param tables of {@code /v1/tables}
 * @param links of {@code /v1/links}: each table with each peer
 * @param repairs of {@code /v1/repairs}, the newest first
 */
record NodeStatus(JsonNode health, List<JsonNode> tables, List<JsonNode> links, List<JsonNode> repairs) {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_BYTES = 32 << 20;

    static NodeStatus of(URI node) {
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(TIMEOUT)
                .build()) {
            return new NodeStatus(
                    get(client, node, "/healthz"),
                    list(get(client, node, "/v1/tables"), "tables"),
                    list(get(client, node, "/v1/links"), "links"),
                    list(get(client, node, "/v1/repairs"), "repairs"));
        }
    }

    private static JsonNode get(HttpClient client, URI node, String path) {
        String url = node + path;
        try {
            HttpResponse<byte[]> answer = client.send(
                    HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).build(),
                    BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
            if (answer.statusCode() != 200) {
                throw new Trouble(url + " answered " + answer.statusCode() + "; is it a twinroot node?");
            }
            return new ObjectMapper().readTree(answer.body());
        } catch (JsonProcessingException e) {
            throw new Trouble(url + " did not answer with JSON; is it a twinroot node?", e);
        } catch (IOException e) {
            throw new Trouble(
                    node + " does not answer (" + (e.getMessage() == null ? "no connection" : e.getMessage())
                            + "); is the node running? twinroot serve starts one",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Trouble("interrupted while asking " + url, e);
        }
    }

    private static List<JsonNode> list(JsonNode document, String name) {
        List<JsonNode> list = new ArrayList<>();
        document.path(name).forEach(list::add);
        return list;
    }

    boolean isReady() {
        return health.path("status").asText().equals("ready");
    }

    /** What keeps it from serving, for people. */
    List<String> obstacles() {
        return list(health, "obstacles").stream().map(JsonNode::asText).toList();
    }

    boolean isWell() {
        return isReady()
                && links.stream().allMatch(link -> link.path("failures").asInt() == 0);
    }
}
