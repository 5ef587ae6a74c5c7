package io.twinroot.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** All that changes files: the one place where a write can fail, so that a test can make it fail. */
public interface Disk {
    /** The file system of the machine. */
    Disk REAL = new Disk() {};

    /** A file open for writing at its end. Used by one thread at a time. */
    interface Output extends AutoCloseable {
        /** Writes all that remains in the buffer at the end of the file. A failure may leave a part of it. */
        void write(ByteBuffer bytes) throws IOException;

        /** Returns once all that was written, and the length, would outlast a loss of power. */
        void force() throws IOException;

        /** Cuts the file; the next write goes there. */
        void truncate(long length) throws IOException;

        @Override
        void close() throws IOException;
    }

    /** A new, empty file; it fails where there is one of that name. */
    default Output create(Path file) throws IOException {
        return new ChannelOutput(FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    /** A file that is there, to be written on from its end. */
    default Output append(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        channel.position(channel.size());
        return new ChannelOutput(channel);
    }

    /** Puts a file in the place of another, whole or not at all. */
    default void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Takes a file away; it need not be there. */
    default void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    /** Makes the names in a directory outlast a loss of power. */
    default void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
