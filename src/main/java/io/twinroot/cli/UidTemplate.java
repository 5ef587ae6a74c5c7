package io.twinroot.cli;

import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes a row's UID of its fields: the name of one field, or a text with names in braces, as
 * {@code {country}-{id}}.
 */
final class UidTemplate {
    private static final Pattern NAME = Pattern.compile("\\{([^{}]+)}");

    /** A piece of the UID: a literal text, or the name of a field. */
    private record Part(String text, boolean isField) {}

    private final List<Part> parts;

    private UidTemplate(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    static UidTemplate parse(String text) {
        if (text.indexOf('{') < 0) {
            return new UidTemplate(List.of(new Part(text, true)));
        }
        List<Part> parts = new ArrayList<>();
        Matcher names = NAME.matcher(text);
        int end = 0;
        while (names.find()) {
            parts.add(new Part(text.substring(end, names.start()), false));
            parts.add(new Part(names.group(1), true));
            end = names.end();
        }
        parts.add(new Part(text.substring(end), false));
        if (parts.stream().noneMatch(Part::isField)
                || parts.stream()
                        .anyMatch(part -> !part.isField() && part.text().matches(".*[{}].*"))) {
            throw new IllegalArgumentException(
                    "not a UID template: '" + text + "' (write a field's name, or a text with names in braces)");
        }
        return new UidTemplate(parts);
    }

    /** @throws IllegalArgumentException when a field is missing or cannot stand in a UID */
    Uid of(Value.Mapping fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Part part : parts) {
            bytes.writeBytes(part.isField() ? bytes(part.text(), fields.values().get(part.text())) : utf8(part.text()));
        }
        return Uid.of(bytes.toByteArray());
    }

    private static byte[] bytes(String name, @Nullable Value value) {
        return switch (value) {
            case null -> throw new IllegalArgumentException("the row has no field \"" + name + "\" to make its UID of");
            case Value.Text(String text) -> utf8(text);
            case Value.Bytes bytes -> bytes.toBytes();
            case Value.Int(long i) -> utf8(Long.toString(i));
            case Value.Decimal(var d) -> utf8(d.toPlainString());
            case Value.Time(var time) -> utf8(time.toString());
            case Value.Null n -> throw unusable(name, "null");
            case Value.Bool b -> throw unusable(name, "a boolean");
            case Value.Real r -> throw unusable(name, "a double, which has more than one spelling");
            case Value.Mapping m -> throw unusable(name, "an object");
            case Value.Sequence s -> throw unusable(name, "a list");
        };
    }

    private static IllegalArgumentException unusable(String name, String kind) {
        return new IllegalArgumentException("the field \"" + name + "\" is " + kind
                + "; a UID is made of texts, bytes, integers, decimals or times");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
