package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.Config;
import io.twinroot.config.Durations;
import io.twinroot.service.Address;
import io.twinroot.table.Stamp;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code twinroot status}. */
@Command(
        name = "status",
        description =
                "Shows a node's tables, its problems, how they stand with its peers, its feeds, and its last repairs.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Exit code: 0 all is well, 1 a problem is open, a repair or feed with a peer fails or the node is not ready,",
            "2 trouble."
        })
final class StatusCommand implements Callable<Integer> {
    private static final int REPAIRS_SHOWN = 5;

    private final Screen screen;

    @Parameters(
            arity = "0..1",
            paramLabel = "URL",
            description = "The node. Default: ${DEFAULT-VALUE}.",
            defaultValue = "http://127.0.0.1:" + Config.DEFAULT_PORT,
            converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Address address;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    StatusCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() {
        if (!(address.place() instanceof Address.Http(var url, var table))) {
            throw new Trouble("status asks a running node, http://HOST:PORT; " + address + " is none");
        }
        NodeStatus status = NodeStatus.of(url);
        if (output.json) {
            json(url.toString(), status);
        } else if (!output.quiet) {
            text(url.toString(), status);
        }
        return status.isWell() ? Exit.SAME : Exit.DIFFERENT;
    }

    private void json(String url, NodeStatus status) {
        JsonLines lines = new JsonLines(screen.out());
        lines.line("node", json -> {
            json.writeStringField("url", url);
            json.writeBooleanField("ready", status.isReady());
            json.writeArrayFieldStart("obstacles");
            for (String obstacle : status.obstacles()) {
                json.writeString(obstacle);
            }
            json.writeEndArray();
        });
        status.tables().forEach(table -> document(lines, "table", table));
        status.problems().forEach(problem -> document(lines, "problem", problem));
        document(lines, "scrub", status.scrub());
        status.sources().forEach(source -> document(lines, "source", source));
        status.links().forEach(link -> document(lines, "link", link));
        status.feeds().forEach(feed -> document(lines, "feed", feed));
        status.repairs().forEach(repair -> document(lines, "repair", repair));
    }

    static void document(JsonLines lines, String type, JsonNode document) {
        lines.line(type, json -> {
            for (Map.Entry<String, JsonNode> field : document.properties()) {
                json.writeFieldName(field.getKey());
                json.writeRawValue(field.getValue().toString());
            }
        });
    }

    private void text(String url, NodeStatus status) {
        screen.out()
                .println(url + " is "
                        + (status.isReady()
                                ? screen.green(screen.bold("ready"))
                                : screen.red(screen.bold("not ready"))));
        status.obstacles().forEach(obstacle -> screen.out().println("  " + screen.red(obstacle)));
        tables(status);
        sources(status.sources());
        problems(url, status);
        links(status.links());
        if (!status.feeds().isEmpty()) {
            screen.out().println();
            new FeedText(screen).print(status.feeds());
        }
        repairs(status.repairs());
    }

    private void tables(NodeStatus status) {
        List<JsonNode> tables = status.tables();
        screen.out().println();
        Columns columns = new Columns("  ");
        columns.add("TABLE", " ROWS", " DELETED", "ROOT", "NEWEST WRITE", "VERIFIED", "");
        for (JsonNode table : tables) {
            String newest = table.path("newest").asText("");
            JsonNode scrubbed = status.scrubOf(table.path("name").asText());
            columns.add(
                    table.path("name").asText(),
                    " " + Figures.count(table.path("count").asLong()),
                    " " + Figures.count(table.path("tombstones").asLong()),
                    shortened(table.path("root").asText(), 12),
                    table.path("newest").isNull() ? "none" : written(newest),
                    when(scrubbed.path("oldest"), "never"),
                    scrubbed.path("readOnly").asBoolean() ? "damaged, read-only" : "");
        }
        print(columns);
        if (tables.isEmpty()) {
            screen.out().println("  none yet: twinroot load --create makes one");
        }
    }

    private void sources(List<JsonNode> sources) {
        if (sources.isEmpty()) {
            return;
        }
        screen.out().println();
        Columns columns = new Columns("  ");
        columns.add("SOURCE", "OF TABLE", "LAST SCAN", " ROWS", " ROWS/S", " DIFFERED", "");
        for (JsonNode source : sources) {
            columns.add(
                    source.path("address").asText(),
                    source.path("table").asText(),
                    when(source.path("scanned"), "never"),
                    " " + Figures.count(source.path("rows").asLong()),
                    " " + Figures.count(source.path("rowsPerSecond").asLong()),
                    source.path("differed").isNull()
                            ? ""
                            : " " + Figures.count(source.path("differed").asLong()),
                    source.path("problem").isTextual()
                            ? "problem " + source.path("problem").asText()
                            : source.path("scanning").asBoolean() ? "is being scanned" : "");
        }
        print(columns);
    }

    private void problems(String url, NodeStatus status) {
        if (status.scrub().path("state").asText().equals("running")) {
            screen.out()
                    .println("  It is being scrubbed: "
                            + Figures.percent(
                                    status.scrub().path("doneBytes").asDouble(),
                                    status.scrub().path("totalBytes").asDouble()));
        }
        int open = status.problems().size();
        if (open > 0) {
            screen.out()
                    .println("  "
                            + screen.red(Figures.count(open, "problem") + (open == 1 ? " is open: " : " are open: "))
                            + "twinroot problems " + url + " says what happened and what to do");
        }
    }

    private static String written(String stamp) {
        try {
            return FindingText.time(Stamp.parse(stamp));
        } catch (IllegalArgumentException e) {
            return stamp;
        }
    }

    private void links(List<JsonNode> links) {
        screen.out().println();
        if (links.isEmpty()) {
            screen.out().println("  It repairs with no peer (peers stand in its --config).");
            return;
        }
        Columns columns = new Columns("  ");
        columns.add("PEER", "TABLE", "WAY", "EVERY", "LAST SYNC", "LAST THE SAME", "NEXT");
        for (JsonNode link : links) {
            columns.add(
                    link.path("peer").asText(),
                    link.path("table").asText(),
                    link.path("direction").asText(),
                    link.path("everyMs").isNull()
                            ? "by hand"
                            : Durations.text(
                                    Duration.ofMillis(link.path("everyMs").asLong())),
                    when(link.path("lastSync"), "never"),
                    when(link.path("verified"), "never"),
                    link.path("running").isNull() ? when(link.path("next"), "") : "running");
        }
        print(columns);
        for (JsonNode link : links) {
            int failures = link.path("failures").asInt();
            if (failures > 0) {
                screen.out()
                        .println("  "
                                + screen.red(link.path("table").asText() + " with "
                                        + link.path("peer").asText() + " failed "
                                        + (failures == 1 ? "once" : failures + " times")
                                        + ": ")
                                + link.path("trouble").asText(""));
            }
        }
    }

    private void repairs(List<JsonNode> repairs) {
        if (repairs.isEmpty()) {
            return;
        }
        screen.out().println();
        Columns columns = new Columns("  ");
        columns.add("REPAIR", "TABLE", "PEER", "STATE", " DIFFERED", " CHANGED HERE", " THERE", " BYTES");
        repairs.stream()
                .limit(REPAIRS_SHOWN)
                .forEach(repair -> columns.add(
                        when(repair.path("started"), ""),
                        repair.path("table").asText(),
                        repair.path("peer").asText(),
                        state(repair),
                        " " + Figures.count(repair.path("differing").asLong()),
                        " " + Figures.count(repair.path("changedHere").asLong()),
                        " " + Figures.count(repair.path("changedThere").asLong()),
                        " "
                                + Figures.bytes(repair.path("sentBytes").asLong()
                                        + repair.path("receivedBytes").asLong())));
        print(columns);
    }

    private static String state(JsonNode repair) {
        String state = repair.path("state").asText();
        return state.equals("done") && repair.path("same").asBoolean() ? "same" : state;
    }

    private void print(Columns columns) {
        List<String> lines = columns.lines();
        screen.out().println(screen.dim(lines.getFirst()));
        lines.stream().skip(1).forEach(screen.out()::println);
    }

    /** How long ago, or in how long. */
    static String when(JsonNode time, String missing) {
        try {
            if (time.isNull() || time.isMissingNode()) {
                return missing;
            }
            Duration away = Duration.between(Instant.now(), Instant.parse(time.asText()));
            return away.isNegative() ? Figures.time(away.negated()) + " ago" : "in " + Figures.time(away);
        } catch (DateTimeException e) {
            return time.asText();
        }
    }

    private static String shortened(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length);
    }
}
