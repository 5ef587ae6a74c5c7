package io.twinroot.cli;

import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.Traffic;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code twinroot verify}. */
@Command(
        name = "verify",
        description = "Compares two copies and changes nothing: the same, or which rows differ and how.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "A and B are addresses of tables, or of whole places: then tables of the same name are compared.",
            "Exit code: 0 the same, 1 different, 2 trouble."
        })
final class VerifyCommand implements Callable<Integer> {
    private final Screen screen;

    @Mixin
    private final CompareOptions compare = new CompareOptions();

    @Option(
            names = "--details",
            paramLabel = "N",
            description = "Say which fields differ for the first N changed rows of a table. Default: ${DEFAULT-VALUE}.",
            defaultValue = "100")
    private int details;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description =
                    "Also write what was found into a new file, as a page: the tables, and the first --details rows of"
                            + " each that differ, side by side.")
    private @Nullable Path html;

    private final Map<Pair, List<SideBySide>> rows = new HashMap<>();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    VerifyCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        compare.needBoth();
        if (details < 0 || details > Replica.MAX_BATCH) {
            throw new Trouble("--details " + details + " is not one of 0 to " + Replica.MAX_BATCH);
        }
        long limit = compare.limit(output);
        long started = System.nanoTime();
        List<Finding> findings = new ArrayList<>();
        Traffic traffic;
        try (Replicas placeA = compare.openA();
                Replicas placeB = compare.openB();
                ProgressLine progress = ProgressLine.of(screen, output, "rows")) {
            List<Pair> pairs = Pair.of(compare.a, placeA, compare.b, placeB);
            for (Pair pair : pairs) {
                findings.add(CompareOptions.orIncomparable(
                        pair, pairs.size(), () -> find(pair, placeA, placeB, progress), incomparable -> incomparable));
            }
            traffic = CompareOptions.traffic(placeA, placeB);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - started);
        if (html != null) {
            writeHtml(html, findings, took);
        }
        if (output.json) {
            new FindingJson(new JsonLines(screen.out()), limit)
                    .print(compare.a, compare.b, findings, compare.readings(), traffic, took);
        } else if (!output.quiet) {
            new FindingText(screen, limit).print(compare.a, compare.b, findings, compare.readings(), took);
        }
        return findings.stream().mapToInt(Finding::exit).max().orElse(Exit.SAME);
    }

    private void writeHtml(Path file, List<Finding> findings, Duration took) throws IOException {
        NewFile.write(file, out -> {
            HtmlReport report = new HtmlReport(out);
            report.print(compare.a, compare.b, findings, rows, compare.readings(), took);
            if (!report.isWritten()) {
                throw new IOException("the report could not be written to " + file);
            }
        });
    }

    private Finding find(Pair pair, Replicas placeA, Replicas placeB, ProgressLine progress) {
        if (!pair.isInBoth()) {
            return new Finding.Missing(pair, pair.rowsOfTheOne(placeA, placeB));
        }
        try (Replica mine = pair.openA(placeA);
                Replica theirs = pair.openB(placeB)) {
            Comparison comparison = compare.compare(pair, mine, theirs, true, progress::at);
            if (html != null && comparison instanceof Comparison.Different different) {
                rows.put(pair, SideBySide.of(different.differences(), mine, theirs, details));
            }
            return new Finding.Compared(pair, comparison, fields(comparison, mine, theirs));
        }
    }

    private Map<Uid, List<FieldChange>> fields(Comparison comparison, Replica mine, Replica theirs) {
        if (!(comparison instanceof Comparison.Different different)) {
            return Map.of();
        }
        List<Uid> changed = new ArrayList<>();
        for (Difference difference : different.differences()) {
            if (changed.size() < details
                    && Kind.of(difference) == Kind.CHANGED
                    && difference instanceof Difference.OfRow row) {
                changed.add(row.uid());
            }
        }
        return FieldChange.of(mine, theirs, changed);
    }
}
