package io.twinroot.cli;

import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Scope;
import io.twinroot.service.Address;
import io.twinroot.service.SqlKeys;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableInfo;
import io.twinroot.table.Uid;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Prints what verify found, for people: the verdict, the tables, the rows. */
final class FindingText {
    private static final int UID_WIDTH_MAX = 40;

    private final Screen screen;
    private final PrintStream out;
    private final long limit;
    private int uidWidth;

    FindingText(Screen screen, long limit) {
        this.screen = screen;
        this.out = screen.out();
        this.limit = limit;
    }

    void print(
            Address a, Address b, List<Finding> findings, List<CompareOptions.TableReading> readings, Duration took) {
        out.println(verdict(findings));
        out.println();
        if (findings.size() == 1 && findings.getFirst() instanceof Finding.Compared(var pair, var comparison, var f)) {
            copies(pair, comparison);
        } else {
            out.println("  A  " + a);
            out.println("  B  " + b);
        }
        int width = findings.stream()
                .mapToInt(finding -> finding.pair().name().length())
                .max()
                .orElse(0);
        if (findings.size() > 1) {
            out.println();
        }
        for (Finding finding : findings) {
            if (findings.size() > 1) {
                out.println("  " + padded(finding.pair().name(), width) + "  " + word(finding) + "  " + brief(finding));
            }
            rows(finding);
        }
        scopes(screen, findings.stream());
        cost(findings, took);
        readings.forEach(this::reading);
    }

    private void reading(CompareOptions.TableReading read) {
        long ms = Math.max(1, read.reading().nanos() / 1_000_000);
        out.println(screen.dim("  Read " + Figures.count(read.reading().rows(), "row") + " of "
                + read.pair().name() + " in " + read.side().toUpperCase(Locale.ROOT)
                + (read.reading().resumed() == 0
                        ? ""
                        : ", " + Figures.count(read.reading().resumed()) + " of them before it was interrupted")
                + ": " + Figures.bytes(read.reading().bytes()) + " in " + Figures.time(Duration.ofMillis(ms)) + ", "
                + Figures.count(read.reading().rate(), "row") + " a second."));
    }

    /** Says what was not looked at. */
    static void scopes(Screen screen, Stream<Finding> findings) {
        List<Scope> scopes = Finding.scopes(findings);
        if (!scopes.isEmpty()) {
            screen.out().println();
        }
        scopes.forEach(scope -> screen.out().println("  " + ScopeText.line(scope)));
    }

    private String verdict(List<Finding> findings) {
        long tables =
                findings.stream().filter(finding -> finding.exit() != Exit.SAME).count();
        long incomparable = findings.stream()
                .filter(finding -> finding instanceof Finding.Incomparable)
                .count();
        boolean unsettled = findings.stream().anyMatch(finding -> finding.exit() == Exit.TROUBLE);
        long rows = findings.stream().mapToLong(Finding::rowsDifferent).sum();
        if (findings.isEmpty()) {
            return screen.green(screen.bold("SAME")) + ": there is no table on either side";
        }
        String what =
                findings.size() == 1 ? findings.getFirst().pair().name() : Figures.count(findings.size(), "table");
        if (tables == 0 && findings.stream().anyMatch(Finding::isOfMoving)) {
            return screen.green(screen.bold("NO DIFFERENCE")) + ": " + what
                    + "; writes went on, each row was seen to be equal, and what seemed to differ was only late";
        }
        if (tables == 0 && findings.stream().anyMatch(Finding::isPartial)) {
            return screen.green(screen.bold("NO DIFFERENCE")) + ": " + what + ", "
                    + Finding.scopes(findings.stream()).stream()
                            .map(scope -> "in " + scope.seen())
                            .collect(Collectors.joining("; "));
        }
        if (tables == 0) {
            return screen.green(screen.bold("SAME")) + ": " + what + ", "
                    + Figures.count(
                            findings.stream().mapToLong(FindingText::rowsOf).sum(), "row");
        }
        if (incomparable > 0) {
            return screen.red(screen.bold("NOT COMPARED")) + ": " + incomparable + " of " + what
                    + (tables == incomparable ? "; the others are the same, as far as was looked at" : "")
                    + (rows == 0 ? "" : "; " + Figures.count(rows, "row") + " of others differ");
        }
        if (unsettled && rows == 0) {
            return screen.yellow(screen.bold("UNSETTLED")) + ": " + what
                    + " kept changing, so that nothing can be said for sure; try again, or with a longer --settle";
        }
        return screen.red(screen.bold("DIFFERENT")) + ": "
                + (findings.size() == 1 ? "" : tables + " of ") + what + ", "
                + (findings.stream().anyMatch(FindingText::truncated) ? "at least " : "") + Figures.count(rows, "row")
                + (findings.size() == 1 && findings.getFirst() instanceof Finding.Compared compared
                        ? ": " + summary(compared)
                        : "");
    }

