package io.twinroot.source.sql;

import io.twinroot.source.SourceException;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/**
 * Keys as UIDs, in an encoding that keeps their order: column by column, each value a tag and bytes that say themselves
 * where they end. It is made from the canonical encoding of the row, without objects for the usual values.
 *
 * <pre>
 * NULL       01
 * −infinity  10
 * number     16 … 29: sign and length of its floor, the floor (of a negative one complemented), then its
 *            fraction in pairs of digits as 01 to 64 (hexadecimal), then 00
 * float      30 and 8 bytes, −0 before 0
 * infinity   38
 * NaN        39
 * bytes      40 and the bytes, 00 as 00 ff, then 00
 * text       50 and the UTF-8 bytes, 00 as 00 ff, then 00
 * moment     60, seconds (8 bytes), nanoseconds (4 bytes)
 * </pre>
 *
 * <p>docs/sql.md says what follows from it. For one thread.
 */
final class UidEncoder {
    static final int NULL = 0x01;

    /** Begins what is behind a key to tell apart rows that share it. */
    static final int REPEAT = 0x02;

    static final int REPEAT_BYTES = 1 + Integer.BYTES;
    static final int MINUS_INFINITY = 0x10;
    /** A number from 0 on, with a floor of no bytes; one more for each byte, up to 8. */
    static final int NUMBER = 0x20;
    /** The lengths of longer floors are in two bytes. */
    static final int NUMBER_LONG = NUMBER + Long.BYTES + 1;
    /** A number below 0, with a floor of −1, in no bytes; one less for each byte. */
    static final int NEGATIVE = NUMBER - 1;

    static final int NEGATIVE_LONG = NEGATIVE - Long.BYTES - 1;
    static final int REAL = 0x30;
    static final int INFINITY = 0x38;
    static final int NAN = 0x39;
    static final int BYTES = 0x40;
    static final int TEXT = 0x50;
    static final int MOMENT = 0x60;

    /** A number with more digits than this on a side of its point is too long in any case. */
    private static final int MAX_DIGITS = 3 * Uid.MAX_LENGTH;

    private static final long[] TENS = new long[19];

    static {
        TENS[0] = 1;
        for (int i = 1; i < TENS.length; i++) {
            TENS[i] = TENS[i - 1] * 10;
        }
    }

    private final Shape shape;
    private final int[] key;
    private final byte[] uid = new byte[Uid.MAX_LENGTH];
    private int length;
    private int column; // in the key
    private byte[] row = new byte[0];
    private int at; // in the row

