package io.twinroot.log;

import io.twinroot.table.Body;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Past;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Frames as bytes, big endian:
 *
 * <pre>
 * length u32 | key length u16 | key check u32 | rest check u32 | key | rest
 * key check   CRC-32C of segment u64, offset u64 (where the frame is), length, key length, key
 * rest check  CRC-32C of the key check and the rest
 *
 * kind u8, with the bits "last of its batch" 0x80, "has blob bytes" 0x40
 * and "has a past" 0x20, then:                                               | rest
 *   1 define   table u32, name u16+n                                         | rules, canonical CBOR
 *   2 put      table u32, UID u16+n, stamp 32                                | past, body u32+n, blob bytes to the end
 *   3 delete   table u32, UID u16+n, stamp 32                                | past
 *   4 mark     time u64                                                      |
 *   5 lost     table u32, UID u16+n, stamp 32                                | digest 32, or nothing
 *   6 forget   table u32, UID u16+n                                          |
 *   7 seen     table u32, stamp 32                                           |
 *   8 known    table u32                                                     | context, as it encodes itself
 * stamp:  clock u64 | incarnation 16 | seq u64
 * past:   u32+n, as it encodes itself; nothing where the bit is not set
 * </pre>
 *
 * <p>The place is in the check, so that bytes of a user that look like a frame are none, nor are those of
 * another place. The key has a check of its own, so that where only the rest is damaged, the row can be named.
 */
final class FrameCodec {
    /** The bytes before the key. */
    static final int HEAD = 14;

    /** The most bytes of a context, of which it has few in good times. */
    private static final int MAX_CONTEXT = Context.RUNS_MAX * 36 + 16;

    /** The most bytes of key and rest: the largest body, its past, the largest blob beside it, and what names them. */
    static final int MAX_PAYLOAD =
            Math.max(Body.MAX_FIELDS_BYTES + Past.ENCODED_MAX + BlobFiles.INLINE_MAX, MAX_CONTEXT) + 4096;

    /** The most bytes of a key. */
    static final int MAX_KEY = 1 + 4 + 2 + Uid.MAX_LENGTH + 32;

    private static final int DEFINE = 1;
    private static final int PUT = 2;
    private static final int DELETE = 3;
    private static final int MARK = 4;
    private static final int LOST = 5;
    private static final int FORGET = 6;
    private static final int SEEN = 7;
    private static final int KNOWN = 8;
    private static final int LAST = 0x80;
    private static final int BLOB = 0x40;
    private static final int PAST = 0x20;
    private static final int KIND = ~(LAST | BLOB | PAST);
    private static final int PLACE = 2 * Long.BYTES + 6;

    private FrameCodec() {}

    /** Whether a payload is the last of its batch. */
    static boolean isLast(byte[] payload) {
        return (payload[0] & LAST) != 0;
    }

    static boolean isMark(byte[] payload) {
        return (payload[0] & 0xff & ~LAST) == MARK;
    }

    /** Whether a key is that of a frame without which no more is claimed than is true. */
    static boolean isNoWrite(byte[] key) {
        int kind = key[0] & 0xff & ~LAST;
        return kind == MARK || kind == SEEN;
    }

    /** The bytes that a frame needs with its head, at the most. */
    static int sizeBound(Frame frame) {
        return switch (frame) {
            case Frame.DefineTable define -> 1 << 20;
            case Frame.Put put ->
                HEAD
                        + 64
                        + put.uid().length()
                        + sizeBound(put.past())
                        + put.body().length
                        + (put.blob() == null ? 0 : put.blob().length);
            case Frame.Delete delete -> HEAD + 64 + delete.uid().length() + sizeBound(delete.past());
            case Frame.Lost lost -> HEAD + 96 + lost.uid().length();
            case Frame.Forget forget -> HEAD + 64 + forget.uid().length();
            case Frame.Seen seen -> HEAD + 64;
            case Frame.Known known -> HEAD + 64 + 36 * known.context().size();
            case Frame.Mark mark -> HEAD + 64;
        };
    }

