package io.twinroot.table;

import java.time.Instant;
import java.util.HexFormat;

/**
 * The version of one write. Stamps are totally ordered by clock, then incarnation, then seq; the larger one
 * is the newer write.
 *
 * @param clock a hybrid logical clock: 48 bits of milliseconds since 1970, then a 16-bit counter
 *     (Kulkarni et al., "Logical Physical Clocks", 2014); compared unsigned
 * @param incarnation the life of the writer
 * @param seq 1, 2, 3 … within the incarnation, without gaps
 */
public record Stamp(long clock, Incarnation incarnation, long seq) implements Comparable<Stamp> {
    public Stamp {
        if (seq < 1) {
            throw new IllegalArgumentException("a stamp's seq starts at 1, not " + seq);
        }
    }

    /**
     * The clock for a new write: the wall time where it is ahead of all that was seen, else one more than the
     * largest seen.
     *
     * @param wallMs milliseconds since 1970
     * @param seen the largest clock of any stamp in the store, 0 when there is none
     */
    public static long nextClock(long wallMs, long seen) {
        long wall = wallMs << 16;
        return Long.compareUnsigned(wall, seen) > 0 ? wall : seen + 1;
    }

    /** The milliseconds since 1970 in the clock. */
    public long millis() {
        return clock >>> 16;
    }

    @Override
    public int compareTo(Stamp other) {
        int byClock = Long.compareUnsigned(clock, other.clock);
        if (byClock != 0) {
            return byClock;
        }
        int byIncarnation = incarnation.compareTo(other.incarnation);
        return byIncarnation != 0 ? byIncarnation : Long.compare(seq, other.seq);
    }

    /** Parses {@link #text}. */
    public static Stamp parse(String text) {
        String[] parts = text.split("-", -1);
        if (parts.length != 3 || parts[0].length() != 16 || parts[1].length() != 32 || parts[2].length() > 19) {
            throw new IllegalArgumentException(
                    "a stamp looks like CLOCK-INCARNATION-SEQ, 16 and 32 hexadecimal digits and a number, not " + text);
        }
        return new Stamp(
                HexFormat.fromHexDigitsToLong(parts[0]), Incarnation.ofHex(parts[1]), Long.parseLong(parts[2]));
    }

    /** The form in JSON and on the wire: clock in 16 and incarnation in 32 hexadecimal digits, seq in decimal. */
    public String text() {
        return HexFormat.of().toHexDigits(clock) + "-" + incarnation.hex() + "-" + seq;
    }

    /** For people: the time, the counter, the writer and its seq. */
    @Override
    public String toString() {
        return Instant.ofEpochMilli(millis()) + "+" + (clock & 0xffff) + " by " + incarnation + " #" + seq;
    }
}
