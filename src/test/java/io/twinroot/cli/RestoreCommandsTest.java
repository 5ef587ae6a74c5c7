package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stories in which the tools for mail lose it, as a person lives through them with {@code repair --apply}. */
final class RestoreCommandsTest {
    private static final int YESTERDAY = 300;
    private static final int SINCE = 100;
    private static final int DELETED = 20;

    @TempDir
    private Path temp;

    private String place(String name) {
        return "store:" + temp.resolve(name) + "?table=mail/inbox";
    }

    private static Cli.Result expect(int exit, Cli.Result result) {
        assertEquals(exit, result.exit(), () -> result.out() + result.err());
        return result;
    }

    private void load(String name, String prefix, int count) {
        String rows = IntStream.range(0, count)
                .mapToObj(i -> "{\"id\": \"%s-%04d\", \"text\": \"%s\"}".formatted(prefix, i, name))
                .collect(Collectors.joining("\n"));
        expect(Exit.SAME, Cli.runWithInput(rows, "load", place(name), "-", "--create", "--uid", "id"));
    }

    private Cli.Result repair(String... more) {
        return Cli.run(Stream.concat(Stream.of("repair", place("a"), place("b"), "--apply"), Stream.of(more))
                .toArray(String[]::new));
    }

    private List<String> uids(String name) {
        return Cli.run("dump", place(name)).json().stream()
                .map(row -> row.path("uid").asText())
                .toList();
    }

    private void copy(String from, String to) throws IOException {
        Path source = temp.resolve(from);
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Files.copy(
                        file, temp.resolve(to).resolve(source.relativize(file).toString()));
            }
        }
    }

    /** The same on both; B is copied; then rows are written and deleted on B and repaired; then B is put back. */
    @BeforeEach
    void bIsRestoredFromYesterday() throws IOException {
        load("a", "old", YESTERDAY);
        expect(Exit.SAME, Cli.runWithInput("", "load", place("b"), "-", "--create", "--uid", "id"));
        expect(Exit.SAME, repair());
        copy("b", "backup");
        load("b", "since", SINCE);
        String[] delete = Stream.concat(
                        Stream.of("delete", place("b")),
                        IntStream.range(0, DELETED).mapToObj("old-%04d"::formatted))
                .toArray(String[]::new);
        expect(Exit.SAME, Cli.run(delete));
        expect(Exit.SAME, repair());
        Files.move(temp.resolve("b"), temp.resolve("lost"));
        copy("backup", "b");
    }

    private void allIsThereOnce(int rows) {
        List<String> a = uids("a");
        assertEquals(rows, a.size());
        assertEquals(rows, new HashSet<>(a).size());
        assertEquals(a, uids("b"));
        expect(Exit.SAME, Cli.run("verify", place("a"), place("b")));
    }

    @Test
    void theRestoreIsNamedOnTheFirstRunAndNothingIsLost() {
        Cli.Result first = expect(Exit.DIFFERENT, repair());
        assertTrue(first.out().startsWith("SAME: repaired with "), first.out());
        assertTrue(
                first.out()
                        .lines()
                        .anyMatch(line -> line.contains("note: ") && line.contains("restored from an older")),
                first.out());
        assertTrue(first.out().contains("A  " + place("a") + "  no change"), first.out());
        allIsThereOnce(YESTERDAY + SINCE - DELETED);
        assertTrue(expect(Exit.SAME, repair()).out().contains("there is nothing to repair"));
    }

    @Test
    void whatWasWrittenAfterTheRestoreIsKept() {
        load("b", "new", 150);
        Cli.Result first = expect(Exit.DIFFERENT, repair("--json"));
        JsonNode note = first.json("note");
        assertEquals("mail/inbox", note.path("table").asText());
        assertTrue(
                first.json().stream()
                        .anyMatch(line -> line.path("text").asText().contains("restored from an older copy")),
                first.out());
        JsonNode repaired = first.json("repaired");
        assertEquals(0, repaired.path("a").path("deleted").asInt());
        assertEquals(150, repaired.path("a").path("new").asInt());
        assertEquals("same", first.json("summary").path("result").asText());
        allIsThereOnce(YESTERDAY + SINCE - DELETED + 150);
        expect(Exit.SAME, repair());
    }
}
