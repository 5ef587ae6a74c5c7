package io.twinroot.log;

import io.twinroot.table.Body;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Frames as bytes, big endian:
 *
 * <pre>
 * length u32 | CRC-32C u32 of length and payload | payload
 * payload:  kind u8, with the bits "last of its batch" and "has blob bytes"
 *   1 define   table u32 | name u16+n | rules, canonical CBOR
 *   2 put      table u32 | UID u16+n | stamp 32 | body u32+n | blob bytes to the end
 *   3 delete   table u32 | UID u16+n | stamp 32
 *   4 mark     segment u64 | offset u64
 * stamp:  clock u64 | incarnation 16 | seq u64
 * </pre>
 */
final class FrameCodec {
    /** The bytes before the payload. */
    static final int HEAD = 8;

    /** The most bytes of a payload: the largest body, the largest blob beside it, and what names them. */
    static final int MAX_PAYLOAD = Body.MAX_FIELDS_BYTES + BlobFiles.INLINE_MAX + 4096;

    /** The length of a mark's payload. */
    static final int MARK_PAYLOAD = 17;

    private static final int DEFINE = 1;
    private static final int PUT = 2;
    private static final int DELETE = 3;
    private static final int MARK = 4;
    private static final int LAST = 0x80;
    private static final int BLOB = 0x40;

    private FrameCodec() {}

    /** Whether a payload is the last of its batch. */
    static boolean isLast(byte[] payload) {
        return (payload[0] & LAST) != 0;
    }

    /** The bytes that a frame needs with its head, at the most. */
    static int sizeBound(Frame frame) {
        return switch (frame) {
            case Frame.DefineTable(int table, TableName name, TableRules rules) -> 1 << 20;
            case Frame.Put put ->
                HEAD + 64 + put.uid().length() + put.body().length + (put.blob() == null ? 0 : put.blob().length);
            case Frame.Delete delete -> HEAD + 64 + delete.uid().length();
            case Frame.Mark mark -> HEAD + MARK_PAYLOAD;
        };
    }

    /** Writes a frame at the buffer's position. The buffer is backed by an array. */
    static void write(ByteBuffer out, Frame frame, boolean last) {
        int start = out.position();
        out.position(start + HEAD);
        int flags = last ? LAST : 0;
        switch (frame) {
            case Frame.DefineTable(int table, TableName name, TableRules rules) -> {
                out.put((byte) (DEFINE | flags)).putInt(table);
                byte[] text = name.text().getBytes(StandardCharsets.UTF_8);
                out.putShort((short) text.length).put(text);
                out.put(CanonicalCbor.encode(new Value.Sequence(rules.digestExcludes().stream()
                        .<Value>map(Value.Text::new)
                        .toList())));
            }
            case Frame.Put put -> {
                byte[] blob = put.blob();
                out.put((byte) (PUT | flags | (blob == null ? 0 : BLOB)));
                writeKey(out, put.table(), put.uid(), put.stamp());
                out.putInt(put.body().length).put(put.body());
                if (blob != null) {
                    out.put(blob);
                }
            }
            case Frame.Delete(int table, Uid uid, Stamp stamp) -> {
                out.put((byte) (DELETE | flags));
                writeKey(out, table, uid, stamp);
            }
            case Frame.Mark(LogPosition at) ->
                out.put((byte) (MARK | LAST)).putLong(at.segment()).putLong(at.offset());
        }
        int length = out.position() - start - HEAD;
        out.putInt(start, length);
        out.putInt(start + 4, checksum(length, out.array(), out.arrayOffset() + start + HEAD));
    }

    /** The checksum over a length and that many bytes. */
    static int checksum(int length, byte[] bytes, int offset) {
        CRC32C crc = new CRC32C();
        crc.update(length >>> 24);
        crc.update(length >>> 16);
        crc.update(length >>> 8);
        crc.update(length);
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    /** @throws IllegalArgumentException when this is no payload; its checksum was right, so a newer program's */
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
                case MARK -> new Frame.Mark(new LogPosition(in.getLong(), in.getLong()));
                default -> throw new IllegalArgumentException("unknown kind of frame " + (kind & 0x3f));
            };
        } catch (java.nio.BufferUnderflowException e) {
            throw new IllegalArgumentException("a frame's parts are longer than the frame", e);
        }
    }

    private static void writeKey(ByteBuffer out, int table, Uid uid, Stamp stamp) {
        out.putInt(table).putShort((short) uid.length());
        uid.writeTo(out);
        out.putLong(stamp.clock())
                .putLong(stamp.incarnation().high())
                .putLong(stamp.incarnation().low())
                .putLong(stamp.seq());
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
