package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.carry.DurableFile;
import io.twinroot.carry.Export;
import io.twinroot.config.Config;
import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.Logged;
import io.twinroot.reconcile.Progress;
import io.twinroot.service.Node;
import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes carried in files between real stores and nodes. */
final class LogCommandsTest {
    @TempDir
    Path temp;

    private String a = "";
    private String b = "";
    private String file = "";

    @BeforeEach
    void places() {
        a = "store:" + temp.resolve("a");
        b = "store:" + temp.resolve("b");
        file = temp.resolve("stick.jsonl.zst").toString();
    }

    private static Cli.Result expect(int exit, Cli.Result result) {
        assertEquals(exit, result.exit(), () -> result.out() + result.err());
        return result;
    }

    private static String orders(String place) {
        return place + (place.startsWith("http") ? "/shop/orders" : "?table=shop/orders");
    }

    private static void load(String place, String... rows) {
        expect(
                Exit.SAME,
                Cli.runWithInput(String.join("\n", rows), "load", orders(place), "-", "--create", "--uid", "id"));
    }

    private static String row(String id, String name) {
        return "{\"id\": \"" + id + "\", \"name\": \"" + name + "\"}";
    }

    private static JsonNode export(String place, String file, String... more) {
        String[] command = {"log", "export", place, "-o", file, "--json"};
        return expect(
                        Exit.SAME,
                        Cli.run(java.util.stream.Stream.of(command, more)
                                .flatMap(Arrays::stream)
                                .toArray(String[]::new)))
                .json("exported");
    }

    private static JsonNode bring(String file, String place) {
        return expect(Exit.SAME, Cli.run("log", "import", file, place, "--create", "--json"))
                .json("imported");
    }

    private static void assertSame(String one, String other) {
        expect(Exit.SAME, Cli.run("verify", one, other, "--settle", "0ms"));
    }

    private void loadFiles(String place, int... sizes) throws IOException {
        Path folder = Files.createDirectories(temp.resolve("files"));
        for (int size : sizes) {
            byte[] bytes = new byte[size];
            new Random(size).nextBytes(bytes);
            Files.write(folder.resolve("f" + size), bytes);
        }
        expect(Exit.SAME, Cli.run("load", place + "?table=files", "--files", folder.toString(), "--create"));
    }

    @Test
    void aStoreArrivesWholeInAnotherAndTwiceChangesNothing() throws IOException {
        load(a, row("1", "Anna"), row("2", "Bob"), row("3", "Carl"));
        load(a, row("2", "Bill"));
        expect(Exit.SAME, Cli.run("delete", orders(a), "3"));
        loadFiles(a, 0, 64 << 10, (64 << 10) + 1, 1_500_000);
        JsonNode exported = export(a, file);
        assertEquals(7, exported.path("changes").asInt(), exported.toString());
        assertEquals(Files.size(Path.of(file)), exported.path("bytes").asLong());

        Cli.Result first = expect(Exit.SAME, Cli.run("log", "import", file, b, "--create"));
        assertTrue(first.out().startsWith("Imported 7 new changes into " + b), first.out());
        assertTrue(first.out().contains("of " + a + ", 20"), first.out());
        assertTrue(first.out().contains("  shop/orders  3 new\n"), first.out());
        assertSame(a, b);
        String dumped = Cli.run("dump", orders(b)).out();
        Cli.Result again = expect(Exit.SAME, Cli.run("log", "import", file, b, "--json"));
        assertEquals(
                List.of("files 0 4 0 0", "shop/orders 0 3 0 0"),
                again.json().stream()
                        .filter(line -> line.path("type").asText().equals("imported"))
                        .map(line -> line.path("table").asText() + " " + line.path("new") + " " + line.path("same")
                                + " " + line.path("older") + " " + line.path("refused"))
                        .toList());
        assertTrue(again.json("import").path("whole").asBoolean());
        assertEquals(dumped, Cli.run("dump", orders(b)).out());
        assertSame(a, b);
    }

