package io.twinroot.store;

import io.twinroot.log.LogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The format of a file of kept rows, which grows at its end only.
 *
 * <pre>
 * header   magic 8 | format u16 | 0 u16 | number of the file u64 | number for the next kept row u64 | CRC-32C u32
 * record   length u32 | CRC-32C of file, offset and length u32 | CRC-32C of that and the payload u32 | payload
 * </pre>
 *
 * <p>As a record's check says where it is, what looks like one within a row is none, and after a damaged place the
 * next one is found by looking for it.
 */
final class KeptFile {
    static final int HEADER = 32;
    static final int HEAD = 12;
    static final int FORMAT = 1;

    /** The most bytes of a payload. */
    static final int PAYLOAD_MAX = 4 << 20;

    private static final byte[] MAGIC = "TWINKEPT".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern NAME = Pattern.compile("([0-9]{10})\\.kept");

    private KeptFile() {}

    /** A record as it was found. */
    @SuppressWarnings("ArrayRecordComponent")
    record Found(long offset, byte[] payload) {}

    /**
     * What is in a file.
     *
     * @param next the number for the next kept row when it was begun; 0 where the header is damaged
     * @param damaged where bytes are that are no record, with records behind them
     * @param end of the last record
     * @param rest how many bytes come after it
     */
    record Content(long next, List<Found> records, List<Long> damaged, long end, long rest) {}

    static Path path(Path directory, long number) {
        return directory.resolve(String.format("%010d.kept", number));
    }

    /** The number of a file by its name; 0 where it is none of ours. */
    static long number(Path file) {
        Matcher matcher = NAME.matcher(file.getFileName().toString());
        return matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
    }

    static ByteBuffer header(long number, long next) {
        ByteBuffer out = ByteBuffer.allocate(HEADER);
        out.put(MAGIC)
                .putShort((short) FORMAT)
                .putShort((short) 0)
                .putLong(number)
                .putLong(next);
        out.putInt(check(out.array(), 0, HEADER - 4));
        return out.flip();
    }

    /** A record with its head, for one place. */
    static byte[] record(long number, long offset, byte[] payload) {
        if (payload.length > PAYLOAD_MAX) {
            throw new IllegalArgumentException(
                    "a kept row needs " + payload.length + " bytes; the limit is " + PAYLOAD_MAX);
        }
        int headCheck = headCheck(number, offset, payload.length);
        ByteBuffer out = ByteBuffer.allocate(HEAD + payload.length);
        out.putInt(payload.length).putInt(headCheck).putInt(payloadCheck(headCheck, payload, 0, payload.length));
        return out.put(payload).array();
    }

    /** @throws LogException of kind FORMAT when it is of another format */
    static Content read(Path file, long number) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        long next = next(file, number, bytes);
        List<Found> records = new ArrayList<>();
        List<Long> damaged = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int end = Math.min(HEADER, bytes.length);
        int at = end;
        while (at + HEAD <= bytes.length) {
            int length = in.getInt(at);
            boolean isHead = isHead(in, number, at);
            if (isHead && in.getInt(at + 8) == payloadCheck(in.getInt(at + 4), bytes, at + HEAD, length)) {
                if (at > end) {
                    damaged.add((long) end);
                }
                records.add(new Found(at, Arrays.copyOfRange(bytes, at + HEAD, at + HEAD + length)));
                end = at + HEAD + length;
                at = end;
            } else {
                at += isHead ? HEAD + length : 1;
            }
        }
        return new Content(next, records, damaged, end, bytes.length - end);
    }

    /** The number in a header; one with a single flipped bit is read as it was. */
    private static long next(Path file, long number, byte[] bytes) {
        if (bytes.length < HEADER) {
            return 0;
        }
        byte[] header = Arrays.copyOf(bytes, HEADER);
        for (int bit = -1; bit < HEADER * 8; bit++) {
            byte[] other = header.clone();
            if (bit >= 0) {
                other[bit >>> 3] ^= (byte) (1 << (bit & 7));
            }
            ByteBuffer in = ByteBuffer.wrap(other);
            if (isOurs(other)
                    && in.getShort(MAGIC.length) == FORMAT
                    && in.getInt(HEADER - 4) == check(other, 0, HEADER - 4)) {
                return in.getLong(12) == number ? in.getLong(20) : 0;
            }
        }
        int format = ByteBuffer.wrap(header).getShort(MAGIC.length) & 0xffff;
        if (isOurs(header) && format != FORMAT) {
            throw new LogException(
                    LogException.Kind.FORMAT,
                    "the file of kept rows " + file + " is of format " + format + "; this program knows format "
                            + FORMAT + ". Use the program that wrote it, or a newer one");
        }
        return 0;
    }

    private static boolean isOurs(byte[] header) {
        return Arrays.equals(header, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    private static boolean isHead(ByteBuffer in, long number, int at) {
        int length = in.getInt(at);
        return length >= 0
                && length <= PAYLOAD_MAX
                && at + HEAD + length <= in.limit()
                && in.getInt(at + 4) == headCheck(number, at, length);
    }

    /**
     * Reads one record again.
     *
     * @throws LogException of kind DAMAGED when it is not what was written
     */
    static byte[] payload(Path file, long number, long offset, int length) throws IOException {
        ByteBuffer in = ByteBuffer.allocate(HEAD + length);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            int read = 0;
            while (in.hasRemaining() && read >= 0) {
                read = channel.read(in, offset + in.position());
            }
        }
        if (in.hasRemaining()
                || in.getInt(0) != length
                || in.getInt(4) != headCheck(number, offset, length)
                || in.getInt(8) != payloadCheck(in.getInt(4), in.array(), HEAD, length)) {
            throw new LogException(
                    LogException.Kind.DAMAGED,
                    "a kept row at " + offset + " of " + file + " is not what was written there");
        }
        return Arrays.copyOfRange(in.array(), HEAD, HEAD + length);
    }

    private static int headCheck(long number, long offset, int length) {
        byte[] place = ByteBuffer.allocate(20)
                .putLong(number)
                .putLong(offset)
                .putInt(length)
                .array();
        return check(place, 0, place.length);
    }

    private static int payloadCheck(int headCheck, byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(4).putInt(headCheck).flip());
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    private static int check(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }
}
