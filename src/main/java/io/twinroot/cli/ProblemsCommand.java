package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.Config;
import io.twinroot.service.Address;
import io.twinroot.table.Value;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.RowJson;
import io.twinroot.wire.ValueJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code twinroot problems}. */
@Command(
        name = "problems",
        description = "Shows what a person must see of a node, and takes decisions.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {"", "Exit code: 0 no problem is open, 1 one is, 2 trouble."})
final class ProblemsCommand implements Callable<Integer> {
    private final Screen screen;

    @Parameters(
            arity = "0..1",
            paramLabel = "URL",
            description = "The node. Default: ${DEFAULT-VALUE}.",
            defaultValue = "http://127.0.0.1:" + Config.DEFAULT_PORT,
            converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Address address;

    @Option(names = "--all", description = "Those that are over too.")
    private boolean all;

    @Option(
            names = "--accept",
            paramLabel = "ID",
            description = "Give up what the problem says is lost; its table takes writes again when none is open.")
    private @Nullable String accept;

    @Option(
            names = "--show",
            paramLabel = "ID",
            description = "One problem, with both sides where it has two, or what it would do.")
    private @Nullable String show;

    @Option(names = "--retry", paramLabel = "ID", description = "Try a parked row again now.")
    private @Nullable String retry;

    @Option(
            names = "--reject",
            paramLabel = "ID",
            description = "Drop what a guard stopped; nothing of it is done. twinroot approve ID has it done.")
    private @Nullable String reject;

    @Option(
            names = "--keep",
            paramLabel = "mine|theirs",
            description = "Decide the conflict --id: what the table has, or what was kept aside.")
    private @Nullable Side keep;

    @Option(
            names = "--put",
            paramLabel = "FILE",
            description = "Decide the conflict --id: the row's fields, a JSON object in FILE; - for standard input.")
    private @Nullable String put;

    @Option(
            names = "--trust",
            paramLabel = "database|mirror",
            description =
                    "Decide the problem --id of a database that looks set back: what it has is taken over, or what"
                            + " the mirror has is written back to it.")
    private @Nullable Right trust;

    @Option(names = "--id", paramLabel = "ID", description = "Which one --keep, --put and --trust decide.")
    private @Nullable String id;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    private enum Right {
        DATABASE,
        MIRROR
    }

    private enum Side {
        MINE,
        THEIRS
    }

    ProblemsCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() {
        if (!(address.place() instanceof Address.Http(URI url, var table))) {
            throw new Trouble("problems asks a running node, http://HOST:PORT; " + address + " is none");
        }
        try (NodeClient node = new NodeClient(url)) {
            if (show != null) {
                return show(node, show);
            }
            decide(node);
            print(NodeStatus.list(node.get("/v1/problems" + (all ? "?state=all" : "")), "problems"));
            boolean open = !node.get("/v1/problems").path("problems").isEmpty();
            return open ? Exit.DIFFERENT : Exit.SAME;
        }
    }

    private void decide(NodeClient node) {
        long ways = Stream.of(keep, put, trust).filter(Objects::nonNull).count();
        if (ways != (id == null ? 0 : 1)) {
            throw new Trouble("a conflict is decided with --id ID and one of --keep mine, --keep theirs and --put FILE;"
                    + " a database that looks set back with --id ID and one of --trust database and --trust mirror");
        }
        if (accept != null) {
            decide(node, accept, "{\"decision\":\"accept\"}", "Accepted: ");
        }
        if (retry != null) {
            decide(node, retry, "{\"decision\":\"retry\"}", "Tried again: ");
        }
        if (reject != null) {
            decide(node, reject, "{\"decision\":\"reject\"}", "Rejected: ");
        }
        if (id != null && trust != null) {
            String side = trust.name().toLowerCase(Locale.ROOT);
            decide(node, id, "{\"decision\":\"trust-" + side + "\"}", "Decided: ");
        } else if (id != null) {
            String how = put != null
                    ? "\"put\",\"body\":" + fields(put)
                    : keep == Side.MINE ? "\"keep-mine\"" : "\"keep-theirs\"";
            JsonNode mine = node.get(path(id)).path("mine").path("stamp");
            String seen = mine.isTextual() ? ",\"seen\":" + mine : "";
            decide(node, id, "{\"decision\":" + how + seen + "}", "Decided: ");
        }
    }

    private void decide(NodeClient node, String which, String decision, String said) {
        JsonNode decided = node.post(path(which), decision);
        if (!output.json && !output.quiet) {
            screen.out().println(said + decided.path("text").asText());
        }
    }

    static String path(String id) {
        return "/v1/problems/" + URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private String fields(String file) {
        try {
            byte[] bytes =
                    file.equals("-") ? screen.in().readNBytes(RowJson.LINE_MAX) : Files.readAllBytes(Path.of(file));
            if (ValueJson.decode(bytes) instanceof Value.Mapping fields) {
                return new String(ValueJson.encode(fields), StandardCharsets.UTF_8);
            }
        } catch (JsonException e) {
            throw new Trouble(file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new Trouble(file + " is to be a JSON object, the fields of the row");
    }

    private int show(NodeClient node, String which) {
        JsonNode problem = node.get(path(which));
        print(List.of(problem));
        if (!output.json && !output.quiet && problem.has("theirs")) {
            Sides.print(screen, problem);
        }
        if (!output.json && !output.quiet && problem.has("steps")) {
            printSteps(problem.path("steps"));
        }
        return problem.path("state").asText().equals("open") ? Exit.DIFFERENT : Exit.SAME;
    }

    private void printSteps(JsonNode steps) {
        long all = 0;
        StringBuilder counts = new StringBuilder();
        for (Map.Entry<String, JsonNode> count : steps.path("counts").properties()) {
            all += count.getValue().asLong();
            counts.append(counts.isEmpty() ? "" : ", ")
                    .append(count.getKey())
                    .append(' ')
                    .append(Figures.count(count.getValue().asLong()));
        }
        screen.out().println("  it would: " + counts);
        for (JsonNode step : steps.path("first")) {
            JsonNode uid = step.path("uid");
            screen.out()
                    .println("    " + step.path("step").asText() + "  "
                            + (uid.isTextual() ? uid.asText() : uid.toString()));
        }
        long more = all - steps.path("first").size();
        if (more > 0) {
            screen.out().println("    … and " + Figures.count(more, "more row"));
        }
    }

    private void print(List<JsonNode> problems) {
        if (output.json) {
            JsonLines lines = new JsonLines(screen.out());
            problems.forEach(problem -> StatusCommand.document(lines, "problem", problem));
        } else if (!output.quiet) {
            problems.forEach(this::print);
            if (problems.isEmpty()) {
                screen.out().println(screen.green("No problem is open."));
            }
        }
    }

    private void print(JsonNode problem) {
        String state = problem.path("state").asText();
        screen.out()
                .println(screen.bold(problem.path("id").asText()) + "  "
                        + (state.equals("open") ? screen.red(state) : screen.green(state)) + "  "
                        + StatusCommand.when(problem.path("since"), ""));
        screen.out().println("  " + problem.path("text").asText());
        String advice = problem.path("advice").asText();
        if (!advice.isEmpty()) {
            screen.out().println("  " + screen.dim("what to do: ") + advice);
        }
    }
}
