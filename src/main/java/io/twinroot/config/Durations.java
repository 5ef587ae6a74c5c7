package io.twinroot.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: a whole number and a unit, as in {@code 500ms}, {@code 30s}, {@code 15m}. */
public final class Durations {
    private record Unit(String name, Duration one) {}

    private static final List<Unit> UNITS = List.of(
            new Unit("d", Duration.ofDays(1)),
            new Unit("h", Duration.ofHours(1)),
            new Unit("m", Duration.ofMinutes(1)),
            new Unit("s", Duration.ofSeconds(1)),
            new Unit("ms", Duration.ofMillis(1)));
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private Durations() {}

    /** The duration, or empty where the text is none. */
    public static Optional<Duration> parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return Optional.empty();
        }
        return UNITS.stream()
                .filter(unit -> unit.name.equals(form.group(2)))
                .findFirst()
                .map(unit -> unit.one.multipliedBy(Long.parseLong(form.group(1))));
    }

    /** The text that {@link #parse} reads as this duration, in the largest unit that it is a multiple of. */
    public static String text(Duration duration) {
        for (Unit unit : UNITS) {
            if (duration.toMillis() % unit.one.toMillis() == 0 && !duration.isZero()) {
                return duration.toMillis() / unit.one.toMillis() + unit.name;
            }
        }
        return duration.toMillis() + "ms";
    }
}
