package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * What a node says of itself over HTTP (docs/protocol.md).
 *
 * @param health of {@code /healthz}
 * @param tables of {@code /v1/tables}
 * @param links of {@code /v1/links}: each table with each peer
 * @param feeds of {@code /v1/feeds}: each table with each peer that it is pulled from
 * @param repairs of {@code /v1/repairs}, the newest first
 * @param problems of {@code /v1/problems}: those that are open
 * @param scrub of {@code /v1/scrub}
 * @param sources of {@code /v1/sources}: tables of databases that it mirrors
 */
record NodeStatus(
        JsonNode health,
        List<JsonNode> tables,
        List<JsonNode> links,
        List<JsonNode> feeds,
        List<JsonNode> repairs,
        List<JsonNode> problems,
        JsonNode scrub,
        List<JsonNode> sources) {

    static NodeStatus of(URI url) {
        try (NodeClient node = new NodeClient(url)) {
            return new NodeStatus(
                    node.get("/healthz"),
                    list(node.get("/v1/tables"), "tables"),
                    list(node.get("/v1/links"), "links"),
                    list(node.get("/v1/feeds"), "feeds"),
                    list(node.get("/v1/repairs"), "repairs"),
                    list(node.get("/v1/problems"), "problems"),
                    node.get("/v1/scrub"),
                    list(node.get("/v1/sources"), "sources"));
        }
    }

    static List<JsonNode> list(JsonNode document, String name) {
        List<JsonNode> list = new ArrayList<>();
        document.path(name).forEach(list::add);
        return list;
    }

    /** What the scrub says of a table. */
    JsonNode scrubOf(String table) {
        for (JsonNode scrubbed : scrub.path("tables")) {
            if (scrubbed.path("table").asText().equals(table)) {
                return scrubbed;
            }
        }
        return scrub.path("none");
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
                && problems.isEmpty()
                && links.stream().allMatch(link -> link.path("failures").asInt() == 0)
                && feeds.stream().allMatch(feed -> feed.path("trouble").isNull());
    }
}
