package io.twinroot.log;

import io.twinroot.table.Incarnation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The first bytes of a segment: {@code magic 8 | format u16 | base u16 (1 or 0) | number u64 | incarnation 16 |
 * length of the segment before u64 | time u64 | CRC-32C u32}.
 *
 * @param number that of the file, for a base segment with {@link LogPosition#FIRST_BASE} added
 * @param incarnation of the process that began the segment
 * @param previousLength how many bytes of the tail segment before hold frames; what lies beyond was refused. -1
 *     where that is not known
 * @param createdMs when it was begun, in milliseconds since 1970
 */
record SegmentHeader(long number, Incarnation incarnation, long previousLength, long createdMs) {
    static final int LENGTH = 56;
    static final int FORMAT = 3;

    private static final byte[] MAGIC = "TWINRLOG".getBytes(StandardCharsets.US_ASCII);
    private static final Incarnation NOBODY = new Incarnation(0, 0);

    /**
     * A header as it was found.
     *
     * @param header null where the bytes are not whole, as after a loss of power while they were written
     * @param flaw what is wrong with the bytes; empty where nothing is
     */
    record Found(@Nullable SegmentHeader header, String flaw) {}

    ByteBuffer encoded() {
        ByteBuffer out = ByteBuffer.allocate(LENGTH);
        boolean base = number >= LogPosition.FIRST_BASE;
        out.put(MAGIC).putShort((short) FORMAT).putShort((short) (base ? 1 : 0)).putLong(number);
        out.putLong(incarnation.high())
                .putLong(incarnation.low())
                .putLong(previousLength)
                .putLong(createdMs);
        out.putInt(checksum(out.array()));
        return out.flip();
    }

    /** What stands for a header that cannot be read: frames say themselves where they belong. */
    static SegmentHeader unreadable(long number) {
        return new SegmentHeader(number, NOBODY, -1, 0);
    }

    /**
     * Reads a header. One with a single flipped bit is read as it was.
     *
     * @throws LogException of kind FORMAT when it is of another format
     */
    static Found read(byte[] bytes, String file) {
        if (bytes.length < LENGTH) {
            return new Found(null, "the header is cut off");
        }
        if (isWhole(bytes)) {
            return new Found(decode(bytes), "");
        }
        for (int bit = 0; bit < LENGTH * 8; bit++) {
            byte[] other = bytes.clone();
            other[bit >>> 3] ^= (byte) (1 << (bit & 7));
            if (isWhole(other)) {
                return new Found(decode(other), "a bit of the header is flipped");
            }
        }
        int format = ByteBuffer.wrap(bytes).getShort(MAGIC.length) & 0xffff;
        if (Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length) && format != FORMAT) {
            throw new LogException(
                    LogException.Kind.FORMAT,
                    "log segment " + file + " is of format " + format + "; this program knows format " + FORMAT
                            + (format < FORMAT
                                    ? ". Dump the tables with the program that wrote it, and load them into a new store"
                                    : ". Use the program that wrote it, or a newer one"));
        }
        return new Found(null, "the header is damaged");
    }

    private static boolean isWhole(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
                && in.getShort(MAGIC.length) == FORMAT
                && in.getInt(LENGTH - 4) == checksum(bytes);
    }

    private static SegmentHeader decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes).position(MAGIC.length + 4);
        return new SegmentHeader(in.getLong(), new Incarnation(in.getLong(), in.getLong()), in.getLong(), in.getLong());
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, LENGTH - 4);
        return (int) crc.getValue();
    }
}
