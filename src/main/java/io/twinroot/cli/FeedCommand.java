package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.Config;
import io.twinroot.service.Address;
import io.twinroot.service.Addresses;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code twinroot feed}. */
@Command(
        name = "feed",
        description = "Shows what a node follows live at its peers, or switches it on or off.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class FeedCommand implements Callable<Integer> {
    private final Screen screen;

    @Parameters(
            arity = "0..2",
            paramLabel = "[URL] [on|off]",
            hideParamSyntax = true,
            description = "The node, by default http://127.0.0.1:" + Config.DEFAULT_PORT
                    + "; and what to do with the feeds that --peer and --table name.")
    private List<String> words = List.of();

    @Option(names = "--peer", paramLabel = "PEER", description = "Feeds from this peer only.")
    private @Nullable String peer;

    @Option(names = "--table", paramLabel = "TABLE", description = "Feeds of this table only.")
    private @Nullable String table;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    FeedCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() {
        String last = words.isEmpty() ? "" : words.getLast();
        boolean switches = last.equals("on") || last.equals("off");
        List<String> rest = switches ? words.subList(0, words.size() - 1) : words;
        if (rest.size() > 1) {
            throw new Trouble("'" + rest.getLast() + "' is neither on nor off; write feed [URL] [on|off]");
        }
        if (switches && peer == null && table == null) {
            throw new Trouble("say which feeds to turn " + last + ": --peer PEER, --table TABLE or both");
        }
        String place = rest.isEmpty() ? "http://127.0.0.1:" + Config.DEFAULT_PORT : rest.getFirst();
        if (!(Addresses.parse(place).place() instanceof Address.Http(var url, var none))) {
            throw new Trouble("feed asks a running node, http://HOST:PORT; " + place + " is none");
        }
        try (NodeClient node = new NodeClient(url)) {
            List<JsonNode> feeds = NodeStatus.list(node.get("/v1/feeds"), "feeds").stream()
                    .filter(feed -> peer == null || feed.path("peer").asText().equals(peer))
                    .filter(feed -> table == null || feed.path("table").asText().equals(table))
                    .toList();
            if (feeds.isEmpty() && (peer != null || table != null)) {
                throw new Trouble("the node " + url + " has no such feed; twinroot feed " + url + " lists them");
            }
            print(switches ? turn(node, feeds, last.equals("on")) : feeds);
        }
        return Exit.SAME;
    }

    private static List<JsonNode> turn(NodeClient node, List<JsonNode> feeds, boolean on) {
        List<JsonNode> turned = new ArrayList<>();
        for (JsonNode feed : feeds) {
            String path = "/v1/feeds/" + encoded(feed.path("peer")) + "/" + encoded(feed.path("table"));
            turned.add(node.put(path, "{\"on\":" + on + "}"));
        }
        return turned;
    }

    private static String encoded(JsonNode name) {
        return URLEncoder.encode(name.asText(), StandardCharsets.UTF_8);
    }

    private void print(List<JsonNode> feeds) {
        if (output.json) {
            JsonLines lines = new JsonLines(screen.out());
            for (JsonNode feed : feeds) {
                lines.line("feed", json -> {
                    for (Map.Entry<String, JsonNode> field : feed.properties()) {
                        json.writeFieldName(field.getKey());
                        json.writeRawValue(field.getValue().toString());
                    }
                });
            }
        } else if (!output.quiet && feeds.isEmpty()) {
            screen.out().println("It follows no peer (peers stand in its --config).");
        } else if (!output.quiet) {
            new FeedText(screen).print(feeds);
        }
    }
}
