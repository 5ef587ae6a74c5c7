package io.twinroot.service;

import io.twinroot.reconcile.Replicas;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.LongConsumer;

/** Backups of a node, which may run, or of a store whose node does not. */
public final class Backup {
    private Backup() {}

    /**
     * What was written.
     *
     * @param bytes in all files
     * @param blobs the large ones, each a file
     * @param position of the source's log that the backup reflects
     * @param made when, in RFC 3339
     */
    public record Taken(long bytes, long blobs, String position, String made) {}

    /**
     * Writes a consistent copy of all tables into a folder, from which a node can be started.
     *
     * @param target is not there, or empty; it appears when the copy is whole and on the disk
     * @param progress is told how many bytes there are so far
     */
    public static Taken take(Address address, Path target, LongConsumer progress) throws IOException {
        BackupFolder.checkFree(target);
        try (Replicas place = Addresses.open(address)) {
            return switch (place) {
                case RemoteNode node -> {
                    try (InputStream archive = node.backup()) {
                        yield BackupFolder.write(archive, target, progress);
                    }
                }
                case StoreReplicas replicas -> local(replicas, target, progress);
                default -> throw new IllegalStateException("no backup can be taken of " + address);
            };
        }
    }

    private static Taken local(StoreReplicas replicas, Path target, LongConsumer progress) throws IOException {
        try (PipedInputStream archive = new PipedInputStream(1 << 16);
                PipedOutputStream out = new PipedOutputStream(archive)) {
            CompletableFuture<Boolean> written = new CompletableFuture<>();
            Thread.ofVirtual().name("backup").start(() -> {
                try (out) {
                    BackupArchive.write(replicas.store(), out, Instant.now());
                    written.complete(true);
                } catch (IOException | RuntimeException e) {
                    written.completeExceptionally(e);
                }
            });
            Taken taken = BackupFolder.write(archive, target, progress);
            written.get();
            return taken;
        } catch (ExecutionException e) {
            throw new IOException("the backup could not be read: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the backup was interrupted", e);
        }
    }
}
