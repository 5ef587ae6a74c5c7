package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.config.Config;
import io.twinroot.config.ConfigReader;
import io.twinroot.service.Node;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage as a person meets it: {@code scrub}, {@code problems} and {@code status}, on stores and running nodes. */
final class DamageCommandsTest {
    private static final int ROWS = 800;

    @TempDir
    Path temp;

    private static Cli.Result expect(int exit, Cli.Result result) {
        assertEquals(exit, result.exit(), () -> result.out() + result.err());
        return result;
    }

    private void load(String name) {
        String rows = IntStream.range(0, ROWS)
                .mapToObj(i -> "{\"id\": \"order-%04d\", \"text\": \"%s\"}".formatted(i, "x".repeat(200)))
                .collect(Collectors.joining("\n"));
        String address = "store:" + temp.resolve(name) + "?table=shop/orders";
        expect(Exit.SAME, Cli.runWithInput(rows, "load", address, "-", "--create", "--uid", "id"));
    }

    private void flip(String name, String uid) throws IOException {
        byte[] key = uid.getBytes(StandardCharsets.UTF_8);
        int flips = 0;
        try (var files = Files.list(temp.resolve(name).resolve("log"))) {
            for (Path file : files.toList()) {
                byte[] bytes = Files.readAllBytes(file);
                for (int i = 0; i + key.length + 150 < bytes.length && flips == 0; i++) {
                    if (Arrays.equals(bytes, i, i + key.length, key, 0, key.length)) {
                        flip(file, i + key.length + 150);
                        flips++;
                    }
                }
            }
        }
        assertEquals(1, flips);
    }

    private static void flip(Path file, long at) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 4));
            channel.write(one.flip(), at);
        }
    }

    /** A node on a store that is there, which pulls from this peer, where one is named, once a day. */
    private Node node(String name, String peer) throws Exception {
        Path file = temp.resolve(name + ".json");
        String peers = peer.isEmpty()
                ? ""
                : ", \"peers\": [{\"name\": \"a\", \"url\": \"" + peer
                        + "\", \"direction\": \"pull\", \"every\": \"1d\", \"settle\": \"20ms\"}]";
        Files.writeString(
                file,
                "{\"data\": \"" + name + "\", \"listen\": {\"port\": 0}, \"scrub\": {\"every\": \"off\"}" + peers
                        + "}");
        Config config = ConfigReader.read(file);
        return Node.start(config);
    }

    private static String url(Node node) {
        return "http://127.0.0.1:" + node.port();
    }

    @Test
    void aStoreIsScrubbedByItself() throws IOException {
        load("s");
        String store = "store:" + temp.resolve("s");
        assertTrue(expect(Exit.SAME, Cli.run("scrub", store)).out().startsWith("Nothing is wrong in " + store));
        JsonNode well = Cli.run("scrub", store, "--json").json("scrubbed");
        assertEquals(ROWS, well.path("rows").asInt());
        assertTrue(well.path("bytes").asLong() > 200 * ROWS);
        flip("s", "order-0123");
        String found = expect(Exit.DIFFERENT, Cli.run("scrub", store)).out();
        assertTrue(found.contains("order-0123 of table shop/orders") || found.contains("log position 1:"), found);
        assertTrue(found.contains("1 problem open"), found);
        assertTrue(expect(Exit.TROUBLE, Cli.run("scrub", "store:" + temp.resolve("none")))
                .err()
                .contains("no store"));
    }

    @Test
    void aRunningNodeFindsNamesAndHeals() throws Exception {
        load("a");
        load("b");
        expect(Exit.SAME, Cli.run("repair", "store:" + temp.resolve("a"), "store:" + temp.resolve("b"), "--apply"));
        try (Node a = node("a", "");
                Node b = node("b", url(a))) {
            assertTrue(expect(Exit.SAME, Cli.run("scrub", url(b))).out().contains("Nothing is wrong"));
            flip("b", "order-0123");
            String found = expect(Exit.DIFFERENT, Cli.run("scrub", url(b))).out();
            assertTrue(found.contains("row order-0123 of table shop/orders at log position 1:"), found);
            assertTrue(found.contains("twinroot problems " + url(b)), found);
            awaitNoProblem(url(b));
            expect(Exit.SAME, Cli.run("verify", url(a), url(b)));
            JsonNode healed = Cli.run("problems", url(b), "--all", "--json").json("problem");
            assertEquals("healed", healed.path("state").asText());
            assertEquals("order-0123", healed.path("uid").asText());
            expect(Exit.SAME, Cli.run("scrub", url(b), "--json"));
            assertTrue(expect(Exit.SAME, Cli.run("status", url(b))).out().contains("VERIFIED"));
        }
    }

    private static void awaitNoProblem(String url) throws InterruptedException {
        long end = System.nanoTime() + 60_000_000_000L;
        while (Cli.run("problems", url, "--quiet").exit() != Exit.SAME) {
            assertTrue(System.nanoTime() < end, Cli.run("problems", url)::out);
            Thread.sleep(50);
        }
    }

    @Test
    void withoutAPeerAPersonDecides() throws Exception {
        load("b");
        flip("b", "order-0123");
        try (Node b = node("b", "")) {
            expect(Exit.DIFFERENT, Cli.run("scrub", url(b), "--quiet"));
            String status = expect(Exit.DIFFERENT, Cli.run("status", url(b))).out();
            assertTrue(status.contains("damaged, read-only"), status);
            assertTrue(status.contains("1 problem is open: twinroot problems " + url(b)), status);
            String problems =
                    expect(Exit.DIFFERENT, Cli.run("problems", url(b))).out();
            assertTrue(problems.contains("lost row order-0123 of table shop/orders"), problems);
            String id = Cli.run("problems", url(b), "--json")
                    .json("problem")
                    .path("id")
                    .asText();
            assertTrue(problems.contains("--accept " + id), problems);
            Cli.Result refused = Cli.run("delete", url(b) + "/shop/orders", "order-0001");
            assertTrue((refused.out() + refused.err()).contains("damaged and read-only"), refused.toString());
            assertTrue(expect(Exit.TROUBLE, Cli.run("problems", url(b), "--accept", "d99"))
                    .err()
                    .contains("there is no open problem 'd99'"));
            assertTrue(expect(Exit.SAME, Cli.run("problems", url(b), "--accept", id))
                    .out()
                    .contains("Accepted: lost row"));
            expect(Exit.SAME, Cli.run("delete", url(b) + "/shop/orders", "order-0001"));
            expect(Exit.SAME, Cli.run("status", url(b)));
        }
    }
}
