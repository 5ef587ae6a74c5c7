package io.twinroot.cli;

import io.twinroot.config.Config;
import io.twinroot.service.Address;
import io.twinroot.service.Backup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code twinroot backup}. */
@Command(
        name = "backup",
        description = "Copies a node, while it runs, into a folder from which a node can be started.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {"", "The folder appears when the copy is whole, checked and on the disk."})
final class BackupCommand implements Callable<Integer> {
    private final Screen screen;

    @Parameters(paramLabel = "DIR", description = "A new or empty folder.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path target;

    @Option(
            names = "--from",
            paramLabel = "ADDRESS",
            description = "The node, or the store of one that does not run. Default: ${DEFAULT-VALUE}.",
            defaultValue = "http://127.0.0.1:" + Config.DEFAULT_PORT,
            converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Address address;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    BackupCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        if (address.table().isPresent()) {
            throw new Trouble("a backup is of all tables: leave the table out of " + address);
        }
        long started = System.nanoTime();
        try (ProgressLine progress = ProgressLine.of(screen, output, "bytes")) {
            Backup.Taken taken = Backup.take(address, target, bytes -> progress.at("backup", bytes, -1));
            progress.done();
            report(taken, Duration.ofNanos(System.nanoTime() - started));
        } catch (IOException e) {
            throw new Trouble("backup of " + address + ": " + e.getMessage(), e);
        }
        return Exit.SAME;
    }

    private void report(Backup.Taken taken, Duration took) {
        if (output.json) {
            new JsonLines(screen.out()).line("backup", json -> {
                json.writeStringField("address", address.toString());
                json.writeStringField("folder", target.toString());
                json.writeNumberField("bytes", taken.bytes());
                json.writeNumberField("blobs", taken.blobs());
                json.writeStringField("position", taken.position());
                json.writeStringField("made", taken.made());
                json.writeNumberField("ms", took.toMillis());
            });
        } else if (!output.quiet) {
            screen.out()
                    .println("Wrote " + screen.bold(Figures.bytes(taken.bytes())) + " of " + address + " to " + target
                            + " in " + Figures.time(took) + ", as of log position " + taken.position() + ".");
        }
    }
}
