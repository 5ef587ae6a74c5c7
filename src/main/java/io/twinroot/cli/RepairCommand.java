package io.twinroot.cli;

import io.twinroot.carry.PlanFile;
import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Meeting;
import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.Proposal;
import io.twinroot.reconcile.Repair;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.Terms;
import io.twinroot.reconcile.Traffic;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.wire.PlanLine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code twinroot repair}. */
@Command(
        name = "repair",
        description = "Makes two copies the same. Without --apply it only says what it would do.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "The newer version of a row wins; a row that is merely absent is never a reason to delete.",
            "Of whole places, a table that one of them lacks is made in it.",
            "Exit code: 0 the same (now), 1 different (still, or without --apply), or the same, but a copy was found to be",
            "restored from an older one, a clone, or away for too long, 2 trouble."
        })
final class RepairCommand implements Callable<Integer> {
    private final Screen screen;

    @Mixin
    private final CompareOptions compare = new CompareOptions();

    @Option(names = "--apply", description = "Do it.")
    private boolean apply;

    @Option(
            names = "--direction",
            paramLabel = "WAY",
            description = "both; pull: only A is changed; push: only B is changed. Default: ${DEFAULT-VALUE}.",
            defaultValue = "both")
    private Direction direction = Direction.BOTH;

    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            description = "Which of two changes wins that did not know of each other: newest; mine: A's; theirs: B's;"
                    + " hold: none, the row stays as it is. Default: ${DEFAULT-VALUE}.",
            defaultValue = "newest")
    private ConflictPolicy policy = ConflictPolicy.NEWEST;

    @Option(
            names = "--right",
            paramLabel = "SIDE",
            description = "Of a database, which knows no versions of rows: the side that is right, a or b. The other, a"
                    + " database, becomes the same; rows that the right one lacks are deleted there.",
            converter = ToRight.class)
    private OneWayRepair.@Nullable Right right;

    @Option(
            names = "--print",
            description = "Print the SQL statements that would be executed, and nothing else; change nothing.")
    private boolean print;

    @Option(
            names = "--max-deletes",
            paramLabel = "N",
            description = "Change nothing where more rows of a side would be deleted."
                    + " Default: 100, or a tenth of its rows where that is less.")
    private @Nullable Long maxDeletes;

    @Option(
            names = "--max-changes",
            paramLabel = "N",
            description = "Change nothing where more rows of a side would be replaced. Default: 100,000.")
    private @Nullable Long maxChanges;

    @Mixin
    private final PlanOptions files = new PlanOptions();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    RepairCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        files.check(apply);
        Guards guards = guards();
        if (files.plan != null) {
            compare.needNoMode();
            return new PlannedRun(screen, output, compare, guards, files.plan, files.undo).run(apply);
        }
        compare.needBoth();
        boolean oneWay = isOneWay();
        long limit = compare.limit(output);
        long started = System.nanoTime();
        List<Mending> mendings = new ArrayList<>();
        Traffic traffic;
        try (Replicas placeA = compare.openA();
                Replicas placeB = compare.openB();
                ProgressLine progress = ProgressLine.of(screen, output, "rows")) {
            if (oneWay) {
                OneWayRepair repair = new OneWayRepair(compare, placeA, placeB, right(), progress::at);
                mendings = repair.plan();
                if (print) {
                    progress.done();
                    repair.print(mendings, screen);
                    return mendings.stream().mapToInt(Mending::exit).max().orElse(Exit.SAME);
                }
                if (apply) {
                    mendings = repair.apply(mendings, guards, head(), files.undo);
                }
            }
            List<Pair> pairs = oneWay ? List.of() : Pair.of(compare.a, placeA, compare.b, placeB);
            boolean directly = apply && files.undo == null;
            for (Pair pair : pairs) {
                mendings.add(CompareOptions.orIncomparable(
                        pair,
                        pairs.size(),
                        () -> mend(pair, placeA, placeB, guards, directly, progress),
                        Mending.Incomparable::new));
            }
            if (files.output != null) {
                new FiledRepair(placeA, placeB, progress::at).writePlan(files.output, head(), mendings);
            }
            if (files.undo != null && !oneWay) {
                mendings = undoably(files.undo, mendings, placeA, placeB, guards, progress);
            }
            traffic = CompareOptions.traffic(placeA, placeB);
        } catch (GuardException e) {
            throw new Trouble(
                    e.getMessage()
                            + mendingsSoFar(mendings)
                            + (e.isHeld()
                                    ? ""
                                    : "; look at the plan (without --apply), then"
                                            + " allow it with --max-deletes or --max-changes"),
                    e);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - started);
        if (output.json) {
            new MendingJson(new JsonLines(screen.out()), limit).print(compare, mendings, apply, traffic, took);
        } else if (!output.quiet) {
            new MendingText(screen, limit).print(compare, mendings, apply, way(), guards, traffic, took);
        }
        return mendings.stream().mapToInt(Mending::exit).max().orElse(Exit.SAME);
    }

    /** Whether a side is a database, so that a person says which one is right. */
    private boolean isOneWay() {
        boolean database = compare.isOfDatabase();
        if (database && right == null) {
            throw new Trouble("a database does not say which of two rows is newer: say which side is right,"
                    + " --right a (" + compare.b.place() + " is changed) or --right b (" + compare.a.place()
                    + " is changed)");
        }
        if (!database && (right != null || print)) {
            throw new Trouble("--right and --print are of databases; of other places the versions of the rows decide");
        }
        if (print && (apply || files.output != null || output.json)) {
            throw new Trouble("--print stands alone, without --apply, --output and --json");
        }
        return database;
    }

    private OneWayRepair.Right right() {
        if (right == null) {
            throw new IllegalStateException("no side is right");
        }
        return right;
    }

    private Direction way() {
        return right == null ? direction : right == OneWayRepair.Right.A ? Direction.PUSH : Direction.PULL;
    }

    /** Reads {@code a} and {@code b}. */
    static final class ToRight implements ITypeConverter<OneWayRepair.Right> {
        @Override
        public OneWayRepair.Right convert(String text) {
            return switch (text) {
                case "a", "A" -> OneWayRepair.Right.A;
                case "b", "B" -> OneWayRepair.Right.B;
                default -> throw new TypeConversionException("'" + text + "' is neither a nor b");
            };
        }
    }

    private PlanLine.Head head() {
        PlanLine.Way way = PlanLine.Way.valueOf(way().name());
        return new PlanLine.Head(
                FiledRepair.absolute(compare.a), FiledRepair.absolute(compare.b), way, policy, Instant.now());
    }

    /** Does what was planned, by way of a file, so that the way back is on the disk before. */
    private List<Mending> undoably(
            Path undo, List<Mending> planned, Replicas placeA, Replicas placeB, Guards guards, ProgressLine progress)
            throws IOException {
        FiledRepair repair = new FiledRepair(placeA, placeB, progress::at);
        List<Mending> done = new ArrayList<>();
        repair.undoably(undo, head(), planned, compare.a, compare.b, guards, plan -> {
            Iterator<PlanFile.Part> parts = plan.parts().iterator();
            for (Mending mending : planned) {
                done.add(
                        mending instanceof Mending.Planned(var found, Plan steps)
                                ? new Mending.Done(found, steps, repair.apply(plan, parts.next(), guards))
                                : mending);
            }
        });
        return done;
    }

    private static String mendingsSoFar(List<Mending> mendings) {
        long done = mendings.stream().filter(Mending::changedSomething).count();
        return done == 0 ? "" : " in this table (" + Figures.count(done, "table") + " before it are repaired)";
    }

    private Guards guards() {
        if ((maxDeletes != null && maxDeletes < 0) || (maxChanges != null && maxChanges < 0)) {
            throw new Trouble("--max-deletes and --max-changes are 0 or more");
        }
        return new Guards(
                maxChanges == null ? Guards.DEFAULT.maxChanges() : maxChanges,
                maxDeletes == null ? OptionalLong.empty() : OptionalLong.of(maxDeletes));
    }

    private Mending mend(
            Pair pair, Replicas placeA, Replicas placeB, Guards guards, boolean directly, ProgressLine progress) {
        if (!pair.isInBoth()) {
            boolean wanted = pair.inA() ? direction.pushes() : direction.pulls();
            if (!apply || !wanted) {
                return new Mending.Absent(new Finding.Missing(pair, pair.rowsOfTheOne(placeA, placeB)), wanted);
            }
        }
        Pair both = apply ? pair.madeInBoth(placeA, placeB) : pair;
        try (Replica mine = both.openA(placeA);
                Replica theirs = both.openB(placeB)) {
            Meeting meeting = apply ? Meeting.of(mine, theirs) : Meeting.glance(mine, theirs);
            Comparison comparison = compare.compare(both, mine, theirs, !directly, progress::at);
            Finding.Compared found = new Finding.Compared(both, comparison, Map.of());
            boolean noneFound = comparison instanceof Comparison.Same || comparison instanceof Comparison.NoneFound;
            if (comparison instanceof Comparison.Unsettled || (!directly && noneFound)) {
                return new Mending.Nothing(found);
            }
            Terms terms = Terms.of(direction, guards, "twinroot repair " + compare.a + " " + compare.b)
                    .with(policy);
            Proposal proposal = Proposal.of(mine, theirs, meeting, comparison, terms, progress::at);
            if (!directly) {
                return new Mending.Planned(found, proposal.plan());
            }
            RepairReport report = Repair.apply(proposal, mine, theirs, progress::at);
            boolean nothing = comparison instanceof Comparison.Same
                    && report.same()
                    && report.notes().isEmpty();
            if (nothing) {
                return new Mending.Nothing(found);
            }
            Plan plan = proposal.plan();
            return new Mending.Done(found, plan, report);
        }
    }
}
