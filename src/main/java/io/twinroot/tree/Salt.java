package io.twinroot.tree;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * The 128 bits that decide, with the UIDs, where nodes begin. Copies compare only under the same salt. Those
 * who know it can choose UIDs that give a lopsided, slow tree, but never make different data equal.
 */
public final class Salt {
    /** The highest level that a UID can have, so that no tree is higher than one more. */
    public static final int MAX_LEVEL = 15;

    /** The salt where the peers share no secret: the first half of SHA-256("twinroot public salt"). */
    public static final Salt PUBLISHED = of(java.util.Arrays.copyOf(
            Digest.sha256("twinroot public salt".getBytes(StandardCharsets.US_ASCII))
                    .toBytes(),
            16));

    private final SipHash hash;
    private final long id;

    private Salt(byte[] salt) {
        ByteBuffer words = ByteBuffer.wrap(salt).order(ByteOrder.LITTLE_ENDIAN);
        hash = new SipHash(words.getLong(), words.getLong());
        MessageDigest sha = Digest.newSha256();
        sha.update("twinroot salt id".getBytes(StandardCharsets.US_ASCII));
        id = Digest.of(sha.digest(salt)).a();
    }

    /** @throws IllegalArgumentException when these are not 16 bytes */
    public static Salt of(byte[] salt) {
        if (salt.length != 16) {
            throw new IllegalArgumentException("a salt has 16 bytes, not " + salt.length);
        }
        return new Salt(salt.clone());
    }

    /** The salt written as 32 hexadecimal digits. */
    public static Salt ofHex(String hex) {
        return of(HexFormat.of().parseHex(hex));
    }

    /** Names the salt without telling it: the first 8 bytes of SHA-256("twinroot salt id", salt). */
    public long id() {
        return id;
    }

    /**
     * The highest level on which a node begins at this UID: 0 for seven UIDs of eight, at least 1 + j for one
     * in 8·16^j.
     */
    public int level(Uid uid) {
        int zeros = Long.numberOfTrailingZeros(hash.hash(uid.toBytes()));
        return zeros < 3 ? 0 : Math.min(MAX_LEVEL, 1 + (zeros - 3) / 4);
    }
}