    private static int sizeBound(Past past) {
        return past.isEmpty()
                ? 0
                : 64
                        + 32 * past.seen().size()
                        + past.marks().parts().keySet().stream()
                                .mapToInt(part -> 48
                                        + 3 * (part.set().length() + part.name().length()))
                                .sum();
    }

    /**
     * Writes a frame at the buffer's position. The buffer is backed by an array.
     *
     * @param segment and offset: where the frame will be
     */
    static void write(ByteBuffer out, Frame frame, boolean last, long segment, long offset) {
        int start = out.position();
        out.position(start + HEAD);
        int keyLength = writeKey(out, frame, last ? LAST : 0) - start - HEAD;
        writeRest(out, frame);
        int length = out.position() - start - HEAD;
        out.putInt(start, length).putShort(start + 4, (short) keyLength);
        byte[] bytes = out.array();
        int head = out.arrayOffset() + start;
        int keyCheck = keyCheck(segment, offset, bytes, head, keyLength);
        out.putInt(start + 6, keyCheck);
        out.putInt(start + 10, restCheck(keyCheck, bytes, head + HEAD + keyLength, length - keyLength));
    }

    /** Writes the key; gives the position after it. */
    private static int writeKey(ByteBuffer out, Frame frame, int flags) {
        switch (frame) {
            case Frame.DefineTable(int table, TableName name, TableRules rules) -> {
                byte[] text = name.text().getBytes(StandardCharsets.UTF_8);
                out.put((byte) (DEFINE | flags)).putInt(table).putShort((short) text.length);
                out.put(text);
            }
            case Frame.Put put ->
                writeKey(
                        out,
                        PUT | flags | (put.blob() == null ? 0 : BLOB) | bit(put.past()),
                        put.table(),
                        put.uid(),
                        put.stamp());
            case Frame.Delete(int table, Uid uid, Stamp stamp, Past past) ->
                writeKey(out, DELETE | flags | bit(past), table, uid, stamp);
            case Frame.Lost(int table, Uid uid, Stamp stamp, var digest) ->
                writeKey(out, LOST | flags, table, uid, stamp);
            case Frame.Forget(int table, Uid uid) -> writeKey(out, FORGET | flags, table, uid);
            case Frame.Seen(int table, Stamp stamp) -> {
                out.put((byte) (SEEN | flags)).putInt(table);
                writeStamp(out, stamp);
            }
            case Frame.Known(int table, Context context) ->
                out.put((byte) (KNOWN | flags)).putInt(table);
            case Frame.Mark(long timeMs) -> out.put((byte) (MARK | LAST)).putLong(timeMs);
        }
        return out.position();
    }

    private static int bit(Past past) {
        return past.isEmpty() ? 0 : PAST;
    }

    private static void writeKey(ByteBuffer out, int kind, int table, Uid uid) {
        out.put((byte) kind).putInt(table).putShort((short) uid.length());
        uid.writeTo(out);
    }

    private static void writeKey(ByteBuffer out, int kind, int table, Uid uid, Stamp stamp) {
        writeKey(out, kind, table, uid);
        writeStamp(out, stamp);
    }

    private static void writeStamp(ByteBuffer out, Stamp stamp) {
        out.putLong(stamp.clock())
                .putLong(stamp.incarnation().high())
                .putLong(stamp.incarnation().low())
                .putLong(stamp.seq());
    }

    private static void writeRest(ByteBuffer out, Frame frame) {
        switch (frame) {
            case Frame.DefineTable(int table, TableName name, TableRules rules) -> out.put(rules.encoded());
            case Frame.Put put -> {
                writePast(out, put.past());
                out.putInt(put.body().length).put(put.body());
                byte[] blob = put.blob();
                if (blob != null) {
                    out.put(blob);
                }
            }
            case Frame.Lost(int table, Uid uid, Stamp stamp, var digest) -> {
                if (digest != null) {
                    out.put(digest.toBytes());
                }
            }
            case Frame.Delete delete -> writePast(out, delete.past());
            case Frame.Forget forget -> {}
            case Frame.Seen seen -> {}
            case Frame.Known(int table, Context context) -> out.put(context.encoded());
            case Frame.Mark mark -> {}
        }
    }

