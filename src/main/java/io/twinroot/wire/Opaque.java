package io.twinroot.wire;

import java.util.Arrays;

/** An encoded message inside another. */
public final class Opaque {
    private final byte[] bytes;

    public Opaque(byte[] bytes) {
        this.bytes = bytes.clone();
    }

    public byte[] toBytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Opaque that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return bytes.length + " bytes";
    }
}
