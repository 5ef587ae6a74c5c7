package io.twinroot.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the settings of one object. What is missing gives the default; what is wrong is reported and gives the
 * default too, so that one reading finds all that is wrong. The keys that were asked for are those that exist.
 */
final class Section {
    private final Json.Mapping mapping;
    private final Problems problems;
    private final Set<String> asked = new LinkedHashSet<>();

    private Section(Json.Mapping mapping, Problems problems) {
        this.mapping = mapping;
        this.problems = problems;
    }

    /** Reads {@code json} as an object with {@code reader}, and reports keys that the reader did not ask for. */
    static <T> Optional<T> read(Json json, Problems problems, Function<Section, T> reader) {
        if (!(json instanceof Json.Mapping mapping)) {
            problems.add(json.place(), "this is " + json.kind() + "; allowed: an object, { … }");
            return Optional.empty();
        }
        Section section = new Section(mapping, problems);
        T value = reader.apply(section);
        section.reportUnknown();
        return Optional.of(value);
    }

    Json.Place place(String key) {
        return mapping.keys().getOrDefault(key, mapping.place());
    }

    void wrong(String key, String what) {
        problems.add(place(key), what);
    }

    private @Nullable Json value(String key) {
        asked.add(key);
        return mapping.values().get(key);
    }

    <T> T section(String key, T missing, Function<Section, T> reader) {
        Json value = value(key);
        return value == null ? missing : read(value, problems, reader).orElse(missing);
    }

