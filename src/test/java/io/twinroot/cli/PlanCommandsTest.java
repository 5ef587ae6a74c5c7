package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.Config;
import io.twinroot.service.Node;
import io.twinroot.table.TableName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans and ways back in files, between real stores and nodes. */
final class PlanCommandsTest {
    @TempDir
    Path temp;

    private String a = "";
    private String b = "";
    private Path plan = Path.of("");
    private Path undo = Path.of("");

    @BeforeEach
    void places() {
        a = "store:" + temp.resolve("a");
        b = "store:" + temp.resolve("b");
        plan = temp.resolve("plan.jsonl");
        undo = temp.resolve("undo.jsonl");
    }

    private static String orders(String place) {
        return place + "?table=shop/orders";
    }

    private static Cli.Result expect(int exit, Cli.Result result) {
        assertEquals(exit, result.exit(), () -> result.out() + result.err());
        return result;
    }

    private static Cli.Result run(int exit, Object... arguments) {
        return expect(
                exit,
                Cli.run(java.util.Arrays.stream(arguments).map(Object::toString).toArray(String[]::new)));
    }

    private static void load(String place, String... rows) {
        expect(
                Exit.SAME,
                Cli.runWithInput(String.join("\n", rows), "load", orders(place), "-", "--create", "--uid", "id"));
    }

    private static String row(String id, String name) {
        return "{\"id\": \"" + id + "\", \"name\": \"" + name + "\"}";
    }

    /** The rows of a table without their stamps, which change with each write. */
    private static List<String> content(String table) {
        return run(Exit.SAME, "dump", table)
                .out()
                .lines()
                .map(PlanCommandsTest::unstamped)
                .toList();
    }

    private static String unstamped(String line) {
        return line.replaceAll(",\"stamp\":\"[^\"]*\"", "").replaceAll(",\"seen\":\\[[^\\]]*\\]", "");
    }

    /** 1 is the same, 2 differs, B's is newer; 3 is only in A, 4 only in B, 5 was deleted in B. */
    private void drift() {
        load(a, row("1", "Anna"), row("2", "Bob"), row("3", "Carl"), row("5", "Emil"), row("6", "F"), row("7", "G"));
        load(a, IntStream.range(0, 20).mapToObj(i -> row("z" + i, "same")).toArray(String[]::new));
        load(b, row("0", "x"));
        run(Exit.SAME, "delete", orders(b), "0");
        run(Exit.SAME, "repair", orders(a), orders(b), "--apply");
        load(b, row("2", "Bill"), row("4", "Dora"));
        run(Exit.SAME, "delete", orders(b), "5");
        load(a, row("3b", "Cleo"));
    }

    @Test
    void aPlanIsWrittenAndThenDoneExactly() throws IOException {
        drift();
        List<String> before = content(orders(a));
        run(Exit.DIFFERENT, "repair", orders(a), orders(b), "-o", plan);
        assertEquals(before, content(orders(a)), "writing the plan changed something");
        List<String> lines = Files.readAllLines(plan);
        assertEquals(7, lines.size(), lines.toString());
        assertTrue(
                lines.getFirst().startsWith("{\"twinroot\":\"plan\",\"format\":1,\"a\":\"" + a + "\""),
                lines.getFirst());
        assertTrue(lines.get(2).startsWith("{\"step\":\"take\",\"uid\":\"2\""), lines.get(2));
        assertTrue(lines.get(3).startsWith("{\"step\":\"give\",\"uid\":\"3b\""), lines.get(3));
        assertTrue(lines.get(5).startsWith("{\"step\":\"delete-a\",\"uid\":\"5\""), lines.get(5));

        load(a, row("9", "came later"));
        JsonNode would = run(Exit.DIFFERENT, "repair", "--plan", plan, "--json").json("plan");
        assertEquals("{\"new\":1,\"replaced\":1,\"deleted\":1}", would.path("a").toString());
        JsonNode done =
                run(Exit.SAME, "repair", "--plan", plan, "--apply", "--json").json("repaired");
        assertEquals("{\"new\":1,\"replaced\":1,\"deleted\":1}", done.path("a").toString());
        assertEquals("{\"new\":1,\"replaced\":0,\"deleted\":0}", done.path("b").toString());
        assertFalse(done.path("same").asBoolean(), "the row that came later is not in the plan");
        Cli.Result left = run(Exit.DIFFERENT, "verify", orders(a), orders(b), "--json");
        assertEquals(1, left.json("summary").path("rows").asInt());
        JsonNode again =
                run(Exit.SAME, "repair", "--plan", plan, "--apply", "--json").json("repaired");
        assertEquals("{\"new\":0,\"replaced\":0,\"deleted\":0}", again.path("a").toString());
    }

