package io.twinroot.cli;

import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.Plan.Step;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.Traffic;
import io.twinroot.service.Address;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Prints a repair, or its plan, for people. */
final class MendingText {
    private final Screen screen;
    private final PrintStream out;
    private final long limit;
    private int uidWidth;

    MendingText(Screen screen, long limit) {
        this.screen = screen;
        this.out = screen.out();
        this.limit = limit;
    }

    void print(
            CompareOptions places,
            List<Mending> mendings,
            boolean applied,
            Direction direction,
            Guards guards,
            Traffic traffic,
            Duration took) {
        Plan.Effect onA = mendings.stream().map(Mending::onA).reduce(new Plan.Effect(0, 0, 0), MendingText::sum);
        Plan.Effect onB = mendings.stream().map(Mending::onB).reduce(new Plan.Effect(0, 0, 0), MendingText::sum);
        int exit = mendings.stream().mapToInt(Mending::exit).max().orElse(Exit.SAME);
        boolean nothing = mendings.stream().allMatch(mending -> mending instanceof Mending.Nothing);
        boolean same = mendings.stream().allMatch(Mending::isSame);
        long incomparable = mendings.stream()
                .filter(mending -> mending instanceof Mending.Incomparable)
                .count();
        out.println(
                incomparable > 0
                        ? screen.red(screen.bold("NOT COMPARED")) + ": " + incomparable + " of "
                                + Figures.count(mendings.size(), "table") + "; the others "
                                + (applied ? "got " : "would get ")
                                + Figures.count(onA.all() + onB.all(), "change")
                        : verdict(exit, same, applied, nothing, onA.all() + onB.all()));
        out.println();
        int width = Math.max(places.a.toString().length(), places.b.toString().length());
        String verb = applied ? "" : "would get ";
        out.println("  A  " + padded(places.a.toString(), width) + "  " + verb + effect(onA));
        out.println("  B  " + padded(places.b.toString(), width) + "  " + verb + effect(onB));
        for (Mending mending : mendings) {
            detail(mending);
        }
        mendings.forEach(mending -> beyond(mending, guards));
        FindingText.scopes(screen, mendings.stream().map(Mending::finding));
        cost(mendings, traffic, took);
        if (!applied && !nothing) {
            out.println();
            out.println("  To do it:  "
                    + screen.bold("twinroot repair " + shell(places.a) + " " + shell(places.b)
                            + (places.isOfDatabase() ? " --right " + (direction == Direction.PUSH ? "a" : "b") : "")
                            + (places.isOfDatabase() || direction == Direction.BOTH
                                    ? ""
                                    : " --direction " + direction.name().toLowerCase(Locale.ROOT))
                            + places.modeWords()
                            + " --apply"));
        }
    }

