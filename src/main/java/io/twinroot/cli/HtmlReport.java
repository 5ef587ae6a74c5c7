package io.twinroot.cli;

import io.twinroot.reconcile.Comparison;
import io.twinroot.service.Address;
import io.twinroot.table.Value;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What verify found, as one page that needs nothing else: the tables, and the first rows that differ, side by side. */
final class HtmlReport {
    private static final int SHOWN = 2_000;

    private static final String STYLE = """
            :root { color-scheme: light dark; --line: #8884; --bad: #d33; --good: #2a7; --mark: #fd06; --dim: #888; }
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
            h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
            table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.2rem; }
            th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
            td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
            .same { color: var(--good); } .different { color: var(--bad); } .dim { color: var(--dim); }
            .row { table-layout: fixed; } .row th:first-child { width: 16rem; }
            .row td { font-family: ui-monospace, monospace; font-size: .85rem; white-space: pre-wrap; word-break: break-all; }
            tr.differs td { background: var(--mark); } h3 { font-size: 1rem; margin: 1.2rem 0 0; }
            h3 code { font-size: .95rem; }
            """;

    private final PrintStream out;

    HtmlReport(OutputStream file) {
        out = new PrintStream(file, false, StandardCharsets.UTF_8);
    }

    void print(
            Address a,
            Address b,
            List<Finding> findings,
            Map<Pair, List<SideBySide>> rows,
            List<CompareOptions.TableReading> readings,
            Duration took) {
        int exit = findings.stream().mapToInt(Finding::exit).max().orElse(Exit.SAME);
        boolean partial = findings.stream().anyMatch(Finding::isPartial);
        String verdict = exit == Exit.SAME
                ? partial ? "No difference was found" : "The same"
                : exit == Exit.DIFFERENT ? "Different" : "Not settled";
        out.println("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + verdict
                + "</title><meta name=\"viewport\" content=\"width=device-width\"><style>");
        out.print(STYLE);
        out.println("</style></head><body>");
        out.println("<h1 class=\"" + (exit == Exit.SAME ? "same" : "different") + "\">" + verdict + "</h1>");
        out.println("<p>A: <code>" + escaped(a.toString()) + "</code><br>B: <code>" + escaped(b.toString())
                + "</code><br><span class=\"dim\">" + Instant.now().truncatedTo(ChronoUnit.SECONDS) + ", took "
                + escaped(Figures.time(took)) + "</span></p>");
        tables(findings);
        readings(readings);
        findings.forEach(finding -> rows(finding, rows.getOrDefault(finding.pair(), List.of())));
        out.println("</body></html>");
        out.flush();
    }

    /** Whether all of it could be written. */
    boolean isWritten() {
        return !out.checkError();
    }

    private void tables(List<Finding> findings) {
        out.println("<table><thead><tr><th>Table</th><th>Result</th><th class=\"n\">Rows in A</th>"
                + "<th class=\"n\">Rows in B</th><th class=\"n\">Suspected</th><th class=\"n\">Changed</th>"
                + "<th class=\"n\">Only in A</th><th class=\"n\">Only in B</th></tr></thead><tbody>");
        findings.forEach(this::table);
        out.println("</tbody></table>");
    }

    private void table(Finding finding) {
        out.print("<tr><td>" + escaped(finding.pair().name()) + "</td>");
        switch (finding) {
            case Finding.Missing missing ->
                cells("only in " + (missing.inA() ? "B" : "A") + ", " + Figures.count(missing.rows(), "row"));
            case Finding.Incomparable(var pair, String why) -> cells(why);
            case Finding.Compared compared -> {
                Comparison comparison = compared.comparison();
                String word = compared.isPartial() ? FindingJson.NONE_FOUND : FindingJson.result(compared.exit());
                out.print("<td class=\"" + (compared.exit() == Exit.SAME ? "same" : "different") + "\">" + word
                        + "</td>");
                number(comparison.mine().count());
                number(comparison.theirs().count());
                number(comparison.cost().suspected());
                for (Kind kind : Kind.values()) {
                    number(
                            comparison instanceof Comparison.Different different
                                    ? Kind.count(different.differences(), kind)
                                    : 0);
                }
            }
        }
        out.println("</tr>");
    }

    private void cells(String text) {
        out.print("<td class=\"different\" colspan=\"7\">" + escaped(text) + "</td>");
    }

    private void number(long value) {
        out.print("<td class=\"n\">" + Figures.count(value) + "</td>");
    }

    private void readings(List<CompareOptions.TableReading> readings) {
        if (readings.isEmpty()) {
            return;
        }
        out.println("<table><thead><tr><th>Read</th><th>Side</th><th class=\"n\">Rows</th><th class=\"n\">Bytes</th>"
                + "<th class=\"n\">Time</th><th class=\"n\">Rows a second</th></tr></thead><tbody>");
        readings.forEach(read -> {
            out.print("<tr><td>" + escaped(read.pair().name()) + "</td><td>"
                    + read.side().toUpperCase(java.util.Locale.ROOT) + "</td>");
            number(read.reading().rows());
            out.print("<td class=\"n\">" + Figures.bytes(read.reading().bytes()) + "</td><td class=\"n\">"
                    + Figures.time(Duration.ofNanos(read.reading().nanos())) + "</td>");
            number(read.reading().rate());
            out.println("</tr>");
        });
        out.println("</tbody></table>");
    }

    private void rows(Finding finding, List<SideBySide> rows) {
        if (rows.isEmpty()) {
            return;
        }
        out.println("<h2>" + escaped(finding.pair().name()) + "</h2>");
        long all = finding.rowsDifferent();
        if (all > rows.size()) {
            out.println("<p class=\"dim\">The first " + rows.size() + " of " + Figures.count(all, "row")
                    + " that differ.</p>");
        }
        rows.forEach(this::row);
    }

    private void row(SideBySide row) {
        out.println("<h3><code>" + escaped(FindingText.shownUid(row.uid())) + "</code> "
                + escaped(row.kind().text().strip()) + "</h3>");
        out.println("<table class=\"row\"><thead><tr><th>Field</th><th>A</th><th>B</th></tr></thead><tbody>");
        for (SideBySide.Field field : row.fields()) {
            boolean marked = row.kind() == Kind.CHANGED && field.differs();
            out.println("<tr" + (marked ? " class=\"differs\"" : "") + "><th>" + escaped(field.name()) + "</th><td>"
                    + shown(field.mine()) + "</td><td>" + shown(field.theirs()) + "</td></tr>");
        }
        out.println("</tbody></table>");
    }

    private static String shown(@Nullable Value value) {
        if (value == null) {
            return "";
        }
        String text = FieldChange.whole(value);
        return escaped(text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
