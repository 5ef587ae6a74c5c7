package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.Config;
import io.twinroot.service.Node;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The modes of a comparison on two real nodes, what they remember of each other, and tables that can't be compared. */
@Timeout(120)
final class ModeCommandsTest {
    private static final TableName ORDERS = new TableName("shop/orders");
    private static final TableName PRICES = new TableName("shop/prices");
    private static final TableRules RULES = TableRules.excluding(List.of("seen"));

    @TempDir
    private Path temp;

    private final List<Node> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.reversed().forEach(Node::close);
    }

    private static Config.Table table(TableName name, TableRules rules) {
        return new Config.Table(name, rules, true, ConflictPolicy.NEWEST);
    }

    private Node node(String folder, int port, List<Config.Table> tables, Config.Peer... peers) {
        Config plain = Config.of(temp.resolve(folder), port, List.of());
        Node node = Node.start(new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                tables,
                List.of(peers),
                plain.limits(),
                plain.store(),
                plain.scrub()));
        open.add(node);
        return node;
    }

    private void stop(Node node) {
        open.remove(node);
        node.close();
    }

    private static Config.Peer peer(Node node, Duration every, Config.Mode mode) {
        return new Config.Peer(
                "north",
                URI.create(url(node)),
                List.of(),
                Config.Direction.BOTH,
                every,
                0.1,
                Duration.ofMillis(10),
                new Config.Retry(Duration.ofMillis(50), Duration.ofMillis(100)),
                OptionalLong.empty(),
                1_000_000,
                false,
                mode);
    }

    private static String url(Node node) {
        return "http://127.0.0.1:" + node.port();
    }

    private static String orders(Node node) {
        return url(node) + "/shop/orders";
    }

    private static Cli.Result expect(int exit, Cli.Result result) {
        assertEquals(exit, result.exit(), () -> result.out() + result.err());
        return result;
    }

    private static void load(Node node, String... rows) {
        expect(Exit.SAME, Cli.runWithInput(String.join("\n", rows), "load", orders(node), "-"));
    }

    private static String row(String uid, int n, int seen) {
        return "{\"uid\": \"%s\", \"body\": {\"n\": %d, \"seen\": %d}}".formatted(uid, n, seen);
    }

    private static String row(String uid, int n, int seen, Instant at, long seq) {
        String stamp = "%016x-%032x-%d".formatted(at.toEpochMilli() << 16, 77, seq);
        return "{\"uid\": \"%s\", \"body\": {\"n\": %d, \"seen\": %d}, \"stamp\": \"%s\"}"
                .formatted(uid, n, seen, stamp);
    }

    private static Cli.Result compare(String command, Node a, Node b, String... more) {
        return Cli.run(Stream.concat(Stream.of(command, orders(a), orders(b), "--settle", "0ms"), Stream.of(more))
                .toArray(String[]::new));
    }

    private static List<String> differing(Node a, Node b, String... more) {
        String[] options = Stream.concat(Stream.of(more), Stream.of("--json")).toArray(String[]::new);
        Cli.Result result = expect(Exit.DIFFERENT, compare("verify", a, b, options));
        return result.json().stream()
                .filter(line -> line.path("type").asText().equals("difference"))
                .map(line -> line.path("uid").asText())
                .toList();
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "waited 30 s for: " + what);
            Thread.sleep(20);
        }
    }

    private static JsonNode link(Node node) {
        return Cli.run("status", url(node), "--json").json().stream()
                .filter(line -> line.path("type").asText().equals("link")
                        && line.path("table").asText().equals(ORDERS.text()))
                .findFirst()
                .orElseThrow();
    }

    private static boolean isSynced(Node node) {
        return Cli.run("status", url(node), "--json").json().stream()
                .anyMatch(line -> line.path("table").asText().equals(ORDERS.text())
                        && line.path("lastSync").isTextual()
                        && line.path("running").isNull());
    }

    @Test
    void eachModeFindsWhatItLooksAtAndSaysWhatItDoesNot() {
        Node a = node("a", 0, List.of(table(ORDERS, RULES)));
        Node b = node("b", 0, List.of(table(ORDERS, RULES)));
        Instant old = Instant.now().minus(Duration.ofDays(3));
        load(a, row("both", 1, 1, old, 1), row("excluded", 1, 1, old, 2), row("late", 1, 1, old, 3));
        load(b, row("both", 1, 1, old, 1), row("excluded", 1, 2, old, 2));
        load(a, row("new", 1, 1));
        assertEquals(List.of("late", "new"), differing(a, b));
        assertEquals(List.of("excluded", "late", "new"), differing(a, b, "--mode", "full"));
        assertEquals(List.of("late", "new"), differing(a, b, "--mode", "partial"));
        assertEquals(List.of("new"), differing(a, b, "--mode", "incremental", "--since", "1h"));
        assertEquals(List.of("late", "new"), differing(a, b, "--mode", "incremental", "--since", "4d"));

        String plan = expect(Exit.DIFFERENT, compare("repair", a, b, "--mode", "incremental", "--since", "2h"))
                .out();
        assertTrue(plan.contains("--mode incremental --since 2h --apply"), plan);
        String repaired = expect(
                        Exit.DIFFERENT, compare("repair", a, b, "--mode", "incremental", "--since", "2h", "--apply"))
                .out();
        assertTrue(repaired.contains("STILL DIFFERENT after 1 change"), repaired);
        assertTrue(repaired.contains("the roots still differ"), repaired);

        String text = expect(Exit.SAME, compare("verify", a, b, "--mode", "incremental", "--since", "2h"))
                .out();
        assertTrue(text.startsWith("NO DIFFERENCE: shop/orders, in the stamps of rows changed since 20"), text);
        assertTrue(text.contains("Mode incremental: compared the stamps of rows changed since "), text);
        assertTrue(text.contains("; not looked at: all older rows"), text);
        assertFalse(text.contains("SAME") || text.contains("same"), text);
        Cli.Result json =
                expect(Exit.SAME, compare("verify", a, b, "--mode", "incremental", "--since", "2h", "--json"));
        for (String type : List.of("table", "summary")) {
            assertEquals("no-difference", json.json(type).path("result").asText());
        }
        assertEquals("incremental", json.json("table").path("mode").asText());
        assertTrue(json.json("table").path("notLookedAt").asText().startsWith("all older rows"));
        Cli.Result nothing =
                expect(Exit.SAME, compare("repair", a, b, "--mode", "incremental", "--since", "2h", "--json"));
        assertEquals("no-difference", nothing.json("summary").path("result").asText());

        expect(Exit.SAME, compare("repair", a, b, "--mode", "partial", "--apply"));
        assertEquals(List.of("excluded"), differing(a, b, "--mode", "full"));
        String still = expect(Exit.DIFFERENT, compare("repair", a, b, "--mode", "full", "--apply"))
                .out();
        assertTrue(still.contains("Mode full: compared every field of every row; not looked at: the bytes of"), still);
        load(a, row("excluded", 1, 3));
        expect(Exit.SAME, compare("repair", a, b, "--mode", "full", "--apply"));
        assertTrue(expect(Exit.SAME, compare("verify", a, b, "--mode", "full"))
                .out()
                .startsWith("SAME: shop/orders, 4 rows"));
    }

    @Test
    void incrementalGoesFromTheLastSyncWhichOutlastsARestart() throws Exception {
        Node a = node("a", 0, List.of(table(ORDERS, RULES)));
        load(a, row("first", 1, 1));
        Node b = node("b", 0, List.of(table(ORDERS, RULES)));
        String none = expect(Exit.TROUBLE, compare("verify", a, b, "--mode", "incremental"))
                .err();
        assertTrue(none.contains("no node remembers when shop/orders was last brought together"), none);
        stop(b);
        Instant before = Instant.now();
        b = node("b", 0, List.of(table(ORDERS, RULES)), peer(a, Duration.ofHours(1), Config.Mode.INCREMENTAL));
        Node second = b;
        await("a sync", () -> isSynced(second));
        String synced = link(b).path("lastSync").asText();
        assertFalse(Instant.parse(synced).isBefore(before.minusMillis(1)));
        assertEquals("incremental", link(b).path("mode").asText());
        assertEquals("tree", repairs(b).getFirst().path("mode").asText(), "no sync was known before");
        for (List<Node> pair : List.of(List.of(a, b), List.of(b, a))) {
            Cli.Result found = expect(
                    Exit.SAME, compare("verify", pair.getFirst(), pair.getLast(), "--mode", "incremental", "--json"));
            assertEquals(
                    Instant.parse(synced).toEpochMilli(),
                    Instant.parse(found.json("table").path("since").asText()).toEpochMilli());
        }
        stop(b);
        b = node("b", 0, List.of(table(ORDERS, RULES)), peer(a, Duration.ofHours(1), Config.Mode.INCREMENTAL));
        Node third = b;
        await(
                "the first repair after the restart",
                () -> !repairs(third).isEmpty()
                        && repairs(third).getFirst().path("state").asText().equals("done"));
        JsonNode repair = repairs(b).getFirst();
        assertEquals("incremental", repair.path("mode").asText());
        assertEquals(synced, repair.path("since").asText());
        String text = Cli.run("status", url(b)).out();
        assertTrue(text.lines().anyMatch(line -> line.matches(" +north +shop/orders +both +1h +[0-9].* ago .*")), text);
    }

    private static List<JsonNode> repairs(Node node) {
        return Cli.run("status", url(node), "--json").json().stream()
                .filter(line -> line.path("type").asText().equals("repair"))
                .toList();
    }

    @Test
    void modesThatDoNotFitAreRefused() {
        Node a = node("a", 0, List.of(table(ORDERS, RULES)));
        Node b = node("b", 0, List.of(table(ORDERS, RULES)));
        assertTrue(expect(Exit.TROUBLE, compare("verify", a, b, "--since", "2h"))
                .err()
                .contains("--since goes with --mode incremental only"));
        assertTrue(expect(Exit.TROUBLE, compare("verify", a, b, "--mode", "incremental", "--since", "x"))
                .err()
                .contains("--since 'x' is neither a time"));
        expect(Exit.TROUBLE, compare("verify", a, b, "--mode", "some"));
        assertTrue(expect(Exit.TROUBLE, Cli.run("repair", "--plan", "p.jsonl", "--mode", "full"))
                .err()
                .contains("leave out --mode and --since"));
    }

    @Test
    void anotherSchemaVersionStopsThatTableOnlyAndIsAProblemUntilItIsAlike() throws Exception {
        Node a = node("a", 0, List.of(table(ORDERS, RULES.ofSchema(2)), table(PRICES, RULES)));
        expect(Exit.SAME, Cli.runWithInput(row("p", 1, 1), "load", url(a) + "/shop/prices", "-"));
        Node b = node(
                "b",
                0,
                List.of(table(ORDERS, RULES.ofSchema(1)), table(PRICES, RULES)),
                peer(a, Duration.ofSeconds(1), Config.Mode.TREE));
        await("a problem", () -> Cli.run("problems", url(b)).exit() == Exit.DIFFERENT);
        JsonNode problem = Cli.run("problems", url(b), "--json").json("problem");
        assertEquals("schema", problem.path("kind").asText());
        assertEquals(ORDERS.text(), problem.path("table").asText());
        assertEquals(
                "the rows of table shop/orders have schema version 1 here and 2 at north, so they are not compared",
                problem.path("text").asText());
        assertTrue(expect(Exit.TROUBLE, compare("verify", a, b)).err().contains("schema version 2 here and 1 there"));
        await(
                "the other table",
                () -> Cli.run("dump", url(b) + "/shop/prices").out().contains("\"p\""));
        for (String command : List.of("verify", "repair")) {
            Cli.Result both = expect(Exit.TROUBLE, Cli.run(command, url(a), url(b), "--settle", "0ms"));
            assertTrue(both.out().startsWith("NOT COMPARED: "), both.out());
            assertTrue(both.out().contains("schema version 2 here and 1 there"), both.out());
            Cli.Result json = expect(Exit.TROUBLE, Cli.run(command, url(a), url(b), "--settle", "0ms", "--json"));
            List<String> results = json.json().stream()
                    .filter(line -> line.path("type").asText().equals("table"))
                    .map(line -> line.path("result").asText())
                    .toList();
            assertEquals(List.of("incomparable", "same"), results, "the other table is compared");
        }
        int port = a.port();
        stop(a);
        node("other", port, List.of(table(ORDERS, RULES.ofSchema(1)), table(PRICES, RULES)));
        await("the end of the problem", () -> Cli.run("problems", url(b)).exit() == Exit.SAME);
        JsonNode over = Cli.run("problems", url(b), "--all", "--json").json("problem");
        assertEquals("resolved", over.path("state").asText());
        assertEquals("", over.path("advice").asText());
    }
}
