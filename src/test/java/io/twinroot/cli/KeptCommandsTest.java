package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.Config;
import io.twinroot.service.Node;
import io.twinroot.table.TableName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conflicts, parked rows, the trash, flags and identities, as a person meets them. */
final class KeptCommandsTest {
    private static final TableName TABLE = new TableName("shop/orders");

    @TempDir
    private Path temp;

    private static Cli.Result expect(int exit, Cli.Result result) {
        assertEquals(exit, result.exit(), () -> result.out() + result.err());
        return result;
    }

    private Node node(String name) {
        return Node.start(Config.of(temp.resolve(name), 0, List.of(TABLE)));
    }

    private static String url(Node node) {
        return "http://127.0.0.1:" + node.port();
    }

    private static String table(Node node) {
        return url(node) + "/shop/orders";
    }

    private static void put(String table, String line) {
        expect(Exit.SAME, Cli.runWithInput(line, "load", table, "-", "--create"));
    }

    private static void edit(String table, String text) {
        put(table, "{\"uid\": \"order-1\", \"body\": {\"text\": \"" + text + "\", \"n\": 1}}");
    }

    private static void repair(Node a, Node b) {
        expect(Exit.SAME, Cli.run("repair", table(a), table(b), "--apply", "--settle", "0ms"));
    }

    private static String text(String table) {
        return Cli.run("dump", table)
                .json()
                .getFirst()
                .path("body")
                .path("text")
                .asText();
    }

    /** Both nodes change the row, and are repaired: gives the node that has the conflict, and its id. */
    private record Conflict(String url, String id) {}

    private static Conflict conflict(Node a, Node b) {
        edit(table(a), "first");
        repair(a, b);
        edit(table(a), "by a");
        edit(table(b), "by b");
        repair(a, b);
        for (Node node : List.of(a, b)) {
            Cli.Result problems = Cli.run("problems", url(node), "--json");
            if (problems.exit() == Exit.DIFFERENT) {
                JsonNode problem = problems.json("problem");
                assertEquals("conflict", problem.path("kind").asText());
                return new Conflict(url(node), problem.path("id").asText());
            }
        }
        throw new AssertionError("no conflict is listed");
    }

    @Test
    void aConflictIsShownAndTheOtherSideIsTaken() {
        try (Node a = node("a");
                Node b = node("b")) {
            Conflict conflict = conflict(a, b);
            assertEquals("by b", text(table(a)), "the newer one is in both");
            String listed =
                    expect(Exit.DIFFERENT, Cli.run("problems", conflict.url)).out();
            assertTrue(listed.contains("row order-1 of table shop/orders was changed on two sides"), listed);
            String shown = expect(Exit.DIFFERENT, Cli.run("problems", conflict.url, "--show", conflict.id))
                    .out();
            assertTrue(shown.contains("by a") && shown.contains("by b"), shown);
            String decided = expect(
                            Exit.SAME, Cli.run("problems", conflict.url, "--id", conflict.id, "--keep", "theirs"))
                    .out();
            assertTrue(decided.contains("Decided: "), decided);
            assertTrue(decided.contains("No problem is open."), decided);
            repair(a, b);
            assertEquals("by a", text(table(a)));
            assertEquals("by a", text(table(b)));
            expect(Exit.SAME, Cli.run("problems", url(a)));
            expect(Exit.SAME, Cli.run("problems", url(b)));
            assertTrue(expect(Exit.TROUBLE, Cli.run("problems", conflict.url, "--id", conflict.id, "--keep", "mine"))
                    .err()
                    .contains(conflict.id));
        }
    }

    @Test
    void anEditedRowIsPut() throws Exception {
        try (Node a = node("a");
                Node b = node("b")) {
            Conflict conflict = conflict(a, b);
            Path file = temp.resolve("row.json");
            Files.writeString(file, "[1]");
            assertTrue(expect(
                            Exit.TROUBLE,
                            Cli.run("problems", conflict.url, "--id", conflict.id, "--put", file.toString()))
                    .err()
                    .contains("is to be a JSON object"));
            Files.writeString(file, "{\"text\": \"both\", \"n\": 2}");
            expect(Exit.SAME, Cli.run("problems", conflict.url, "--id", conflict.id, "--put", file.toString()));
            repair(a, b);
            assertEquals("both", text(table(a)));
            assertEquals("both", text(table(b)));
        }
    }

    @Test
    void decisionsThatDoNotFitAreRefused() {
        try (Node a = node("a");
                Node b = node("b")) {
            Conflict conflict = conflict(a, b);
            assertTrue(expect(Exit.TROUBLE, Cli.run("problems", conflict.url, "--retry", conflict.id))
                    .err()
                    .contains("keep-mine, keep-theirs or put"));
            assertTrue(expect(Exit.TROUBLE, Cli.run("problems", conflict.url, "--keep", "mine"))
                    .err()
                    .contains("--id ID"));
            assertTrue(expect(Exit.TROUBLE, Cli.run("problems", conflict.url, "--show", "k999"))
                    .err()
                    .contains("k999"));
        }
    }