    @Test
    void aRowThatChangedOnEitherSideIsSkippedAndReported() {
        drift();
        run(Exit.DIFFERENT, "repair", orders(a), orders(b), "-o", plan);
        load(a, row("2", "Bernd")); // the side that would have got it
        load(b, row("4", "Dorothea")); // the side that has it
        load(a, row("5", "Erna")); // would have been deleted
        JsonNode done = run(Exit.DIFFERENT, "repair", "--plan", plan, "--apply", "--json")
                .json("repaired");
        assertEquals("[\"5\",\"4\",\"2\"]", done.path("meanwhile").toString());
        assertEquals("{\"new\":0,\"replaced\":0,\"deleted\":0}", done.path("a").toString());
        assertEquals("{\"new\":1,\"replaced\":0,\"deleted\":0}", done.path("b").toString());
        assertTrue(content(orders(a)).toString().contains("Bernd"));
        assertTrue(content(orders(a)).toString().contains("Erna"));
        String text = run(Exit.DIFFERENT, "repair", "--plan", plan, "--apply").out();
        assertTrue(text.contains("3 rows changed since the plan was made, and stay as they are: 5, 4, 2"), text);
    }

    @Test
    void longRunsOfRowsAreInThePlanRowByRow() throws IOException {
        load(
                a,
                IntStream.range(0, 11_000)
                        .mapToObj(i -> row("k%05d".formatted(i), "n" + i))
                        .toArray(String[]::new));
        load(b, row("x", "y"));
        run(Exit.DIFFERENT, "repair", orders(a), orders(b), "-o", plan);
        try (var lines = Files.lines(plan)) {
            assertEquals(
                    11_000,
                    lines.filter(line -> line.startsWith("{\"step\":\"give\"")).count());
        }
        load(a, row("k00007", "written since"), row("k00007b", "new since"));
        JsonNode done = run(Exit.DIFFERENT, "repair", "--plan", plan, "--apply", "--json")
                .json("repaired");
        assertEquals(10_999, done.path("b").path("new").asInt());
        assertEquals("[\"k00007\"]", done.path("meanwhile").toString());
        assertFalse(content(orders(b)).toString().contains("new since"));
    }

    @Test
    void theAddressesOfTheCommandLineWinAndMustNameTheSameTable() throws IOException {
        drift();
        run(Exit.DIFFERENT, "repair", a, b, "-o", plan);
        Files.move(temp.resolve("a"), temp.resolve("moved"));
        String moved = "store:" + temp.resolve("moved");
        Cli.Result wrong =
                run(Exit.TROUBLE, "repair", moved + "?table=shop/customers", orders(b), "--plan", plan, "--apply");
        assertTrue(wrong.err().contains("is a plan for table shop/orders, not for " + moved), wrong.err());
        run(Exit.TROUBLE, "repair", "--plan", plan, "--apply");
        run(Exit.SAME, "repair", moved, b, "--plan", plan, "--apply");
        run(Exit.SAME, "verify", moved, b);
    }

