package io.twinroot.wire;

import java.util.Arrays;

/** Short hashes of nodes or entries, in their order. Each has the width that the session agreed on. */
public final class Hashes {
    private final long[] values;

    private Hashes(long[] values) {
        this.values = values;
    }

    public static Hashes of(long... values) {
        return new Hashes(values.clone());
    }

    /** The first {@code size} values of an array. */
    public static Hashes of(long[] values, int size) {
        return new Hashes(Arrays.copyOf(values, size));
    }

    public int size() {
        return values.length;
    }

    public long get(int index) {
        return values[index];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Hashes that && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return values.length + " hashes";
    }
}
