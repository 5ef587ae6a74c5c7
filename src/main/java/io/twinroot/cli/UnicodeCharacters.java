package io.twinroot.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.table.Value;
import io.twinroot.wire.ValueJson;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The JDK's own Unicode database as rows: every assigned code point but private use and surrogates, some
 * 155,000. Its UID is written {@code U+1F600}.
 */
final class UnicodeCharacters {
    private UnicodeCharacters() {}

    static String uid(int codePoint) {
        return String.format("U+%04X", codePoint);
    }

    /** The code points that have a row, in order. */
    static int[] all() {
        return java.util.stream.IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(codePoint -> switch (Character.getType(codePoint)) {
                    case Character.UNASSIGNED, Character.PRIVATE_USE, Character.SURROGATE -> false;
                    default -> true;
                })
                .toArray();
    }

    /** Writes rows as JSON lines. */
    static void write(Path file, int[] codePoints) throws IOException {
        JsonFactory factory = new JsonFactory();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            for (int codePoint : codePoints) {
                out.write(line(factory, uid(codePoint), fields(codePoint)));
            }
        }
    }

    /** One line in the form that {@code load} reads. */
    static byte[] line(JsonFactory factory, String uid, Map<String, Value> fields) throws IOException {
        java.io.ByteArrayOutputStream line = new java.io.ByteArrayOutputStream(512);
        try (JsonGenerator json = factory.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField("uid", uid);
            json.writeFieldName("body");
            json.writeRawValue(new String(ValueJson.encode(Value.Mapping.of(fields)), StandardCharsets.UTF_8));
            json.writeEndObject();
        }
        line.write('\n');
        return line.toByteArray();
    }

    /** What the JDK knows of a character. */
    static Map<String, Value> fields(int codePoint) {
        Map<String, Value> fields = new TreeMap<>();
        fields.put("codePoint", new Value.Int(codePoint));
        fields.put("name", text(Character.getName(codePoint)));
        fields.put("block", text(Character.UnicodeBlock.of(codePoint)));
        fields.put("script", text(Character.UnicodeScript.of(codePoint)));
        fields.put("category", new Value.Int(Character.getType(codePoint)));
        fields.put("direction", new Value.Int(Character.getDirectionality(codePoint)));
        fields.put("mirrored", new Value.Bool(Character.isMirrored(codePoint)));
        fields.put("numeric", numeric(codePoint));
        fields.put("placeInPlane", new Value.Real((codePoint & 0xffff) / 65_536.0));
        fields.put("utf8", new Value.Bytes(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8)));
        fields.put("flags", new Value.Sequence(flags(codePoint)));
        Map<String, Value> cases = cases(codePoint);
        if (!cases.isEmpty()) {
            fields.put("case", Value.Mapping.of(cases));
        }
        return fields;
    }

    @SuppressWarnings("CharacterGetNumericValue") // of numbers alone, not of letters
    private static Value numeric(int codePoint) {
        boolean isNumber = switch (Character.getType(codePoint)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
            default -> false;
        };
        int value = isNumber ? Character.getNumericValue(codePoint) : -1;
        return value < 0 ? Value.Null.NULL : new Value.Decimal(BigDecimal.valueOf(value));
    }

    private static Value text(@org.jspecify.annotations.Nullable Object nameable) {
        return nameable == null ? Value.Null.NULL : new Value.Text(nameable.toString());
    }

    private static List<Value> flags(int codePoint) {
        List<Value> flags = new ArrayList<>();
        add(flags, "alphabetic", Character.isAlphabetic(codePoint));
        add(flags, "digit", Character.isDigit(codePoint));
        add(flags, "emoji", Character.isEmoji(codePoint));
        add(flags, "ideographic", Character.isIdeographic(codePoint));
        add(flags, "identifierStart", Character.isJavaIdentifierStart(codePoint));
        add(flags, "letter", Character.isLetter(codePoint));
        add(flags, "whitespace", Character.isWhitespace(codePoint));
        return flags;
    }

    private static void add(List<Value> flags, String name, boolean holds) {
        if (holds) {
            flags.add(new Value.Text(name));
        }
    }

    private static Map<String, Value> cases(int codePoint) {
        Map<String, Value> cases = new TreeMap<>();
        String text = Character.toString(codePoint);
        put(cases, "lower", text.toLowerCase(Locale.ROOT), text);
        put(cases, "title", Character.toString(Character.toTitleCase(codePoint)), text);
        put(cases, "upper", text.toUpperCase(Locale.ROOT), text);
        return cases;
    }

    private static void put(Map<String, Value> cases, String name, String other, String text) {
        if (!other.equals(text)) {
            cases.put(name, new Value.Text(other));
        }
    }
}
