package io.twinroot.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a directory to one opening at a time. Within a process it is a set of names that keeps others out: a
 * file lock would not, and closing any other channel of the file would drop it.
 */
final class DirectoryLock implements AutoCloseable {
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    static DirectoryLock of(Path directory) throws IOException {
        Path real = directory.toRealPath();
        if (!OPEN.add(real)) {
            throw new StoreException(
                    StoreException.Kind.LOCKED, "the store " + directory + " is open already in this process");
        }
        boolean done = false;
        try {
            FileChannel channel =
                    FileChannel.open(real.resolve("LOCK"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                channel.close();
                throw new StoreException(
                        StoreException.Kind.LOCKED,
                        "the store " + directory
                                + " is in use by another process. Stop that, or use it through its address");
            }
            done = true;
            return new DirectoryLock(real, channel);
        } finally {
            if (!done) {
                OPEN.remove(real);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            OPEN.remove(directory);
        }
    }
}
