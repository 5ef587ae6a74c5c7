package io.twinroot.store;

import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.tree.TreeNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Keys and values of a layer file, big endian:
 *
 * <pre>
 * key     table u32 | level u8, in the space of upper nodes only | UID
 * value   CRC-32C u32 of key and the rest | kind u8 | the rest by kind:
 *   0 gone   1 live row: stamp 32, position u64, bytes u32, digest 32   2 tombstone: stamp, position, bytes
 *   3 node: count u64, digest   4 lost row: stamp, position, bytes
 * </pre>
 *
 * <p>The kind of a row has the bit 8 where it has marks; its upper four bits say how many stamps that were seen
 * follow at its end.
 */
final class ViewCodec {
    /** The value is not what was written for this key. */
    static final class Mismatch extends Exception {
        private static final long serialVersionUID = 1;

        Mismatch(String message) {
            super(message);
        }
    }

    static final int TABLE_BYTES = 4;

    private static final int GONE = 0;
    private static final int LIVE = 1;
    private static final int TOMBSTONE = 2;
    private static final int NODE = 3;
    private static final int LOST = 4;
    private static final int KIND = 0x07;
    private static final int MARKED = 0x08;
    private static final int SEEN_SHIFT = 4;
    private static final int CRC = 4;
    private static final int STAMP = 32;
    private static final Digest NO_DIGEST = new Digest(0, 0, 0, 0);

    private ViewCodec() {}

    static byte[] key(int table, Uid uid) {
        byte[] key = new byte[TABLE_BYTES + uid.length()];
        ByteBuffer.wrap(key).putInt(table);
        uid.copyTo(key, TABLE_BYTES);
        return key;
    }

    /** The least key of a table. */
    static byte[] tableKey(int table) {
        return ByteBuffer.allocate(TABLE_BYTES).putInt(table).array();
    }

    static byte[] upperKey(int table, int level, Uid uid) {
        byte[] key = new byte[TABLE_BYTES + 1 + uid.length()];
        ByteBuffer.wrap(key).putInt(table).put((byte) level);
        uid.copyTo(key, TABLE_BYTES + 1);
        return key;
    }

    /** The UID in a key, from an offset on. */
    static Uid uid(byte[] key, int from) throws Mismatch {
        try {
            return Uid.of(key, from, key.length);
        } catch (IllegalArgumentException e) {
            throw new Mismatch("a key cannot have " + key.length + " bytes");
        }
    }

    /** A node that hides one in an older layer. */
    static TreeNode goneNode(Uid start) {
        return new TreeNode(start, NO_DIGEST, -1);
    }

    static boolean isGone(TreeNode node) {
        return node.count() < 0;
    }

    static byte[] row(byte[] key, IndexRow row) {
        Digest digest = row.digest();
        int seen = row.seen().size();
        int rest = row.isGone()
                ? 0
                : STAMP + Long.BYTES + Integer.BYTES + (digest == null ? 0 : Digest.LENGTH) + STAMP * seen;
        ByteBuffer out = ByteBuffer.allocate(CRC + 1 + rest).position(CRC);
        if (row.isGone()) {
            out.put((byte) GONE);
        } else {
            int kind = row.isLive() ? LIVE : row.isLost() ? LOST : TOMBSTONE;
            out.put((byte) (kind | (row.isMarked() ? MARKED : 0) | seen << SEEN_SHIFT));
            write(out, row.stamp());
            out.putLong(row.position()).putInt(row.bytes());
            if (digest != null) {
                digest.copyTo(out.array(), out.position());
                out.position(out.position() + Digest.LENGTH);
            }
            for (int i = 0; i < seen; i++) {
                write(out, row.seen().get(i));
            }
        }
        return sealed(key, out.array());
    }

    private static void write(ByteBuffer out, Stamp stamp) {
        out.putLong(stamp.clock())
                .putLong(stamp.incarnation().high())
                .putLong(stamp.incarnation().low())
                .putLong(stamp.seq());
    }

    private static Stamp stamp(ByteBuffer in) {
        return new Stamp(in.getLong(), new Incarnation(in.getLong(), in.getLong()), in.getLong());
    }

    static IndexRow row(byte[] key, byte[] value) throws Mismatch {
        ByteBuffer in = checked(key, value);
        int bits = in.get() & 0xff;
        int kind = bits & KIND;
        if (kind == GONE) {
            return IndexRow.GONE;
        }
        if (kind != LIVE && kind != TOMBSTONE && kind != LOST) {
            throw new Mismatch("no row can be of kind " + kind);
        }
        Stamp stamp = stamp(in);
        long position = in.getLong();
        int bytes = in.getInt();
        if (kind == LOST) {
            return IndexRow.lost(stamp, position, bytes);
        }
        Digest digest = null;
        if (kind == LIVE) {
            digest = Digest.read(value, in.position());
            in.position(in.position() + Digest.LENGTH);
        }
        return new IndexRow(
                kind == LIVE ? IndexRow.Kind.LIVE : IndexRow.Kind.TOMBSTONE,
                stamp,
                digest,
                (bits & MARKED) != 0,
                seen(in, bits >>> SEEN_SHIFT),
                position,
                bytes);
    }

    private static List<Stamp> seen(ByteBuffer in, int count) {
        if (count == 0) {
            return List.of();
        }
        List<Stamp> seen = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            seen.add(stamp(in));
        }
        return List.copyOf(seen);
    }

    static byte[] node(byte[] key, TreeNode node) {
        boolean gone = isGone(node);
        ByteBuffer out = ByteBuffer.allocate(CRC + 1 + (gone ? 0 : Long.BYTES + Digest.LENGTH))
                .position(CRC);
        out.put((byte) (gone ? GONE : NODE));
        if (!gone) {
            out.putLong(node.count());
            node.digest().copyTo(out.array(), out.position());
        }
        return sealed(key, out.array());
    }

    static TreeNode node(byte[] key, Uid start, byte[] value) throws Mismatch {
        ByteBuffer in = checked(key, value);
        int kind = in.get();
        if (kind == GONE) {
            return goneNode(start);
        }
        if (kind != NODE) {
            throw new Mismatch("no node can be of kind " + kind);
        }
        long count = in.getLong();
        return new TreeNode(start, Digest.read(value, in.position()), count);
    }

    private static byte[] sealed(byte[] key, byte[] value) {
        ByteBuffer.wrap(value).putInt(checksum(key, value));
        return value;
    }

    private static ByteBuffer checked(byte[] key, byte[] value) throws Mismatch {
        ByteBuffer in = ByteBuffer.wrap(value);
        if (value.length <= CRC || in.getInt() != checksum(key, value)) {
            throw new Mismatch("the checksum is wrong");
        }
        return in;
    }

    private static int checksum(byte[] key, byte[] value) {
        CRC32C crc = new CRC32C();
        crc.update(key, 0, key.length);
        crc.update(value, CRC, value.length - CRC);
        return (int) crc.getValue();
    }
}