    @Test
    void theCursorOfOneExportIsTheStartOfTheNext() {
        load(a, row("1", "Anna"), row("2", "Bob"));
        String cursor = export(a, file).path("next").asText();
        bring(file, b);
        load(a, row("3", "Carl"));
        expect(Exit.SAME, Cli.run("delete", orders(a), "1"));
        String second = file + "2";
        JsonNode exported = export(a, second, "--since", cursor);
        assertEquals(2, exported.path("changes").asInt());
        bring(second, b);
        assertSame(a, b);
        assertEquals(
                0,
                export(a, file + "3", "--since", exported.path("next").asText())
                        .path("changes")
                        .asInt());
        assertEquals(0, export(a, file + "4", "--since", "end").path("changes").asInt());
    }

    @Test
    void changesSinceATimeAreInTheFile() {
        load(a, row("1", "Anna"));
        assertEquals(1, export(a, file, "--since", "1h").path("changes").asInt());
        assertEquals(
                1,
                export(a, file + "2", "--since", Instant.now().minusSeconds(60).toString())
                        .path("changes")
                        .asInt());
    }

    @Test
    void filesInEitherOrderGiveTheSameRoots() {
        load(a, row("1", "Anna"), row("2", "Bob"), row("3", "Carl"));
        export(a, file);
        bring(file, b);
        load(a, row("1", "from a"), row("4", "only a"));
        load(b, row("1", "from b"), row("3", "Clara"));
        expect(Exit.SAME, Cli.run("delete", orders(a), "3"));
        expect(Exit.SAME, Cli.run("delete", orders(b), "2"));
        String fromA = file + "a";
        String fromB = file + "b";
        export(a, fromA);
        export(b, fromB);
        String c = "store:" + temp.resolve("c");
        String d = "store:" + temp.resolve("d");
        bring(fromA, c);
        bring(fromB, c);
        bring(file, c);
        bring(file, d);
        bring(fromB, d);
        bring(fromA, d);
        bring(fromA, b);
        bring(fromB, a);
        assertSame(c, d);
        assertSame(a, c);
        assertSame(a, b);
        assertEquals(
                Cli.run("dump", orders(c)).out(), Cli.run("dump", orders(d)).out());
    }

    @Test
    void twoNodesExchangeFilesOverHttp() throws IOException {
        try (Node one = Node.start(Config.of(temp.resolve("one"), 0, List.of()));
                Node two = Node.start(Config.of(temp.resolve("two"), 0, List.of()))) {
            String from = "http://127.0.0.1:" + one.port();
            String to = "http://127.0.0.1:" + two.port();
            load(from, row("1", "Anna"), row("2", "Bob"));
            expect(Exit.SAME, Cli.run("delete", orders(from), "2"));
            Path blob = Files.createDirectories(temp.resolve("blobs")).resolve("large");
            Files.write(blob, new byte[1 << 21]);
            expect(
                    Exit.SAME,
                    Cli.run("load", from + "/files", "--files", blob.getParent().toString(), "--create"));
            String cursor = export(from, file).path("next").asText();
            assertEquals(1, bring(file, to).path("new").asInt());
            assertSame(from, to);
            load(from, row("3", "Carl"));
            assertEquals(
                    1,
                    export(orders(from), file, "--since", cursor, "--force")
                            .path("changes")
                            .asInt());
            assertEquals(1, bring(file, orders(to)).path("new").asInt());
            assertSame(from, to);
        }
    }

    @Test
    void aNodeIsExportedWhileItIsWrittenTo() throws Exception {
        try (Node node = Node.start(Config.of(temp.resolve("node"), 0, List.of()))) {
            String from = "http://127.0.0.1:" + node.port();
            String many =
                    IntStream.range(0, 6_000).mapToObj(i -> row("r" + i, "x")).collect(Collectors.joining("\n"));
            load(from, many);
            AtomicBoolean stop = new AtomicBoolean();
            CountDownLatch written = new CountDownLatch(3);
            Thread writer = Thread.ofVirtual().start(() -> {
                for (int i = 0; !stop.get(); i++) {
                    load(from, row("r" + i * 7 % 6_000, "changed " + i), row("new" + i, "y"));
                    written.countDown();
                }
            });
            written.await();
            String cursor = export(from, file).path("next").asText();
            stop.set(true);
            writer.join();
            assertTrue(bring(file, b).path("new").asInt() >= 6_003);
            export(from, file + "2", "--since", cursor);
            bring(file + "2", b);
            assertSame(from, b);
        }
    }

