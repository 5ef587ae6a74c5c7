package io.twinroot.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.Plan.Step;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.Traffic;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prints a repair, or its plan, for programs (docs/cli.md). */
final class MendingJson {
    private final JsonLines lines;
    private final long limit;

    MendingJson(JsonLines lines, long limit) {
        this.lines = lines;
        this.limit = limit;
    }

    void print(CompareOptions places, List<Mending> mendings, boolean applied, Traffic traffic, Duration took) {
        mendings.forEach(this::print);
        boolean trouble = mendings.stream().anyMatch(mending -> mending.exit() == Exit.TROUBLE);
        boolean same = mendings.stream().allMatch(Mending::isSame);
        boolean none = mendings.stream().allMatch(mending -> mending.exit() == Exit.SAME)
                && mendings.stream().anyMatch(mending -> mending instanceof Mending.Nothing);
        lines.line("summary", json -> {
            json.writeStringField("a", places.a.toString());
            json.writeStringField("b", places.b.toString());
            json.writeStringField(
                    "result", trouble ? "trouble" : same ? "same" : none ? FindingJson.NONE_FOUND : "different");
            json.writeBooleanField("applied", applied);
            json.writeNumberField("tables", mendings.size());
            JsonValues.traffic(json, traffic);
            json.writeNumberField("ms", took.toMillis());
        });
    }

    private void print(Mending mending) {
        switch (mending) {
            case Mending.Nothing(var found) -> FindingJson.comparison(lines, found);
            case Mending.Incomparable(var incomparable) -> FindingJson.incomparable(lines, incomparable);
            case Mending.Absent(var missing, boolean wanted) -> FindingJson.missing(lines, missing);
            case Mending.Planned(var found, Plan plan) -> {
                FindingJson.comparison(lines, found);
                plan.steps().stream()
                        .limit(limit)
                        .forEach(step -> step(found.pair().name(), step));
                effects("plan", found.pair().name(), mending, plan.left());
            }
            case Mending.Done(var found, Plan plan, RepairReport report) -> {
                FindingJson.comparison(lines, found);
                refused(lines, found.pair().name(), report);
                report.notes()
                        .forEach(note -> lines.line("note", json -> {
                            json.writeStringField("table", found.pair().name());
                            json.writeStringField("text", note);
                        }));
                effects("repaired", found.pair().name(), mending, plan.left());
            }
        }
    }

    static void refused(JsonLines lines, String table, RepairReport report) {
        report.refused()
                .forEach(refusal -> lines.line("refused", json -> {
                    json.writeStringField("table", table);
                    JsonValues.uid(json, "uid", refusal.uid());
                    json.writeStringField("by", refusal.by());
                    json.writeStringField("why", refusal.why());
                }));
    }

    private void effects(String type, String table, Mending mending, long left) {
        lines.line(type, json -> {
            json.writeStringField("table", table);
            effect(json, "a", mending.onA());
            effect(json, "b", mending.onB());
            json.writeNumberField("left", left);
            if (mending instanceof Mending.Done(var found, var plan, RepairReport report)) {
                json.writeNumberField("refused", report.refused().size());
                json.writeNumberField("conflicts", report.conflicts().size());
                json.writeNumberField("dropped", report.dropped().size());
                json.writeBooleanField("complete", report.complete());
                json.writeArrayFieldStart("notes");
                for (String note : report.notes()) {
                    json.writeString(note);
                }
                json.writeEndArray();
                JsonValues.uids(json, "meanwhile", report.meanwhile());
                json.writeBooleanField("same", report.same());
            }
        });
    }

    static void effect(JsonGenerator json, String side, Plan.Effect effect) throws IOException {
        json.writeObjectFieldStart(side);
        json.writeNumberField("new", effect.added());
        json.writeNumberField("replaced", effect.changed());
        json.writeNumberField("deleted", effect.deleted());
        json.writeEndObject();
    }

    private void step(String table, Step step) {
        switch (step) {
            case Step.Take(Uid uid, var mine, var theirs) -> row(table, "b-to-a", "put", uid, null);
            case Step.Give(Uid uid, var mine, var theirs) -> row(table, "a-to-b", "put", uid, null);
            case Step.DeleteMine(Uid uid, var mine, var theirs) -> row(table, "b-to-a", "delete", uid, null);
            case Step.DeleteTheirs(Uid uid, var mine, var theirs) -> row(table, "a-to-b", "delete", uid, null);
            case Step.DropMine(Uid uid, var mine, var theirs) -> row(table, "b-to-a", "drop", uid, null);
            case Step.DropTheirs(Uid uid, var mine, var theirs) -> row(table, "a-to-b", "drop", uid, null);
            case Step.Merge(Uid uid, var mine, var theirs) -> row(table, "both", "merge", uid, null);
            case Step.Settle(Uid uid, var mine, var theirs, boolean mineWins) ->
                row(table, mineWins ? "a-to-b" : "b-to-a", "settle", uid, null);
            case Step.TakeRange(UidRange range, long count) -> range(table, "b-to-a", "put", range, count, null);
            case Step.GiveRange(UidRange range, long count) -> range(table, "a-to-b", "put", range, count, null);
            case Step.Leave(Difference difference, String why) -> {
                switch (difference) {
                    case Difference.OfRow row -> row(table, "none", "leave", row.uid(), why);
                    case Difference.OnlyMine(UidRange range, long count) ->
                        range(table, "none", "leave", range, count, why);
                    case Difference.OnlyTheirs(UidRange range, long count) ->
                        range(table, "none", "leave", range, count, why);
                }
            }
        }
    }

    private void row(String table, String way, String action, Uid uid, @Nullable String why) {
        lines.line("step", json -> {
            start(json, table, way, action, why);
            JsonValues.uid(json, "uid", uid);
        });
    }

    private void range(String table, String way, String action, UidRange range, long rows, @Nullable String why) {
        lines.line("step", json -> {
            start(json, table, way, action, why);
            JsonValues.uid(json, "start", range.start());
            JsonValues.uid(json, "stop", range.stop());
            json.writeNumberField("rows", rows);
        });
    }

    private static void start(JsonGenerator json, String table, String way, String action, @Nullable String why)
            throws IOException {
        json.writeStringField("table", table);
        json.writeStringField("way", way);
        json.writeStringField("action", action);
        if (why != null) {
            json.writeStringField("why", why);
        }
    }
}
