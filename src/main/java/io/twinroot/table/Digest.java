package io.twinroot.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A SHA-256 value, 32 bytes. Held as four numbers, so that no one can share and change its bytes.
 */
public record Digest(long a, long b, long c, long d) implements Comparable<Digest> {
    /** The length in bytes. */
    public static final int LENGTH = 32;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Reads 32 bytes from an array, from {@code offset} on. */
    public static Digest read(byte[] bytes, int offset) {
        if (bytes.length - offset < LENGTH) {
            throw new IllegalArgumentException("a digest needs " + LENGTH + " bytes, there are "
                    + (bytes.length - offset) + " from offset " + offset);
        }
        return new Digest(
                (long) LONG.get(bytes, offset),
                (long) LONG.get(bytes, offset + 8),
                (long) LONG.get(bytes, offset + 16),
                (long) LONG.get(bytes, offset + 24));
    }

    /** The digest of exactly these 32 bytes. */
    public static Digest of(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException("a digest has " + LENGTH + " bytes, not " + bytes.length);
        }
        return read(bytes, 0);
    }

    /** The digest written as 64 hexadecimal digits. */
    public static Digest ofHex(String hex) {
        return of(HexFormat.of().parseHex(hex));
    }

    /** The SHA-256 of these bytes. */
    public static Digest sha256(byte[] bytes) {
        return of(newSha256().digest(bytes));
    }

    /** A fresh SHA-256; the JDK's, which uses the processor's instructions. Not for use by two threads. */
    public static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Copies the 32 bytes into an array, from {@code offset} on. */
    public void copyTo(byte[] target, int offset) {
        LONG.set(target, offset, a);
        LONG.set(target, offset + 8, b);
        LONG.set(target, offset + 16, c);
        LONG.set(target, offset + 24, d);
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[LENGTH];
        copyTo(bytes, 0);
        return bytes;
    }

    public String hex() {
        return HexFormat.of().formatHex(toBytes());
    }

    /** The order of the 32 bytes, unsigned. */
    @Override
    public int compareTo(Digest other) {
        int order = Long.compareUnsigned(a, other.a);
        order = order != 0 ? order : Long.compareUnsigned(b, other.b);
        order = order != 0 ? order : Long.compareUnsigned(c, other.c);
        return order != 0 ? order : Long.compareUnsigned(d, other.d);
    }

    /** For people: the first 12 hexadecimal digits. */
    @Override
    public String toString() {
        return hex().substring(0, 12);
    }
}