    private static void writePast(ByteBuffer out, Past past) {
        if (!past.isEmpty()) {
            byte[] bytes = past.encoded();
            out.putInt(bytes.length).put(bytes);
        }
    }

    /** The check of a key: {@code head} is where the frame's head begins in the array. */
    static int keyCheck(long segment, long offset, byte[] bytes, int head, int keyLength) {
        byte[] place = new byte[PLACE];
        ByteBuffer.wrap(place).putLong(segment).putLong(offset).put(bytes, head, 6);
        CRC32C crc = new CRC32C();
        crc.update(place, 0, PLACE);
        crc.update(bytes, head + HEAD, keyLength);
        return (int) crc.getValue();
    }

    static int restCheck(int keyCheck, byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(keyCheck >>> 24);
        crc.update(keyCheck >>> 16);
        crc.update(keyCheck >>> 8);
        crc.update(keyCheck);
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    /** @throws IllegalArgumentException when this is no payload; its checks were right, so a newer program's */
    static Frame read(byte[] payload) {
        ByteBuffer in = ByteBuffer.wrap(payload);
        try {
            int kind = in.get() & 0xff;
            return switch (kind & KIND) {
                case DEFINE -> {
                    int table = in.getInt();
                    TableName name = new TableName(new String(bytes(in, in.getShort()), StandardCharsets.UTF_8));
                    yield new Frame.DefineTable(table, name, TableRules.decode(rest(in)));
                }
                case PUT -> {
                    int table = in.getInt();
                    Uid uid = Uid.of(bytes(in, in.getShort()));
                    Stamp stamp = stamp(in);
                    Past past = past(in, kind);
                    byte[] body = bytes(in, in.getInt());
                    yield new Frame.Put(table, uid, stamp, past, body, (kind & BLOB) == 0 ? null : rest(in));
                }
                case DELETE ->
                    new Frame.Delete(in.getInt(), Uid.of(bytes(in, in.getShort())), stamp(in), past(in, kind));
                case MARK -> new Frame.Mark(in.getLong());
                case LOST -> {
                    int table = in.getInt();
                    Uid uid = Uid.of(bytes(in, in.getShort()));
                    Stamp stamp = stamp(in);
                    yield new Frame.Lost(table, uid, stamp, in.hasRemaining() ? Digest.of(rest(in)) : null);
                }
                case FORGET -> new Frame.Forget(in.getInt(), Uid.of(bytes(in, in.getShort())));
                case SEEN -> new Frame.Seen(in.getInt(), stamp(in));
                case KNOWN -> new Frame.Known(in.getInt(), Context.decode(rest(in)));
                default -> throw new IllegalArgumentException("unknown kind of frame " + (kind & KIND));
            };
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a frame's parts are longer than the frame", e);
        }
    }

    /** What a key alone says of the row that its frame was about; null where it was about none. */
    static Frame.@Nullable Lost rowOf(byte[] key) {
        ByteBuffer in = ByteBuffer.wrap(key);
        try {
            return switch (in.get() & 0xff & KIND) {
                case PUT, DELETE, LOST ->
                    new Frame.Lost(in.getInt(), Uid.of(bytes(in, in.getShort())), stamp(in), null);
                default -> null;
            };
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return null;
        }
    }

    private static Stamp stamp(ByteBuffer in) {
        return new Stamp(in.getLong(), new Incarnation(in.getLong(), in.getLong()), in.getLong());
    }

    private static Past past(ByteBuffer in, int kind) {
        return (kind & PAST) == 0 ? Past.NONE : Past.decode(bytes(in, in.getInt()));
    }

    private static byte[] rest(ByteBuffer in) {
        return bytes(in, in.remaining());
    }

    private static byte[] bytes(ByteBuffer in, int length) {
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("a frame announces " + length + " bytes and has " + in.remaining());
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }
}
