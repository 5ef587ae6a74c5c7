package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.twinroot.config.Config;
import io.twinroot.service.Address;
import io.twinroot.service.StoreTrash;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code twinroot trash}. */
@Command(
        name = "trash",
        description = "Lists the deleted and overwritten rows that are still kept, and puts them back.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {"", "Exit code: 0 done, 2 trouble."})
final class TrashCommand implements Callable<Integer> {
    private final Screen screen;

    @Parameters(
            arity = "0..1",
            paramLabel = "ADDRESS",
            description = "The node, or store:PATH of a store whose node does not run; with a table, only that one's."
                    + " Default: ${DEFAULT-VALUE}.",
            defaultValue = "http://127.0.0.1:" + Config.DEFAULT_PORT,
            converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Address address;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "At most so many, the newest first, 1 to 1,000. Default: ${DEFAULT-VALUE}.",
            defaultValue = "100")
    private int limit;

    @Option(names = "--after", paramLabel = "ID", description = "Go on after this one.", defaultValue = "")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String after;

    @ArgGroup
    private @Nullable One one;

    /** What is done with one row. */
    private static final class One {
        @Option(names = "--show", paramLabel = "ID", description = "The whole row.")
        private @Nullable String show;

        @Option(names = "--restore", paramLabel = "ID", description = "Put it back, as a new write.")
        private @Nullable String restore;
    }

    @Mixin
    private final OutputOptions output = new OutputOptions();

    TrashCommand(Screen screen) {
        this.screen = screen;
    }

    /** Where the trash is. */
    private interface Bin extends AutoCloseable {
        JsonNode list(String after, int limit);

        JsonNode show(String id);

        JsonNode restore(String id);

        @Override
        void close();
    }

    @Override
    public Integer call() {
        if (limit < 1 || limit > 1_000) {
            throw new Trouble("--limit is 1 to 1000, not " + limit);
        }
        try (Bin bin = bin()) {
            if (one != null && one.restore != null) {
                JsonNode restored = bin.restore(one.restore);
                print(List.of(restored), "Put back: ");
            } else if (one != null && one.show != null) {
                JsonNode row = bin.show(one.show);
                print(List.of(row), "");
                if (!output.json && !output.quiet) {
                    screen.out().println("  " + row.path("row"));
                }
            } else {
                JsonNode page = bin.list(after, limit);
                print(NodeStatus.list(page, "trash"), "");
                tellMore(page);
            }
        }
        return Exit.SAME;
    }

    private void tellMore(JsonNode page) {
        if (output.json || output.quiet) {
            return;
        }
        if (page.path("trash").isEmpty()) {
            screen.out().println("Nothing is in the trash.");
        } else if (page.path("next").isTextual()) {
            screen.out().println("There are more: --after " + page.path("next").asText());
        }
    }

    private void print(List<JsonNode> rows, String before) {
        if (output.json) {
            JsonLines lines = new JsonLines(screen.out());
            rows.forEach(row -> StatusCommand.document(lines, "trash", row));
        } else if (!output.quiet) {
            rows.forEach(row -> print(row, before));
        }
    }

    private void print(JsonNode row, String before) {
        screen.out()
                .println(before + screen.bold(row.path("id").asText()) + "  "
                        + row.path("kind").asText() + "  "
                        + StatusCommand.when(row.path("since"), "") + "  row "
                        + (row.path("uid").isTextual()
                                ? row.path("uid").asText()
                                : row.path("uid").toString())
                        + " of table " + row.path("table").asText());
        screen.out()
                .println("  the write of " + Stamp.parse(row.path("stamp").asText()) + "; "
                        + row.path("why").asText());
    }

    private Bin bin() {
        return switch (address.place()) {
            case Address.Http(URI url, var table) -> ofNode(url, table.orElse(null));
            case Address.Store(Path path, var table) -> ofStore(path, table.orElse(null));
            case Address.Sql sql ->
                throw new Trouble("a database has no trash here; the way back from a repair is its undo file");
        };
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static Bin ofNode(URI url, @Nullable TableName table) {
        NodeClient node = new NodeClient(url);
        String list = table == null ? "/v1/trash" : "/v1/tables/" + encoded(table.text()) + "/trash";
        return new Bin() {
            @Override
            public JsonNode list(String after, int limit) {
                return node.get(list + "?limit=" + limit + (after.isEmpty() ? "" : "&after=" + encoded(after)));
            }

            @Override
            public JsonNode show(String id) {
                return node.get("/v1/trash/" + encoded(id));
            }

            @Override
            public JsonNode restore(String id) {
                return node.post("/v1/trash/" + encoded(id), "{\"decision\":\"restore\"}");
            }

            @Override
            public void close() {
                node.close();
            }
        };
    }

    private static Bin ofStore(Path path, @Nullable TableName table) {
        StoreTrash store = StoreTrash.open(path);
        Function<String, Trouble> none = id -> new Trouble("there is nothing '" + id + "' in the trash of " + path);
        return new Bin() {
            @Override
            public JsonNode list(String after, int limit) {
                return read(store.list(table, after, limit));
            }

            @Override
            public JsonNode show(String id) {
                return read(store.get(id).orElseThrow(() -> none.apply(id)));
            }

            @Override
            public JsonNode restore(String id) {
                return read(store.restore(id).orElseThrow(() -> none.apply(id)));
            }

            @Override
            public void close() {
                store.close();
            }
        };
    }

    private static JsonNode read(byte[] json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException("reading what was just written", e);
        }
    }
}
