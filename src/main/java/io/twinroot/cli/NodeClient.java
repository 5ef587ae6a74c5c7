package io.twinroot.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Asks a running node for documents of its own (docs/protocol.md). */
final class NodeClient implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_BYTES = 32 << 20;

    private final URI node;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();

    NodeClient(URI node) {
        this.node = node;
    }

    JsonNode get(String path) {
        return ask(HttpRequest.newBuilder(URI.create(node + path)));
    }

    JsonNode put(String path, String json) {
        return ask(HttpRequest.newBuilder(URI.create(node + path))
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(json)));
    }

    JsonNode post(String path, String json) {
        return ask(HttpRequest.newBuilder(URI.create(node + path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json)));
    }

    private JsonNode ask(HttpRequest.Builder building) {
        HttpRequest request = building.timeout(TIMEOUT).build();
        try {
            HttpResponse<byte[]> answer =
                    client.send(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
            if (answer.statusCode() == 200) {
                return new ObjectMapper().readTree(answer.body());
            }
            boolean explained = answer.headers()
                    .firstValue("Content-Type")
                    .filter("application/problem+json"::equals)
                    .isPresent();
            throw new Trouble(request.uri() + " answered " + answer.statusCode()
                    + (explained
                            ? ": "
                                    + new ObjectMapper()
                                            .readTree(answer.body())
                                            .path("detail")
                                            .asText()
                            : "; is it a twinroot node?"));
        } catch (JsonProcessingException e) {
            throw new Trouble(request.uri() + " did not answer with JSON; is it a twinroot node?", e);
        } catch (IOException e) {
            throw new Trouble(
                    node + " does not answer (" + (e.getMessage() == null ? "no connection" : e.getMessage())
                            + "); is the node running? twinroot serve starts one",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Trouble("interrupted while asking " + request.uri(), e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
