package io.twinroot.source.sql;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;

/**
 * Writes dates and times as docs/sql.md has them: {@code 2024-01-31T12:00:00.5}, years after 9999 with {@code +}, before 0
 * with {@code -}, a second's fraction without zeros at its end. For one thread; used again for each value.
 */
final class IsoText {
    private static final long MICROS_PER_SECOND = 1_000_000;
    static final long MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;

    private final byte[] ascii = new byte[64];
    private int length;

    IsoText begin() {
        length = 0;
        return this;
    }

    /** The bytes; good up to {@link #length}. */
    byte[] ascii() {
        return ascii;
    }

    int length() {
        return length;
    }

    /** @param epochDay days since 1970-01-01 */
    IsoText date(long epochDay) {
        LocalDate date = LocalDate.ofEpochDay(epochDay);
        int year = date.getYear();
        if (year < 0) {
            put('-');
        } else if (year > 9_999) {
            put('+');
        }
        int size = Math.abs(year);
        digits(size, size > 9_999 ? Integer.toString(size).length() : 4);
        put('-');
        digits(date.getMonthValue(), 2);
        put('-');
        digits(date.getDayOfMonth(), 2);
        return this;
    }

    /** @param micros since midnight, up to those of a day and included */
    IsoText time(long micros) {
        int seconds = (int) (micros / MICROS_PER_SECOND);
        clock(seconds);
        put(':');
        digits(seconds % 60, 2);
        int fraction = (int) (micros % MICROS_PER_SECOND);
        if (fraction != 0) {
            put('.');
            int places = 6;
            for (; fraction % 10 == 0; places--) {
                fraction /= 10;
            }
            digits(fraction, places);
        }
        return this;
    }

    /** @param micros since midnight at the beginning of this day, in either direction */
    IsoText dateTime(long epochDay, long micros) {
        date(epochDay + Math.floorDiv(micros, MICROS_PER_DAY));
        put('T');
        return time(Math.floorMod(micros, MICROS_PER_DAY));
    }

    /** @param seconds to the east of UTC */
    IsoText zone(int seconds) {
        int size = Math.abs(seconds);
        put(seconds < 0 ? '-' : '+');
        clock(size);
        if (size % 60 != 0) {
            put(':');
            digits(size % 60, 2);
        }
        return this;
    }

    IsoText put(char c) {
        ascii[length++] = (byte) c;
        return this;
    }

    private void clock(int seconds) {
        digits(seconds / 3_600, 2);
        put(':');
        digits(seconds / 60 % 60, 2);
    }

    private void digits(int number, int places) {
        int rest = number;
        for (int i = length + places - 1; i >= length; i--) {
            ascii[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += places;
    }

    @Override
    public String toString() {
        return new String(ascii, 0, length, StandardCharsets.US_ASCII);
    }
}