    UidEncoder(Shape shape) {
        this.shape = shape;
        this.key = shape.key().stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * The UID of a row.
     *
     * @param row the canonical encoding of its fields
     * @param starts where the value of each column starts in it
     * @throws SourceException of kind UNSUPPORTED where the key needs more than {@link Uid#MAX_LENGTH} bytes, or a value of
     *     it has no order: a JSON document, an array
     */
    Uid encode(byte[] row, int[] starts) {
        this.row = row;
        length = 0;
        for (column = 0; column < key.length; column++) {
            at = starts[key[column]];
            value();
        }
        return Uid.of(uid, 0, length);
    }

    /**
     * The values of the key, in its order.
     *
     * @throws IllegalArgumentException when {@link #encode} can't have made it
     */
    static List<Value> decode(Uid uid) {
        return new UidDecoder(uid).values();
    }

    /** The UID of the n-th more row that shares a key with others, as NULLs in a unique key allow. */
    static Uid numbered(Uid key, int n) {
        return Uid.of(java.nio.ByteBuffer.allocate(key.length() + REPEAT_BYTES)
                .put(key.toBytes())
                .put((byte) REPEAT)
                .putInt(n)
                .array());
    }

    static boolean isNumbered(Uid uid) {
        return uid.length() > new UidDecoder(uid).keyLength();
    }

    /** The key alone. */
    static Uid withoutNumber(Uid uid) {
        int length = new UidDecoder(uid).keyLength();
        return length == uid.length() ? uid : Uid.of(uid.toBytes(), 0, length);
    }

    private void value() {
        int first = row[at] & 0xff;
        switch (first >>> 5) {
            case 0 -> {
                floor(argument());
                put(0);
            }
            case 1 -> {
                floor(~argument());
                put(0);
            }
            case 2 -> string(BYTES);
            case 3 -> string(TEXT);
            case 6 -> tagged(argument());
            case 7 -> simple(first);
            default -> throw unordered();
        }
    }

    private void tagged(long tag) {
        if (tag == 4) {
            at++; // of two
            decimal();
        } else if (tag == 1001) {
            moment();
        } else {
            throw unordered();
        }
    }

    private void simple(int first) {
        switch (first) {
            case 0xf6 -> put(NULL);
            case 0xf9 -> real(Float.float16ToFloat((short) argument()));
            case 0xfa -> real(Float.intBitsToFloat((int) argument()));
            case 0xfb -> real(Double.longBitsToDouble(argument()));
            default -> throw unordered();
        }
    }

    private void real(double value) {
        if (Double.isNaN(value)) {
            put(NAN);
        } else if (Double.isInfinite(value)) {
            put(value < 0 ? MINUS_INFINITY : INFINITY);
        } else {
            long bits = Double.doubleToRawLongBits(value);
            put(REAL);
            bigEndian(bits < 0 ? ~bits : bits ^ Long.MIN_VALUE, Long.BYTES);
        }
    }

    private void moment() {
        int parts = row[at++] & 0x1f;
        at++; // the name of the seconds
        long seconds = integer();
        put(MOMENT);
        bigEndian(seconds ^ Long.MIN_VALUE, Long.BYTES);
        long nanos = 0;
        if (parts == 2) {
            at++; // the name of the nanoseconds
            nanos = argument();
        }
        bigEndian(nanos, Integer.BYTES);
    }

    private void decimal() {
        long scale = -integer();
        int major = (row[at] & 0xff) >>> 5;
        if (major < 2 && scale > 0 && scale < TENS.length) {
            long unscaled = integer();
            floor(Math.floorDiv(unscaled, TENS[(int) scale]));
            fraction(Math.floorMod(unscaled, TENS[(int) scale]), (int) scale);
        } else {
            big(new BigDecimal(unscaled(major), (int) scale));
        }
    }

    private BigInteger unscaled(int major) {
        if (major < 2) {
            return BigInteger.valueOf(integer());
        }
        boolean negative = argument() == 3;
        int count = (int) argument();
        BigInteger magnitude = new BigInteger(1, row, at, count);
        return negative ? magnitude.not() : magnitude;
    }

    /** Any number, of any size. */
    private void big(BigDecimal given) {
        BigDecimal number = given.stripTrailingZeros();
        int scale = number.scale();
        if (scale > MAX_DIGITS || number.precision() - (long) scale > MAX_DIGITS) {
            throw tooLong();
        }
        BigInteger floor = number.setScale(0, RoundingMode.FLOOR).unscaledValue();
        floor(floor);
        if (scale > 0) {
            String digits =
                    number.subtract(new BigDecimal(floor)).unscaledValue().toString();
            String padded = "0".repeat(scale - digits.length()) + digits + "0".repeat(scale & 1);
            for (int i = 0; i < padded.length(); i += 2) {
                put(1 + (padded.charAt(i) - '0') * 10 + padded.charAt(i + 1) - '0');
            }
        }
        put(0);
    }

    private void floor(long floor) {
        boolean negative = floor < 0;
        int count = (Long.SIZE + 7 - Long.numberOfLeadingZeros(negative ? ~floor : floor)) / 8;
        put(negative ? NEGATIVE - count : NUMBER + count);
        bigEndian(floor, count); // the low bytes of a negative one are the complement of its size
    }

    private void floor(BigInteger floor) {
        boolean negative = floor.signum() < 0;
        int count = (floor.bitLength() + 7) / 8;
        if (count <= Long.BYTES) {
            put(negative ? NEGATIVE - count : NUMBER + count);
        } else {
            put(negative ? NEGATIVE_LONG : NUMBER_LONG);
            bigEndian(negative ? ~count : count, 2);
        }
        byte[] bytes = floor.toByteArray(); // may have a byte more, for the sign
        for (int i = bytes.length - count; i < bytes.length; i++) {
            put(bytes[i]);
        }
    }

    /** The digits after the point, {@code scale} of them, with zeros in front, and the end. */
    private void fraction(long digits, int scale) {
        long rest = (scale & 1) == 0 ? digits : digits * 10;
        int pairs = (scale + 1) / 2;
        while (rest != 0) {
            long unit = TENS[2 * --pairs];
            put(1 + (int) (rest / unit));
            rest %= unit;
        }
        put(0);
    }

    private void string(int tag) {
        int count = (int) argument();
        put(tag);
        int stop = at + count;
        for (; at < stop; at++) {
            put(row[at]);
            if (row[at] == 0) {
                put(0xff);
            }
        }
        put(0);
    }

    /** A CBOR integer. */
    private long integer() {
        boolean negative = (row[at] & 0xff) >>> 5 == 1;
        long n = argument();
        return negative ? ~n : n;
    }

    /** The number in a CBOR head. */
    private long argument() {
        int info = row[at++] & 0x1f;
        if (info < 24) {
            return info;
        }
        long n = 0;
        for (int stop = at + (1 << (info - 24)); at < stop; at++) {
            n = n << 8 | (row[at] & 0xff);
        }
        return n;
    }

    private void bigEndian(long n, int count) {
        for (int shift = (count - 1) * 8; shift >= 0; shift -= 8) {
            put((int) (n >>> shift));
        }
    }

    private void put(int b) {
        if (length == uid.length) {
            throw tooLong();
        }
        uid[length++] = (byte) b;
    }

    private SourceException unordered() {
        return new SourceException(
                SourceException.Kind.UNSUPPORTED,
                "table " + shape.table() + ": column " + shape.keyColumn(column).name() + " of type "
                        + shape.keyColumn(column).type()
                        + " can't be part of the key: its values have no order; name another unique key with key=COLUMN");
    }

    private SourceException tooLong() {
        return new SourceException(
                SourceException.Kind.UNSUPPORTED,
                "table " + shape.table() + ": a row has a key of more than " + Uid.MAX_LENGTH
                        + " bytes, which begins with " + start() + "; name another unique key with key=COLUMN");
    }

    /** The beginning of the key, for people. */
    private String start() {
        if (length == 0) {
            return "a number of more than " + MAX_DIGITS + " digits";
        }
        int count = Math.min(40, length - 1);
        return uid[0] == TEXT
                ? "'"
                        + new String(uid, 1, count, StandardCharsets.UTF_8)
                                .replace("\0", "")
                                .replace("\ufffd", "") + "'"
                : "0x" + HexFormat.of().formatHex(uid, 1, 1 + count);
    }
}
