package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.Config;
import io.twinroot.service.Node;
import io.twinroot.table.TableName;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a guard stopped, as a person meets it: shown, approved, rejected and undone. */
final class ApproveCommandTest {
    private static final TableName TABLE = new TableName("shop/orders");
    private static final int ROWS = 100;

    @TempDir
    private Path temp;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Node a;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Node b;

    @BeforeEach
    void twoThatAreTheSame() throws Exception {
        a = Node.start(Config.of(temp.resolve("a"), 0, List.of(TABLE)));
        String rows = IntStream.range(0, ROWS)
                .mapToObj("{\"uid\":\"k%02d\",\"body\":{\"v\":1}}"::formatted)
                .collect(Collectors.joining("\n"));
        expect(Exit.SAME, Cli.runWithInput(rows, "load", table(a), "-"));
        b = Node.start(withPeer(a.port()));
        while (count(b) < ROWS || !repairs().getLast().path("state").asText().equals("done")) {
            Thread.sleep(2);
        }
    }

    @AfterEach
    void close() {
        b.close();
        a.close();
    }

    private Config withPeer(int port) {
        Config plain = Config.of(temp.resolve("b"), 0, List.of());
        Config.Peer peer = new Config.Peer(
                "hub",
                URI.create("http://127.0.0.1:" + port),
                List.of(),
                Config.Direction.BOTH,
                Duration.ofHours(1),
                0,
                Duration.ofMillis(1),
                new Config.Retry(Duration.ofHours(1), Duration.ofHours(1)),
                OptionalLong.of(5),
                1_000,
                false);
        return new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                List.of(),
                List.of(peer),
                plain.limits(),
                plain.store(),
                plain.scrub());
    }

    private static Cli.Result expect(int exit, Cli.Result result) {
        assertEquals(exit, result.exit(), () -> result.out() + result.err());
        return result;
    }

    private static String url(Node node) {
        return "http://127.0.0.1:" + node.port();
    }

    private static String table(Node node) {
        return url(node) + "/shop/orders";
    }

    private static int count(Node node) {
        Cli.Result dumped = Cli.run("dump", table(node));
        return dumped.exit() == Exit.SAME ? dumped.json().size() : 0;
    }

    private List<JsonNode> repairs() {
        return Cli.run("status", url(b), "--json").json().stream()
                .filter(line -> line.path("type").asText().equals("repair"))
                .toList();
    }

    private static void delete(Node node, int from, int to) {
        Stream<String> rows = IntStream.range(from, to).mapToObj("k%02d"::formatted);
        expect(
                Exit.SAME,
                Cli.run(Stream.concat(Stream.of("delete", table(node)), rows).toArray(String[]::new)));
    }

    /** B is asked to repair, which its guard stops. */
    private void tripped() throws IOException, InterruptedException {
        HttpRequest repair = HttpRequest.newBuilder(URI.create(url(b) + "/v1/repairs"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"table\":\"shop/orders\",\"peer\":\"hub\",\"apply\":true}"))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertEquals(201, client.send(repair, BodyHandlers.discarding()).statusCode());
        }
        while (repairs().getFirst().path("state").asText().equals("running")) {
            Thread.sleep(2);
        }
        assertEquals("failed", repairs().getFirst().path("state").asText());
    }

    @Test
    void whatIsHeldIsShownApprovedAndUndone() throws Exception {
        delete(a, 0, 30);
        tripped();
        String listed = expect(Exit.DIFFERENT, Cli.run("problems", url(b))).out();
        assertTrue(listed.contains("g1  open"), listed);
        assertTrue(listed.contains("would delete 30 of the 100 rows"), listed);
        assertTrue(listed.contains("twinroot approve g1 " + url(b)), listed);
        String shown = expect(Exit.DIFFERENT, Cli.run("problems", url(b), "--show", "g1"))
                .out();
        assertTrue(shown.contains("it would: delete-here 30"), shown);
        assertTrue(shown.contains("delete-here  k00") && shown.contains("delete-here  k19"), shown);
        assertTrue(!shown.contains("k20") && shown.contains("… and 10 more rows"), shown);
        JsonNode steps = Cli.run("problems", url(b), "--show", "g1", "--json")
                .json("problem")
                .path("steps");
        assertEquals(30, steps.path("counts").path("delete-here").asInt());
        assertEquals(20, steps.path("first").size());

        String done = expect(Exit.SAME, Cli.run("approve", "g1", url(b))).out();
        assertTrue(done.startsWith("DONE: all of g1, by repair r3 of shop/orders with hub"), done);
        assertTrue(done.contains("here 30 changes, there 0 changes"), done);
        assertEquals(70, count(b));
        expect(Exit.SAME, Cli.run("problems", url(b)));
        assertTrue(repairs().stream()
                .anyMatch(repair -> repair.path("approves").asText().equals("g1")));

        Path undo = temp.resolve("b/held/g1.undo.jsonl");
        assertTrue(done.contains("twinroot undo " + undo + " --apply"), done);
        expect(Exit.SAME, Cli.run("undo", undo.toString(), "--apply"));
        assertEquals(100, count(b));
    }

    @Test
    void rowsThatChangedSinceAreNamedAndStay() throws Exception {
        delete(a, 0, 30);
        tripped();
        expect(Exit.SAME, Cli.runWithInput("{\"uid\":\"k07\",\"body\":{\"v\":2}}", "load", table(b), "-"));
        Cli.Result done = expect(Exit.DIFFERENT, Cli.run("approve", "g1", url(b)));
        assertTrue(done.out().startsWith("DONE IN PART: not all of g1"), done.out());
        assertTrue(done.out().contains("stay as they are: k07"), done.out());
        assertEquals(71, count(b));
    }

    @Test
    void whatIsRejectedIsNotDone() throws Exception {
        delete(a, 0, 30);
        tripped();
        String told =
                expect(Exit.SAME, Cli.run("problems", url(b), "--reject", "g1")).out();
        assertTrue(told.contains("Rejected: "), told);
        assertTrue(
                expect(Exit.TROUBLE, Cli.run("approve", "g1", url(b))).err().contains("there is no open problem 'g1'"));
        assertEquals(100, count(b));
    }

    @Test
    void aRepairFromOutsideIsLetThroughWhereItIsApproved() {
        delete(b, 0, 30);
        String[] repair = {
            "repair", table(b), table(a), "--apply", "--direction", "push", "--max-deletes", "1000", "--settle", "0ms"
        };
        String refused = expect(Exit.TROUBLE, Cli.run(repair)).err();
        assertTrue(refused.contains("it is held there as g1"), refused);
        assertTrue(refused.contains("twinroot approve g1 " + url(a)), refused);
        assertTrue(!refused.contains("allow it with --max-deletes"), refused);
        String approved = expect(Exit.SAME, Cli.run("approve", "g1", url(a))).out();
        assertTrue(approved.startsWith("APPROVED: "), approved);
        assertTrue(approved.contains("is let through until "), approved);
        expect(Exit.SAME, Cli.run(repair));
        assertEquals(70, count(a));
        expect(Exit.SAME, Cli.run("problems", url(a)));
    }

    @Test
    void onlyWhatIsHeldIsApproved() {
        assertTrue(
                expect(Exit.TROUBLE, Cli.run("approve", "g1", url(a))).err().contains("there is no open problem 'g1'"));
        assertTrue(expect(Exit.TROUBLE, Cli.run("approve", "g1", "store:" + temp))
                .err()
                .contains("approve asks a running node"));
    }
}
