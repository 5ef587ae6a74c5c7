package io.twinroot.peer;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.wire.JsonOut;
import io.twinroot.wire.ValueJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** The trash in JSON. */
public final class TrashJson {
    private TrashJson() {}

    public static byte[] encode(TrashView row) {
        return JsonOut.write(out -> write(out, row));
    }

    /** @param isLast whether nothing comes after the page */
    public static byte[] encode(List<TrashView> page, boolean isLast) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("trash");
            for (TrashView row : page) {
                write(out, row);
            }
            out.writeEndArray();
            if (isLast) {
                out.writeNullField("next");
            } else {
                out.writeStringField("next", page.getLast().id());
            }
            out.writeEndObject();
        });
    }

    private static void write(JsonGenerator out, TrashView row) throws IOException {
        out.writeStartObject();
        out.writeStringField("id", row.id());
        out.writeStringField("kind", row.kind().name().toLowerCase(Locale.ROOT));
        out.writeStringField("table", row.table().text());
        out.writeFieldName("uid");
        ValueJson.writeUid(out, row.uid());
        out.writeStringField("stamp", row.stamp().text());
        out.writeStringField("since", row.since().toString());
        out.writeStringField("why", row.why());
        out.writeBooleanField("restored", row.restored());
        if (row.row() != null) {
            out.writeFieldName("row");
            out.writeRawValue(new String(RowLines.line(row.row()), StandardCharsets.UTF_8));
        }
        out.writeEndObject();
    }
}