    @Test
    void aFileThatBreaksOffIsBroughtInAsFarAsItGoes() throws IOException {
        String many =
                IntStream.range(0, 12_000).mapToObj(i -> row("r" + i, "x")).collect(Collectors.joining("\n"));
        load(a, many);
        export(a, file);
        byte[] whole = Files.readAllBytes(Path.of(file));
        Files.write(Path.of(file), Arrays.copyOf(whole, whole.length - 1_000));
        Cli.Result cut = expect(Exit.DIFFERENT, Cli.run("log", "import", file, b, "--create"));
        assertTrue(cut.err().startsWith("twinroot: " + file + " breaks off after 10,000 changes ("), cut.err());
        assertTrue(cut.out().startsWith("Imported 10,000 new changes"), cut.out());
        JsonNode json = expect(Exit.DIFFERENT, Cli.run("log", "import", file, b, "--json"))
                .json("import");
        assertFalse(json.path("whole").asBoolean());
        String rest = file + "2";
        export(a, rest, "--since", json.path("next").asText());
        bring(rest, b);
        assertSame(a, b);
    }

    /** A feed of one table and these rows. */
    private record OnePage(TableName table, List<RowData> rows) implements ChangeFeed {
        @Override
        public ChangePage changes(Query query) {
            List<Logged> items = new ArrayList<>(List.of(new Logged.Table(table, TableRules.DEFAULT)));
            rows.forEach(row -> items.add(new Logged.OfRow(table, row)));
            return new ChangePage(items, "end", false, List.of());
        }

        @Override
        public String cursorAt(long sinceMs) {
            throw new IllegalStateException("nobody asks for a moment");
        }
    }

    @Test
    void rowsFromTheFutureAreRefusedAndTheRestGoesOn() throws IOException {
        long inTenMinutes = System.currentTimeMillis() + 600_000;
        ChangeFeed feed = new OnePage(
                new TableName("shop/orders"),
                List.of(
                        deleted("early", new Stamp(inTenMinutes << 16, new Incarnation(0, 1), 1)),
                        deleted("good", new Stamp(1, new Incarnation(0, 1), 2))));
        try (DurableFile out = DurableFile.create(Path.of(file), false)) {
            Export.begin(feed, "test", null, Set.of()).write(out, Instant.EPOCH, Progress.NONE);
        }
        Cli.Result text = expect(Exit.TROUBLE, Cli.run("log", "import", file, b, "--create"));
        assertTrue(text.err().contains("not imported: shop/orders early: its stamp "), text.err());
        assertTrue(text.out().contains("Imported 1 new change into"), text.out());
        Cli.Result json = expect(Exit.TROUBLE, Cli.run("log", "import", file, b, "--json"));
        assertEquals("early", json.json("refused").path("uid").asText());
        assertEquals(1, json.json("imported").path("refused").asInt());
        assertEquals(1, json.json("imported").path("same").asInt());
    }

    @Test
    void whatCouldNotBeReadIsSaidOnBothSides() throws IOException {
        Body.Blob blob = new Body.Blob(100_000, Digest.sha256(new byte[100_000]));
        RowData unreadable =
                new RowData(new Row.Live(Uid.ofText("f"), new Stamp(2, new Incarnation(0, 1), 2), blob), () -> {
                    throw new IOException("bad sector");
                });
        RowData good = deleted("good", new Stamp(1, new Incarnation(0, 1), 1));
        ChangeFeed feed = new OnePage(new TableName("files"), List.of(unreadable, good));
        try (DurableFile out = DurableFile.create(Path.of(file), false)) {
            Export export = Export.begin(feed, "test", null, Set.of());
            export.write(out, Instant.EPOCH, Progress.NONE);
            assertEquals(1, export.gaps().size());
        }
        Cli.Result lacking = expect(Exit.DIFFERENT, Cli.run("log", "import", file, b, "--create"));
        assertEquals("not in the file: the blob of f in files cannot be read: bad sector\n", lacking.err());
        assertTrue(lacking.out().startsWith("Imported 1 new change into"), lacking.out());
    }

