package io.twinroot.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.carry.PlanFile;
import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.Replicas;
import io.twinroot.service.Address;
import io.twinroot.service.Addresses;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.wire.PlanLine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code twinroot repair --plan FILE}: does what a plan says, or tells what it would do. */
final class PlannedRun {
    private static final int UIDS_TOLD = 20;

    private final Screen screen;
    private final OutputOptions output;
    private final CompareOptions compare;
    private final Guards guards;
    private final Path file;
    private final @Nullable Path undo;

    /** @param undo where the way back is written before the first change; null for nowhere */
    PlannedRun(
            Screen screen,
            OutputOptions output,
            CompareOptions compare,
            Guards guards,
            Path file,
            @Nullable Path undo) {
        this.screen = screen;
        this.output = output;
        this.compare = compare;
        this.guards = guards;
        this.file = file;
        this.undo = undo;
    }

    int run(boolean apply) throws IOException {
        long started = System.nanoTime();
        PlanFile plan = FiledRepair.readPlan(file);
        Address a = compare.isGiven()
                ? compare.a
                : FiledRepair.parse(file, plan.head().a());
        Address b = compare.isGiven()
                ? compare.b
                : FiledRepair.parse(file, plan.head().b());
        for (PlanFile.Part part : plan.parts()) {
            checkTable(a, part.table().a().name());
            checkTable(b, part.table().b().name());
        }
        if (!apply) {
            tell(plan, a, b);
            return plan.steps() == 0 ? Exit.SAME : Exit.DIFFERENT;
        }
        int exit = Exit.SAME;
        Plan.Effect onA = new Plan.Effect(0, 0, 0);
        Plan.Effect onB = onA;
        try (Replicas placeA = Addresses.open(a);
                Replicas placeB = Addresses.open(b);
                ProgressLine progress = ProgressLine.of(screen, output, "rows")) {
            FiledRepair repair = new FiledRepair(placeA, placeB, progress::at);
            if (undo != null) {
                repair.writeUndo(undo, plan, a, b, guards);
            }
            for (PlanFile.Part part : plan.parts()) {
                RepairReport report = repair.apply(plan, part, guards);
                progress.done();
                tell(part, report);
                onA = onA.plus(report.mine());
                onB = onB.plus(report.theirs());
                exit = Math.max(exit, exit(report));
            }
        } catch (GuardException e) {
            throw new Trouble(e.getMessage() + (e.isHeld() ? "" : "; allow it with --max-deletes or --max-changes"), e);
        }
        end(a, b, exit, onA, onB, Duration.ofNanos(System.nanoTime() - started));
        return exit;
    }

    private static int exit(RepairReport report) {
        return !report.refused().isEmpty() ? Exit.TROUBLE : report.meanwhile().isEmpty() ? Exit.SAME : Exit.DIFFERENT;
    }

    private void checkTable(Address given, TableName planned) {
        Optional<TableName> named = given.table();
        if (named.isPresent() && !named.get().equals(planned)) {
            throw new Trouble(file + " is a plan for table " + planned + ", not for " + given);
        }
    }

    private static String name(PlanLine.Table table) {
        String left = table.a().name().text();
        String right = table.b().name().text();
        return left.equals(right) ? left : left + " and " + right;
    }

    /** What it would do. */
    private void tell(PlanFile plan, Address a, Address b) {
        if (output.json) {
            JsonLines lines = new JsonLines(screen.out());
            for (PlanFile.Part part : plan.parts()) {
                lines.line("plan", json -> {
                    json.writeStringField("table", name(part.table()));
                    effect(json, "a", part.onA());
                    effect(json, "b", part.onB());
                    json.writeNumberField("left", part.left());
                });
            }
        } else if (!output.quiet) {
            screen.out()
                    .println(screen.yellow(screen.bold("PLAN")) + " of "
                            + plan.head().made() + ": " + Figures.count(plan.steps(), "step")
                            + "; nothing is changed yet");
            screen.out().println();
            screen.out().println("  A  " + a.place());
            screen.out().println("  B  " + b.place());
            for (PlanFile.Part part : plan.parts()) {
                screen.out().println("  " + name(part.table()));
                screen.out().println("    A would get " + MendingText.effect(part.onA()));
                screen.out().println("    B would get " + MendingText.effect(part.onB()));
            }
        }
    }

    private void tell(PlanFile.Part part, RepairReport report) {
        String name = name(part.table());
        if (output.json) {
            JsonLines lines = new JsonLines(screen.out());
            MendingJson.refused(lines, name, report);
            lines.line("repaired", json -> {
                json.writeStringField("table", name);
                effect(json, "a", report.mine());
                effect(json, "b", report.theirs());
                json.writeNumberField("left", part.left());
                json.writeNumberField("refused", report.refused().size());
                JsonValues.uids(json, "meanwhile", report.meanwhile());
                json.writeBooleanField("same", report.same());
            });
            return;
        }
        for (RepairReport.Refusal refusal :
                report.refused().stream().limit(UIDS_TOLD).toList()) {
            screen.err()
                    .println("refused: " + name + " " + FindingText.shownUid(refusal.uid()) + " by " + refusal.by()
                            + ": " + refusal.why());
        }
        List<Uid> skipped = report.meanwhile();
        if (!skipped.isEmpty() && !output.quiet) {
            screen.out()
                    .println("  " + name + ": " + Figures.count(skipped.size(), "row")
                            + " changed since the plan was made, and stay as they are: "
                            + String.join(
                                    ", ",
                                    skipped.stream()
                                            .limit(UIDS_TOLD)
                                            .map(FindingText::shownUid)
                                            .toList())
                            + (skipped.size() > UIDS_TOLD ? ", …" : ""));
        }
    }

    private void end(Address a, Address b, int exit, Plan.Effect onA, Plan.Effect onB, Duration took) {
        if (output.json) {
            new JsonLines(screen.out()).line("summary", json -> {
                json.writeStringField("a", a.toString());
                json.writeStringField("b", b.toString());
                json.writeStringField(
                        "result", exit == Exit.SAME ? "done" : exit == Exit.DIFFERENT ? "skipped" : "trouble");
                json.writeBooleanField("applied", true);
                json.writeNumberField("ms", took.toMillis());
            });
        } else if (!output.quiet) {
            screen.out()
                    .println((exit == Exit.SAME
                                    ? screen.green(screen.bold("DONE")) + ": all that " + file + " says"
                                    : screen.yellow(screen.bold("DONE IN PART")) + ": not all that " + file + " says")
                            + ", in " + Figures.time(took));
            screen.out().println("  A  " + a + "  " + MendingText.effect(onA));
            screen.out().println("  B  " + b + "  " + MendingText.effect(onB));
        }
    }

    private static void effect(JsonGenerator json, String side, Plan.Effect effect) throws IOException {
        MendingJson.effect(json, side, effect);
    }
}
