package io.twinroot.service;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;

/**
 * Remembers which contents rows had, in half a megabyte: of the last changes for certain that are few, of many some. It
 * never says yes of what was not, but for one time in 10¹⁴. For many threads.
 */
final class EarlierContents {
    private static final int SLOTS = 1 << 16;

    // guarded by this
    private final long[] slots = new long[SLOTS];

    /** A row has another content from now on. */
    synchronized void left(Uid uid, Digest content) {
        long hash = hash(uid, content);
        slots[slot(hash)] = hash;
    }

    /** Whether a row had this content before. */
    synchronized boolean had(Uid uid, Digest content) {
        long hash = hash(uid, content);
        return slots[slot(hash)] == hash;
    }

    private static int slot(long hash) {
        return (int) (hash & (SLOTS - 1));
    }

    /** The content's digest is as good as random; the UID is mixed in. */
    private static long hash(Uid uid, Digest content) {
        long mixed = (uid.hashCode() + 0x9e37_79b9L) * 0x9e37_79b9_7f4a_7c15L;
        byte[] bytes = content.toBytes();
        long digest = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            digest = digest << Byte.SIZE | (bytes[i] & 0xff);
        }
        long hash = digest ^ mixed ^ (mixed >>> 29);
        return hash == 0 ? 1 : hash;
    }
}