    @Test
    void aParkedRowIsTriedAgain() {
        try (Node a = node("a")) {
            long ahead = System.currentTimeMillis() + 86_400_000L;
            String stamp = "%016x-%032x-1".formatted(ahead << 16, 77);
            Cli.Result loaded = Cli.runWithInput(
                    "{\"uid\": \"order-9\", \"body\": {\"n\": 1}, \"stamp\": \"" + stamp + "\"}",
                    "load",
                    table(a),
                    "-");
            assertNotEquals(Exit.SAME, loaded.exit(), loaded.out());
            JsonNode problem = expect(Exit.DIFFERENT, Cli.run("problems", url(a), "--json"))
                    .json("problem");
            assertEquals("parked", problem.path("kind").asText());
            String id = problem.path("id").asText();
            Cli.Result again = expect(Exit.TROUBLE, Cli.run("problems", url(a), "--retry", id));
            assertTrue(again.err().contains("ahead"), again.err());
            expect(Exit.SAME, Cli.run("problems", url(a), "--accept", id));
        }
    }

    @Test
    void theTrashIsListedAndPutBackOnANodeAndAStore() {
        try (Node a = node("a")) {
            assertTrue(expect(Exit.SAME, Cli.run("trash", url(a))).out().contains("Nothing is in the trash."));
            edit(table(a), "first");
            expect(Exit.SAME, Cli.run("delete", table(a), "order-1"));
            String id = trashOf(url(a));
            String shown =
                    expect(Exit.SAME, Cli.run("trash", url(a), "--show", id)).out();
            assertTrue(shown.contains("row order-1 of table shop/orders") && shown.contains("first"), shown);
            assertTrue(expect(Exit.SAME, Cli.run("trash", url(a), "--restore", id))
                    .out()
                    .contains("Put back: "));
            assertEquals("first", text(table(a)));
            expect(Exit.SAME, Cli.run("delete", table(a), "order-1"));
        }
        String store = "store:" + temp.resolve("a");
        expect(Exit.SAME, Cli.run("trash", store, "--restore", trashOf(store)));
        assertEquals("first", text(store + "?table=shop/orders"));
        assertTrue(expect(Exit.TROUBLE, Cli.run("trash", store, "--restore", "k999"))
                .err()
                .contains("there is nothing 'k999' in the trash of"));
    }

    private static String trashOf(String address) {
        JsonNode newest = expect(Exit.SAME, Cli.run("trash", address, "--json")).json("trash");
        assertEquals("order-1", newest.path("uid").asText());
        return newest.path("id").asText();
    }

    @Test
    void flagsOfTwoNodesComeTogether() {
        try (Node a = node("a");
                Node b = node("b")) {
            edit(table(a), "first");
            expect(Exit.SAME, Cli.run("flags", table(a), "order-1", "--add", "\\Flagged"));
            repair(a, b);
            expect(Exit.SAME, Cli.run("flags", table(a), "order-1", "--add", "\\Answered"));
            expect(Exit.SAME, Cli.run("flags", table(b), "order-1", "--add", "\\Seen", "--remove", "\\Flagged"));
            repair(a, b);
            for (Node node : List.of(a, b)) {
                assertEquals(
                        "order-1: \\Answered \\Seen",
                        expect(Exit.SAME, Cli.run("flags", table(node), "order-1"))
                                .out()
                                .strip());
                expect(Exit.SAME, Cli.run("problems", url(node)));
            }
        }
    }

    @Test
    void anIdentityIsShownAndRenewedWhileTheNodeIsStopped() {
        Path folder = temp.resolve("a");
        assertTrue(expect(Exit.TROUBLE, Cli.run("identity", folder.toString()))
                .err()
                .contains("has no identity"));
        try (Node a = node("a")) {
            assertTrue(a.port() > 0);
            Cli.Result refused = expect(Exit.TROUBLE, Cli.run("identity", folder.toString(), "--renew"));
            assertTrue(refused.err().contains("is open already"), refused.err());
        }
        JsonNode before = expect(Exit.SAME, Cli.run("identity", folder.toString(), "--json"))
                .json("identity");
        JsonNode after = expect(Exit.SAME, Cli.run("identity", folder.toString(), "--renew", "--json"))
                .json("identity");
        assertNotEquals(before.path("node").asText(), after.path("node").asText());
        String said = expect(Exit.SAME, Cli.run("identity", folder.toString())).out();
        assertTrue(said.contains("is the node " + after.path("node").asText().substring(0, 8)), said);
        assertFalse(before.path("renewed").asBoolean());
    }
}
