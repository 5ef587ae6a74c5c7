package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.Config;
import io.twinroot.reconcile.Replicas;
import io.twinroot.service.Addresses;
import io.twinroot.service.Node;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands from their arguments to their exit codes and output. */
final class CommandsTest {
    @TempDir
    Path temp;

    private String a = "";
    private String b = "";

    @BeforeEach
    void places() {
        a = "store:" + temp.resolve("a");
        b = "store:" + temp.resolve("b");
    }

    private String table(String place) {
        return place + "?table=shop/orders";
    }

    private void load(String place, String... rows) {
        Cli.Result loaded =
                Cli.runWithInput(String.join("\n", rows), "load", table(place), "-", "--create", "--uid", "id");
        assertEquals(Exit.SAME, loaded.exit(), loaded.err());
    }

    private static String row(String id, String name) {
        return "{\"id\": \"" + id + "\", \"name\": \"" + name + "\", \"more\": {\"n\": 1}}";
    }

    private static Cli.Result expect(int exit, Cli.Result result) {
        assertEquals(exit, result.exit(), () -> result.out() + result.err());
        return result;
    }

    @Test
    void verifySaysSameOrWhichRowsDifferAndHow() {
        load(a, row("1", "Anna"), row("2", "Bob"), row("3", "Carl"));
        load(b, row("1", "Anna"), row("2", "Bill"), row("4", "Dora"));
        Cli.Result different = expect(Exit.DIFFERENT, Cli.run("verify", table(a), table(b)));
        String text = different.out();
        assertTrue(text.startsWith("DIFFERENT: shop/orders, 3 rows: 1 changed, 1 only in A, 1 only in B\n"), text);
        assertTrue(text.contains("name: \"Bob\" → \"Bill\""), text);
        assertTrue(text.contains("only in A  3") && text.contains("only in B  4"), text);
        assertEquals("", different.err());
        assertFalse(text.contains("\u001b"), "colours without a terminal");

        Cli.Result quiet = expect(Exit.DIFFERENT, Cli.run("verify", table(a), table(b), "--quiet"));
        assertEquals("", quiet.out() + quiet.err());
    }

    @Test
    void verifyInJsonHasAllOfIt() {
        load(a, row("1", "Anna"), row("2", "Bob"), row("3", "Carl"));
        load(b, row("1", "Anna"), row("2", "Bill"), row("4", "Dora"));
        expect(Exit.SAME, Cli.run("delete", table(b), "1"));
        Cli.Result result = expect(Exit.DIFFERENT, Cli.run("verify", table(a), table(b), "--json"));
        List<String> kinds = result.json().stream()
                .filter(line -> line.path("type").asText().equals("difference"))
                .map(line -> line.path("uid").asText() + " " + line.path("kind").asText() + " "
                        + line.path("b").path("state").asText())
                .toList();
        assertEquals(List.of("1 only-in-a deleted", "2 changed live", "3 only-in-a absent", "4 only-in-b live"), kinds);
        JsonNode fields = result.json().stream()
                .filter(line -> line.has("fields"))
                .findFirst()
                .orElseThrow()
                .path("fields");
        assertEquals("[{\"name\":\"name\",\"a\":\"Bob\",\"b\":\"Bill\"}]", fields.toString());
        assertEquals("different", result.json("summary").path("result").asText());
        assertEquals(4, result.json("summary").path("rows").asInt());
        assertEquals(3, result.json("table").path("a").path("rows").asInt());
        assertTrue(result.json("table").path("proven").asBoolean());
    }

