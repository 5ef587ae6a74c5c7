package io.twinroot.log;

import io.twinroot.table.Incarnation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The first bytes of a segment: {@code magic 8 | format u16 | zero u16 | number u64 | incarnation 16 |
 * length of the segment before u64 | CRC-32C u32}.
 *
 * @param incarnation of the process that began the segment
 * @param previousLength how many bytes of the segment before hold frames; what lies beyond was refused
 */
record SegmentHeader(long number, Incarnation incarnation, long previousLength) {
    static final int LENGTH = 48;
    static final int FORMAT = 1;

    private static final byte[] MAGIC = "TWINRLOG".getBytes(StandardCharsets.US_ASCII);

    ByteBuffer encoded() {
        ByteBuffer out = ByteBuffer.allocate(LENGTH);
        out.put(MAGIC).putShort((short) FORMAT).putShort((short) 0).putLong(number);
        out.putLong(incarnation.high()).putLong(incarnation.low()).putLong(previousLength);
        out.putInt(checksum(out.array()));
        return out.flip();
    }

    /**
     * Reads a header; null where the bytes are not whole, as after a loss of power while it was written.
     *
     * @throws LogException of kind FORMAT when it is whole and of another format
     */
    static @Nullable SegmentHeader read(byte[] bytes, String file) {
        if (bytes.length < LENGTH || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).position(MAGIC.length);
        int format = in.getShort() & 0xffff;
        if (format != FORMAT) {
            throw new LogException(
                    LogException.Kind.FORMAT,
                    "log segment " + file + " is of format " + format + "; this program knows format " + FORMAT
                            + ". Use the program that wrote it, or a newer one");
        }
        if (in.getInt(LENGTH - 4) != checksum(bytes)) {
            return null;
        }
        in.getShort();
        return new SegmentHeader(in.getLong(), new Incarnation(in.getLong(), in.getLong()), in.getLong());
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, LENGTH - 4);
        return (int) crc.getValue();
    }
}
