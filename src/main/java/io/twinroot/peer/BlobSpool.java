package io.twinroot.peer;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/** A blob that was sent to us, on disk until it is in a table. Closing deletes the file. */
final class BlobSpool implements AutoCloseable {
    private static final String PREFIX = "blob-";
    private static final String SUFFIX = ".part";

    private final Path file;
    private final Body.Blob blob;

    private BlobSpool(Path file, Body.Blob blob) {
        this.file = file;
        this.blob = blob;
    }

    /**
     * Takes in the whole stream.
     *
     * @throws BrokenStream when the stream breaks
     * @throws ReplicaException of kind {@link ReplicaException.Kind#STORAGE} when the disk does not take it
     */
    static BlobSpool of(StreamInput in, Path directory) throws IOException {
        Path file = create(directory);
        try {
            return fill(in, file);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    /** Makes the directory, and deletes what a process that was killed left there. */
    static void clear(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
            for (Path file : left) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static Path create(Path directory) {
        try {
            Files.createDirectories(directory);
            return Files.createTempFile(directory, PREFIX, SUFFIX);
        } catch (IOException e) {
            throw full(directory, e);
        }
    }

    private static BlobSpool fill(StreamInput in, Path file) throws IOException {
        MessageDigest sha = Digest.newSha256();
        long size = 0;
        try (OutputStream out = open(file)) {
            for (byte[] piece = in.nextPiece(); piece != null; piece = in.nextPiece()) {
                sha.update(piece);
                size += piece.length;
                write(out, piece, file);
            }
        }
        return new BlobSpool(file, new Body.Blob(size, Digest.of(sha.digest())));
    }

    private static OutputStream open(Path file) {
        try {
            return Files.newOutputStream(file);
        } catch (IOException e) {
            throw full(file, e);
        }
    }

    private static void write(OutputStream out, byte[] piece, Path file) {
        try {
            out.write(piece);
        } catch (IOException e) {
            throw full(file, e);
        }
    }

    private static ReplicaException full(Path path, IOException e) {
        return new ReplicaException(
                ReplicaException.Kind.STORAGE,
                "the blob could not be kept in " + path + " (" + e.getMessage() + "); make room on the disk",
                e);
    }

    Body.Blob blob() {
        return blob;
    }

    BlobSource source() {
        return () -> Files.newInputStream(file);
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
    }
}
