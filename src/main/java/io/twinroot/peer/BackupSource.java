package io.twinroot.peer;

import java.io.IOException;
import java.io.OutputStream;

/** A node's backup as an archive. */
@FunctionalInterface
public interface BackupSource {
    /** The type of the archive: POSIX tar. */
    String TYPE = "application/x-tar";

    /** Writes the archive of the node as it is now. */
    void writeTo(OutputStream out) throws IOException;
}
