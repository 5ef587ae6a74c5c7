package io.twinroot.cli;

import io.twinroot.carry.CarryException;
import io.twinroot.carry.Refusal;
import io.twinroot.carry.Undo;
import io.twinroot.carry.UndoFile;
import io.twinroot.carry.UndoTally;
import io.twinroot.reconcile.Replicas;
import io.twinroot.service.Address;
import io.twinroot.service.Addresses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code twinroot undo}. */
@Command(
        name = "undo",
        description = "Brings back the rows that a repair with --undo changed, on both sides.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "A row that was changed since the repair stays as it is, and is named. Undoing twice changes nothing.",
            "Exit code: 0 all is as it was, 1 some rows stayed (or nothing is done yet), 2 trouble."
        })
final class UndoCommand implements Callable<Integer> {
    private final Screen screen;

    @Parameters(index = "0", paramLabel = "FILE", description = "The file that repair --undo wrote.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path file;

    @Option(names = "--apply", description = "Do it. Without this it is only told what would be done.")
    private boolean apply;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    UndoCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        long started = System.nanoTime();
        UndoFile undo;
        List<UndoTally> tallies;
        try {
            undo = UndoFile.read(file);
            Address a = FiledRepair.parse(file, undo.head().a());
            Address b = FiledRepair.parse(file, undo.head().b());
            try (Replicas placeA = Addresses.open(a);
                    Replicas placeB = Addresses.open(b);
                    ProgressLine progress = ProgressLine.of(screen, output, "rows")) {
                tallies = new Undo(placeA, placeB, apply, progress::at).run(undo);
            }
        } catch (CarryException e) {
            throw new Trouble(file + ": " + e.getMessage(), e);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - started);
        if (output.json) {
            json(tallies, took);
        } else if (!output.quiet) {
            text(undo, tallies, took);
        }
        boolean stayed = tallies.stream().anyMatch(tally -> tally.refused() > 0);
        boolean open = !apply && tallies.stream().anyMatch(tally -> tally.back() > 0);
        return stayed || open ? Exit.DIFFERENT : Exit.SAME;
    }

    private void text(UndoFile undo, List<UndoTally> tallies, Duration took) {
        long back = tallies.stream().mapToLong(UndoTally::back).sum();
        long stayed = tallies.stream().mapToLong(UndoTally::refused).sum();
        String verdict = !apply && back > 0
                ? screen.yellow(screen.bold("WOULD UNDO")) + ": " + Figures.count(back, "row")
                        + " would be brought back; nothing is changed yet"
                : stayed > 0
                        ? screen.red(screen.bold("UNDONE IN PART")) + ": " + Figures.count(back, "row")
                                + " brought back, " + Figures.count(stayed) + " not"
                        : screen.green(screen.bold("UNDONE")) + ": " + Figures.count(back, "row") + " brought back";
        screen.out().println(verdict + ", in " + Figures.time(took));
        screen.out().println("  A  " + undo.head().a());
        screen.out().println("  B  " + undo.head().b());
        screen.out()
                .println("  as they were before the repair of " + undo.head().made());
        for (UndoTally tally : tallies) {
            screen.out()
                    .println("  " + tally.side() + "  " + tally.table() + "  " + Figures.count(tally.back())
                            + (apply ? " brought back, " : " to bring back, ") + Figures.count(tally.already())
                            + " as before already, " + Figures.count(tally.refused()) + " not");
            for (Refusal refusal : tally.refusals()) {
                screen.out()
                        .println("     " + screen.red("stays") + "  " + FindingText.shownUid(refusal.uid()) + "  "
                                + refusal.why());
            }
        }
        if (!apply && back > 0) {
            screen.out().println();
            screen.out().println("  To do it:  " + screen.bold("twinroot undo " + file + " --apply"));
        }
    }

    private void json(List<UndoTally> tallies, Duration took) {
        JsonLines lines = new JsonLines(screen.out());
        for (UndoTally tally : tallies) {
            for (Refusal refusal : tally.refusals()) {
                lines.line("stays", json -> {
                    json.writeStringField("on", tally.side().name().toLowerCase(Locale.ROOT));
                    json.writeStringField("table", tally.table().text());
                    JsonValues.uid(json, "uid", refusal.uid());
                    json.writeStringField("why", refusal.why());
                });
            }
            lines.line("undone", json -> {
                json.writeStringField("on", tally.side().name().toLowerCase(Locale.ROOT));
                json.writeStringField("table", tally.table().text());
                json.writeNumberField("back", tally.back());
                json.writeNumberField("already", tally.already());
                json.writeNumberField("stay", tally.refused());
                json.writeBooleanField("applied", apply);
                json.writeNumberField("ms", took.toMillis());
            });
        }
    }
}
