package io.twinroot.tree;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;

/** docs/tree.md as the shortest program that follows it, sharing no code with the tree but the salt. */
final class Specification {
    private Specification() {}

    private record Item(Uid start, Digest digest) {}

    static Digest root(Salt salt, NavigableMap<Uid, Digest> entries) {
        byte[] top = new byte[32];
        if (!entries.isEmpty()) {
            List<Item> level = leaves(salt, entries);
            for (int number = 2; level.size() > 1; number++) {
                level = parents(salt, number, level);
            }
            top = level.getFirst().digest.toBytes();
        }
        return Digest.sha256(bytes(
                2,
                1,
                ByteBuffer.allocate(8).putLong(salt.id()).array(),
                ByteBuffer.allocate(8).putLong(entries.size()).array(),
                top));
    }

    private static List<Item> leaves(Salt salt, NavigableMap<Uid, Digest> entries) {
        List<Item> leaves = new ArrayList<>();
        List<Uid> all = new ArrayList<>(entries.keySet());
        for (int from = 0; from < all.size(); ) {
            int to = from + 1;
            while (to < all.size() && salt.level(all.get(to)) < 1) {
                to++;
            }
            int size = to - from > 128 ? 64 : to - from;
            for (; from < to; from = Math.min(to, from + size)) {
                List<Uid> piece = all.subList(from, Math.min(to, from + size));
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                for (Uid uid : piece) {
                    out.writeBytes(ByteBuffer.allocate(2)
                            .putShort((short) uid.length())
                            .array());
                    out.writeBytes(uid.toBytes());
                    out.writeBytes(entries.get(uid).toBytes());
                }
                byte[] count = ByteBuffer.allocate(4).putInt(piece.size()).array();
                leaves.add(new Item(piece.getFirst(), Digest.sha256(bytes(0, 1, count, out.toByteArray()))));
            }
        }
        return leaves;
    }

    private static List<Item> parents(Salt salt, int level, List<Item> children) {
        List<Item> parents = new ArrayList<>();
        for (int from = 0; from < children.size(); ) {
            int to = from + 1;
            while (to < children.size() && salt.level(children.get(to).start) < level) {
                to++;
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            children.subList(from, to).forEach(child -> out.writeBytes(child.digest.toBytes()));
            byte[] count = ByteBuffer.allocate(4).putInt(to - from).array();
            parents.add(new Item(children.get(from).start, Digest.sha256(bytes(1, level, count, out.toByteArray()))));
            from = to;
        }
        return parents;
    }

    private static byte[] bytes(int first, int second, byte[]... rest) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(first);
        out.write(second);
        for (byte[] part : rest) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
