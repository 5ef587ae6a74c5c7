package io.twinroot.cli;

import io.twinroot.carry.Ending;
import io.twinroot.carry.Import;
import io.twinroot.carry.Refusal;
import io.twinroot.carry.TableTally;
import io.twinroot.service.Address;
import io.twinroot.wire.CarryLine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** Tells what an import did. */
record ImportReport(Screen screen, OutputOptions output, Path file, Address address) {
    private static final int REFUSALS_TOLD = 10;

    void tell(Import bringing, Ending ending, Duration took) {
        for (TableTally table : bringing.tables()) {
            remark(table);
        }
        bringing.gaps().forEach(gap -> screen.err().println("not in the file: " + gap));
        if (ending instanceof Ending.Broken(String why)) {
            screen.err()
                    .println("twinroot: " + file + " breaks off after "
                            + Figures.count(bringing.reached().changes(), "change") + " (" + why
                            + "); they are imported, and nothing of what follows."
                            + (bringing.reached().next() == null
                                    ? ""
                                    : " To export the rest: --since "
                                            + bringing.reached().next()));
        }
        if (output.json) {
            json(bringing, ending, took);
        } else if (!output.quiet) {
            text(bringing, took);
        }
    }

    private void remark(TableTally table) {
        if (table.refused() != null) {
            screen.err().println("not imported: " + table.table() + ": " + table.refused());
        }
        for (Refusal refusal : table.refusals().stream().limit(REFUSALS_TOLD).toList()) {
            screen.err().println("not imported: " + table.table() + " " + refusal.uid() + ": " + refusal.why());
        }
    }

    private static long sum(List<TableTally> tables, ToLongFunction<TableTally> count) {
        return tables.stream().mapToLong(count).sum();
    }

    private void text(Import bringing, Duration took) {
        List<TableTally> tables = bringing.tables();
        String from = Optional.ofNullable(bringing.head())
                .map(head -> " of " + head.from() + ", " + head.made())
                .orElse("");
        screen.out()
                .println("Imported " + screen.bold(Figures.count(sum(tables, TableTally::fresh), "new change"))
                        + " into "
                        + address + " in " + Figures.time(took)
                        + also(sum(tables, TableTally::same), "the same already")
                        + also(sum(tables, TableTally::older), "older than what is there")
                        + also(sum(tables, TableTally::refusedRows), screen.red("refused")) + ".");
        screen.out().println("  " + file + from);
        int width = tables.stream()
                .mapToInt(table -> table.table().text().length())
                .max()
                .orElse(0);
        for (TableTally table : tables) {
            screen.out()
                    .println("  " + table.table()
                            + " ".repeat(width - table.table().text().length()) + "  "
                            + Figures.count(table.fresh()) + " new" + also(table.same(), "same")
                            + also(table.older(), "older") + also(table.refusedRows(), screen.red("refused")));
        }
    }

    private static String also(long count, String what) {
        return count == 0 ? "" : ", " + Figures.count(count) + " " + what;
    }

    private void json(Import bringing, Ending ending, Duration took) {
        JsonLines lines = new JsonLines(screen.out());
        List<TableTally> tables = bringing.tables();
        for (TableTally table : tables) {
            for (Refusal refusal : table.refusals()) {
                lines.line("refused", json -> {
                    json.writeStringField("table", table.table().text());
                    JsonValues.uid(json, "uid", refusal.uid());
                    json.writeStringField("by", address.place().toString());
                    json.writeStringField("why", refusal.why());
                });
            }
            lines.line("imported", json -> {
                json.writeStringField("table", table.table().text());
                json.writeNumberField("new", table.fresh());
                json.writeNumberField("same", table.same());
                json.writeNumberField("older", table.older());
                json.writeNumberField("refused", table.refusedRows());
                json.writeStringField("why", table.refused());
            });
        }
        CarryLine.Head head = bringing.head();
        lines.line("import", json -> {
            json.writeStringField("file", file.toString());
            json.writeStringField("address", address.toString());
            json.writeStringField("from", head == null ? null : head.from());
            json.writeStringField("made", head == null ? null : head.made().toString());
            json.writeBooleanField("whole", ending instanceof Ending.Whole);
            json.writeStringField("broken", ending instanceof Ending.Broken(String why) ? why : null);
            json.writeNumberField("changes", bringing.reached().changes());
            json.writeStringField("next", bringing.reached().next());
            json.writeArrayFieldStart("gaps");
            for (String gap : bringing.gaps()) {
                json.writeString(gap);
            }
            json.writeEndArray();
            json.writeNumberField("ms", took.toMillis());
        });
    }
}
