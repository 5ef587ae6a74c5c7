package io.twinroot.wire;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import java.io.ByteArrayOutputStream;

/** Writes the parts of one message. Not for use by two threads. */
final class MessageWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);

    MessageWriter u8(int value) {
        out.write(value);
        return this;
    }

    MessageWriter flag(boolean value) {
        return u8(value ? 1 : 0);
    }

    MessageWriter u64(long value) {
        return bigEndian(value, 8);
    }

    MessageWriter u32(int value) {
        return bigEndian(value, 4);
    }

    private MessageWriter bigEndian(long value, int bytes) {
        for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
            out.write((int) (value >>> shift));
        }
        return this;
    }

    MessageWriter varint(long value) {
        long rest = value;
        while (rest > 0x7f) {
            out.write((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        return u8((int) rest);
    }

    MessageWriter digest(Digest digest) {
        out.writeBytes(digest.toBytes());
        return this;
    }

    MessageWriter bytes(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** The UID, less what it shares with the bytes before. */
    MessageWriter uid(Uid uid, byte[] before) {
        byte[] bytes = uid.toBytes();
        int mismatch = java.util.Arrays.mismatch(bytes, before);
        int shared = mismatch < 0 ? bytes.length : mismatch;
        varint(shared).varint(bytes.length - shared);
        out.write(bytes, shared, bytes.length - shared);
        return this;
    }

    MessageWriter hashes(Hashes hashes, int width) {
        varint(hashes.size());
        for (int i = 0; i < hashes.size(); i++) {
            bigEndian(hashes.get(i), width);
        }
        return this;
    }

    byte[] finish() {
        return out.toByteArray();
    }
}
