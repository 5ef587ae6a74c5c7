package io.twinroot.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The key of a row: 1 to {@value #MAX_LENGTH} bytes, ordered as unsigned bytes (a prefix sorts first).
 *
 * <p>The order is ours alone, never a database's or {@code String}'s. Immutable: bytes are copied on the way
 * in and out.
 */
public final class Uid implements Comparable<Uid> {
    /** The most bytes that the UID of a row may have. */
    public static final int MAX_LENGTH = 1024;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;

    /** The first 8 bytes, zeros after the end: decides most comparisons without a look at the array. */
    private final long prefix;

    private Uid(byte[] bytes) {
        this.bytes = bytes;
        this.prefix = prefix(bytes);
    }

    private static long prefix(byte[] bytes) {
        if (bytes.length >= 8) {
            return (long) LONG.get(bytes, 0);
        }
        long prefix = 0;
        for (int i = 0; i < 8; i++) {
            prefix = prefix << 8 | (i < bytes.length ? bytes[i] & 0xff : 0);
        }
        return prefix;
    }

    /**
     * The UID with a copy of these bytes.
     *
     * @throws IllegalArgumentException when there are none or more than {@value #MAX_LENGTH}
     */
    public static Uid of(byte[] bytes) {
        return of(bytes, 0, bytes.length);
    }

    /**
     * The UID with a copy of the bytes from one place to another.
     *
     * @throws IllegalArgumentException when there are none or more than {@value #MAX_LENGTH}
     */
    public static Uid of(byte[] bytes, int start, int stop) {
        int length = stop - start;
        if (length <= 0) {
            throw new IllegalArgumentException("a UID is empty; it needs 1 to " + MAX_LENGTH + " bytes");
        }
        if (length > MAX_LENGTH) {
            throw new IllegalArgumentException("a UID has " + length + " bytes; the limit is " + MAX_LENGTH + " bytes");
        }
        return new Uid(Arrays.copyOfRange(bytes, start, stop));
    }

    /**
     * The UID whose bytes are the UTF-8 form of a text.
     *
     * @throws IllegalArgumentException when the text is empty, too long or holds a lone surrogate
     */
    public static Uid ofText(String text) {
        try {
            ByteBuffer utf8 = StandardCharsets.UTF_8
                    .newEncoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .encode(java.nio.CharBuffer.wrap(text));
            byte[] bytes = new byte[utf8.remaining()];
            utf8.get(bytes);
            return of(bytes);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a UID holds a lone surrogate, which has no UTF-8 form", e);
        }
    }

    /**
     * A bound of a range: like a UID, but may be one byte longer than a row's, so that the successor of the
     * longest UID exists.
     *
     * @throws IllegalArgumentException when there are no bytes, or more than {@value #MAX_LENGTH} + 1
     */
    public static Uid bound(byte[] bytes) {
        if (bytes.length == 0 || bytes.length > MAX_LENGTH + 1) {
            throw new IllegalArgumentException(
                    "a bound has " + bytes.length + " bytes; it needs 1 to " + (MAX_LENGTH + 1) + " bytes");
        }
        return new Uid(bytes.clone());
    }

    /** The least bound above this UID: its bytes and a zero. */
    public Uid successor() {
        return new Uid(Arrays.copyOf(bytes, bytes.length + 1));
    }

    public int length() {
        return bytes.length;
    }

    public byte[] toBytes() {
        return bytes.clone();
    }

    /** Feeds the bytes to a digest, without a copy. */
    public void update(MessageDigest digest) {
        digest.update(bytes);
    }

    /** Writes the bytes at the buffer's position. */
    public void writeTo(ByteBuffer out) {
        out.put(bytes);
    }

    /** Copies the bytes into an array from {@code offset} on. */
    public void copyTo(byte[] target, int offset) {
        System.arraycopy(bytes, 0, target, offset, bytes.length);
    }

    /** The text whose UTF-8 form this is, or empty where the bytes are not UTF-8. */
    public Optional<String> text() {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    @Override
    public int compareTo(Uid other) {
        return prefix != other.prefix
                ? Long.compareUnsigned(prefix, other.prefix)
                : Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Uid that && prefix == that.prefix && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** For people: the text where it is printable, else {@code 0x} and hexadecimal digits. */
    @Override
    public String toString() {
        return text().filter(text -> text.codePoints().noneMatch(Character::isISOControl))
                .orElseGet(() -> "0x" + HexFormat.of().formatHex(bytes));
    }
}
