package io.twinroot.source.sql;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Value;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * JSON documents as canonical values: a mapping of {@code json} to the document by its value, so that the document null is
 * not the NULL of SQL; or of {@code text} to the text, where it has no value of its own: a name twice in an object, half a
 * character, more than 1,000 levels, no JSON at all.
 *
 * <pre>
 * object → mapping    array → sequence    string → text    true, false, null → themselves
 * number → integer or decimal; beyond the limits of a decimal → bytes: the digits
 * what is deeper than 24 levels → bytes: its canonical encoding, which never begins as digits do
 * </pre>
 */
final class Json {
    private static final String DOCUMENT = "json";
    private static final String TEXT = "text";

    /** So that a document in an array of six dimensions in a row is not deeper than a value may be. */
    private static final int MAX_LEVELS = 24;

    private static final int MAX_NESTING = 1_000;

    /** What PostgreSQL's numbers may have, and more. */
    private static final int MAX_NUMBER_LENGTH = 1 << 18;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_NESTING)
                    .maxNumberLength(MAX_NUMBER_LENGTH)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .streamWriteConstraints(StreamWriteConstraints.builder()
                    .maxNestingDepth(MAX_NESTING)
                    .build())
            .build();

    private Json() {}

    /** The canonical value of a document, by its value where it has one. */
    static Value canonical(String text) {
        Value value = parse(text);
        return value == null ? verbatim(text) : Value.Mapping.of(Map.of(DOCUMENT, value));
    }

    /** The canonical value of a document whose spaces, order of names and form of numbers matter. */
    static Value verbatim(String text) {
        return Value.Mapping.of(Map.of(TEXT, new Value.Text(text)));
    }

    /** Whether a canonical value is one that is compared by its text. */
    static boolean isVerbatim(Value value) {
        return value instanceof Value.Mapping(SortedMap<String, Value> parts)
                && parts.size() == 1
                && parts.get(TEXT) instanceof Value.Text;
    }

    /**
     * A text with this canonical value.
     *
     * @throws IllegalArgumentException when it is not one that {@link #canonical} or {@link #verbatim} makes
     */
    static String text(Value value) {
        if (!(value instanceof Value.Mapping(SortedMap<String, Value> parts) && parts.size() == 1)) {
            throw new IllegalArgumentException("not a JSON document");
        }
        if (parts.get(TEXT) instanceof Value.Text(String text)) {
            return text;
        }
        Value document = parts.get(DOCUMENT);
        if (document == null) {
            throw new IllegalArgumentException("not a JSON document");
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            write(out, document);
        } catch (IOException e) {
            throw new UncheckedIOException("a document could not be written", e); // a StringWriter has no end
        }
        return text.toString();
    }

    private static @Nullable Value parse(String text) {
        try (JsonParser in = FACTORY.createParser(text)) {
            JsonToken first = in.nextToken();
            Value value = first == null ? null : value(in, first, 0);
            return value == null || in.nextToken() != null ? null : value;
        } catch (JsonProcessingException | NumberFormatException e) {
            return null; // it has no value
        } catch (IOException e) {
            throw new UncheckedIOException("a text could not be read", e); // a String has no errors
        }
    }

    /** The value that begins with a token; null where it has none of its own. */
    private static @Nullable Value value(JsonParser in, JsonToken token, int level) throws IOException {
        return switch (token) {
            case START_OBJECT -> packed(object(in, level), level);
            case START_ARRAY -> packed(array(in, level), level);
            case VALUE_STRING -> string(in.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(in.getText());
            case VALUE_TRUE -> new Value.Bool(true);
            case VALUE_FALSE -> new Value.Bool(false);
            case VALUE_NULL -> Value.Null.NULL;
            case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                throw new IllegalStateException("no value begins with " + token);
        };
    }

    /** Each 24 levels are values of their own, as bytes in those above. */
    private static @Nullable Value packed(@Nullable Value value, int level) {
        return value == null || level == 0 || level % MAX_LEVELS != 0
                ? value
                : new Value.Bytes(CanonicalCbor.encode(value));
    }

    private static @Nullable Value object(JsonParser in, int level) throws IOException {
        SortedMap<String, Value> values = new TreeMap<>(CanonicalCbor::compareText);
        while (in.nextToken() != JsonToken.END_OBJECT) {
            String name = in.currentName();
            Value value = value(in, in.nextToken(), level + 1);
            if (value == null || !isWhole(name) || values.put(name, value) != null) {
                return null;
            }
        }
        return new Value.Mapping(values);
    }

    private static @Nullable Value array(JsonParser in, int level) throws IOException {
        List<Value> values = new ArrayList<>();
        for (JsonToken token = in.nextToken(); token != JsonToken.END_ARRAY; token = in.nextToken()) {
            Value value = value(in, token, level + 1);
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return new Value.Sequence(values);
    }

    private static @Nullable Value string(String text) {
        return isWhole(text) ? new Value.Text(text) : null;
    }

    /** Whether it has no half of a character. */
    private static boolean isWhole(String text) {
        return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    private static Value number(String digits) {
        Value number = Numbers.canonical(new BigDecimal(digits));
        return number instanceof Value.Mapping
                ? new Value.Bytes(Numbers.exact(number).toString().getBytes(StandardCharsets.US_ASCII))
                : number;
    }

    private static void write(JsonGenerator out, Value value) throws IOException {
        switch (value) {
            case Value.Null.NULL -> out.writeNull();
            case Value.Bool(boolean bool) -> out.writeBoolean(bool);
            case Value.Int(long whole) -> out.writeNumber(whole);
            case Value.Decimal(BigDecimal decimal) -> out.writeNumber(decimal.toString());
            case Value.Text(String text) -> out.writeString(text);
            case Value.Bytes bytes -> writePacked(out, bytes.toBytes());
            case Value.Mapping(SortedMap<String, Value> values) -> {
                out.writeStartObject();
                for (Map.Entry<String, Value> item : values.entrySet()) {
                    out.writeFieldName(item.getKey());
                    write(out, item.getValue());
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
            case Value.Real ignored -> throw new IllegalArgumentException("a float in a JSON document");
            case Value.Time ignored -> throw new IllegalArgumentException("a moment in a JSON document");
        }
    }

    private static void writePacked(JsonGenerator out, byte[] bytes) throws IOException {
        if (bytes.length > 0 && bytes[0] < 0) {
            write(out, CanonicalCbor.decode(bytes));
        } else {
            out.writeNumber(new BigDecimal(new String(bytes, StandardCharsets.US_ASCII)).toString());
        }
    }
}
