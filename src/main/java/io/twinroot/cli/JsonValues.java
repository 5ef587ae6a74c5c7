package io.twinroot.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.reconcile.Traffic;
import io.twinroot.service.SqlKeys;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.wire.ValueJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The values that stand in more than one kind of JSON line, in the forms of docs/protocol.md. */
final class JsonValues {
    private JsonValues() {}

    /** A text, or {@code {"$bytes": …}} where the UID is not one. */
    static void uid(JsonGenerator json, String name, @Nullable Uid uid) throws IOException {
        json.writeFieldName(name);
        if (uid == null) {
            json.writeNull();
        } else {
            uid(json, uid);
        }
    }

    /** The key of a row of a database, column by column; nothing for other rows. */
    static void key(JsonGenerator json, Uid uid) throws IOException {
        List<Value> values = SqlKeys.values(uid);
        if (!values.isEmpty()) {
            json.writeArrayFieldStart("key");
            for (Value value : values) {
                value(json, value);
            }
            json.writeEndArray();
        }
    }

    private static void uid(JsonGenerator json, Uid uid) throws IOException {
        Optional<Value> text = uid.text()
                .filter(found -> found.chars().noneMatch(Character::isISOControl))
                .map(Value.Text::new);
        value(json, text.orElseGet(() -> new Value.Bytes(uid.toBytes())));
    }

    static void value(JsonGenerator json, String name, Value value) throws IOException {
        json.writeFieldName(name);
        value(json, value);
    }

    private static void value(JsonGenerator json, Value value) throws IOException {
        json.writeRawValue(new String(ValueJson.encode(value), StandardCharsets.UTF_8));
    }

    static void state(JsonGenerator json, String name, RowState state) throws IOException {
        json.writeObjectFieldStart(name);
        switch (state) {
            case RowState.Absent() -> json.writeStringField("state", "absent");
            case RowState.Deleted(var stamp) -> {
                json.writeStringField("state", "deleted");
                json.writeStringField("stamp", stamp.text());
            }
            case RowState.Live(var stamp, var digest) -> {
                json.writeStringField("state", "live");
                json.writeStringField("stamp", stamp.text());
                json.writeStringField("digest", digest.hex());
            }
        }
        json.writeEndObject();
    }

    static void copy(JsonGenerator json, String name, Object address, @Nullable TableInfo info) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeStringField("address", address.toString());
        if (info != null) {
            json.writeNumberField("rows", info.count());
            json.writeStringField("root", info.root().hex());
        }
        json.writeEndObject();
    }

    /** What the command moved over the network in all. */
    static void traffic(JsonGenerator json, Traffic traffic) throws IOException {
        json.writeNumberField("sentBytes", traffic.sentBytes());
        json.writeNumberField("receivedBytes", traffic.receivedBytes());
        json.writeNumberField("requests", traffic.roundTrips());
    }

    static void uids(JsonGenerator json, String name, List<Uid> uids) throws IOException {
        json.writeArrayFieldStart(name);
        for (Uid uid : uids) {
            uid(json, uid);
        }
        json.writeEndArray();
    }
}
