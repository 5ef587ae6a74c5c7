package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.Config;
import io.twinroot.service.Address;
import io.twinroot.service.StoreScrub;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code twinroot scrub}. */
@Command(
        name = "scrub",
        description = "Reads all bytes of a node's store, or of a store, again and checks them.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "What is damaged and not needed is removed, what can be made again is; a row that is lost becomes a problem.",
            "Exit code: 0 nothing is wrong, 1 something was found, 2 trouble."
        })
final class ScrubCommand implements Callable<Integer> {
    private static final long POLL_MS = 200;

    private final Screen screen;

    @Parameters(
            arity = "0..1",
            paramLabel = "ADDRESS",
            description = "The node, or store:PATH of a store whose node does not run. Default: ${DEFAULT-VALUE}.",
            defaultValue = "http://127.0.0.1:" + Config.DEFAULT_PORT,
            converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Address address;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    ScrubCommand(Screen screen) {
        this.screen = screen;
    }

    /** What a scrub came to. */
    private record Outcome(
            boolean complete, long rows, long bytes, long damaged, List<String> findings, String next, Duration took) {}

    @Override
    public Integer call() {
        Outcome outcome;
        try (ProgressLine progress = ProgressLine.of(screen, output, "bytes")) {
            outcome = switch (address.place()) {
                case Address.Http(URI url, var table) -> ofNode(url, progress);
                case Address.Store(Path path, var table) -> ofStore(path, progress);
                case Address.Sql sql ->
                    throw new Trouble("a scrub is of a node or a store; compare a database with twinroot verify");
            };
        }
        if (output.json) {
            json(outcome);
        } else if (!output.quiet) {
            text(outcome);
        }
        if (!outcome.complete) {
            throw new Trouble("the scrub of " + address + " ended early; the next one goes on where it was");
        }
        return outcome.damaged == 0 ? Exit.SAME : Exit.DIFFERENT;
    }

    private static Outcome ofStore(Path path, ProgressLine progress) {
        Instant began = Instant.now();
        StoreScrub.Result result = StoreScrub.run(path, progress::at);
        String next = result.open().isEmpty()
                ? ""
                : Figures.count(result.open().size(), "problem")
                        + " open: start the node, which heals them from a peer that it pulls from;"
                        + " twinroot problems shows them then";
        return new Outcome(
                true,
                result.rows(),
                result.bytes(),
                Math.max(result.damaged(), result.open().size()),
                result.findings(),
                next,
                Duration.between(began, Instant.now()));
    }

    private static Outcome ofNode(URI url, ProgressLine progress) {
        try (NodeClient node = new NodeClient(url)) {
            JsonNode before = node.get("/v1/scrub").path("last");
            Instant began = Instant.now();
            JsonNode scrub = node.post("/v1/scrub", "{}");
            while (scrub.path("state").asText().equals("running")) {
                progress.at(
                        "scrubbing",
                        scrub.path("doneBytes").asLong(),
                        scrub.path("totalBytes").asLong());
                pause();
                scrub = node.get("/v1/scrub");
            }
            JsonNode last = scrub.path("last");
            if (!last.isObject() || last.equals(before)) {
                throw new Trouble(url + " was asked to scrub and did not: it is stopping, or the scrub was stopped");
            }
            List<String> findings = new ArrayList<>();
            last.path("findings").forEach(finding -> findings.add(finding.asText()));
            long damaged = last.path("damaged").asLong();
            return new Outcome(
                    last.path("complete").asBoolean(),
                    last.path("rows").asLong(),
                    last.path("bytes").asLong(),
                    damaged,
                    findings,
                    damaged == 0 ? "" : "twinroot problems " + url + " says what is lost and what to do",
                    Duration.between(began, Instant.now()));
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Trouble("interrupted while following the scrub", e);
        }
    }

    private void json(Outcome outcome) {
        JsonLines lines = new JsonLines(screen.out());
        outcome.findings.forEach(finding -> lines.line("finding", json -> json.writeStringField("text", finding)));
        lines.line("scrubbed", json -> {
            json.writeStringField("address", address.toString());
            json.writeBooleanField("complete", outcome.complete);
            json.writeNumberField("rows", outcome.rows);
            json.writeNumberField("bytes", outcome.bytes);
            json.writeNumberField("damaged", outcome.damaged);
            json.writeNumberField("ms", outcome.took.toMillis());
        });
    }

    private void text(Outcome outcome) {
        String read = Figures.count(outcome.rows, "row") + " and " + Figures.bytes(outcome.bytes) + " read in "
                + Figures.time(outcome.took);
        if (outcome.damaged == 0) {
            screen.out().println(screen.green(screen.bold("Nothing is wrong")) + " in " + address + ": " + read);
            return;
        }
        screen.out()
                .println(screen.red(screen.bold(Figures.count(outcome.damaged, "finding"))) + " in " + address + ": "
                        + read);
        outcome.findings.forEach(finding -> screen.out().println("  " + finding));
        if (!outcome.next.isEmpty()) {
            screen.out().println(outcome.next);
        }
    }
}