    /** The elements of a list, those that are wrong left out. */
    <T> List<T> list(String key, int max, Function<Json, Optional<T>> reader) {
        Json value = value(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof Json.Sequence(Json.Place place, List<Json> elements))) {
            problems.add(value.place(), "this is " + value.kind() + "; allowed: a list, [ … ]");
            return List.of();
        }
        if (elements.size() > max) {
            problems.add(place, elements.size() + " elements; allowed: at most " + max);
            return List.of();
        }
        List<T> list = new ArrayList<>();
        elements.forEach(element -> reader.apply(element).ifPresent(list::add));
        return list;
    }

    /** Reads an element of a list that must be a text. */
    <T> Optional<T> element(Json element, String allowed, Function<String, T> reader) {
        return parsed(element, allowed, false, reader);
    }

    /** A text that {@code reader} understands; it throws IllegalArgumentException where it does not. */
    <T> T text(String key, T missing, String allowed, Function<String, T> reader) {
        Json value = value(key);
        return value == null ? missing : parsed(value, allowed, false, reader).orElse(missing);
    }

    /** Like {@link #text}, for what must not be printed. */
    <T> @Nullable T secret(String key, String allowed, Function<String, @Nullable T> reader) {
        Json value = value(key);
        return value == null
                ? null
                : parsed(value, allowed, true, text -> Optional.ofNullable(reader.apply(text)))
                        .flatMap(found -> found)
                        .orElse(null);
    }

    /** Like {@link #text}; reported where it is missing. */
    <T> Optional<T> required(String key, String allowed, Function<String, T> reader) {
        return required(key, allowed, false, reader);
    }

    /** The same for what must not be printed where it is wrong. */
    <T> Optional<T> requiredUnshown(String key, String allowed, Function<String, T> reader) {
        return required(key, allowed, true, reader);
    }

    private <T> Optional<T> required(String key, String allowed, boolean secret, Function<String, T> reader) {
        Json value = value(key);
        if (value == null) {
            problems.add(mapping.place(), "the setting \"" + key + "\" is missing; it is " + allowed);
            return Optional.empty();
        }
        return parsed(value, allowed, secret, reader);
    }

    private <T> Optional<T> parsed(Json value, String allowed, boolean secret, Function<String, T> reader) {
        if (!(value instanceof Json.Text(Json.Place place, String text))) {
            problems.add(value.place(), "this is " + value.kind() + "; allowed: " + allowed);
            return Optional.empty();
        }
        try {
            return Optional.of(reader.apply(text));
        } catch (IllegalArgumentException e) {
            problems.add(
                    place,
                    secret ? "not usable; allowed: " + allowed : "\"" + shortened(text) + "\" is not " + allowed);
            return Optional.empty();
        }
    }

    Duration duration(String key, Duration missing, Duration least, Duration most) {
        String allowed =
                "a duration from " + Durations.text(least) + " to " + Durations.text(most) + ", as \"30s\" or \"15m\"";
        return text(
                key,
                missing,
                allowed,
                text -> Durations.parse(text)
                        .filter(found -> found.compareTo(least) >= 0 && found.compareTo(most) <= 0)
                        .orElseThrow(IllegalArgumentException::new));
    }

    long whole(String key, long missing, long least, long most) {
        String allowed = String.format("a whole number from %,d to %,d", least, most);
        return number(key, allowed, BigDecimal.valueOf(least), BigDecimal.valueOf(most))
                .map(number -> {
                    try {
                        return number.longValueExact();
                    } catch (ArithmeticException e) {
                        wrong(key, number.toPlainString() + " is not " + allowed);
                        return missing;
                    }
                })
                .orElse(missing);
    }

    /** Like {@link #whole}, or the text {@code "auto"}, which is the default and gives nothing. */
    OptionalLong wholeOrAuto(String key, long least, long most) {
        if (value(key) instanceof Json.Text(Json.Place place, String text)) {
            if (!text.equals("auto")) {
                problems.add(
                        place,
                        "\"" + shortened(text) + "\" is not "
                                + String.format("\"auto\" or a whole number from %,d to %,d", least, most));
            }
            return OptionalLong.empty();
        }
        long found = whole(key, -1, least, most);
        return found < 0 ? OptionalLong.empty() : OptionalLong.of(found);
    }

    double fraction(String key, double missing, double most) {
        return number(key, "a number from 0 to " + most, BigDecimal.ZERO, BigDecimal.valueOf(most))
                .map(BigDecimal::doubleValue)
                .orElse(missing);
    }

    private Optional<BigDecimal> number(String key, String allowed, BigDecimal least, BigDecimal most) {
        Json value = value(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof Json.Numeric(Json.Place place, BigDecimal number))) {
            problems.add(value.place(), "this is " + value.kind() + "; allowed: " + allowed);
            return Optional.empty();
        }
        if (number.compareTo(least) < 0 || number.compareTo(most) > 0) {
            problems.add(place, shortened(number.toString()) + " is not " + allowed);
            return Optional.empty();
        }
        return Optional.of(number);
    }

    boolean bool(String key, boolean missing) {
        Json value = value(key);
        if (value == null) {
            return missing;
        }
        if (!(value instanceof Json.Bool(Json.Place place, boolean bool))) {
            problems.add(value.place(), "this is " + value.kind() + "; allowed: true or false");
            return missing;
        }
        return bool;
    }

    private void reportUnknown() {
        for (Map.Entry<String, Json.Place> key : mapping.keys().entrySet()) {
            if (!asked.contains(key.getKey())) {
                problems.add(
                        key.getValue(),
                        "there is no such setting" + nearest(key.getKey()) + "; allowed here: "
                                + String.join(", ", asked));
            }
        }
    }

    private String nearest(String unknown) {
        return asked.stream()
                .filter(known -> distance(unknown, known) <= 2)
                .min(Comparator.comparingInt(known -> distance(unknown, known)))
                .map(known -> " (did you mean \"" + known + "\"?)")
                .orElse("");
    }

    /** Levenshtein's distance, of strings up to 40 characters. */
    private static int distance(String left, String right) {
        if (left.length() > 40 || right.length() > 40) {
            return Integer.MAX_VALUE;
        }
        int[] row = new int[right.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int replaced = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[right.length()];
    }

    private static String shortened(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }
}