    private static boolean truncated(Finding finding) {
        return finding instanceof Finding.Compared(var p, Comparison.Different different, var f)
                && different.truncated();
    }

    private static String summary(Finding.Compared compared) {
        return compared.comparison() instanceof Comparison.Different different
                ? Kind.summary(different.differences())
                : "";
    }

    private static long rowsOf(Finding finding) {
        return finding instanceof Finding.Compared compared
                ? compared.comparison().mine().count()
                : 0;
    }

    private void copies(Pair pair, Comparison comparison) {
        int width = Math.max(pair.a().toString().length(), pair.b().toString().length());
        out.println(copy("A", pair.a(), width, comparison.mine()));
        out.println(copy("B", pair.b(), width, comparison.theirs()));
    }

    private String copy(String name, Address address, int width, TableInfo info) {
        return "  " + name + "  " + padded(address.toString(), width) + "  " + Figures.count(info.count(), "row")
                + screen.dim("  root " + info.root());
    }

    private String word(Finding finding) {
        return switch (finding) {
            case Finding.Missing missing -> screen.red(missing.inA() ? "only in B" : "only in A");
            case Finding.Incomparable incomparable -> screen.red("not compared");
            case Finding.Compared(var p, Comparison.Same same, var f) -> screen.green("same     ");
            case Finding.Compared(var p, Comparison.NoneFound none, var f) -> screen.green("no difference");
            case Finding.Compared(var p, Comparison.Different different, var f) -> screen.red("DIFFERENT");
            case Finding.Compared(var p, Comparison.Unsettled unsettled, var f) -> screen.yellow("unsettled");
        };
    }

    private static String brief(Finding finding) {
        return switch (finding) {
            case Finding.Missing missing -> Figures.count(missing.rows(), "row");
            case Finding.Incomparable(var pair, String why) -> why;
            case Finding.Compared(var p, Comparison.Same same, var f) ->
                Figures.count(same.mine().count(), "row");
            case Finding.Compared(var p, Comparison.NoneFound none, var f) ->
                Figures.count(none.mine().count(), "row");
            case Finding.Compared(var p, Comparison.Different different, var f) ->
                Figures.count(different.rows(), "row") + ": " + Kind.summary(different.differences());
            case Finding.Compared(var p, Comparison.Unsettled unsettled, var f) ->
                Figures.count(unsettled.unsettled().size(), "row") + " kept changing";
        };
    }

    private void rows(Finding finding) {
        if (!(finding instanceof Finding.Compared(var pair, Comparison.Different different, var fields))) {
            return;
        }
        out.println();
        uidWidth = uidWidth(different.differences().stream()
                .limit(limit)
                .flatMap(
                        difference -> difference instanceof Difference.OfRow row ? Stream.of(row.uid()) : Stream.of()));
        long listed = 0;
        for (Difference difference : different.differences()) {
            if (listed == limit) {
                out.println(screen.dim(
                        "    … and " + Figures.count(different.rows() - listed) + " more (--limit 0 lists all)"));
                break;
            }
            row(difference, fields);
            listed++;
        }
        columns(fields);
        if (!different.unsettled().isEmpty()) {
            out.println("    " + Figures.count(different.unsettled().size(), "more row")
                    + " kept changing and could not be told");
        }
    }

