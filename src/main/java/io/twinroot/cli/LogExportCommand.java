package io.twinroot.cli;

import io.twinroot.carry.CarryException;
import io.twinroot.carry.DurableFile;
import io.twinroot.carry.Export;
import io.twinroot.carry.Reached;
import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Replicas;
import io.twinroot.service.Address;
import io.twinroot.service.Addresses;
import io.twinroot.table.TableName;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code twinroot log export}. */
@Command(
        name = "export",
        description = "Writes changes into a file, to be carried to another place and imported there.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Without --since the file has all rows and deletes that there are. A file that was cut off, or whose",
            "export was interrupted, can be imported up to its last flush point."
        })
final class LogExportCommand implements Callable<Integer> {
    private final Screen screen;

    @Parameters(
            paramLabel = "ADDRESS",
            description = "A node or store, or a table.",
            converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Address address;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description = "The file to write.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path file;

    @Option(
            names = "--since",
            paramLabel = "CURSOR|TIME",
            description = "Only what came after a cursor that an export printed, or since a time: 2026-01-02T03:04:05Z,"
                    + " or 2h for two hours ago.")
    private @Nullable String since;

    @Option(names = "--table", paramLabel = "TABLE", description = "Only this table; may be repeated.")
    private List<String> tables = List.of();

    @Option(names = "--force", description = "Write over a file that is there.")
    private boolean force;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    LogExportCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        long started = System.nanoTime();
        Instant now = Instant.now();
        try (Replicas place = Addresses.open(address.place());
                ProgressLine progress = ProgressLine.of(screen, output, "changes")) {
            Set<TableName> wanted = wanted();
            Export export = begin(place, wanted, now);
            long bytes = write(export, create(), now, progress);
            progress.done();
            export.gaps().forEach(gap -> screen.err().println("not in the file: " + gap));
            report(export, bytes, Duration.ofNanos(System.nanoTime() - started));
            return export.gaps().isEmpty() ? Exit.SAME : Exit.DIFFERENT;
        }
    }

    private Set<TableName> wanted() {
        Set<TableName> wanted = new TreeSet<>();
        address.table().ifPresent(wanted::add);
        for (String table : tables) {
            try {
                wanted.add(new TableName(table));
            } catch (IllegalArgumentException e) {
                throw new Trouble("--table: " + e.getMessage(), e);
            }
        }
        return wanted;
    }

    private Export begin(Replicas place, Set<TableName> wanted, Instant now) {
        if (!(place instanceof ChangeFeed feed)) {
            throw new Trouble(address.place() + " has no log that could be exported");
        }
        try {
            String cursor = since == null ? null : Since.parse(since, now).cursor(feed);
            return Export.begin(feed, address.place().toString(), cursor, wanted);
        } catch (ReplicaException e) {
            if (e.kind() != ReplicaException.Kind.CURSOR_GONE) {
                throw e;
            }
            throw new Trouble(
                    e.getMessage()
                            + "\nNothing was written. Export without --since: then the file has all rows there are.",
                    e);
        }
    }

    private long write(Export export, DurableFile out, Instant now, ProgressLine progress) {
        try (out) {
            export.write(out, now, progress::at);
            return out.size();
        } catch (IOException e) {
            throw new Trouble(file + " cannot be written: " + e.getMessage() + "\n" + usable(export), e);
        } catch (ReplicaException e) {
            throw new Trouble(e.getMessage() + "\n" + usable(export), e);
        } catch (CarryException e) {
            throw new Trouble(e.getMessage() + "\n" + usable(export), e);
        }
    }

    private DurableFile create() throws IOException {
        try {
            return DurableFile.create(file, force);
        } catch (FileAlreadyExistsException e) {
            throw new Trouble(file + " is there already; --force writes over it", e);
        }
    }

    private String usable(Export export) {
        Reached reached = export.reached();
        return reached.changes() == 0
                ? "Nothing in the file is of use."
                : file + " can be imported up to its last flush point, with "
                        + Figures.count(reached.changes(), "change") + "."
                        + (reached.next() == null ? "" : " To go on from there: --since " + reached.next());
    }

    private void report(Export export, long bytes, Duration took) {
        Reached reached = export.reached();
        if (output.json) {
            new JsonLines(screen.out()).line("exported", json -> {
                json.writeStringField("address", address.toString());
                json.writeStringField("file", file.toString());
                json.writeNumberField("changes", reached.changes());
                json.writeNumberField("bytes", bytes);
                json.writeStringField("next", reached.next());
                json.writeArrayFieldStart("gaps");
                for (String gap : export.gaps()) {
                    json.writeString(gap);
                }
                json.writeEndArray();
                json.writeNumberField("ms", took.toMillis());
            });
        } else if (!output.quiet) {
            screen.out()
                    .println("Wrote " + screen.bold(Figures.count(reached.changes(), "change")) + " of " + address
                            + " to " + file + " in " + Figures.time(took) + ", " + Figures.bytes(bytes) + ".");
            screen.out().println("Next time, for what comes after: --since " + reached.next());
        }
    }
}