    private static RowData deleted(String uid, Stamp stamp) {
        return new RowData(new Row.Tombstone(Uid.ofText(uid), stamp), null);
    }

    @Test
    void aTableWithOtherRulesIsRefusedAndTheOthersGoOn() {
        load(a, row("1", "Anna"));
        String[] other = {"load", a + "?table=other", "-", "--create", "--digest-excludes", "seen"};
        expect(Exit.SAME, Cli.runWithInput("{\"uid\": \"y\", \"body\": {}}", other));
        export(a, file);
        expect(
                Exit.SAME,
                Cli.runWithInput("{\"uid\": \"z\", \"body\": {}}", "load", b + "?table=other", "-", "--create"));
        for (String create : List.of("--create", "-q")) {
            Cli.Result result = expect(Exit.TROUBLE, Cli.run("log", "import", file, b, create));
            assertTrue(result.err().contains("not imported: other: "), result.err());
        }
        assertEquals(1, Cli.run("dump", orders(b)).out().lines().count());
        assertEquals(1, Cli.run("dump", b + "?table=other").out().lines().count());
        Cli.Result missing = expect(Exit.TROUBLE, Cli.run("log", "import", file, b + "?table=no/table", "--create"));
        assertTrue(missing.err().contains("has nothing of table no/table"), missing.err());
    }

    @Test
    void everyTroubleIsOneSentence() throws IOException {
        load(a, row("1", "Anna"));
        String cursor = export(a, file).path("next").asText();
        load(b, row("9", "Zoe"));
        Path text = Files.writeString(temp.resolve("notes.txt"), "bread, milk\n");
        Path empty = Files.createFile(temp.resolve("empty"));
        record Case(String says, List<String> command) {}
        List<Case> cases = List.of(
                new Case("Missing command: one of export, import", List.of("log")),
                new Case("Missing required option", List.of("log", "export", a)),
                new Case("is there already; --force", List.of("log", "export", a, "-o", file)),
                new Case("Export without --since", List.of("log", "export", b, "-o", file + "2", "--since", cursor)),
                new Case(
                        "Export without --since", List.of("log", "export", a, "-o", file + "2", "--since", "nonsense")),
                new Case("no/table", List.of("log", "export", a, "-o", file + "2", "--table", "no/table")),
                new Case("not a table name", List.of("log", "export", a, "-o", file + "2", "--table", "a b")),
                new Case("there is no such file", List.of("log", "export", a, "-o", temp + "/none/f")),
                new Case("there is no such file", List.of("log", "import", file + "none", b)),
                new Case("is a folder", List.of("log", "import", temp.toString(), b)),
                new Case("the file is empty", List.of("log", "import", empty.toString(), b)),
                new Case("not a file of changes", List.of("log", "import", text.toString(), b)),
                new Case("--create makes one", List.of("log", "import", file, "store:" + temp.resolve("none"))));
        for (Case wrong : cases) {
            Cli.Result result = expect(Exit.TROUBLE, Cli.run(wrong.command().toArray(String[]::new)));
            assertTrue(result.err().contains(wrong.says()), wrong.says() + " is not in: " + result.err());
            assertTrue(result.err().startsWith("twinroot: "), result.err());
            assertFalse(result.err().contains("Exception"), result.err());
            assertEquals("", result.out());
        }
        assertFalse(Files.exists(Path.of(file + "2")), "a file was made for an export that could not begin");
    }

    @Test
    void aFullDiskIsToldInOneSentence() {
        Path full = Path.of("/dev/full");
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(full), "only Linux has /dev/full");
        load(a, row("1", "Anna"));
        Cli.Result result = expect(Exit.TROUBLE, Cli.run("log", "export", a, "-o", full.toString(), "--force"));
        assertTrue(
                result.err().startsWith("twinroot: /dev/full cannot be written: No space left on device"),
                result.err());
        assertTrue(result.err().contains("Nothing in the file is of use."), result.err());
    }
}
