package io.twinroot.carry;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/**
 * A temporary file that takes the bytes of one blob, until it is known that they are the right ones and where
 * they go. Closing deletes it. For one thread.
 */
final class BlobSpool implements AutoCloseable {
    private final Path file;
    private final OutputStream out;
    private final MessageDigest sha = Digest.newSha256();
    private long size;

    private BlobSpool(Path file, OutputStream out) {
        this.file = file;
        this.out = out;
    }

    /** @throws CarryException when the folder takes no file */
    static BlobSpool in(Path folder) {
        try {
            Path file = Files.createTempFile(folder, "blob-", ".part");
            return new BlobSpool(file, Files.newOutputStream(file));
        } catch (IOException e) {
            throw full(folder, e);
        }
    }

    /** @throws CarryException when the disk does not take them */
    void add(byte[] bytes, int length) {
        try {
            out.write(bytes, 0, length);
        } catch (IOException e) {
            throw full(file, e);
        }
        sha.update(bytes, 0, length);
        size += length;
    }

    long size() {
        return size;
    }

    /** Ends the file, and tells whether it has this blob. */
    boolean has(Body.Blob blob) {
        try {
            out.close();
        } catch (IOException e) {
            throw full(file, e);
        }
        return size == blob.size() && Digest.of(sha.digest()).equals(blob.content());
    }

    BlobSource source() {
        return () -> Files.newInputStream(file);
    }

    private static CarryException full(Path path, IOException e) {
        return new CarryException(
                "a large blob could not be kept in " + path + " for a while (" + e.getMessage()
                        + "); make room there, or set another java.io.tmpdir",
                e);
    }

    @Override
    public void close() {
        try {
            try {
                out.close();
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
