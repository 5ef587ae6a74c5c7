package io.twinroot.peer;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.table.Value;
import io.twinroot.wire.JsonOut;
import io.twinroot.wire.ValueJson;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Feeds and their switch in JSON. */
final class FeedJson {

    private FeedJson() {}

    static byte[] encode(FeedView view) {
        return JsonOut.write(out -> write(out, view));
    }

    static byte[] encodeAll(List<FeedView> views) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("feeds");
            for (FeedView view : views) {
                write(out, view);
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    private static void write(JsonGenerator out, FeedView view) throws IOException {
        out.writeStartObject();
        out.writeStringField("peer", view.peer());
        out.writeStringField("table", view.table().text());
        out.writeBooleanField("on", view.on());
        out.writeNumberField("applied", view.applied());
        out.writeNumberField("refused", view.refused());
        writeText(out, "lastApplied", view.lastApplied());
        out.writeFieldName("lagMs");
        if (view.lagMs() == null) {
            out.writeNull();
        } else {
            out.writeNumber(view.lagMs());
        }
        writeText(out, "begunAnew", view.begunAnew());
        writeText(out, "trouble", view.trouble());
        out.writeEndObject();
    }

    private static void writeText(JsonGenerator out, String name, @Nullable Object text) throws IOException {
        if (text == null) {
            out.writeNullField(name);
        } else {
            out.writeStringField(name, text instanceof Instant time ? time.toString() : String.valueOf(text));
        }
    }

    /** {@code {"on": true}} */
    static boolean decodeSwitch(byte[] json) {
        if (ValueJson.decode(json) instanceof Value.Mapping(var members)
                && members.size() == 1
                && members.get("on") instanceof Value.Bool(boolean on)) {
            return on;
        }
        throw ProblemException.parameter("on", "a switch is {\"on\":true} or {\"on\":false}");
    }
}
