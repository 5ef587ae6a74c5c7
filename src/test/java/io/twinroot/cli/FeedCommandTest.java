package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.config.Config;
import io.twinroot.service.Node;
import io.twinroot.table.TableName;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code twinroot feed} on a node with two tables and a peer. */
final class FeedCommandTest {
    @TempDir
    Path directory;

    private Node origin;
    private Node node;
    private String url;

    @BeforeEach
    void start() {
        List<TableName> tables = List.of(new TableName("shop/orders"), new TableName("shop/prices"));
        origin = Node.start(Config.of(directory.resolve("a"), 0, tables));
        Config plain = Config.of(directory.resolve("b"), 0, tables);
        Config.Peer peer = new Config.Peer(
                "a",
                URI.create("http://127.0.0.1:" + origin.port()),
                List.of(),
                Config.Direction.PULL,
                Duration.ofHours(6),
                0,
                Duration.ZERO,
                Config.Retry.DEFAULT,
                OptionalLong.empty(),
                1_000,
                true);
        node = Node.start(new Config(
                plain.data(),
                plain.listen(),
                null,
                plain.tables(),
                List.of(peer),
                plain.limits(),
                plain.store(),
                plain.scrub()));
        url = "http://127.0.0.1:" + node.port();
    }

    @AfterEach
    void close() {
        node.close();
        origin.close();
    }

    @Test
    void listsAndSwitches() {
        Cli.Result all = Cli.run("feed", url);
        assertEquals(Exit.SAME, all.exit(), all.err());
        assertTrue(all.out().contains("shop/orders") && all.out().contains("shop/prices"), all.out());

        Cli.Result off = Cli.run("feed", url, "off", "--table", "shop/orders", "--json");
        assertEquals(Exit.SAME, off.exit(), off.err());
        assertEquals(false, off.json("feed").path("on").asBoolean(true));
        assertEquals("shop/orders", off.json("feed").path("table").asText());

        Cli.Result shown = Cli.run("feed", url, "--table", "shop/prices", "--peer", "a", "--json");
        assertEquals(true, shown.json("feed").path("on").asBoolean());
        assertTrue(Cli.run("status", url, "--json").out().contains("\"type\":\"feed\""));
        assertTrue(Cli.run("status", url).out().contains("FEED FROM"));
    }

    @Test
    void saysWhatIsWrong() {
        fails("say which feeds", url, "off");
        fails("no such feed", url, "off", "--table", "none");
        fails("no such feed", url, "--peer", "b");
        fails("neither on nor off", url, "maybe");
        fails("asks a running node", "store:x", "on", "--table", "t");
    }

    private static void fails(String message, String... words) {
        String[] command = new String[words.length + 1];
        command[0] = "feed";
        System.arraycopy(words, 0, command, 1, words.length);
        Cli.Result result = Cli.run(command);
        assertEquals(Exit.TROUBLE, result.exit());
        assertTrue(result.err().contains(message), result.err());
    }
}
