package io.twinroot.store;

import io.twinroot.table.Uid;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Rows in ascending order of their keys, one at a time, as they lie in an array:
 *
 * <pre>
 * row   length of the key u16 | length of the value u16 | key | value      as in ViewCodec, big endian
 * </pre>
 *
 * <p>No object is made for a row. For one thread.
 */
abstract class SortedRows {
    /** The bytes of a row before its key. */
    static final int HEAD = 4;

    /** The most bytes of a row. */
    static final int ROW_MAX = HEAD + ViewCodec.TABLE_BYTES + Uid.MAX_LENGTH + 128;

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Where the row lies that {@link #next} went to. */
    byte[] bytes = new byte[0];

    int start;

    /** Goes to the next row, the first at the first call. False at the end, after which it is not called. */
    abstract boolean next() throws IOException;

    /** Writes a row at a place of an array; it must fit. */
    static void write(byte[] target, int start, byte[] key, byte[] value) {
        SHORT.set(target, start, (short) key.length);
        SHORT.set(target, start + 2, (short) value.length);
        System.arraycopy(key, 0, target, start + HEAD, key.length);
        System.arraycopy(value, 0, target, start + HEAD + key.length, value.length);
    }

    static int keyStart(int start) {
        return start + HEAD;
    }

    static int keyEnd(byte[] bytes, int start) {
        return start + HEAD + ((short) SHORT.get(bytes, start) & 0xffff);
    }

    static int end(byte[] bytes, int start) {
        return keyEnd(bytes, start) + ((short) SHORT.get(bytes, start + 2) & 0xffff);
    }

    final byte[] key() {
        return Arrays.copyOfRange(bytes, keyStart(start), keyEnd(bytes, start));
    }

    final byte[] value() {
        return Arrays.copyOfRange(bytes, keyEnd(bytes, start), end(bytes, start));
    }

    /** Whether two rows have the same key. */
    static boolean sameKey(byte[] left, int leftStart, byte[] right, int rightStart) {
        return Arrays.equals(
                left,
                keyStart(leftStart),
                keyEnd(left, leftStart),
                right,
                keyStart(rightStart),
                keyEnd(right, rightStart));
    }

    /** The order of two rows' keys from a byte on, before which they are the same. */
    static int compare(byte[] left, int leftStart, byte[] right, int rightStart, int from) {
        return Arrays.compareUnsigned(
                left,
                keyStart(leftStart) + from,
                keyEnd(left, leftStart),
                right,
                keyStart(rightStart) + from,
                keyEnd(right, rightStart));
    }

    /**
     * Eight bytes of a row's key from a byte on, zeros after its end. Where these words of two keys differ
     * (unsigned), they order as the keys do.
     */
    static long word(byte[] bytes, int start, int from) {
        int at = keyStart(start) + from;
        int there = keyEnd(bytes, start) - at;
        if (there >= Long.BYTES) {
            return (long) LONG.get(bytes, at);
        }
        long word = 0;
        for (int i = 0; i < there; i++) {
            word |= (bytes[at + i] & 0xffL) << 8 * (Long.BYTES - 1 - i);
        }
        return word;
    }
}
