package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.Config;
import io.twinroot.service.Address;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code twinroot approve}. */
@Command(
        name = "approve",
        description = "Has that done which a guard of a node stopped and holds as a problem, and nothing else.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "A plan of the node itself is carried out at once, as a repair: a row that changed since it was made stays as",
            "it is. What another one announced to do there is let through for 24 hours; it must be tried again.",
            "Exit code: 0 it is done or let through, 1 rows that changed since were left, 2 trouble."
        })
final class ApproveCommand implements Callable<Integer> {
    private static final long POLL_MS = 100;

    private final Screen screen;

    @Parameters(index = "0", paramLabel = "ID", description = "Which one, as twinroot problems shows it.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String id;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "URL",
            description = "The node that holds it. Default: ${DEFAULT-VALUE}.",
            defaultValue = "http://127.0.0.1:" + Config.DEFAULT_PORT,
            converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Address address;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    ApproveCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() {
        if (!(address.place() instanceof Address.Http(URI url, var table))) {
            throw new Trouble("approve asks a running node, http://HOST:PORT; " + address + " is none");
        }
        try (NodeClient node = new NodeClient(url)) {
            JsonNode approved = node.post(ProblemsCommand.path(id), "{\"decision\":\"approve\"}");
            Optional<JsonNode> begun = NodeStatus.list(node.get("/v1/repairs"), "repairs").stream()
                    .filter(repair -> repair.path("approves").asText().equals(id))
                    .findFirst();
            if (begun.isEmpty()) {
                tellLetThrough(approved);
                return Exit.SAME;
            }
            JsonNode repair = end(node, begun.get());
            tell(repair, node.get(ProblemsCommand.path(id)));
            return exit(repair);
        }
    }

    private void tellLetThrough(JsonNode problem) {
        if (output.json) {
            StatusCommand.document(new JsonLines(screen.out()), "problem", problem);
        } else if (!output.quiet) {
            screen.out()
                    .println(screen.green(screen.bold("APPROVED")) + ": "
                            + problem.path("text").asText());
        }
    }

    /** The repair when it is over. */
    private JsonNode end(NodeClient node, JsonNode begun) {
        String path = "/v1/repairs/" + begun.path("id").asText();
        try (ProgressLine progress = ProgressLine.of(screen, output, "rows")) {
            JsonNode now = begun;
            while (now.path("state").asText().equals("running")) {
                progress.at(now.path("step").asText(), 0, -1);
                Thread.sleep(POLL_MS);
                now = node.get(path);
            }
            return now;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Trouble("interrupted; the repair " + begun.path("id").asText() + " goes on", e);
        }
    }

    private static int exit(JsonNode repair) {
        boolean done = repair.path("state").asText().equals("done");
        return !done || repair.path("refused").asLong() > 0
                ? Exit.TROUBLE
                : repair.path("trouble").isNull() ? Exit.SAME : Exit.DIFFERENT;
    }

    private void tell(JsonNode repair, JsonNode problem) {
        int exit = exit(repair);
        if (output.json) {
            JsonLines lines = new JsonLines(screen.out());
            StatusCommand.document(lines, "repair", repair);
            StatusCommand.document(lines, "problem", problem);
            return;
        }
        if (!repair.path("state").asText().equals("done")) {
            throw new Trouble("repair " + repair.path("id").asText() + " of " + id + " did not come to its end: "
                    + repair.path("trouble").asText());
        }
        if (output.quiet) {
            return;
        }
        screen.out()
                .println((exit == Exit.SAME
                                ? screen.green(screen.bold("DONE")) + ": all of " + id
                                : screen.yellow(screen.bold("DONE IN PART")) + ": not all of " + id)
                        + ", by repair " + repair.path("id").asText() + " of "
                        + repair.path("table").asText() + " with "
                        + repair.path("peer").asText());
        screen.out()
                .println("  here " + Figures.count(repair.path("changedHere").asLong(), "change") + ", there "
                        + Figures.count(repair.path("changedThere").asLong(), "change"));
        screen.out().println("  " + problem.path("text").asText());
    }
}
