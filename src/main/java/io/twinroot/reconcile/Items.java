package io.twinroot.reconcile;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.LeafEntry;
import io.twinroot.tree.SipHash;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.TreeView;
import io.twinroot.wire.Hashes;
import io.twinroot.wire.MessageException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * One side's nodes (or entries, at level 0) of a range, with the short hashes of a session: what the two
 * sides of a narrowing line up against each other.
 */
final class Items {
    /**
     * No block may have more items. Where one side has far more than the other its items are not read ({@link Join}), so
     * only a table whose UIDs were chosen against its salt gets there.
     */
    static final int MOST = 250_000;

    private final UidRange range;
    private final List<Uid> starts = new ArrayList<>();
    private long[] hashes = new long[16];

    private Items(UidRange range) {
        this.range = range;
    }

    /** The key under which a session shortens its hashes: from the nonces of both sides. */
    static SipHash key(long initiatorNonce, long responderNonce) {
        ByteBuffer input = ByteBuffer.allocate(34);
        input.put("twinroot narrowing".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        Digest key = Digest.sha256(
                input.putLong(initiatorNonce).putLong(responderNonce).array());
        return new SipHash(Long.reverseBytes(key.a()), Long.reverseBytes(key.b()));
    }

    /**
     * The items of a level whose start is in the range.
     *
     * @throws MessageException when there are more than {@value #MOST}
     */
    static Items read(TreeView tree, int level, UidRange range, SipHash key, int width) {
        return readIfFew(tree, level, range, key, width)
                .orElseThrow(() -> new MessageException("more than " + MOST + " nodes or entries in " + range
                        + ": the tree is lopsided; give the tables that are compared a secret salt"));
    }

    /** The same; empty where there are more than {@value #MOST}. */
    static Optional<Items> readIfFew(TreeView tree, int level, UidRange range, SipHash key, int width) {
        Items items = new Items(range);
        if (level == 0) {
            Iterator<LeafEntry> entries = tree.entries(range);
            while (entries.hasNext() && items.size() <= MOST) {
                LeafEntry entry = entries.next();
                byte[] bytes = new byte[entry.uid().length() + Digest.LENGTH];
                entry.uid().copyTo(bytes, 0);
                entry.digest().copyTo(bytes, entry.uid().length());
                items.add(entry.uid(), key.hash(bytes) >>> (64 - 8 * width));
            }
        } else {
            Iterator<TreeNode> nodes = tree.nodes(level, range);
            while (nodes.hasNext() && items.size() <= MOST) {
                TreeNode node = nodes.next();
                items.add(node.start(), key.hash(node.digest().toBytes()) >>> (64 - 8 * width));
            }
        }
        return items.size() > MOST ? Optional.empty() : Optional.of(items);
    }

    private void add(Uid start, long hash) {
        if (starts.size() == hashes.length) {
            hashes = Arrays.copyOf(hashes, hashes.length * 2);
        }
        hashes[starts.size()] = hash;
        starts.add(start);
    }

    int size() {
        return starts.size();
    }

    Hashes hashes() {
        return Hashes.of(hashes, starts.size());
    }

    /** What the items from {@code from} to {@code to} cover; both may be the number of items. */
    UidRange range(int from, int to) {
        return new UidRange(
                from == 0 ? range.start() : from < size() ? starts.get(from) : range.stop(),
                to < size() ? starts.get(to) : range.stop());
    }
}
