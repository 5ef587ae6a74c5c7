package io.twinroot.wire;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import java.nio.ByteBuffer;

/** Reads the parts of one message, each within its bound. Not for use by two threads. */
final class MessageReader {
    private final ByteBuffer in;

    MessageReader(byte[] bytes) {
        in = ByteBuffer.wrap(bytes);
    }

    MessageException error(String what) {
        return new MessageException("narrowing message, offset " + in.position() + ": " + what);
    }

    private void need(int bytes) {
        if (in.remaining() < bytes) {
            throw error("it ends too early: " + bytes + " more bytes are announced, " + in.remaining() + " are there");
        }
    }

    int remaining() {
        return in.remaining();
    }

    int u8() {
        need(1);
        return in.get() & 0xff;
    }

    boolean flag() {
        int value = u8();
        if (value > 1) {
            throw error("a flag is " + value);
        }
        return value == 1;
    }

    long u64() {
        need(8);
        return in.getLong();
    }

    int u32() {
        need(4);
        return in.getInt();
    }

    /** A number below 2^63 in groups of seven bits, low ones first. */
    long varint() {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            int group = u8();
            value |= (long) (group & 0x7f) << shift;
            if (group < 0x80) {
                if (group == 0 && shift > 0) {
                    throw error("a number is not in its shortest form");
                }
                return value;
            }
        }
        throw error("a number is too large");
    }

    /** A varint up to a bound. */
    int count(String what, int most) {
        long value = varint();
        if (value > most) {
            throw error(value + " " + what + ", the most is " + most);
        }
        return (int) value;
    }

    /** A count of items that need at least this many bytes each, so that it can't exceed the message. */
    int items(String what, int bytesEach) {
        return count(what, bytesEach == 0 ? Integer.MAX_VALUE : in.remaining() / bytesEach);
    }

    Digest digest() {
        return Digest.of(bytes(Digest.LENGTH));
    }

    byte[] bytes(int length) {
        need(length);
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    /** A UID that shares its first bytes with the one before. */
    Uid uid(byte[] before) {
        int shared = count("shared bytes", before.length);
        int rest = count("bytes of a UID", Uid.MAX_LENGTH + 1 - shared);
        byte[] bytes = java.util.Arrays.copyOf(before, shared + rest);
        need(rest);
        in.get(bytes, shared, rest);
        if (bytes.length == 0) {
            throw error("a UID is empty");
        }
        return Uid.bound(bytes);
    }

    Hashes hashes(int width) {
        int size = items("hashes", width);
        long[] values = new long[size];
        for (int i = 0; i < size; i++) {
            for (int b = 0; b < width; b++) {
                values[i] = values[i] << 8 | (in.get() & 0xff);
            }
        }
        return Hashes.of(values);
    }

    void end() {
        if (in.hasRemaining()) {
            throw error(in.remaining() + " bytes too many");
        }
    }
}
