package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Values and UIDs in JSON. What JSON has no type for is an object of one member, whose name starts with
 * {@code $}:
 *
 * <pre>
 * {"$bytes": "AAE="}   {"$decimal": "1.50"}   {"$time": "2026-01-02T03:04:05Z"}   {"$double": "NaN"}
 * {"$map": {…}}        a mapping of which a name starts with $
 * </pre>
 *
 * <p>Each value has one type in JSON: what was written is read back as an equal value.
 */
public final class ValueJson {
    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,6})?");
    private static final int DECIMAL_LENGTH_MAX = Value.Decimal.MAX_DIGITS + 16;

    private static final Pattern TIME =
            Pattern.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,9})?)"
                    + "(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))");

    private ValueJson() {}

    /** @throws JsonException when it is not one value as docs/protocol.md has it */
    public static Value decode(byte[] json) {
        return JsonIn.read(json, in -> read(in, 0));
    }

    public static byte[] encode(Value value) {
        return JsonOut.write(out -> write(out, value));
    }

    static Value read(JsonIn in, int depth) {
        return switch (in.token()) {
            case VALUE_NULL -> Value.Null.NULL;
            case VALUE_TRUE -> new Value.Bool(true);
            case VALUE_FALSE -> new Value.Bool(false);
            case VALUE_STRING -> {
                String text = in.text("a text");
                yield in.check(() -> new Value.Text(text));
            }
            case VALUE_NUMBER_INT -> new Value.Int(in.integer("an integer"));
            case VALUE_NUMBER_FLOAT -> new Value.Real(in.real());
            case START_ARRAY -> sequence(in, depth);
            case START_OBJECT -> object(in, depth);
            default -> throw in.error("a value is expected here");
        };
    }

    /** The mapping at the current token. */
    static Value.Mapping readMapping(JsonIn in, String what) {
        if (in.token() != JsonToken.START_OBJECT) {
            throw in.error(what + " is an object");
        }
        if (read(in, 0) instanceof Value.Mapping mapping) {
            return mapping;
        }
        throw in.error(what + " is a mapping of fields, not a single value");
    }

    private static Value sequence(JsonIn in, int depth) {
        checkDepth(in, depth);
        in.array("an array");
        List<Value> values = new ArrayList<>();
        while (in.item()) {
            values.add(read(in, depth + 1));
        }
        return new Value.Sequence(values);
    }

    private static void checkDepth(JsonIn in, int depth) {
        if (depth >= CanonicalCbor.MAX_DEPTH) {
            throw in.error("the value nests deeper than " + CanonicalCbor.MAX_DEPTH + " levels");
        }
    }

    private static Value object(JsonIn in, int depth) {
        JsonIn.Members members = in.object("an object");
        String name = members.next();
        if (name == null || !name.startsWith("$")) {
            return mapping(in, depth, members, name, false);
        }
        Value value = name.equals("$map") ? escaped(in, depth) : tagged(in, name);
        String other = members.next();
        if (other != null) {
            throw in.error("an object whose first name is " + name + " has no other names; a mapping with such a name"
                    + " is written {\"$map\": {…}}");
        }
        return value;
    }

    private static Value escaped(JsonIn in, int depth) {
        JsonIn.Members members = in.object("a $map's object");
        return mapping(in, depth, members, members.next(), true);
    }

    private static Value mapping(
            JsonIn in, int depth, JsonIn.Members members, @Nullable String first, boolean escaped) {
        checkDepth(in, depth);
        Map<String, Value> values = new HashMap<>();
        for (String name = first; name != null; name = members.next()) {
            if (!escaped && name.startsWith("$")) {
                throw in.error("a name starts with $; write the mapping as {\"$map\": {…}}");
            }
            String checked = name;
            in.check(() -> new Value.Text(checked));
            values.put(name, read(in, depth + 1));
        }
        return Value.Mapping.of(values);
    }

    private static Value tagged(JsonIn in, String tag) {
        return switch (tag) {
            case "$bytes" -> new Value.Bytes(base64(in));
            case "$decimal" -> decimal(in);
            case "$time" -> time(in);
            case "$double" -> special(in);
            default ->
                throw in.error("the tag is none of $bytes, $decimal, $time, $double, $map; a mapping with such a name"
                        + " is written {\"$map\": {…}}");
        };
    }

    static byte[] base64(JsonIn in) {
        String text = in.text("base64");
        byte[] bytes = in.check(() -> Base64.getDecoder().decode(text), "this is not base64 (RFC 4648, section 4)");
        if (!Base64.getEncoder().encodeToString(bytes).equals(text)) {
            throw in.error("the base64 is not in its one form, with padding (RFC 4648, section 4)");
        }
        return bytes;
    }

    private static Value decimal(JsonIn in) {
        String text = in.text("a decimal's text");
        if (text.length() > DECIMAL_LENGTH_MAX || !DECIMAL.matcher(text).matches()) {
            throw in.error("a decimal looks like -1.50 or 1E+20, with at most " + Value.Decimal.MAX_DIGITS + " digits");
        }
        return in.check(() -> new Value.Decimal(new BigDecimal(text)));
    }

    private static Value special(JsonIn in) {
        return switch (in.text("a double's name")) {
            case "NaN" -> new Value.Real(Double.NaN);
            case "Infinity" -> new Value.Real(Double.POSITIVE_INFINITY);
            case "-Infinity" -> new Value.Real(Double.NEGATIVE_INFINITY);
            default -> throw in.error("a $double is NaN, Infinity or -Infinity; others are JSON numbers");
        };
    }

    private static Value time(JsonIn in) {
        String text = in.text("a time's text");
        Matcher parts = TIME.matcher(text);
        if (text.length() > 40 || !parts.matches()) {
            throw in.error("a time looks like 2026-01-02T03:04:05.678Z or …+01:00 (RFC 3339), with at most nine digits"
                    + " after the point");
        }
        return in.check(() -> new Value.Time(instant(parts)));
    }

    private static Instant instant(Matcher parts) {
        try {
            LocalDateTime local = LocalDateTime.parse(parts.group(1) + "T" + parts.group(2));
            int sign = "-".equals(parts.group(3)) ? -1 : 1;
            ZoneOffset offset = parts.group(3) == null
                    ? ZoneOffset.UTC
                    : ZoneOffset.ofHoursMinutes(
                            sign * Integer.parseInt(parts.group(4)), sign * Integer.parseInt(parts.group(5)));
            return local.toInstant(offset);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("there is no such time (and no leap second here): " + e.getMessage(), e);
        }
    }

    /** Writes a value where the generator stands. */
    static void write(JsonGenerator out, Value value) throws IOException {
        switch (value) {
            case Value.Null.NULL -> out.writeNull();
            case Value.Bool(boolean b) -> out.writeBoolean(b);
            case Value.Int(long i) -> out.writeNumber(i);
            case Value.Real(double d)
            when Double.isNaN(d) || Double.isInfinite(d) -> tag(out, "$double", Double.toString(d));
            case Value.Real(double d) -> out.writeNumber(d);
            case Value.Decimal(BigDecimal d) -> tag(out, "$decimal", d.toString());
            case Value.Text(String text) -> out.writeString(text);
            case Value.Bytes bytes -> tag(out, "$bytes", Base64.getEncoder().encodeToString(bytes.toBytes()));
            case Value.Time(Instant time) -> tag(out, "$time", time.toString());
            case Value.Mapping(var values) -> {
                boolean escape = values.keySet().stream().anyMatch(name -> name.startsWith("$"));
                out.writeStartObject();
                if (escape) {
                    out.writeObjectFieldStart("$map");
                }
                for (Map.Entry<String, Value> member : values.entrySet()) {
                    out.writeFieldName(member.getKey());
                    write(out, member.getValue());
                }
                if (escape) {
                    out.writeEndObject();
                }
                out.writeEndObject();
            }
            case Value.Sequence(List<Value> values) -> {
                out.writeStartArray();
                for (Value item : values) {
                    write(out, item);
                }
                out.writeEndArray();
            }
        }
    }

    private static void tag(JsonGenerator out, String tag, String text) throws IOException {
        out.writeStartObject();
        out.writeStringField(tag, text);
        out.writeEndObject();
    }

    /** The UID at the current token. */
    public static Uid readUid(JsonIn in) {
        return readUid(in, Uid::ofText, Uid::of);
    }

    /** The bound of a range at the current token, which may be a byte longer than a UID. */
    public static Uid readBound(JsonIn in) {
        return readUid(
                in,
                text -> Uid.bound(new Value.Text(text).value().getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                Uid::bound);
    }

    private static Uid readUid(JsonIn in, Function<String, Uid> ofText, Function<byte[], Uid> ofBytes) {
        if (in.token() == JsonToken.VALUE_STRING) {
            String text = in.text("a UID");
            return in.check(() -> ofText.apply(text));
        }
        JsonIn.Members members = in.object("a UID: a text or {\"$bytes\": …}");
        String name = members.next();
        if (!"$bytes".equals(name)) {
            throw in.error("a UID is a text or {\"$bytes\": …}");
        }
        byte[] bytes = base64(in);
        Uid uid = in.check(() -> ofBytes.apply(bytes));
        if (members.next() != null) {
            throw in.error("a UID is a text or {\"$bytes\": …}, without other names");
        }
        return uid;
    }

    /** Text where the bytes are UTF-8 without control characters, else {@code $bytes}. */
    public static void writeUid(JsonGenerator out, Uid uid) throws IOException {
        Optional<String> text = uid.text().filter(t -> t.chars().noneMatch(Character::isISOControl));
        if (text.isPresent()) {
            out.writeString(text.get());
        } else {
            tag(out, "$bytes", Base64.getEncoder().encodeToString(uid.toBytes()));
        }
    }
}
