package io.twinroot.cli;

import io.twinroot.carry.CarryException;
import io.twinroot.carry.PlanFile;
import io.twinroot.carry.PlanWriter;
import io.twinroot.carry.PlannedRepair;
import io.twinroot.carry.UndoWriter;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.service.Address;
import io.twinroot.service.Addresses;
import io.twinroot.wire.PlanLine;
import io.twinroot.wire.UndoLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Two places, and the files of a repair between them: its plan, and the way back. */
final class FiledRepair {
    private final Replicas placeA;
    private final Replicas placeB;
    private final Progress progress;

    FiledRepair(Replicas placeA, Replicas placeB, Progress progress) {
        this.placeA = placeA;
        this.placeB = placeB;
        this.progress = progress;
    }

    /** How a file names a place, so that it is found from any folder. */
    static String absolute(Address address) {
        return switch (address.place()) {
            case Address.Http http -> http.toString();
            case Address.Sql sql -> sql.toString();
            case Address.Store(Path path, var table) ->
                new Address.Store(path.toAbsolutePath().normalize(), table).toString();
        };
    }

    /** The place that a file names. */
    static Address parse(Path file, String text) {
        try {
            return Addresses.parse(text);
        } catch (IllegalArgumentException e) {
            throw new Trouble(file + ": " + e.getMessage(), e);
        }
    }

    /** Writes the plans among these into a new file. */
    void writePlan(Path file, PlanLine.Head head, List<Mending> mendings) throws IOException {
        NewFile.write(file, out -> {
            try (PlanWriter writer = new PlanWriter(out, head)) {
                for (Mending mending : mendings) {
                    if (mending instanceof Mending.Planned(Finding.Compared found, var plan)) {
                        try (Replica mine = found.pair().openA(placeA);
                                Replica theirs = found.pair().openB(placeB)) {
                            writer.table(
                                    found.comparison().mine(),
                                    found.comparison().theirs(),
                                    plan,
                                    mine,
                                    theirs,
                                    progress);
                        }
                    }
                }
                writer.end();
            }
        });
    }

    static PlanFile readPlan(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        try {
            return PlanFile.read(file);
        } catch (CarryException e) {
            throw new Trouble(file + ": " + e.getMessage(), e);
        }
    }

    /** Writes how all rows are that a plan changes, into a new file, which is on the disk when this returns. */
    void writeUndo(Path file, PlanFile plan, Address a, Address b, Guards guards) throws IOException {
        for (PlanFile.Part part : plan.parts()) {
            try (Replica mine = placeA.table(part.table().a().name());
                    Replica theirs = placeB.table(part.table().b().name())) {
                PlannedRepair.check(part, mine, theirs, guards);
            }
        }
        try {
            NewFile.write(file, out -> {
                UndoLine.Head head = new UndoLine.Head(absolute(a), absolute(b), Instant.now());
                try (UndoWriter writer = new UndoWriter(out, head)) {
                    for (PlanFile.Part part : plan.parts()) {
                        try (Replica mine = placeA.table(part.table().a().name());
                                Replica theirs = placeB.table(part.table().b().name())) {
                            writer.table(plan, part, mine, theirs, progress);
                        }
                    }
                    writer.end();
                }
            });
        } catch (CarryException e) {
            throw new Trouble(file + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** What is done with a plan whose way back is on the disk. */
    @FunctionalInterface
    interface Undoable {
        void run(PlanFile plan) throws IOException;
    }

    /** Writes the way back of planned repairs into a new file, by way of a file with their plan, and goes on. */
    void undoably(
            Path undo, PlanLine.Head head, List<Mending> planned, Address a, Address b, Guards guards, Undoable then)
            throws IOException {
        Path file = undo.resolveSibling(undo.getFileName() + ".plan");
        writePlan(file, head, planned);
        try {
            PlanFile plan = readPlan(file);
            writeUndo(undo, plan, a, b, guards);
            then.run(plan);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    RepairReport apply(PlanFile plan, PlanFile.Part part, Guards guards) throws IOException {
        try (Replica mine = placeA.table(part.table().a().name());
                Replica theirs = placeB.table(part.table().b().name())) {
            return PlannedRepair.apply(plan, part, mine, theirs, guards, progress);
        } catch (CarryException e) {
            throw new Trouble("the plan cannot be gone on with: " + e.getMessage(), e);
        }
    }
}
