package io.twinroot.store;

import io.twinroot.tree.SipHash;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Says of a key that it is surely not among those added, or that it may be: a Bloom filter (Bloom, "Space/time
 * trade-offs in hash coding with allowable errors", 1970) of ten bits a key, wrong once in a hundred. It
 * spares the search of a file for rows that are not in it. Complete before it is asked; then for many threads.
 */
final class KeyFilter {
    /** The most bytes that one piece of {@link #pieces} has. */
    private static final int PIECE = 32 << 10;

    private static final int BITS_PER_KEY = 10;
    private static final int PROBES = 6;
    private static final SipHash HASH = new SipHash(0x7477696e726f6f74L, 0x6b65792066696c74L);

    private final byte[] bits;

    private KeyFilter(byte[] bits) {
        this.bits = bits;
    }

    /** An empty one for up to so many keys. */
    static KeyFilter forKeys(long keysMax) {
        return new KeyFilter(new byte[(int) Math.min(1 << 30, 8 + keysMax * BITS_PER_KEY / 8)]);
    }

    void add(byte[] key) {
        long hash = HASH.hash(key);
        for (int i = 0; i < PROBES; i++) {
            long bit = bit(hash, i);
            bits[(int) (bit >>> 3)] |= (byte) (1 << (bit & 7));
        }
    }

    boolean mayHold(byte[] key) {
        long hash = HASH.hash(key);
        for (int i = 0; i < PROBES; i++) {
            long bit = bit(hash, i);
            if ((bits[(int) (bit >>> 3)] & 1 << (bit & 7)) == 0) {
                return false;
            }
        }
        return true;
    }

    private long bit(long hash, int probe) {
        long mixed = hash + probe * ((hash >>> 32) * 2 + 1) * 0x9e3779b97f4a7c15L;
        return Math.unsignedMultiplyHigh(mixed, 8L * bits.length);
    }

    int pieces() {
        return (bits.length + PIECE - 1) / PIECE;
    }

    byte[] piece(int i) {
        return Arrays.copyOfRange(bits, i * PIECE, Math.min(bits.length, (i + 1) * PIECE));
    }

    /** The filter that these pieces make, in their order. */
    static KeyFilter of(Iterable<byte[]> pieces) {
        int length = 0;
        for (byte[] piece : pieces) {
            length = Math.addExact(length, piece.length);
        }
        ByteBuffer all = ByteBuffer.allocate(length); // in large tables the largest array that there is
        pieces.forEach(all::put);
        return new KeyFilter(all.array());
    }
}
