package io.twinroot.tree;

import io.twinroot.table.Digest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;

/**
 * The digests of a tree: what exactly is hashed. Numbers are big endian; each count and length is inside its
 * hash, so that no two contents share one input.
 *
 * <pre>
 * leaf = SHA-256(0x00, format u8, count u32, (length u16, uid, digest)*)
 * node = SHA-256(0x01, level u8, count u32, child digest*)
 * root = SHA-256(0x02, format u8, salt id u64, n u64, top digest)      (32 zero bytes for the empty table)
 * </pre>
 *
 * <p>Not for use by two threads.
 */
public final class TreeFormat {
    /** The number of this format. Trees of different formats are never compared. */
    public static final int FORMAT = 1;

    /** A leaf with more entries than this is cut into pieces. */
    public static final int LEAF_MAX = 128;

    /** How many entries each piece of a cut leaf has, but for the last one. */
    public static final int PIECE = 64;

    private final MessageDigest sha = Digest.newSha256();
    private final ByteBuffer head = ByteBuffer.allocate(18);
    private final byte[] digest = new byte[Digest.LENGTH];

    Digest leaf(List<LeafEntry> entries) {
        start(0x00, FORMAT);
        finishHead(head.putInt(entries.size()));
        for (LeafEntry entry : entries) {
            finishHead(head.putShort((short) entry.uid().length()));
            entry.uid().update(sha);
            update(entry.digest());
        }
        return Digest.of(sha.digest());
    }

    Digest node(int level, List<TreeNode> children) {
        start(0x01, level);
        finishHead(head.putInt(children.size()));
        for (TreeNode child : children) {
            update(child.digest());
        }
        return Digest.of(sha.digest());
    }

    Digest root(Salt salt, long count, Digest top) {
        start(0x02, FORMAT);
        finishHead(head.putLong(salt.id()).putLong(count));
        update(top);
        return Digest.of(sha.digest());
    }

    /** The root of a table without live rows. */
    public static TreeRoot empty(Salt salt) {
        return new TreeRoot(0, 0, new TreeFormat().root(salt, 0, new Digest(0, 0, 0, 0)));
    }

    /** The root over a top node. */
    TreeRoot root(Salt salt, int height, TreeNode top) {
        return new TreeRoot(height, top.count(), root(salt, top.count(), top.digest()));
    }

    private void start(int kind, int second) {
        sha.reset();
        head.clear();
        head.put((byte) kind).put((byte) second);
    }

    private void finishHead(ByteBuffer filled) {
        sha.update(filled.flip());
        filled.clear();
    }

    private void update(Digest value) {
        value.copyTo(digest, 0);
        sha.update(digest);
    }
}