    @Test
    void aPlanThatWasCutOrAlteredIsRefusedWithItsLine() throws IOException {
        drift();
        run(Exit.DIFFERENT, "repair", orders(a), orders(b), "-o", plan);
        List<String> before = content(orders(a));
        byte[] whole = Files.readAllBytes(plan);
        String text = new String(whole, StandardCharsets.UTF_8);
        List<String> lines = text.lines().toList();
        assertRefused(text.replace("\"uid\":\"4\"", "\"uid\":\"4x\""), "line 7: the file is not what was written");
        assertRefused(text.replace("\"step\":\"give\"", "\"step\":\"take\""), "line 4: the step take does not fit");
        assertRefused(String.join("\n", lines.subList(0, 6)) + "\n", "it is cut off after line 6");
        assertRefused(text.replace("\"format\":1", "\"format\":2"), "line 1: format 2 is not known here");
        assertRefused(text + "{}\n", "line 8: something follows the end");
        assertRefused(text.replace("plan", "undo"), "line 1: this file is not a plan");
        assertRefused("", "it is cut off after line 0");
        assertRefused("\n" + text, "line 1: the line is empty");
        List<String> swapped = new ArrayList<>(lines);
        swapped.add(2, swapped.remove(3));
        assertRefused(String.join("\n", swapped) + "\n", "line 4: 2 comes after 3b");
        Random random = new Random(4);
        for (int i = 0; i < 60; i++) {
            byte[] flipped = whole.clone();
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(plan, flipped);
            run(Exit.TROUBLE, "repair", "--plan", plan, "--apply");
        }
        for (int cut :
                IntStream.range(0, 40).map(i -> random.nextInt(whole.length)).toArray()) {
            Files.write(plan, java.util.Arrays.copyOf(whole, cut));
            if (cut < whole.length - 1) { // the newline at the end is not missed
                run(Exit.TROUBLE, "repair", "--plan", plan, "--apply");
            }
        }
        assertEquals(before, content(orders(a)), "a broken plan was applied");
    }

    private void assertRefused(String text, String why) throws IOException {
        Files.writeString(plan, text);
        Cli.Result refused = run(Exit.TROUBLE, "repair", "--plan", plan, "--apply");
        assertTrue(refused.err().contains(plan + ": ") && refused.err().contains(why), refused.err());
    }

    @Test
    void filesThatAreThereAreNotWrittenOver() throws IOException {
        drift();
        Files.writeString(plan, "mine");
        Files.writeString(undo, "mine");
        String err =
                run(Exit.TROUBLE, "repair", orders(a), orders(b), "-o", plan).err();
        assertTrue(err.contains(plan + " is there already; name a new file"), err);
        run(Exit.TROUBLE, "repair", orders(a), orders(b), "--apply", "--undo", undo);
        assertEquals("mine", Files.readString(undo));
        run(Exit.TROUBLE, "repair", orders(a), orders(b), "--undo", temp.resolve("new"));
        run(Exit.TROUBLE, "repair", orders(a), orders(b), "--apply", "-o", temp.resolve("new"));
        run(Exit.DIFFERENT, "verify", orders(a), orders(b), "--quiet");
    }

    @Test
    void aRepairIsUndoneOnBothSidesAndTwiceChangesNothing() {
        drift();
        List<String> beforeA = content(orders(a));
        List<String> beforeB = content(orders(b));
        run(Exit.SAME, "repair", orders(a), orders(b), "--apply", "--undo", undo);
        run(Exit.SAME, "verify", orders(a), orders(b));
        List<String> repaired = content(orders(a));

        String would = run(Exit.DIFFERENT, "undo", undo).out();
        assertTrue(would.startsWith("WOULD UNDO: 4 rows would be brought back"), would);
        assertEquals(repaired, content(orders(a)));
        JsonNode done = run(Exit.SAME, "undo", undo, "--apply", "--json").json("undone");
        assertEquals(3, done.path("back").asInt(), done.toString());
        assertEquals(beforeA, content(orders(a)));
        assertEquals(beforeB, content(orders(b)));
        String stamps = run(Exit.SAME, "dump", orders(a)).out();
        JsonNode again = run(Exit.SAME, "undo", undo, "--apply", "--json").json("undone");
        assertEquals("[0,3]", "[" + again.path("back") + "," + again.path("already") + "]");
        assertEquals(stamps, run(Exit.SAME, "dump", orders(a)).out(), "undoing twice wrote something");
        String text = run(Exit.SAME, "undo", undo).out();
        assertTrue(text.startsWith("UNDONE: 0 rows brought back"), text);
    }

    @Test
    void whatWasChangedSinceTheRepairStays() {
        drift();
        run(Exit.SAME, "repair", orders(a), orders(b), "--apply", "--undo", undo);
        load(a, row("2", "Berta"));
        run(Exit.SAME, "delete", orders(a), "4");
        load(a, row("5", "Erna"));
        Cli.Result result = run(Exit.DIFFERENT, "undo", undo, "--apply", "--json");
        List<String> stay = result.json().stream()
                .filter(line -> line.path("type").asText().equals("stays"))
                .map(line -> line.path("on").asText() + line.path("uid").asText() + " "
                        + line.path("why").asText())
                .toList();
        assertEquals(List.of("a2 it was changed since the repair", "a5 it was changed since the repair"), stay);
        String now = content(orders(a)).toString();
        assertTrue(now.contains("Berta") && now.contains("Erna") && !now.contains("Dora"), now);
        assertFalse(content(orders(b)).toString().contains("Cleo"), "the row that B got is not taken back");
    }

