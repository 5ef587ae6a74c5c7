package io.twinroot.service;

import static io.twinroot.service.StoreReplicas.guarded;

import io.twinroot.log.CheckedText;
import io.twinroot.log.Disk;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.store.Store;
import io.twinroot.table.Digest;
import io.twinroot.tree.Salt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Who a store is among others, for as long as it lives: an Ed25519 key pair in the file {@code IDENTITY}. A copy of
 * the folder has it too, and then two pass for one; {@link #renew} makes one of them another.
 *
 * @param name SHA-256 of the public key, in hexadecimal digits
 * @param line the first half of all its incarnations: a random number of its own
 */
public record Identity(String name, long line) {
    static final String FILE = "IDENTITY";
    private static final String FIRST = "twinroot identity 1";

    /** The first digits of the name, for people. */
    public String shown() {
        return name.substring(0, 8);
    }

    /**
     * The identity of a folder; empty where it has none.
     *
     * @throws ReplicaException of kind STORAGE when the file can't be used
     */
    public static Optional<Identity> of(Path folder) {
        try {
            byte[] bytes = CheckedText.read(folder.resolve(FILE));
            return bytes == null ? Optional.empty() : Optional.of(read(folder, bytes));
        } catch (IOException e) {
            throw new ReplicaException(Kind.STORAGE, folder.resolve(FILE) + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Identity read(Path folder, byte[] bytes) {
        try {
            byte[] key = null;
            String line = null;
            for (List<String> words : CheckedText.decode(FIRST, bytes)) {
                switch (words.getFirst()) {
                    case "public" -> key = Base64.getDecoder().decode(words.get(1));
                    case "line" -> line = words.get(1);
                    default -> {}
                }
            }
            if (key == null || line == null) {
                throw new IllegalArgumentException("it has no public key, or no line");
            }
            return named(key, HexFormat.fromHexDigitsToLong(line));
        } catch (RuntimeException e) {
            throw new ReplicaException(
                    Kind.STORAGE,
                    folder.resolve(FILE) + " cannot be used: " + e.getMessage()
                            + ". Delete the file: the store is a new node among the others then",
                    e);
        }
    }

    private static Identity named(byte[] publicKey, long line) {
        return new Identity(Digest.sha256(publicKey).hex(), line);
    }

    /**
     * Makes the store of a folder another one among the others: it has a new identity and none of its earlier
     * lives. Its rows stay.
     *
     * @throws ReplicaException of kind STORAGE when there is no store, or a process uses it
     */
    public static Identity renew(Path folder) {
        try (Store _ = guarded(
                () -> Store.open(folder, StoreReplicas.options(Salt.PUBLISHED).create(false)))) {
            Files.deleteIfExists(folder.resolve(PeerBook.NAME));
            return make(folder, StoreReplicas.newLine());
        } catch (IOException e) {
            throw new ReplicaException(
                    Kind.STORAGE, folder.resolve(PeerBook.NAME) + " cannot be deleted: " + e.getMessage(), e);
        }
    }

    /** Gives a folder, whose store this process has open, a new identity with a line. */
    static Identity make(Path folder, long line) {
        KeyPair keys;
        try {
            keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("each Java since 15 has Ed25519", e);
        }
        Base64.Encoder base64 = Base64.getEncoder();
        byte[] content = CheckedText.encode(
                FIRST,
                List.of(
                        "line " + HexFormat.of().toHexDigits(line),
                        "public " + base64.encodeToString(keys.getPublic().getEncoded()),
                        "private " + base64.encodeToString(keys.getPrivate().getEncoded())));
        try {
            CheckedText.replace(folder, FILE, content, Disk.REAL);
            if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(folder.resolve(FILE), PosixFilePermissions.fromString("rw-------"));
            }
        } catch (IOException e) {
            throw new ReplicaException(Kind.STORAGE, folder.resolve(FILE) + " cannot be written: " + e.getMessage(), e);
        }
        return named(keys.getPublic().getEncoded(), line);
    }
}
