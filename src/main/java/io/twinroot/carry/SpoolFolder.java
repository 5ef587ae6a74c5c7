package io.twinroot.carry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where blobs wait: a new folder among the system's temporary files, made with the first one. For one thread. */
final class SpoolFolder implements AutoCloseable {
    private @Nullable Path folder;

    /** A new spool, which the caller closes before this. */
    BlobSpool open() {
        if (folder == null) {
            try {
                folder = Files.createTempDirectory("twinroot-");
            } catch (IOException e) {
                throw new CarryException(
                        "there is no room for a large blob in " + System.getProperty("java.io.tmpdir") + " ("
                                + e.getMessage() + "); make some, or set another java.io.tmpdir",
                        e);
            }
        }
        return BlobSpool.in(folder);
    }

    @Override
    public void close() {
        if (folder != null) {
            try {
                Files.deleteIfExists(folder);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
