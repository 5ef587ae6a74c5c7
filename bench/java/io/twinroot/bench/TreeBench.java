package io.twinroot.bench;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeBuilder;
import io.twinroot.tree.TreeRoot;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * How fast is a tree built from a sorted stream, and in how much heap? Beside it, in the same run, what the
 * hashing alone would take: SHA-256 over the same bytes in pieces of a leaf's size.
 */
public final class TreeBench {
    private TreeBench() {}

    public static void main(String[] args) {
        int n = args.length > 0 ? Integer.parseInt(args[0]) : 10_000_000;
        Digest[] digests = new Digest[1024];
        for (int i = 0; i < digests.length; i++) {
            digests[i] = Digest.sha256(new byte[] {(byte) i, (byte) (i >> 8)});
        }
        System.out.printf(
                "tree build, n = %,d, 16-byte UIDs, heap limit %,d MiB%n",
                n, Runtime.getRuntime().maxMemory() >> 20);
        TreeRoot first = null;
        for (int run = 1; run <= 3; run++) {
            long start = System.nanoTime();
            long[] nodes = new long[1];
            TreeBuilder builder = new TreeBuilder(Salt.PUBLISHED, (level, node) -> nodes[0]++);
            ByteBuffer uid = ByteBuffer.allocate(16);
            for (int i = 0; i < n; i++) {
                uid.putLong(0, i).putLong(8, i * 0x9e3779b97f4a7c15L);
                builder.add(Uid.of(uid.array()), digests[i & 1023]);
            }
            TreeRoot root = builder.finish();
            double seconds = (System.nanoTime() - start) / 1e9;
            double hashing = hashing(n);
            System.out.printf(
                    "run %d: %.2f s, %,.0f entries/s; hashing alone %.2f s, ratio %.1f; %,d nodes, height %d, root %s%n",
                    run, seconds, n / seconds, hashing, seconds / hashing, nodes[0], root.height(), root.root());
            if (root.count() != n || (first != null && !first.equals(root))) {
                throw new IllegalStateException("two builds of the same entries differ");
            }
            first = root;
        }
    }

    private static double hashing(int n) {
        long start = System.nanoTime();
        MessageDigest sha = Digest.newSha256();
        byte[] leaf = new byte[8 * 50 + 6];
        for (int i = 0; i < n; i += 8) {
            leaf[0] = (byte) i;
            sha.update(leaf);
            leaf[1] ^= sha.digest()[0];
        }
        return (System.nanoTime() - start) / 1e9;
    }
}
