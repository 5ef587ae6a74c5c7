package io.twinroot.source.sql;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.Locale;

/** Dates and times as engines write them, {@code 2024-01-31 12:00:00.500}, and as docs/sql.md has them. */
final class SqlTime {
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");
    private static final int DATE_LENGTH = 10;
    private static final int SECONDS_LENGTH = 19;

    private SqlTime() {}

    /** Without zeros at the end of a second's fraction. */
    static String trimmed(String text) {
        if (text.indexOf('.') < 0) {
            return text;
        }
        int stop = text.length();
        while (text.charAt(stop - 1) == '0') {
            stop--;
        }
        return text.substring(0, text.charAt(stop - 1) == '.' ? stop - 1 : stop);
    }

    /** A date and time with T between them. */
    static String withT(String text) {
        return trimmed(text.substring(0, DATE_LENGTH) + 'T' + text.substring(DATE_LENGTH + 1));
    }

    /** Seconds since 1970-01-01 of a date and time in UTC. */
    static long epochSecond(String text) {
        LocalDate date = LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, DATE_LENGTH));
        return date.toEpochDay() * 86_400
                + number(text, 11, 13) * 3_600L
                + number(text, 14, 16) * 60L
                + number(text, 17, SECONDS_LENGTH);
    }

    /** Nanoseconds of the second of a date and time. */
    static int nanos(String text) {
        if (text.length() <= SECONDS_LENGTH) {
            return 0;
        }
        int nanos = number(text, SECONDS_LENGTH + 1, text.length());
        for (int digits = text.length() - SECONDS_LENGTH - 1; digits < 9; digits++) {
            nanos *= 10;
        }
        return nanos;
    }

    private static int number(String text, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            number = number * 10 + text.charAt(i) - '0';
        }
        return number;
    }

    /** A moment as a date and time in UTC, with a space between them. */
    static String utc(Instant moment) {
        LocalDateTime time = LocalDateTime.ofInstant(moment, ZoneOffset.UTC);
        String seconds = SECONDS.format(time);
        int nanos = time.get(ChronoField.NANO_OF_SECOND);
        return nanos == 0 ? seconds : trimmed(seconds + String.format(Locale.ROOT, ".%09d", nanos));
    }

    /** How many digits a second's fraction has in a text. */
    static int places(String text) {
        int point = text.indexOf('.');
        return point < 0 ? 0 : text.length() - point - 1;
    }
}
