package io.twinroot.cli;

import io.twinroot.carry.DurableFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that a command writes, and that is there only when it is whole. */
final class NewFile {
    private NewFile() {}

    /** Writes what is in a file; it flushes it, and may close it. */
    @FunctionalInterface
    interface Content {
        void write(DurableFile file) throws IOException;
    }

    /** Writes a new file; when that fails there is none. It is on the disk when this returns. */
    static void write(Path path, Content content) throws IOException {
        DurableFile opened;
        try {
            opened = DurableFile.create(path, false);
        } catch (FileAlreadyExistsException e) {
            throw new Trouble(path + " is there already; name a new file", e);
        }
        boolean whole = false;
        try (DurableFile file = opened) {
            content.write(file);
            whole = true;
        } finally {
            if (!whole) {
                Files.deleteIfExists(path);
            }
        }
        DurableFile.forceFolderOf(path);
    }
}
