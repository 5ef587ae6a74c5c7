package io.twinroot.table;

import java.util.HexFormat;

/**
 * One life of a writer: 128 random bits, new at each start of a process, so that nothing is ever written
 * under an earlier process's name. The randomness comes from outside.
 */
public record Incarnation(long high, long low) implements Comparable<Incarnation> {
    @Override
    public int compareTo(Incarnation other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /** Parses 32 hexadecimal digits. */
    public static Incarnation ofHex(String hex) {
        if (hex.length() != 32) {
            throw new IllegalArgumentException("an incarnation has 32 hexadecimal digits, not " + hex.length());
        }
        return new Incarnation(HexFormat.fromHexDigitsToLong(hex, 0, 16), HexFormat.fromHexDigitsToLong(hex, 16, 32));
    }

    /** The 32 hexadecimal digits. */
    public String hex() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(high) + hex.toHexDigits(low);
    }

    @Override
    public String toString() {
        return hex().substring(0, 8);
    }
}
