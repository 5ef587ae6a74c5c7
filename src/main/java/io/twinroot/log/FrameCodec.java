package io.twinroot.log;

import io.twinroot.table.Body;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
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
 * kind u8, with the bits "last of its batch" and "has blob bytes", then:     | rest
 *   1 define   table u32, name u16+n                                         | rules, canonical CBOR
 *   2 put      table u32, UID u16+n, stamp 32                                | body u32+n, blob bytes to the end
 *   3 delete   table u32, UID u16+n, stamp 32                                |
 *   4 mark     time u64                                                      |
 *   5 lost     table u32, UID u16+n, stamp 32                                | digest 32, or nothing
 *   6 forget   table u32, UID u16+n                                          |
 * stamp:  clock u64 | incarnation 16 | seq u64
 * </pre>
 *
 * <p>The place is in the check, so that bytes of a user that look like a frame are none, nor are those of
 * another place. The key has a check of its own, so that where only the rest is damaged, the row can be named.
 */
final class FrameCodec {
    /** The bytes before the key. */
    static final int HEAD = 14;

    /** The most bytes of key and rest: the largest body, the largest blob beside it, and what names them. */
    static final int MAX_PAYLOAD = Body.MAX_FIELDS_BYTES + BlobFiles.INLINE_MAX + 4096;

    /** The most bytes of a key. */
    static final int MAX_KEY = 1 + 4 + 2 + Uid.MAX_LENGTH + 32;

    private static final int DEFINE = 1;
    private static final int PUT = 2;
    private static final int DELETE = 3;
    private static final int MARK = 4;
    private static final int LOST = 5;
    private static final int FORGET = 6;
    private static final int LAST = 0x80;
    private static final int BLOB = 0x40;
    private static final int PLACE = 2 * Long.BYTES + 6;

    private FrameCodec() {}

    /** Whether a payload is the last of its batch. */
    static boolean isLast(byte[] payload) {
        return (payload[0] & LAST) != 0;
    }

    static boolean isMark(byte[] payload) {
        return (payload[0] & 0xff & ~LAST) == MARK;
    }

    /** The bytes that a frame needs with its head, at the most. */
    static int sizeBound(Frame frame) {
        return switch (frame) {
            case Frame.DefineTable define -> 1 << 20;
            case Frame.Put put ->
                HEAD + 64 + put.uid().length() + put.body().length + (put.blob() == null ? 0 : put.blob().length);
            case Frame.Delete delete -> HEAD + 64 + delete.uid().length();
            case Frame.Lost lost -> HEAD + 96 + lost.uid().length();
            case Frame.Forget forget -> HEAD + 64 + forget.uid().length();
            case Frame.Mark mark -> HEAD + 64;
        };
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
                writeKey(out, PUT | flags | (put.blob() == null ? 0 : BLOB), put.table(), put.uid(), put.stamp());
            case Frame.Delete(int table, Uid uid, Stamp stamp) -> writeKey(out, DELETE | flags, table, uid, stamp);
            case Frame.Lost(int table, Uid uid, Stamp stamp, var digest) ->
                writeKey(out, LOST | flags, table, uid, stamp);
            case Frame.Forget(int table, Uid uid) -> writeKey(out, FORGET | flags, table, uid);
            case Frame.Mark(long timeMs) -> out.put((byte) (MARK | LAST)).putLong(timeMs);
        }
        return out.position();
    }

    private static void writeKey(ByteBuffer out, int kind, int table, Uid uid) {
        out.put((byte) kind).putInt(table).putShort((short) uid.length());
        uid.writeTo(out);
    }

    private static void writeKey(ByteBuffer out, int kind, int table, Uid uid, Stamp stamp) {
        writeKey(out, kind, table, uid);
        out.putLong(stamp.clock())
                .putLong(stamp.incarnation().high())
                .putLong(stamp.incarnation().low())
                .putLong(stamp.seq());
    }

    private static void writeRest(ByteBuffer out, Frame frame) {
        switch (frame) {
            case Frame.DefineTable(int table, TableName name, TableRules rules) ->
                out.put(CanonicalCbor.encode(new Value.Sequence(rules.digestExcludes().stream()
                        .<Value>map(Value.Text::new)
                        .toList())));
            case Frame.Put put -> {
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
            case Frame.Delete delete -> {}
            case Frame.Forget forget -> {}
            case Frame.Mark mark -> {}
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
            return switch (kind & ~(LAST | BLOB)) {
                case DEFINE -> {
                    int table = in.getInt();
                    TableName name = new TableName(new String(bytes(in, in.getShort()), StandardCharsets.UTF_8));
                    yield new Frame.DefineTable(table, name, rules(CanonicalCbor.decode(rest(in))));
                }
                case PUT -> {
                    int table = in.getInt();
                    Uid uid = Uid.of(bytes(in, in.getShort()));
                    Stamp stamp = stamp(in);
                    byte[] body = bytes(in, in.getInt());
                    yield new Frame.Put(table, uid, stamp, body, (kind & BLOB) == 0 ? null : rest(in));
                }
                case DELETE -> new Frame.Delete(in.getInt(), Uid.of(bytes(in, in.getShort())), stamp(in));
                case MARK -> new Frame.Mark(in.getLong());
                case LOST -> {
                    int table = in.getInt();
                    Uid uid = Uid.of(bytes(in, in.getShort()));
                    Stamp stamp = stamp(in);
                    yield new Frame.Lost(table, uid, stamp, in.hasRemaining() ? Digest.of(rest(in)) : null);
                }
                case FORGET -> new Frame.Forget(in.getInt(), Uid.of(bytes(in, in.getShort())));
                default -> throw new IllegalArgumentException("unknown kind of frame " + (kind & 0x3f));
            };
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a frame's parts are longer than the frame", e);
        }
    }

    /** What a key alone says of the row that its frame was about; null where it was about none. */
    static Frame.@Nullable Lost rowOf(byte[] key) {
        ByteBuffer in = ByteBuffer.wrap(key);
        try {
            return switch (in.get() & 0xff & ~(LAST | BLOB)) {
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

    private static TableRules rules(Value value) {
        if (!(value instanceof Value.Sequence(List<Value> names))) {
            throw new IllegalArgumentException("a table's rules are not a sequence");
        }
        return new TableRules(names.stream()
                .map(name -> {
                    if (name instanceof Value.Text(String text)) {
                        return text;
                    }
                    throw new IllegalArgumentException("a field's name is not text");
                })
                .toList());
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
