package io.twinroot.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Traffic;
import io.twinroot.service.Address;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Prints what verify found, for programs (docs/cli.md). */
final class FindingJson {
    /** No difference was found, and not all was looked at. */
    static final String NONE_FOUND = "no-difference";

    /** The copies can't be compared. */
    static final String INCOMPARABLE = "incomparable";

    private final JsonLines lines;
    private final long limit;

    FindingJson(JsonLines lines, long limit) {
        this.lines = lines;
        this.limit = limit;
    }

    void print(
            Address a,
            Address b,
            List<Finding> findings,
            List<CompareOptions.TableReading> readings,
            Traffic traffic,
            Duration took) {
        findings.forEach(this::print);
        readings.forEach(read -> reading(lines, read));
        int exit = findings.stream().mapToInt(Finding::exit).max().orElse(Exit.SAME);
        lines.line("summary", json -> {
            json.writeStringField("a", a.toString());
            json.writeStringField("b", b.toString());
            boolean partial = exit == Exit.SAME && findings.stream().anyMatch(Finding::isPartial);
            boolean incomparable = findings.stream().anyMatch(finding -> finding instanceof Finding.Incomparable);
            json.writeStringField("result", partial ? NONE_FOUND : incomparable ? INCOMPARABLE : result(exit));
            json.writeNumberField("tables", findings.size());
            json.writeNumberField(
                    "rows", findings.stream().mapToLong(Finding::rowsDifferent).sum());
            JsonValues.traffic(json, traffic);
            json.writeNumberField("ms", took.toMillis());
        });
    }

    static String result(int exit) {
        return exit == Exit.SAME ? "same" : exit == Exit.DIFFERENT ? "different" : "unsettled";
    }

    private void print(Finding finding) {
        switch (finding) {
            case Finding.Missing missing -> missing(lines, missing);
            case Finding.Incomparable incomparable -> incomparable(lines, incomparable);
            case Finding.Compared compared -> print(compared);
        }
    }

    static void reading(JsonLines lines, CompareOptions.TableReading read) {
        lines.line("reading", json -> {
            json.writeStringField("table", read.pair().name());
            json.writeStringField("side", read.side());
            json.writeNumberField("rows", read.reading().rows());
            json.writeNumberField("resumed", read.reading().resumed());
            json.writeNumberField("bytes", read.reading().bytes());
            json.writeNumberField("ms", read.reading().nanos() / 1_000_000);
            json.writeNumberField("rowsPerSecond", read.reading().rate());
        });
    }

    static void incomparable(JsonLines lines, Finding.Incomparable finding) {
        lines.line("table", json -> {
            json.writeStringField("table", finding.pair().name());
            json.writeStringField("result", INCOMPARABLE);
            json.writeStringField("why", finding.why());
        });
    }

    static void missing(JsonLines lines, Finding.Missing missing) {
        lines.line("missing-table", json -> {
            json.writeStringField("table", missing.pair().name());
            json.writeStringField("missingIn", missing.inA() ? "a" : "b");
            json.writeNumberField("rows", missing.rows());
        });
    }

    private void print(Finding.Compared compared) {
        comparison(lines, compared);
        if (compared.comparison() instanceof Comparison.Different different) {
            different.differences().stream()
                    .limit(limit)
                    .forEach(difference -> print(compared.pair().name(), difference, compared.fields()));
        }
    }

    static void comparison(JsonLines lines, Finding.Compared compared) {
        Comparison comparison = compared.comparison();
        lines.line("table", json -> {
            json.writeStringField("table", compared.pair().name());
            json.writeStringField("result", compared.isPartial() ? NONE_FOUND : result(compared.exit()));
            ScopeText.write(json, comparison.scope());
            JsonValues.copy(json, "a", compared.pair().a(), comparison.mine());
            JsonValues.copy(json, "b", compared.pair().b(), comparison.theirs());
            json.writeNumberField("roundTrips", comparison.cost().roundTrips());
            json.writeNumberField("bytes", comparison.cost().bytes());
            json.writeNumberField("suspected", comparison.cost().suspected());
            json.writeNumberField("confirmed", compared.rowsDifferent());
            switch (comparison) {
                case Comparison.Same same -> {}
                case Comparison.NoneFound none -> {}
                case Comparison.Unsettled unsettled -> JsonValues.uids(json, "unsettled", unsettled.unsettled());
                case Comparison.Different different -> {
                    json.writeNumberField("rows", different.rows());
                    json.writeNumberField(
                            "equal",
                            Math.max(
                                    0,
                                    comparison.mine().count()
                                            - Kind.count(different.differences(), Kind.CHANGED)
                                            - Kind.count(different.differences(), Kind.ONLY_IN_A)));
                    for (Kind kind : Kind.values()) {
                        json.writeNumberField(kind.json(), Kind.count(different.differences(), kind));
                    }
                    json.writeBooleanField("proven", different.proven());
                    json.writeBooleanField("truncated", different.truncated());
                    JsonValues.uids(json, "unsettled", different.unsettled());
                }
            }
        });
    }

    private void print(String table, Difference difference, Map<Uid, List<FieldChange>> fields) {
        switch (difference) {
            case Difference.OfRow(Uid uid, RowState mine, RowState theirs) ->
                lines.line("difference", json -> {
                    json.writeStringField("table", table);
                    JsonValues.uid(json, "uid", uid);
                    JsonValues.key(json, uid);
                    json.writeStringField("kind", Kind.of(difference).json());
                    JsonValues.state(json, "a", mine);
                    JsonValues.state(json, "b", theirs);
                    if (fields.containsKey(uid)) {
                        fields(json, fields.get(uid));
                    }
                });
            case Difference.OnlyMine(UidRange range, long count) -> range(table, difference, range, count);
            case Difference.OnlyTheirs(UidRange range, long count) -> range(table, difference, range, count);
        }
    }

    private void range(String table, Difference difference, UidRange range, long count) {
        lines.line("range", json -> {
            json.writeStringField("table", table);
            JsonValues.uid(json, "start", range.start());
            JsonValues.uid(json, "stop", range.stop());
            json.writeStringField("kind", Kind.of(difference).json());
            json.writeNumberField("rows", count);
        });
    }

    private static void fields(JsonGenerator json, List<FieldChange> changes) throws IOException {
        json.writeArrayFieldStart("fields");
        for (FieldChange change : changes) {
            json.writeStartObject();
            json.writeStringField("name", change.name());
            if (change.mine() != null) {
                JsonValues.value(json, "a", change.mine());
            }
            if (change.theirs() != null) {
                JsonValues.value(json, "b", change.theirs());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
