package io.twinroot.source.sql;

import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads what {@link UidEncoder} makes, and nothing else: two UIDs never have the same values. For one use. */
final class UidDecoder {
    private final byte[] uid;
    private int at;

    UidDecoder(Uid uid) {
        this.uid = uid.toBytes();
    }

    List<Value> values() {
        List<Value> values = new ArrayList<>();
        while (at < uid.length && uid[at] != UidEncoder.REPEAT) {
            values.add(value(next()));
        }
        if (values.isEmpty()) {
            throw error("it has no key");
        }
        if (at < uid.length && uid.length - at != UidEncoder.REPEAT_BYTES) {
            throw error("a number behind the key has " + (uid.length - at - 1) + " bytes");
        }
        return List.copyOf(values);
    }

    /** How many bytes the values take; what is behind them tells rows apart that share these values. */
    int keyLength() {
        values();
        return at;
    }

    private Value value(int tag) {
        if (tag >= UidEncoder.NEGATIVE_LONG && tag <= UidEncoder.NUMBER_LONG) {
            return number(tag);
        }
        return switch (tag) {
            case UidEncoder.NULL -> Value.Null.NULL;
            case UidEncoder.MINUS_INFINITY -> new Value.Real(Double.NEGATIVE_INFINITY);
            case UidEncoder.INFINITY -> new Value.Real(Double.POSITIVE_INFINITY);
            case UidEncoder.NAN -> new Value.Real(Double.NaN);
            case UidEncoder.REAL -> real();
            case UidEncoder.BYTES -> new Value.Bytes(string());
            case UidEncoder.TEXT -> text();
            case UidEncoder.MOMENT -> moment();
            default -> throw error(String.format("there is no tag 0x%02x", tag));
        };
    }

    private Value number(int tag) {
        boolean negative = tag < UidEncoder.NUMBER;
        int count = negative ? UidEncoder.NEGATIVE - tag : tag - UidEncoder.NUMBER;
        if (count > Long.BYTES) {
            int length = (int) bigEndian(2);
            count = negative ? ~length & 0xffff : length;
            if (count <= Long.BYTES) {
                throw error("a number is not in its shortest form");
            }
        }
        BigDecimal floor = new BigDecimal(floor(take(count), negative));
        Value number = Numbers.canonical(floor.add(fraction()));
        if (number instanceof Value.Mapping) {
            throw error("a number has more than " + Value.Decimal.MAX_DIGITS + " digits");
        }
        return number;
    }

    private BigInteger floor(byte[] size, boolean negative) {
        if (negative) {
            for (int i = 0; i < size.length; i++) {
                size[i] = (byte) ~size[i];
            }
        }
        if (size.length > 0 && size[0] == 0) {
            throw error("a number is not in its shortest form");
        }
        BigInteger magnitude = new BigInteger(1, size);
        return negative ? magnitude.not() : magnitude;
    }

    private BigDecimal fraction() {
        StringBuilder digits = new StringBuilder("0");
        int last = -1;
        for (int pair = next(); pair != 0; pair = next()) {
            if (pair > 100) {
                throw error("a pair of digits is " + (pair - 1));
            }
            last = pair;
            digits.append((pair - 1) / 10).append((pair - 1) % 10);
        }
        if (last == 1) {
            throw error("a fraction ends with zeros");
        }
        return new BigDecimal(new BigInteger(digits.toString()), digits.length() - 1);
    }

    private Value real() {
        long ordered = bigEndian(Long.BYTES);
        double value = Double.longBitsToDouble(ordered < 0 ? ordered ^ Long.MIN_VALUE : ~ordered);
        if (!Double.isFinite(value)) {
            throw error("a float is not a number");
        }
        return new Value.Real(value);
    }

    private Value text() {
        byte[] utf8 = string();
        try {
            return new Value.Text(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString());
        } catch (CharacterCodingException e) {
            throw error("a text is not UTF-8");
        }
    }

    private Value moment() {
        long seconds = bigEndian(Long.BYTES) ^ Long.MIN_VALUE;
        long nanos = bigEndian(Integer.BYTES);
        if (seconds < -(1L << 40) || seconds > 1L << 40 || nanos > 999_999_999) {
            throw error("a moment is " + seconds + " s and " + nanos + " ns");
        }
        return new Value.Time(Instant.ofEpochSecond(seconds, nanos));
    }

    private byte[] string() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int b = next(); b != 0 || (at < uid.length && (uid[at] & 0xff) == 0xff); b = next()) {
            bytes.write(b);
            at += b == 0 ? 1 : 0;
        }
        return bytes.toByteArray();
    }

    private long bigEndian(int count) {
        long n = 0;
        for (byte b : take(count)) {
            n = n << 8 | (b & 0xff);
        }
        return n;
    }

    private byte[] take(int count) {
        if (uid.length - at < count) {
            throw error("it ends too early");
        }
        at += count;
        return Arrays.copyOfRange(uid, at - count, at);
    }

    private int next() {
        if (at == uid.length) {
            throw error("it ends too early");
        }
        return uid[at++] & 0xff;
    }

    private IllegalArgumentException error(String what) {
        return new IllegalArgumentException("a UID is not of a row of a table: " + what + ", at byte " + at);
    }
}
