package io.twinroot.cli;

import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.service.Address;
import io.twinroot.service.Addresses;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code twinroot load}. */
@Command(
        name = "load",
        description = "Puts rows from JSON lines, CSV or files into a table.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "JSON lines are rows as dump writes them, {\"uid\": …, \"body\": {…}}, or with --uid plain objects.",
            "A row with a stamp keeps it, and changes nothing where a newer version of it is held.",
            "Rows are loaded in batches; a bad line stops the loading before its batch."
        })
final class LoadCommand implements Callable<Integer> {
    private static final int BATCH_ROWS = 10_000;

    /** The forms of a file of rows. */
    enum Format {
        JSONL,
        CSV
    }

    private final Screen screen;

    @Parameters(index = "0", paramLabel = "ADDRESS", description = "The table.", converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Address address;

    @Parameters(index = "1", arity = "0..1", paramLabel = "FILE", description = "The rows; - for standard input.")
    private @Nullable String file;

    @Option(
            names = "--files",
            paramLabel = "DIR",
            description = "Load each file below DIR as a blob; its UID is its path.")
    private @Nullable Path files;

    @Option(names = "--create", description = "Make the table where it is missing.")
    private boolean create;

    @Option(
            names = "--digest-excludes",
            paramLabel = "FIELD",
            split = ",",
            description = "With --create: fields that are not compared.")
    private List<String> digestExcludes = List.of();

    @Option(names = "--format", description = "${COMPLETION-CANDIDATES}; by default as the file's name ends.")
    private @Nullable Format format;

    @Option(
            names = "--uid",
            paramLabel = "FIELD",
            description = "The field that is the UID, or a template such as '{country}-{id}'.")
    private @Nullable String uid;

    @Option(
            names = "--types",
            paramLabel = "COLUMN=TYPE",
            split = ",",
            description = "Types of CSV columns: text (default), int, decimal, double, bool, bytes, time, json.")
    private Map<String, String> types = Map.of();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    LoadCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        TableName name = address.table()
                .orElseThrow(() -> new Trouble("load needs a table: " + address + " names none; write "
                        + address.with(new TableName("TABLE"))));
        if (!digestExcludes.isEmpty() && !create) {
            throw new Trouble("--digest-excludes is a rule of a new table; use it with --create");
        }
        if (!create && address instanceof Address.Store store && !Files.exists(store.path())) {
            throw new Trouble("there is no store in " + store.path() + "; --create makes one");
        }
        long started = System.nanoTime();
        try (Inputs inputs = open();
                Replicas place = create ? Addresses.openOrCreate(address) : Addresses.open(address);
                Replica table = create ? place.create(name, TableRules.excluding(digestExcludes)) : place.table(name);
                ProgressLine progress = ProgressLine.of(screen, output, inputs.unit())) {
            Loading loading = new Loading(table);
            loading.run(inputs, BATCH_ROWS, progress);
            progress.done();
            report(loading, Duration.ofNanos(System.nanoTime() - started));
            return loading.refused() == 0 ? Exit.SAME : Exit.TROUBLE;
        } catch (BadInput e) {
            throw new Trouble(String.valueOf(e.getMessage()), e);
        }
    }

    private Inputs open() throws IOException, BadInput {
        if (files != null) {
            if (file != null || format != null || uid != null || !types.isEmpty()) {
                throw new Trouble("--files loads the files of a folder: leave out FILE, --format, --uid and --types");
            }
            return new FileInputs(files);
        }
        if (file == null) {
            throw new Trouble("load needs a FILE, - for standard input, or --files DIR");
        }
        boolean piped = file.equals("-");
        Path path = Path.of(file);
        if (!piped && Files.isDirectory(path)) {
            throw new Trouble(file + " is a folder; load its files with --files " + file);
        }
        if (!piped && !Files.exists(path)) {
            throw new NoSuchFileException(file);
        }
        Format form =
                format != null ? format : file.toLowerCase(Locale.ROOT).endsWith(".csv") ? Format.CSV : Format.JSONL;
        String shown = piped ? "standard input" : file;
        long size = piped ? -1 : Files.size(path);
        BufferedInputStream in = new BufferedInputStream(piped ? screen.in() : Files.newInputStream(path), 1 << 16);
        return switch (form) {
            case JSONL -> {
                if (!types.isEmpty()) {
                    throw new Trouble("--types is for CSV; JSON has types of its own");
                }
                yield new JsonInputs(
                        shown,
                        in,
                        size,
                        uid == null ? null : template(uid),
                        piped ? new BlobFolder(Path.of("blobs")) : BlobFolder.beside(path));
            }
            case CSV -> {
                if (uid == null) {
                    throw new Trouble("a CSV file needs --uid: the column, or a template such as '{country}-{id}'");
                }
                yield new CsvInputs(shown, in, size, template(uid), types());
            }
        };
    }

    private static UidTemplate template(String text) {
        try {
            return UidTemplate.parse(text);
        } catch (IllegalArgumentException e) {
            throw new Trouble(String.valueOf(e.getMessage()), e);
        }
    }

    private Map<String, ColumnType> types() {
        Map<String, ColumnType> byName = new TreeMap<>();
        types.forEach((column, type) -> {
            try {
                byName.put(column, ColumnType.named(type));
            } catch (IllegalArgumentException e) {
                throw new Trouble("--types " + column + ": " + e.getMessage(), e);
            }
        });
        return byName;
    }

    private void report(Loading loading, Duration took) {
        loading.refusals().forEach(refusal -> screen.err().println("not loaded: " + refusal));
        if (output.json) {
            new JsonLines(screen.out()).line("loaded", json -> {
                json.writeStringField("address", address.toString());
                json.writeNumberField("rows", loading.read());
                json.writeNumberField("changed", loading.applied());
                json.writeNumberField("same", loading.same());
                json.writeNumberField("older", loading.older());
                json.writeNumberField("refused", loading.refused());
                json.writeNumberField("ms", took.toMillis());
            });
        } else if (!output.quiet) {
            long perSecond = loading.read() * 1_000 / Math.max(1, took.toMillis());
            screen.out()
                    .println("Loaded " + screen.bold(Figures.count(loading.read() - loading.refused(), "row"))
                            + " into " + address
                            + " in " + Figures.time(took) + " (" + Figures.count(perSecond) + " a second): "
                            + Figures.count(loading.applied()) + " new or changed"
                            + also(loading.same(), "the same already")
                            + also(loading.older(), "older than what is there")
                            + also(loading.refused(), screen.red("refused")) + ".");
        }
    }

    private static String also(long count, String what) {
        return count == 0 ? "" : ", " + Figures.count(count) + " " + what;
    }
}
