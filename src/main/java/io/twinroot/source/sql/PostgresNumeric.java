package io.twinroot.source.sql;

import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * PostgreSQL's binary form of a numeric: how many groups of four digits, the power of 10,000 of the first, a sign, how
 * many digits after the point it shows, each of two bytes; then the groups.
 */
final class PostgresNumeric {
    private static final int NEGATIVE = 0x4000;
    private static final int NAN = 0xc000;
    private static final int INFINITY = 0xd000;
    private static final int MINUS_INFINITY = 0xf000;
    private static final int GROUP = 10_000;

    /** As many groups are surely a long. */
    private static final int SMALL = 4;

    private PostgresNumeric() {}

    /** Writes one by its value; the usual ones without objects. */
    static void write(byte[] bytes, int at, RowEncoder out) {
        int count = BigEndian.int16(bytes, at);
        int weight = BigEndian.int16(bytes, at + 2);
        int sign = BigEndian.int16(bytes, at + 4) & 0xffff;
        if (count > SMALL || weight >= SMALL || sign > NEGATIVE) {
            out.value(value(bytes, at));
            return;
        }
        long unscaled = 0;
        for (int i = 0; i < count; i++) {
            unscaled = unscaled * GROUP + BigEndian.int16(bytes, at + 8 + 2 * i);
        }
        int below = count - 1 - weight; // groups after the point
        for (; below < 0; below++) {
            unscaled *= GROUP;
        }
        out.number(sign == NEGATIVE ? -unscaled : unscaled, unscaled == 0 ? 0 : 4 * below);
    }

    /** One by its value. */
    static Value value(byte[] bytes, int at) {
        return switch (BigEndian.int16(bytes, at + 4) & 0xffff) {
            case NAN -> new Value.Real(Double.NaN);
            case INFINITY -> new Value.Real(Double.POSITIVE_INFINITY);
            case MINUS_INFINITY -> new Value.Real(Double.NEGATIVE_INFINITY);
            default -> Numbers.canonical(exact(bytes, at));
        };
    }

    /** One with the digits after the point that it shows. */
    static Value strict(byte[] bytes, int at) {
        int scale = BigEndian.int16(bytes, at + 6);
        return (BigEndian.int16(bytes, at + 4) & 0xffff) > NEGATIVE || scale == 0
                ? value(bytes, at)
                : Numbers.decimal(exact(bytes, at).setScale(scale, RoundingMode.UNNECESSARY));
    }

    private static BigDecimal exact(byte[] bytes, int at) {
        int count = BigEndian.int16(bytes, at);
        int weight = BigEndian.int16(bytes, at + 2);
        StringBuilder digits = new StringBuilder(4 * count + 1).append('0');
        for (int i = 0; i < count; i++) {
            int group = BigEndian.int16(bytes, at + 8 + 2 * i);
            digits.append((char) ('0' + group / 1_000))
                    .append((char) ('0' + group / 100 % 10))
                    .append((char) ('0' + group / 10 % 10))
                    .append((char) ('0' + group % 10));
        }
        BigInteger unscaled = new BigInteger(digits.toString());
        boolean negative = (BigEndian.int16(bytes, at + 4) & 0xffff) == NEGATIVE;
        return new BigDecimal(negative ? unscaled.negate() : unscaled, 4 * (count - 1 - weight));
    }
}