    @Test
    void blobsOfAllSizesComeBack() throws IOException {
        Path folder = Files.createDirectories(temp.resolve("files"));
        String tableA = a + "?table=files";
        String tableB = b + "?table=files";
        int[] sizes = {0, 1, 64 << 10, (64 << 10) + 1, 1_500_000};
        for (int round = 0; round < 2; round++) {
            for (int size : sizes) {
                byte[] bytes = new byte[size];
                new Random(size + round).nextBytes(bytes);
                Files.write(folder.resolve("f" + size), bytes);
            }
            run(Exit.SAME, "load", round == 0 ? tableA : tableB, "--files", folder, "--create");
        }
        run(Exit.SAME, "dump", tableA, "-o", temp.resolve("before"));
        run(Exit.SAME, "repair", tableA, tableB, "--apply", "--undo", undo);
        run(Exit.SAME, "verify", tableA, tableB);
        JsonNode done = run(Exit.SAME, "undo", undo, "--apply", "--json").json("undone");
        assertEquals(4, done.path("back").asInt(), done.toString());
        run(Exit.SAME, "dump", tableA, "-o", temp.resolve("after"));
        assertEquals(
                unstamped(Files.readString(temp.resolve("before"))),
                unstamped(Files.readString(temp.resolve("after"))));
        try (var names = Files.list(temp.resolve("before.blobs"))) {
            for (Path blob : names.toList()) {
                assertEquals(
                        -1, Files.mismatch(blob, temp.resolve("after.blobs").resolve(blob.getFileName())));
            }
        }
        byte[] whole = Files.readAllBytes(undo);
        Random random = new Random(5);
        for (int i = 0; i < 20; i++) {
            byte[] flipped = whole.clone();
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(undo, flipped);
            run(Exit.TROUBLE, "undo", undo, "--apply");
        }
    }

    @Test
    void aPlanCanBeDoneWithAWayBack() {
        drift();
        List<String> before = content(orders(a));
        run(Exit.DIFFERENT, "repair", orders(a), orders(b), "-o", plan);
        run(Exit.SAME, "repair", "--plan", plan, "--apply", "--undo", undo);
        run(Exit.SAME, "verify", orders(a), orders(b));
        run(Exit.SAME, "undo", undo, "--apply");
        assertEquals(before, content(orders(a)));
    }

    @Test
    void theWayBackIsNotWrittenForARepairThatItsGuardsStop() {
        drift();
        String err = run(Exit.TROUBLE, "repair", orders(a), orders(b), "--apply", "--undo", undo, "--max-changes", 0)
                .err();
        assertTrue(err.contains("would replace 1 rows"), err);
        assertFalse(Files.exists(undo));
        run(Exit.DIFFERENT, "repair", orders(a), orders(b), "-o", plan);
        run(Exit.TROUBLE, "repair", "--plan", plan, "--apply", "--max-deletes", 0);
        run(Exit.SAME, "repair", "--plan", plan, "--apply", "--max-deletes", 1, "--max-changes", 1);
    }

    @Test
    void plansAndWaysBackWorkOverHttp() {
        drift();
        List<String> beforeA = content(orders(a));
        List<String> beforeB = content(orders(b));
        try (Node node = Node.start(Config.of(temp.resolve("b"), 0, List.of(new TableName("shop/orders"))))) {
            String url = "http://127.0.0.1:" + node.port();
            run(Exit.DIFFERENT, "repair", a, url, "-o", plan, "--settle", "0ms");
            run(Exit.SAME, "repair", "--plan", plan, "--apply", "--undo", undo);
            run(Exit.SAME, "verify", a, url, "--settle", "0ms");
            run(Exit.SAME, "undo", undo, "--apply");
            assertEquals(beforeA, content(orders(a)));
        }
        assertEquals(beforeB, content(orders(b)));
    }
}
