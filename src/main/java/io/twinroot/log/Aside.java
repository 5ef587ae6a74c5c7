package io.twinroot.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/**
 * Keeps a copy of the bytes of damaged places, since compaction will drop the segments that they are in: the
 * folder {@code aside}, a file a place. Somebody may want to look at them. For any thread.
 */
public final class Aside {
    /** The most places; later ones are not kept. */
    static final int FILES_MAX = 1_000;

    /** Of one place so many bytes are kept. */
    static final int BYTES_MAX = 8 << 20;

    private final Path directory;
    private final Disk disk;

    public Aside(Path directory, Disk disk) {
        this.directory = directory;
        this.disk = disk;
    }

    /** Copies what is there now. A disk that refuses is logged: what matters more goes on. */
    synchronized void keep(Segment segment, long offset, long bytes) {
        Path file = directory.resolve(segment.file().getFileName() + "-" + offset);
        try {
            Files.createDirectories(directory);
            if (Files.exists(file) || isFull()) {
                return;
            }
            try (FileChannel in = FileChannel.open(segment.file(), StandardOpenOption.READ);
                    Disk.Output out = disk.create(file)) {
                long stop = Math.min(offset + Math.min(bytes, BYTES_MAX), in.size());
                ByteBuffer piece = ByteBuffer.allocate(1 << 16);
                for (long at = offset; at < stop; at += piece.limit()) {
                    piece.clear().limit((int) Math.min(piece.capacity(), stop - at));
                    if (in.read(piece, at) < 1) {
                        break;
                    }
                    out.write(piece.flip());
                }
                out.force();
            }
        } catch (IOException e) {
            System.getLogger(Aside.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "the damaged bytes of " + segment.file().getFileName() + " at " + offset
                                    + " could not be kept aside: " + e.getMessage());
        }
    }

    private boolean isFull() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.count() >= FILES_MAX;
        }
    }
}