    /** In which fields rows differ, the most frequent first. */
    private void columns(Map<Uid, List<FieldChange>> fields) {
        if (fields.size() < 2) {
            return;
        }
        out.println(screen.dim("    changed fields"
                + (fields.size() < 100 ? "" : " of the first " + Figures.count(fields.size(), "row")) + ": "
                + FieldChange.counts(fields.values()).entrySet().stream()
                        .limit(10)
                        .map(field -> field.getKey() + " " + Figures.count(field.getValue()))
                        .collect(Collectors.joining(", "))));
    }

    private void row(Difference difference, Map<Uid, List<FieldChange>> fields) {
        Kind kind = Kind.of(difference);
        String word = padded(kind.text(), 9);
        String painted = switch (kind) {
            case CHANGED -> screen.yellow(word);
            case ONLY_IN_A -> screen.red(word);
            case ONLY_IN_B -> screen.green(word);
        };
        String what = switch (difference) {
            case Difference.OfRow(Uid uid, RowState mine, RowState theirs) ->
                padded(shownUid(uid), uidWidth) + "  "
                        + (kind == Kind.CHANGED ? changes(fields.get(uid)) : why(mine, theirs));
            case Difference.OnlyMine(var range, long count) -> Figures.count(count, "row") + " in " + range;
            case Difference.OnlyTheirs(var range, long count) -> Figures.count(count, "row") + " in " + range;
        };
        out.println(("    " + painted + "  " + what).stripTrailing());
    }

    /** How wide a column of these UIDs should be. */
    static int uidWidth(Stream<Uid> uids) {
        return uids.limit(1_000)
                .mapToInt(uid -> shownUid(uid).length())
                .filter(length -> length <= UID_WIDTH_MAX)
                .max()
                .orElse(0);
    }

    static String shownUid(Uid uid) {
        String text = SqlKeys.text(uid);
        return text.length() > 60 ? text.substring(0, 59) + "…" : text;
    }

    private String changes(@Nullable List<FieldChange> changes) {
        if (changes == null) {
            return "";
        }
        int room = Math.max(40, screen.width() - uidWidth - 17);
        String text = changes.stream().map(FieldChange::text).collect(Collectors.joining("; "));
        return text.length() <= room ? text : text.substring(0, room - 1) + "…";
    }

    /** Why one side lacks a row: deleted there, or simply not there. */
    static String why(RowState mine, RowState theirs) {
        return switch (mine instanceof RowState.Live ? theirs : mine) {
            case RowState.Deleted(Stamp stamp) ->
                "deleted in " + (mine instanceof RowState.Deleted ? "A" : "B") + " " + time(stamp);
            case RowState.Absent absent -> "";
            case RowState.Live live -> "";
        };
    }

    static String time(Stamp stamp) {
        return Instant.ofEpochMilli(stamp.millis())
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
    }

    private void cost(List<Finding> findings, Duration took) {
        int trips = 0;
        long bytes = 0;
        long rows = 0;
        long suspected = 0;
        for (Finding finding : findings) {
            if (finding instanceof Finding.Compared(var pair, Comparison comparison, var fields)) {
                trips += comparison.cost().roundTrips();
                bytes += comparison.cost().bytes();
                suspected += comparison.cost().suspected();
                rows += Math.max(comparison.mine().count(), comparison.theirs().count());
            }
        }
        out.println();
        long confirmed = findings.stream().mapToLong(Finding::rowsDifferent).sum();
        out.println(screen.dim("  Compared " + Figures.count(rows, "row") + " with " + Figures.bytes(bytes) + " in "
                + Figures.count(trips, "round trip") + ", " + Figures.time(took) + "."
                + (suspected == 0
                        ? ""
                        : " " + Figures.count(suspected) + " suspected, " + Figures.count(confirmed) + " confirmed.")));
    }

    private static String padded(String text, int width) {
        int length = text.codePointCount(0, text.length());
        return length >= width ? text : text + " ".repeat(width - length);
    }
}