    /** An address as a shell takes it. */
    private static String shell(Address address) {
        String text = address.toString();
        return text.matches("[A-Za-z0-9:/@._~%+,=-]*") ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    private String verdict(int exit, boolean same, boolean applied, boolean nothing, long changes) {
        if (same) {
            String word = screen.bold("SAME");
            return (exit == Exit.SAME ? screen.green(word) : screen.yellow(word))
                    + (nothing ? ": there is nothing to repair" : ": repaired with " + Figures.count(changes, "change"))
                    + (exit == Exit.SAME ? "" : "; but one of the copies was not as it should be, see below");
        }
        if (nothing && exit == Exit.SAME) {
            return screen.green(screen.bold("NO DIFFERENCE")) + ": there is nothing to repair in what was looked at";
        }
        if (!applied && exit == Exit.DIFFERENT) {
            return screen.yellow(screen.bold("PLAN")) + ": " + Figures.count(changes, "change")
                    + "; nothing is changed yet";
        }
        if (nothing) {
            return screen.yellow(screen.bold("UNSETTLED")) + ": the tables kept changing; try again later";
        }
        return screen.red(screen.bold("STILL DIFFERENT")) + " after " + Figures.count(changes, "change");
    }

    private static Plan.Effect sum(Plan.Effect left, Plan.Effect right) {
        return new Plan.Effect(
                left.added() + right.added(), left.changed() + right.changed(), left.deleted() + right.deleted());
    }

    static String effect(Plan.Effect effect) {
        return effect.all() == 0
                ? "no change"
                : Figures.count(effect.added()) + " new, " + Figures.count(effect.changed()) + " replaced, "
                        + Figures.count(effect.deleted()) + " deleted";
    }

    private void detail(Mending mending) {
        switch (mending) {
            case Mending.Nothing nothing -> {}
            case Mending.Incomparable(Finding.Incomparable(var pair, String why)) -> {
                out.println();
                out.println("  " + pair.name() + ": " + screen.red("not compared") + ": " + why);
            }
            case Mending.Absent(var missing, boolean wanted) -> {
                out.println();
                out.println("  " + missing.pair().name() + " is missing in " + (missing.inA() ? "A" : "B")
                        + (wanted
                                ? " and would be made there, with " + Figures.count(missing.rows(), "row")
                                : " and stays so in this direction"));
            }
            case Mending.Planned(var found, Plan plan) -> steps(found.pair().name(), plan);
            case Mending.Done(var found, Plan plan, RepairReport report) ->
                left(found.pair().name(), found, plan, report);
        }
    }

    /** Says of a plan that its guards would stop it. */
    private void beyond(Mending mending, Guards guards) {
        if (mending instanceof Mending.Planned(var found, Plan plan)) {
            beyond(plan.onMine(), "A", found.comparison().mine().count(), guards);
            beyond(plan.onTheirs(), "B", found.comparison().theirs().count(), guards);
        }
    }

    private void beyond(Plan.Effect effect, String side, long rows, Guards guards) {
        if (effect.changed() > guards.maxChanges()) {
            out.println("  " + screen.yellow("--apply will refuse this") + ": more rows of " + side
                    + " would be replaced than the " + Figures.count(guards.maxChanges()) + " of --max-changes");
        }
        if (effect.deleted() > guards.deletesOf(rows)) {
            out.println("  " + screen.yellow("--apply will refuse this") + ": more rows of " + side
                    + " would be deleted than the " + Figures.count(guards.deletesOf(rows)) + " of --max-deletes");
        }
    }

    private void steps(String table, Plan plan) {
        out.println();
        out.println("  " + table);
        uidWidth = FindingText.uidWidth(plan.steps().stream().limit(limit).flatMap(MendingText::uid));
        long listed = 0;
        for (Step step : plan.steps()) {
            if (listed == limit) {
                out.println(screen.dim("    … and " + Figures.count(plan.steps().size() - listed, "more step")
                        + " (--limit 0 lists all)"));
                break;
            }
            out.println("    " + line(step));
            listed++;
        }
    }

    private static Stream<Uid> uid(Step step) {
        return switch (step) {
            case Step.Take take -> Stream.of(take.uid());
            case Step.Give give -> Stream.of(give.uid());
            case Step.DeleteMine delete -> Stream.of(delete.uid());
            case Step.DeleteTheirs delete -> Stream.of(delete.uid());
            case Step.DropMine drop -> Stream.of(drop.uid());
            case Step.DropTheirs drop -> Stream.of(drop.uid());
            case Step.Merge merge -> Stream.of(merge.uid());
            case Step.Settle settle -> Stream.of(settle.uid());
            case Step.Leave(Difference.OfRow row, var why) -> Stream.of(row.uid());
            case Step.Leave range -> Stream.of();
            case Step.TakeRange range -> Stream.of();
            case Step.GiveRange range -> Stream.of();
        };
    }

    private String line(Step step) {
        return switch (step) {
            case Step.Take(Uid uid, RowState mine, RowState theirs) -> row("A ← B", uid, mine, theirs);
            case Step.Give(Uid uid, RowState mine, RowState theirs) -> row("A → B", uid, theirs, mine);
            case Step.DeleteMine(Uid uid, RowState mine, RowState theirs) ->
                "A ← B  " + screen.red("delete   ") + "  " + padded(FindingText.shownUid(uid), uidWidth) + "  "
                        + FindingText.why(mine, theirs);
            case Step.DeleteTheirs(Uid uid, RowState mine, RowState theirs) ->
                "A → B  " + screen.red("delete   ") + "  " + padded(FindingText.shownUid(uid), uidWidth) + "  "
                        + FindingText.why(mine, theirs);
            case Step.DropMine(Uid uid, RowState mine, RowState theirs) ->
                "A ← B  " + screen.red("drop     ") + "  " + padded(FindingText.shownUid(uid), uidWidth) + "  "
                        + dropped(mine, "B");
            case Step.DropTheirs(Uid uid, RowState mine, RowState theirs) ->
                "A → B  " + screen.red("drop     ") + "  " + padded(FindingText.shownUid(uid), uidWidth) + "  "
                        + dropped(theirs, "A");
            case Step.Merge(Uid uid, RowState mine, RowState theirs) ->
                "A ↔ B  " + screen.yellow("merge    ") + "  " + padded(FindingText.shownUid(uid), uidWidth) + "  "
                        + "each side has changed parts of it";
            case Step.Settle(Uid uid, RowState mine, RowState theirs, boolean mineWins) ->
                (mineWins ? "A → B  " : "A ← B  ") + screen.yellow("settle   ") + "  "
                        + padded(FindingText.shownUid(uid), uidWidth) + "  "
                        + "both sides changed it; " + (mineWins ? "A's" : "B's") + " stays";
            case Step.TakeRange(var range, long count) ->
                "A ← B  " + screen.green("new      ") + "  " + Figures.count(count, "row") + " in " + range;
            case Step.GiveRange(var range, long count) ->
                "A → B  " + screen.green("new      ") + "  " + Figures.count(count, "row") + " in " + range;
            case Step.Leave(Difference difference, String why) ->
                "       " + screen.dim("left     ") + "  " + what(difference) + "  " + why;
        };
    }

    private static String dropped(RowState row, String other) {
        boolean versions = row instanceof RowState.Live(var stamp, var digest) && stamp.millis() > 0;
        return versions ? "it was deleted on " + other + ", where that is no longer noted" : other + " has none";
    }

    private String row(String way, Uid uid, RowState before, RowState after) {
        boolean replaces = before instanceof RowState.Live;
        return way + "  " + (replaces ? screen.yellow("replace  ") : screen.green("new      ")) + "  "
                + padded(FindingText.shownUid(uid), uidWidth)
                + (replaces && after instanceof RowState.Live(var stamp, var digest) && stamp.millis() > 0
                        ? "  written " + FindingText.time(stamp)
                        : "");
    }

    private String what(Difference difference) {
        return switch (difference) {
            case Difference.OfRow row -> padded(FindingText.shownUid(row.uid()), uidWidth);
            case Difference.OnlyMine(var range, long count) -> Figures.count(count, "row") + " in " + range;
            case Difference.OnlyTheirs(var range, long count) -> Figures.count(count, "row") + " in " + range;
        };
    }

    /** What a repair could not do. */
    private void left(String table, Finding.Compared found, Plan plan, RepairReport report) {
        if (!found.comparison().scope().isWhole() && !report.same() && plan.left() == 0) {
            out.println(
                    "  " + table + ": the roots still differ: so does something that was not looked at, or was written"
                            + " meanwhile; the mode tree finds it");
        }
        report.notes().forEach(note -> out.println("  " + table + ": " + screen.yellow("note") + ": " + note));
        if (!report.conflicts().isEmpty()) {
            out.println("  " + table + ": " + Figures.count(report.conflicts().size(), "row")
                    + " had changed on both sides; what lost is kept");
        }
        if (!report.dropped().isEmpty()) {
            out.println("  " + table + ": " + Figures.count(report.dropped().size(), "row")
                    + " that the other side had deleted long ago went to the trash");
        }
        if (!report.meanwhile().isEmpty()) {
            out.println("  " + table + ": " + Figures.count(report.meanwhile().size(), "row")
                    + " changed meanwhile and were left; run it again");
        }
        if (plan.left() > 0) {
            out.println("  " + table + ": " + Figures.count(plan.left(), "row") + " were left, as the plan says");
        }
        report.refused().stream()
                .limit(limit)
                .forEach(refusal -> out.println("  " + table + ": " + screen.red("refused") + " "
                        + FindingText.shownUid(refusal.uid()) + " by " + refusal.by() + ": " + refusal.why()));
        if (report.refused().size() > limit) {
            out.println("  … and " + Figures.count(report.refused().size() - limit, "more row") + " refused");
        }
    }

    private void cost(List<Mending> mendings, Traffic traffic, Duration took) {
        int trips = 0;
        long bytes = 0;
        long rows = 0;
        for (Mending mending : mendings) {
            if (mending.finding() instanceof Finding.Compared(var pair, Comparison comparison, var fields)) {
                trips += comparison.cost().roundTrips();
                bytes += comparison.cost().bytes();
                rows += Math.max(comparison.mine().count(), comparison.theirs().count());
            }
        }
        out.println();
        out.println(screen.dim("  Compared " + Figures.count(rows, "row") + " with " + Figures.bytes(bytes) + " in "
                + Figures.count(trips, "round trip") + "; in all "
                + (traffic.roundTrips() == 0
                        ? ""
                        : Figures.bytes(traffic.sentBytes() + traffic.receivedBytes()) + " in "
                                + Figures.count(traffic.roundTrips(), "request") + " and ")
                + Figures.time(took) + "."));
    }

    private static String padded(String text, int width) {
        int length = text.codePointCount(0, text.length());
        return length >= width ? text : text + " ".repeat(width - length);
    }
}
