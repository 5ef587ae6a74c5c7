package io.twinroot.source.sql;

import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;

/**
 * Makes the canonical encoding of rows, column by column in the shape's order, without objects for the usual values: the
 * same bytes that {@link CanonicalCbor} makes of a mapping of the values. For one thread; used again for each row.
 */
final class RowEncoder {
    private final byte[][] names;
    private final UidEncoder uids;
    private final int[] starts;
    private final MessageDigest sha = Digest.newSha256();
    private byte[] bytes = new byte[1 << 12];
    private int length;
    private int column;

    RowEncoder(Shape shape) {
        List<Column> columns = shape.columns();
        names = new byte[columns.size()][];
        for (int i = 0; i < names.length; i++) {
            names[i] = CanonicalCbor.encode(new Value.Text(columns.get(i).name()));
        }
        starts = new int[names.length];
        uids = new UidEncoder(shape);
    }

    /** Begins a row. */
    void begin() {
        length = 0;
        column = 0;
        head(5, names.length);
    }

    private void name() {
        byte[] name = names[column];
        room(name.length);
        System.arraycopy(name, 0, bytes, length, name.length);
        length += name.length;
        starts[column++] = length; // values say themselves where they end
    }

    void nothing() {
        name();
        put(0xf6);
    }

    void integer(long value) {
        name();
        writeInt(value);
    }

    /** A number: what is a whole one of 64 bits becomes an integer, and zeros at its end are no matter. */
    void number(BigDecimal value) {
        value(Numbers.canonical(value));
    }

    /** The number {@code unscaled} · 10<sup>−scale</sup>; {@code scale} from 0 on. */
    void number(long unscaled, int scale) {
        long digits = unscaled;
        int left = scale;
        for (; left > 0 && digits % 10 == 0; left--) {
            digits /= 10;
        }
        if (left == 0) {
            integer(digits);
        } else {
            name();
            put(0xc4);
            put(0x82);
            writeInt(-left);
            writeInt(digits);
        }
    }

    void real(double value) {
        name();
        float single = (float) value;
        short half = Float.floatToFloat16(single);
        if (Double.isNaN(value)) {
            put(0xf9);
            bigEndian(0x7e00, 2);
        } else if (isSame(value, Float.float16ToFloat(half))) {
            put(0xf9);
            bigEndian(half, 2);
        } else if (isSame(value, single)) {
            put(0xfa);
            bigEndian(Float.floatToRawIntBits(single), 4);
        } else {
            put(0xfb);
            bigEndian(Double.doubleToRawLongBits(value), 8);
        }
    }

    /** Text in UTF-8, which must be valid. */
    void text(byte[] utf8, int from, int count) {
        name();
        head(3, count);
        raw(utf8, from, count);
    }

    void text(String text) {
        value(new Value.Text(text));
    }

    /** Text that is known to be ASCII. */
    @SuppressWarnings("deprecation") // the fastest way for ASCII
    void ascii(String text) {
        name();
        int count = text.length();
        head(3, count);
        room(count);
        text.getBytes(0, count, bytes, length);
        length += count;
    }

    void bytes(byte[] value, int from, int count) {
        name();
        head(2, count);
        raw(value, from, count);
    }

    /** A moment; {@code nanos} 0 to 999,999,999. */
    void moment(long seconds, int nanos) {
        name();
        put(0xd9);
        put(0x03);
        put(0xe9);
        put(nanos == 0 ? 0xa1 : 0xa2);
        put(0x01);
        writeInt(seconds);
        if (nanos != 0) {
            writeInt(-9);
            writeInt(nanos);
        }
    }

    /** Any value. */
    void value(Value value) {
        name();
        byte[] encoded = CanonicalCbor.encode(value);
        raw(encoded, 0, encoded.length);
    }

    /** How many bytes the row has, all columns written. */
    int length() {
        if (column != names.length) {
            throw new IllegalStateException("a row has " + column + " columns of " + names.length);
        }
        return length;
    }

    /** The encoding; good up to {@link #length}, until the next row begins. */
    byte[] encoding() {
        return bytes;
    }

    Digest digest() {
        sha.update(bytes, 0, length());
        return Digest.of(sha.digest());
    }

    /** @throws io.twinroot.source.SourceException of kind UNSUPPORTED where the key is too long, naming the row */
    Uid uid() {
        return uids.encode(bytes, starts);
    }

    private void raw(byte[] from, int start, int count) {
        room(count);
        System.arraycopy(from, start, bytes, length, count);
        length += count;
    }

    private void put(int b) {
        room(1);
        bytes[length++] = (byte) b;
    }

    private void writeInt(long i) {
        head(i < 0 ? 1 : 0, i < 0 ? ~i : i);
    }

    private void head(int major, long n) {
        room(9);
        int type = major << 5;
        if (n >= 0 && n < 24) {
            bytes[length++] = (byte) (type | (int) n);
            return;
        }
        int width = Long.compareUnsigned(n, 0xff) <= 0
                ? 0
                : Long.compareUnsigned(n, 0xffff) <= 0 ? 1 : Long.compareUnsigned(n, 0xffff_ffffL) <= 0 ? 2 : 3;
        bytes[length++] = (byte) (type | (24 + width));
        bigEndian(n, 1 << width);
    }

    private void bigEndian(long n, int count) {
        room(count);
        for (int shift = (count - 1) * 8; shift >= 0; shift -= 8) {
            bytes[length++] = (byte) (n >>> shift);
        }
    }

    /** Also in the sign of a zero. */
    private static boolean isSame(double value, float shorter) {
        return Double.doubleToRawLongBits(value) == Double.doubleToRawLongBits(shorter);
    }

    private void room(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, (int)
                    Math.min(Integer.MAX_VALUE - 8, Math.max(2L * bytes.length, (long) length + count)));
        }
    }
}
