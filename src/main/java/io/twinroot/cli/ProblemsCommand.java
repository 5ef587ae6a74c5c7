package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.Config;
import io.twinroot.service.Address;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
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

    @Mixin
    private final OutputOptions output = new OutputOptions();

    ProblemsCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() {
        if (!(address.place() instanceof Address.Http(URI url, var table))) {
            throw new Trouble("problems asks a running node, http://HOST:PORT; " + address + " is none");
        }
        try (NodeClient node = new NodeClient(url)) {
            if (accept != null) {
                String id = URLEncoder.encode(accept, StandardCharsets.UTF_8).replace("+", "%20");
                JsonNode accepted = node.post("/v1/problems/" + id, "{\"decision\":\"accept\"}");
                if (!output.json && !output.quiet) {
                    screen.out().println("Accepted: " + accepted.path("text").asText());
                }
            }
            print(NodeStatus.list(node.get("/v1/problems" + (all ? "?state=all" : "")), "problems"));
            boolean open = !node.get("/v1/problems").path("problems").isEmpty();
            return open ? Exit.DIFFERENT : Exit.SAME;
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
