package io.twinroot.table;

import java.util.HexFormat;

/**
 * One life of a writer: new at each start of a process, so that nothing is ever written under an earlier
 * process's name. The time and the randomness come from outside.
 *
 * @param high the writer's line: 64 random bits that all its lives have
 * @param low its generation: when it began, in milliseconds since 1970, in the upper 42 bits, then 22 random bits
 */
public record Incarnation(long high, long low) implements Comparable<Incarnation> {
    @Override
    public int compareTo(Incarnation other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /**
     * A new life.
     *
     * @param nowMs milliseconds since 1970
     * @param random 22 bits of it are taken
     */
    public static Incarnation of(long line, long nowMs, int random) {
        return new Incarnation(line, nowMs << 22 | (random & 0x3f_ffff));
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