    @Test
    void repairShowsItsPlanAndThenDoesIt() {
        load(a, row("1", "Anna"), row("2", "Bob"), row("3", "Carl"));
        load(b, row("1", "Anna"), row("2", "Bill"), row("4", "Dora"));
        Cli.Result plan = expect(Exit.DIFFERENT, Cli.run("repair", table(a), table(b)));
        assertTrue(plan.out().startsWith("PLAN: 3 changes; nothing is changed yet"), plan.out());
        assertTrue(plan.out().contains("--apply"), plan.out());
        expect(Exit.DIFFERENT, Cli.run("verify", table(a), table(b), "--quiet"));

        Cli.Result done = expect(Exit.SAME, Cli.run("repair", table(a), table(b), "--apply", "--json"));
        JsonNode repaired = done.json("repaired");
        assertEquals(
                "{\"new\":1,\"replaced\":1,\"deleted\":0}", repaired.path("a").toString());
        assertEquals(
                "{\"new\":1,\"replaced\":0,\"deleted\":0}", repaired.path("b").toString());
        assertTrue(repaired.path("same").asBoolean());
        Cli.Result same = expect(Exit.SAME, Cli.run("verify", table(a), table(b)));
        assertTrue(same.out().startsWith("SAME: shop/orders, 4 rows\n"), same.out());
        Cli.Result nothing = expect(Exit.SAME, Cli.run("repair", table(a), table(b)));
        assertTrue(nothing.out().startsWith("SAME: there is nothing to repair\n"), nothing.out());
    }

    @Test
    void repairInOneDirectionLeavesTheOtherSideAlone() {
        load(a, row("1", "Anna"));
        load(b, row("2", "Bob"));
        Cli.Result pushed =
                expect(Exit.DIFFERENT, Cli.run("repair", table(a), table(b), "--direction", "push", "--apply"));
        assertTrue(pushed.out().startsWith("STILL DIFFERENT after 1 change"), pushed.out());
        assertTrue(Cli.run("dump", table(a)).out().lines().count() == 1);
        expect(Exit.SAME, Cli.run("repair", table(a), table(b), "--direction", "pull", "--apply"));
        assertEquals(2, Cli.run("dump", table(a)).out().lines().count());
    }

    @Test
    void guardsStopARepairBeforeItsFirstChange() {
        String[] rows =
                IntStream.range(0, 30).mapToObj(i -> row("r" + (100 + i), "x")).toArray(String[]::new);
        load(a, rows);
        load(b, rows[0]);
        expect(Exit.SAME, Cli.run("repair", a, b, "--apply"));
        expect(Exit.SAME, Cli.run("delete", table(b), "r100", "r101", "r102", "r103"));
        Cli.Result plan = expect(Exit.DIFFERENT, Cli.run("repair", a, b));
        assertTrue(
                plan.out().contains("--apply will refuse this: more rows of A would be deleted than the 3 of"),
                plan.out());
        Cli.Result stopped = expect(Exit.TROUBLE, Cli.run("repair", a, b, "--apply"));
        assertTrue(stopped.err().contains("would delete 4 of the 30 rows of " + a), stopped.err());
        assertTrue(stopped.err().contains("--max-deletes"), stopped.err());
        assertEquals(30, Cli.run("dump", table(a)).out().lines().count());
        Cli.Result allowed = expect(Exit.SAME, Cli.run("repair", a, b, "--apply", "--max-deletes", "4"));
        assertTrue(allowed.out().contains("0 new, 0 replaced, 4 deleted"), allowed.out());
    }

    @Test
    void wholePlacesAreComparedTableByTable() {
        load(a, row("1", "Anna"));
        expect(
                Exit.SAME,
                Cli.runWithInput("{\"uid\": \"x\", \"body\": {}}", "load", a + "?table=only/here", "-", "--create"));
        load(b, row("1", "Anna"));
        Cli.Result different = expect(Exit.DIFFERENT, Cli.run("verify", a, b));
        assertTrue(different.out().startsWith("DIFFERENT: 1 of 2 tables, 1 row\n"), different.out());
        assertTrue(different.out().contains("only/here    only in A  1 row"), different.out());
        JsonNode missing = Cli.run("verify", a, b, "--json").json("missing-table");
        assertEquals(
                "only/here b",
                missing.path("table").asText() + " " + missing.path("missingIn").asText());

        Cli.Result plan = expect(Exit.DIFFERENT, Cli.run("repair", a, b));
        assertTrue(plan.out().contains("only/here is missing in B and would be made there, with 1 row"), plan.out());
        expect(Exit.SAME, Cli.run("repair", a, b, "--apply"));
        expect(Exit.SAME, Cli.run("verify", a, b));
    }

