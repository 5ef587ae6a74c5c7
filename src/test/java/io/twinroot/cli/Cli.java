package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Runs commands in this process, as {@code main} does. */
final class Cli {
    /** What a command gave. */
    record Result(int exit, String out, String err) {
        /** Each line of the output, which must be JSON. */
        List<JsonNode> json() {
            ObjectMapper mapper = new ObjectMapper();
            return out.lines()
                    .map(line -> {
                        try {
                            return mapper.readTree(line);
                        } catch (IOException e) {
                            throw new UncheckedIOException("not JSON: " + line, e);
                        }
                    })
                    .toList();
        }

        JsonNode json(String type) {
            return json().stream()
                    .filter(line -> line.path("type").asText().equals(type))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no line of type " + type + " in " + this));
        }
    }

    private Cli() {}

    static Result run(String... arguments) {
        return run("", false, Map.of(), arguments);
    }

    static Result runWithInput(String input, String... arguments) {
        return run(input, false, Map.of(), arguments);
    }

    static Result run(String input, boolean terminal, Map<String, String> environment, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Screen screen = new Screen(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminal,
                terminal,
                environment);
        int exit = Main.run(screen, arguments);
        return new Result(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
