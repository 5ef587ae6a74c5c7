package io.twinroot.cli;

import io.twinroot.carry.CarryException;
import io.twinroot.carry.Ending;
import io.twinroot.carry.Import;
import io.twinroot.carry.TableTally;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Replicas;
import io.twinroot.service.Address;
import io.twinroot.service.Addresses;
import io.twinroot.table.TableName;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code twinroot log import}. */
@Command(
        name = "import",
        description = "Brings the changes of a file that log export wrote into a node or store.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Rows keep their versions: importing twice changes nothing, and files may come in any order.",
            "Exit codes: 0 all of it is there now, 1 a file that was cut off or lacks something, 2 trouble."
        })
final class LogImportCommand implements Callable<Integer> {
    private final Screen screen;

    @Parameters(index = "0", paramLabel = "FILE", description = "The file.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path file;

    @Parameters(
            index = "1",
            paramLabel = "ADDRESS",
            description = "A node or store, or the one table to bring in.",
            converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Address address;

    @Option(names = "--create", description = "Make tables, and the store, that are missing.")
    private boolean create;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    LogImportCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        if (Files.isDirectory(file)) {
            throw new Trouble(file + " is a folder; name the file that log export wrote");
        }
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        if (!create && address instanceof Address.Store store && !Files.exists(store.path())) {
            throw new Trouble("there is no store in " + store.path() + "; --create makes one");
        }
        long started = System.nanoTime();
        long size = Files.size(file);
        Set<TableName> wanted = address.table().map(Set::of).orElseGet(Set::of);
        try (CountedStream in = new CountedStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16));
                Replicas place = create ? Addresses.openOrCreate(address.place()) : Addresses.open(address.place());
                ProgressLine progress = ProgressLine.of(screen, output, "bytes")) {
            Import bringing = new Import(place, create, wanted);
            Ending ending = run(bringing, in, size, progress);
            progress.done();
            new ImportReport(screen, output, file, address)
                    .tell(bringing, ending, Duration.ofNanos(System.nanoTime() - started));
            return exit(bringing, ending);
        }
    }

    private Ending run(Import bringing, CountedStream in, long size, ProgressLine progress) {
        try {
            return bringing.run(in, (what, changes, unknown) -> progress.at(what, in.count(), size));
        } catch (CarryException e) {
            throw new Trouble(file + ": " + e.getMessage() + soFar(bringing), e);
        } catch (ReplicaException e) {
            throw new Trouble(e.getMessage() + soFar(bringing), e);
        }
    }

    private static String soFar(Import bringing) {
        return bringing.head() == null
                ? ""
                : "\nOf the file " + Figures.count(bringing.reached().changes(), "change")
                        + " had been brought in. Import it again: what is there already stays as it is.";
    }

    private int exit(Import bringing, Ending ending) {
        boolean missed = address.table().isPresent() && bringing.tables().isEmpty();
        if (missed) {
            screen.err()
                    .println("twinroot: " + file + " has nothing of table "
                            + address.table().get());
        }
        if (missed || !bringing.tables().stream().allMatch(TableTally::isComplete)) {
            return Exit.TROUBLE;
        }
        return ending instanceof Ending.Whole && bringing.gaps().isEmpty() ? Exit.SAME : Exit.DIFFERENT;
    }
}
