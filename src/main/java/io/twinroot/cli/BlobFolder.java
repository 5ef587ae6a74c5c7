package io.twinroot.cli;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The folder beside a dump that holds the blobs that are too large for a line, each in a file named by its
 * SHA-256: {@code rows.jsonl.blobs/<64 digits>}.
 */
record BlobFolder(Path folder) {
    /** The folder that belongs to this file of rows. */
    static BlobFolder beside(Path rows) {
        return new BlobFolder(rows.resolveSibling(rows.getFileName() + ".blobs"));
    }

    Path path(Body.Blob blob) {
        return folder.resolve(blob.content().hex());
    }

    Optional<BlobSource> find(Body.Blob blob) {
        Path file = path(blob);
        return Files.isRegularFile(file) ? Optional.of(() -> Files.newInputStream(file)) : Optional.empty();
    }

    /** Writes a blob, whole or not at all; the same content only once. */
    void write(Body.Blob blob, BlobSource source) throws IOException {
        Path file = path(blob);
        if (Files.exists(file) && Files.size(file) == blob.size()) {
            return;
        }
        Files.createDirectories(folder);
        Path part = Files.createTempFile(folder, "blob", ".part");
        try (InputStream in = source.open()) {
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
