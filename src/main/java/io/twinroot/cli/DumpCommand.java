package io.twinroot.cli;

import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.service.Address;
import io.twinroot.service.Addresses;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.TableName;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import io.twinroot.wire.RowJson;
import io.twinroot.wire.WireRow;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code twinroot dump}. */
@Command(
        name = "dump",
        description = "Writes a table's rows as JSON lines, which load reads back.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "With -o, blobs above 64 KiB go to files in the folder FILE.blobs; the file appears when it is whole.",
            "Tombstones of deleted rows are not written."
        })
final class DumpCommand implements Callable<Integer> {
    /** A stream that failed is noticed after so many rows. */
    private static final int CHECKED_ROWS = 1_000;

    private final Screen screen;

    @Parameters(paramLabel = "ADDRESS", description = "The table.", converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Address address;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "The file to write; standard output by default.")
    private @Nullable Path file;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    DumpCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        TableName name = address.table()
                .orElseThrow(() -> new Trouble("dump needs a table: " + address + " names none; write "
                        + address.with(new TableName("TABLE"))));
        long started = System.nanoTime();
        try (Replicas place = Addresses.open(address);
                Replica table = place.table(name);
                ProgressLine progress = ProgressLine.of(screen, output, "rows")) {
            long rows = file == null
                    ? write(table, screen.out(), null, progress)
                    : writeFile(table, Objects.requireNonNull(file), progress);
            progress.done();
            if (file != null) {
                report(rows, Duration.ofNanos(System.nanoTime() - started));
            }
            return Exit.SAME;
        }
    }

    private static long writeFile(Replica table, Path target, ProgressLine progress) throws IOException {
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try {
            long rows;
            try (FileChannel channel = FileChannel.open(
                            part,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE);
                    OutputStream out = new BufferedOutputStream(java.nio.channels.Channels.newOutputStream(channel))) {
                rows = write(table, out, BlobFolder.beside(target), progress);
                out.flush();
                channel.force(true);
            }
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            return rows;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static long write(Replica table, OutputStream out, @Nullable BlobFolder blobs, ProgressLine progress)
            throws IOException {
        long total = table.info().count();
        long rows = 0;
        try (RowCursor cursor = table.rows(UidRange.ALL)) {
            while (cursor.hasNext()) {
                RowData data = cursor.next();
                out.write(RowJson.encode(data.row(), content(data, blobs)));
                out.write('\n');
                rows++;
                if (rows % CHECKED_ROWS == 0 && out instanceof PrintStream stream && stream.checkError()) {
                    throw new Trouble("standard output takes no more, after " + Figures.count(rows, "row"));
                }
                progress.at("dump", rows, Math.max(total, rows));
            }
        }
        return rows;
    }

    /** The bytes of a small blob for the line; a large one goes to the folder. */
    private static Value.@Nullable Bytes content(RowData data, @Nullable BlobFolder blobs) throws IOException {
        BlobSource source = data.blob();
        if (source == null || !(data.row() instanceof Row.Live(var uid, var stamp, Body.Blob blob, var past))) {
            return null;
        }
        if (blob.size() <= WireRow.INLINE_MAX) {
            try (InputStream in = source.open()) {
                return new Value.Bytes(in.readNBytes(WireRow.INLINE_MAX + 1));
            }
        }
        if (blobs == null) {
            throw new Trouble("the blob of " + uid + " has " + Figures.bytes(blob.size())
                    + ", too much for a line; use -o FILE, which puts such blobs into files beside it");
        }
        blobs.write(blob, source);
        return null;
    }

    private void report(long rows, Duration took) {
        if (output.json) {
            new JsonLines(screen.out()).line("dumped", json -> {
                json.writeStringField("address", address.toString());
                json.writeStringField("file", String.valueOf(file));
                json.writeNumberField("rows", rows);
                json.writeNumberField("ms", took.toMillis());
            });
        } else if (!output.quiet) {
            screen.out()
                    .println("Wrote " + screen.bold(Figures.count(rows, "row")) + " of " + address + " to " + file
                            + " in " + Figures.time(took) + ".");
        }
    }
}
