package io.twinroot.peer;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.table.RowData;
import io.twinroot.wire.JsonOut;
import io.twinroot.wire.ValueJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Problems and scrubs in JSON. */
final class CareJson {

    private CareJson() {}

    static byte[] encode(ProblemView problem) {
        return JsonOut.write(out -> write(out, problem));
    }

    /**
     * A problem with its two sides where it has two: {@code mine} and {@code theirs}, rows as everywhere; and with
     * {@code steps} where it waits to be approved.
     */
    static byte[] encode(ProblemView problem, @Nullable ProblemSides sides, @Nullable ProblemSteps steps) {
        return JsonOut.write(out -> write(out, problem, sides, steps));
    }

    static byte[] encodeAll(List<ProblemView> problems) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("problems");
            for (ProblemView problem : problems) {
                write(out, problem);
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    private static void write(JsonGenerator out, ProblemView problem) throws IOException {
        write(out, problem, null, null);
    }

    private static void write(
            JsonGenerator out, ProblemView problem, @Nullable ProblemSides sides, @Nullable ProblemSteps steps)
            throws IOException {
        out.writeStartObject();
        out.writeStringField("id", problem.id());
        out.writeStringField("kind", problem.kind().name().toLowerCase(Locale.ROOT));
        optional(out, "table", problem.table() == null ? null : problem.table().text());
        if (problem.uid() == null) {
            out.writeNullField("uid");
        } else {
            out.writeFieldName("uid");
            ValueJson.writeUid(out, problem.uid());
        }
        out.writeStringField("since", problem.since().toString());
        out.writeStringField("state", problem.state().name().toLowerCase(Locale.ROOT));
        out.writeStringField("text", problem.text());
        out.writeStringField("advice", problem.advice());
        if (sides != null) {
            row(out, "mine", sides.mine());
            row(out, "theirs", sides.theirs());
        }
        if (steps != null) {
            write(out, steps);
        }
        out.writeEndObject();
    }

    private static void write(JsonGenerator out, ProblemSteps steps) throws IOException {
        out.writeObjectFieldStart("steps");
        out.writeObjectFieldStart("counts");
        for (Map.Entry<String, Long> count : steps.counts().entrySet()) {
            out.writeNumberField(count.getKey(), count.getValue());
        }
        out.writeEndObject();
        out.writeArrayFieldStart("first");
        for (ProblemSteps.Step step : steps.first()) {
            out.writeStartObject();
            out.writeStringField("step", step.what());
            out.writeFieldName("uid");
            ValueJson.writeUid(out, step.uid());
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void row(JsonGenerator out, String name, @Nullable RowData row) throws IOException {
        if (row == null) {
            out.writeNullField(name);
        } else {
            out.writeFieldName(name);
            out.writeRawValue(new String(RowLines.line(row), StandardCharsets.UTF_8));
        }
    }

    static byte[] encodeSources(List<SourceView> sources) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("sources");
            for (SourceView source : sources) {
                write(out, source);
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    private static void write(JsonGenerator out, SourceView source) throws IOException {
        out.writeStartObject();
        out.writeStringField("table", source.table().text());
        out.writeStringField("address", source.address());
        out.writeStringField("changes", source.changes());
        optional(out, "scanned", source.scanned());
        out.writeBooleanField("scanning", source.scanning());
        out.writeNumberField("rows", source.rows());
        out.writeNumberField("rowsPerSecond", source.rowsPerSecond());
        if (source.differed() == null) {
            out.writeNullField("differed");
        } else {
            out.writeNumberField("differed", source.differed());
        }
        optional(out, "problem", source.problem());
        out.writeEndObject();
    }

    static byte[] encode(ScrubView scrub) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeStringField("state", scrub.running() ? "running" : "idle");
            out.writeStringField("step", scrub.step());
            out.writeNumberField("doneBytes", scrub.doneBytes());
            out.writeNumberField("totalBytes", scrub.totalBytes());
            optional(out, "next", scrub.next());
            if (scrub.last() == null) {
                out.writeNullField("last");
            } else {
                out.writeFieldName("last");
                write(out, scrub.last());
            }
            out.writeArrayFieldStart("tables");
            for (ScrubView.Table table : scrub.tables()) {
                write(out, table);
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    private static void write(JsonGenerator out, ScrubView.Run run) throws IOException {
        out.writeStartObject();
        out.writeStringField("began", run.began().toString());
        out.writeStringField("ended", run.ended().toString());
        out.writeBooleanField("complete", run.complete());
        out.writeNumberField("rows", run.rows());
        out.writeNumberField("bytes", run.bytes());
        out.writeNumberField("damaged", run.damaged());
        out.writeArrayFieldStart("findings");
        for (String finding : run.findings()) {
            out.writeString(finding);
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void write(JsonGenerator out, ScrubView.Table table) throws IOException {
        out.writeStartObject();
        out.writeStringField("table", table.name().text());
        out.writeBooleanField("readOnly", table.readOnly());
        optional(out, "oldest", table.oldest());
        optional(out, "newest", table.newest());
        out.writeNumberField("ranges", table.ranges());
        out.writeEndObject();
    }

    private static void optional(JsonGenerator out, String name, @Nullable Object value) throws IOException {
        if (value == null) {
            out.writeNullField(name);
        } else {
            out.writeStringField(name, value.toString());
        }
    }
}
