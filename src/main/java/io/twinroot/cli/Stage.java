package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Where the demo plays: it shows and runs commands, and checks what they answer. */
final class Stage {
    private final Path folder;
    private final Screen screen;
    private final PrintStream out;
    private int step;

    /** @param folder left out of the commands that are shown */
    Stage(Path folder, Screen screen) {
        this.folder = folder;
        this.screen = screen;
        this.out = screen.out();
    }

    void title(String text) {
        step++;
        out.println();
        out.println(screen.bold(step + ". " + text));
    }

    void command(String text) {
        String shown = text.replace(folder + "/", "");
        int room = Math.max(140, screen.width()) - 4;
        out.println(screen.dim("$ ") + (shown.length() > room ? shown.substring(0, room) + " …" : shown));
    }

    void say(String text) {
        out.println("  " + text);
    }

    /** Runs a command as the command line does, shows it and what it says, and checks its exit code. */
    void run(int expected, String... arguments) {
        out.println();
        command("twinroot " + String.join(" ", arguments));
        int exit = Main.run(screen, arguments);
        check(
                exit == expected,
                "twinroot " + arguments[0] + " gave exit code " + exit + " where " + expected + " was expected");
    }

    int silently(String... arguments) {
        return Main.run(screen.into(OutputStream.nullOutputStream(), OutputStream.nullOutputStream()), arguments);
    }

    List<JsonNode> json(String... arguments) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        Main.run(screen.into(answer, OutputStream.nullOutputStream()), arguments);
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : answer.toString(StandardCharsets.UTF_8).lines().toList()) {
            lines.add(mapper.readTree(line));
        }
        return lines;
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new Trouble("the demo did not go as it should: " + otherwise);
        }
    }

    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** The bytes of all files below a folder. */
    static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}