    @Test
    void aTableIsReloadedFromItsDumpWithTheSameRoot() throws IOException {
        String bytes =
                Base64.getEncoder().encodeToString("small blob".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        String rows = """
                {"uid": "types", "body": {"null": null, "bool": true, "int": -9223372036854775808, "real": 0.1, "nan": {"$double": "NaN"}, "text": "ä\\u0000\\n😀", "bytes": {"$bytes": "AP8="}, "decimal": {"$decimal": "1.50"}, "time": {"$time": "2026-01-02T03:04:05.000000001Z"}, "list": [1, [2, {"x": []}]], "map": {"a": {"b": {}}}, "$odd": 1}}
                {"uid": {"$bytes": "AP8Q"}, "body": {"binary": true}}
                {"uid": "tab\\tbed", "body": {}}
                {"uid": "blob", "blob": {"bytes": "%s"}}
                """.formatted(bytes).replace("\"$odd\": 1", "\"odd\": {\"$map\": {\"$x\": 1}}");
        expect(Exit.SAME, Cli.runWithInput(rows, "load", table(a), "-", "--create"));
        Path files = Files.createDirectories(temp.resolve("files"));
        Files.write(files.resolve("large"), new byte[3_000_000]);
        expect(Exit.SAME, Cli.run("load", table(a), "--files", files.toString()));

        Path dump = temp.resolve("dump.jsonl");
        Cli.Result dumped = expect(Exit.SAME, Cli.run("dump", table(a), "-o", dump.toString(), "--json"));
        assertEquals(5, dumped.json("dumped").path("rows").asInt());
        assertEquals(5, Files.readAllLines(dump).size());
        Cli.Result loaded = expect(Exit.SAME, Cli.run("load", table(b), dump.toString(), "--create", "--json"));
        assertEquals(5, loaded.json("loaded").path("changed").asInt());
        Cli.Result same = expect(Exit.SAME, Cli.run("verify", table(a), table(b), "--json"));
        assertEquals(
                same.json("table").path("a").path("root").asText(),
                same.json("table").path("b").path("root").asText());
        Path again = temp.resolve("again.jsonl");
        expect(Exit.SAME, Cli.run("dump", table(b), "-o", again.toString(), "-q"));
        assertEquals(Files.readString(dump), Files.readString(again));

        Cli.Result twice = expect(Exit.SAME, Cli.run("load", table(b), dump.toString(), "--json"));
        assertEquals(5, twice.json("loaded").path("same").asInt());
        Cli.Result large = expect(Exit.TROUBLE, Cli.run("dump", table(a)));
        assertTrue(large.err().contains("use -o FILE"), large.err());
    }

    @Test
    void aBadLineStopsTheLoadingBeforeItsBatch() throws IOException {
        Path csv = temp.resolve("rows.csv");
        String good = IntStream.range(0, 10_000).mapToObj(i -> i + ",1").collect(Collectors.joining("\n"));
        Files.writeString(csv, "id,n\n" + good + "\nmore,2\nbad,x\n");
        Cli.Result stopped = expect(
                Exit.TROUBLE, Cli.run("load", table(a), csv.toString(), "--uid", "id", "--types", "n=int", "--create"));
        assertTrue(stopped.err().startsWith("twinroot: " + csv + ":10003: column 2 (n): 'x' is not"), stopped.err());
        assertTrue(stopped.err().contains("10,000 rows up to " + csv + ":10001 are loaded"), stopped.err());
        assertEquals(10_000, Cli.run("dump", table(a)).out().lines().count());

        Cli.Result nothing = expect(Exit.TROUBLE, Cli.runWithInput("{\"uid\": 1}", "load", table(b), "-", "--create"));
        assertTrue(nothing.err().startsWith("twinroot: standard input:1:"), nothing.err());
        assertTrue(nothing.err().contains("Nothing was loaded"), nothing.err());
    }

    @Test
    void fieldsThatAreExcludedDoNotDiffer() {
        String[] create = {"--create", "--uid", "id", "--digest-excludes", "seen"};
        for (String place : List.of(a, b)) {
            String row = "{\"id\": \"1\", \"seen\": \"" + place + "\"}";
            expect(Exit.SAME, Cli.runWithInput(row, join(new String[] {"load", table(place), "-"}, create)));
        }
        expect(Exit.SAME, Cli.run("verify", table(a), table(b)));
        String other = "store:" + temp.resolve("c");
        load(other, row("1", "x"));
        Cli.Result refused = expect(Exit.TROUBLE, Cli.run("verify", table(a), table(other)));
        assertTrue(refused.err().startsWith("twinroot: "), refused.err());
    }

    private static String[] join(String[] left, String[] right) {
        return java.util.stream.Stream.of(left, right)
                .flatMap(java.util.Arrays::stream)
                .toArray(String[]::new);
    }

    @Test
    void nodesAreComparedRepairedAndAskedOverHttp() {
        load(a, row("1", "Anna"), row("2", "Bob"));
        try (Node node = Node.start(Config.of(temp.resolve("node"), 0, List.of()))) {
            String url = "http://127.0.0.1:" + node.port();
            expect(Exit.DIFFERENT, Cli.run("verify", a, url, "--settle", "0ms"));
            expect(Exit.SAME, Cli.run("repair", a, url, "--apply", "--settle", "0ms"));
            Cli.Result same = expect(Exit.SAME, Cli.run("verify", table(a), url));
            assertTrue(same.out().contains(url + "/shop/orders"), same.out());
            assertEquals(
                    Cli.run("dump", table(a)).out(),
                    Cli.run("dump", url + "/shop/orders").out());

            Cli.Result status = expect(Exit.SAME, Cli.run("status", url));
            assertTrue(status.out().startsWith(url + " is ready"), status.out());
            assertTrue(status.out().contains("shop/orders     2"), status.out());
            Cli.Result json = expect(Exit.SAME, Cli.run("status", url, "--json"));
            assertTrue(json.json("node").path("ready").asBoolean());
            assertEquals("shop/orders", json.json("table").path("name").asText());

            Cli.Result unknown = expect(Exit.TROUBLE, Cli.run("verify", table(a), url + "/no/such"));
            assertOneSentence(unknown);
            assertTrue(unknown.err().contains("no/such"), unknown.err());
        }
    }

    @Test
    void everyTroubleIsOneSentenceAndExitCode2() throws IOException {
        load(a, row("1", "Anna"));
        Path config = Files.writeString(temp.resolve("c.json"), "{\"data\": \"d\", \"prot\": 1}");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Replicas locked = Addresses.openOrCreate(Addresses.parse("store:" + temp.resolve("locked")))) {
            assertEquals(0, locked.tables().size());
            int closed;
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                closed = free.getLocalPort();
            }
            Map<String, String[]> troubles = Map.ofEntries(
                    Map.entry("Missing command", new String[] {}),
                    Map.entry("nonsense", new String[] {"nonsense"}),
                    Map.entry("Missing required parameter", new String[] {"verify", a}),
                    Map.entry("not an address", new String[] {"verify", a, "shop/orders"}),
                    Map.entry("there is no store", new String[] {"verify", a, "store:" + temp.resolve("none")}),
                    Map.entry("locked", new String[] {"verify", a, "store:" + temp.resolve("locked")}),
                    Map.entry("127.0.0.1:" + closed, new String[] {"verify", a, "http://127.0.0.1:" + closed}),
                    Map.entry("does not answer", new String[] {"status", "http://127.0.0.1:" + closed}),
                    Map.entry("no/table", new String[] {"dump", a + "?table=no/table"}),
                    Map.entry("there is no such file", new String[] {"load", table(a), "none.jsonl"}),
                    Map.entry("--files", new String[] {"load", table(a), temp.toString()}),
                    Map.entry("needs --uid", new String[] {"load", table(a), "-", "--format", "csv"}),
                    Map.entry("names none", new String[] {"dump", a}),
                    Map.entry("there is no such setting", new String[] {"serve", "--config", config.toString()}),
                    Map.entry("serve needs", new String[] {"serve"}),
                    Map.entry("0 to 65535", new String[] {"serve", "--data", "x", "--port", "70000"}),
                    Map.entry(Integer.toString(taken.getLocalPort()), new String[] {
                        "serve", "--data", temp.resolve("n").toString(), "--port", "" + taken.getLocalPort()
                    }),
                    Map.entry("--limit", new String[] {"verify", a, b, "--limit", "x"}),
                    Map.entry("not a duration", new String[] {"verify", a, b, "--settle", "x"}),
                    Map.entry("'sideways'", new String[] {"repair", a, b, "--direction", "sideways"}));
            for (Map.Entry<String, String[]> trouble : troubles.entrySet()) {
                Cli.Result result = expect(Exit.TROUBLE, Cli.run(trouble.getValue()));
                assertOneSentence(result);
                assertTrue(result.err().contains(trouble.getKey()), trouble.getKey() + " is not in " + result.err());
            }
        }
    }

    private static void assertOneSentence(Cli.Result result) {
        assertTrue(result.err().startsWith("twinroot: "), result.err());
        assertFalse(result.err().contains("\tat ") || result.err().contains("Exception"), result.err());
        assertEquals("", result.out());
    }

    @Test
    void withJsonAnErrorIsAlsoALine() {
        Cli.Result result = expect(Exit.TROUBLE, Cli.run("verify", a, b, "--json"));
        assertEquals(1, result.json().size());
        assertTrue(result.json("error").path("message").asText().contains("there is no store"), result.out());
    }

    @Test
    void theTraceIsShownOnlyWhenAskedFor() {
        Cli.Result result = Cli.run("", false, Map.of("TWINROOT_DEBUG", "1"), "verify", a, b);
        assertTrue(result.err().contains("\tat io.twinroot"), result.err());
    }

    @Test
    void coloursAreForTerminalsWithoutNoColor() {
        load(a, row("1", "Anna"));
        load(b, row("1", "Bob"));
        String[] verify = {"verify", table(a), table(b)};
        assertTrue(Cli.run("", true, Map.of(), verify).out().contains("\u001b[31m"));
        assertFalse(Cli.run("", true, Map.of("NO_COLOR", "1"), verify).out().contains("\u001b"));
        assertFalse(Cli.run("", true, Map.of("TERM", "dumb"), verify).out().contains("\u001b"));
        assertFalse(Cli.run("", true, Map.of(), join(verify, new String[] {"--json"}))
                .out()
                .contains("\u001b"));
    }

    @Test
    void flagsOfARowAreShownAndBadOnesRefused() {
        load(a, row("1", "Anna"));
        assertEquals(
                "1: (none)\n",
                expect(Exit.SAME, Cli.run("flags", table(a), "1")).out());
        assertEquals(
                "{\"type\":\"flags\",\"address\":\"" + table(a)
                        + "\",\"uid\":\"1\",\"set\":\"flags\",\"flags\":[],\"changed\":false}\n",
                expect(Exit.SAME, Cli.run("flags", table(a), "1", "--json")).out());
        assertTrue(expect(Exit.TROUBLE, Cli.run("flags", table(a), "2")).err().contains("there is no row 2"));
        Cli.Result both = expect(Exit.TROUBLE, Cli.run("flags", table(a), "1", "--add", "x", "--remove", "x"));
        assertTrue(both.err().contains("both added and removed"), both.err());
        Cli.Result empty = expect(Exit.TROUBLE, Cli.run("flags", table(a), "1", "--add", ""));
        assertTrue(empty.err().contains("not empty"), empty.err());
        assertTrue(expect(Exit.TROUBLE, Cli.run("flags", a, "1")).err().contains("?table=TABLE"));
    }

    @Test
    void helpIsThereForEveryCommand() {
        for (String command :
                List.of("serve", "verify", "repair", "status", "feed", "load", "dump", "delete", "flags", "demo")) {
            Cli.Result help = expect(Exit.SAME, Cli.run(command, "--help"));
            assertTrue(help.out().startsWith("Usage: twinroot " + command), help.out());
        }
        assertTrue(Cli.run("--version").out().startsWith("twinroot "));
    }
}
