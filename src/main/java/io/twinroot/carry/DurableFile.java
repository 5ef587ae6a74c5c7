package io.twinroot.carry;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A new file in which all that was written is on the disk when {@link #flush} returns. For one thread. */
public final class DurableFile extends OutputStream {
    private final FileChannel channel;
    private long size;

    private DurableFile(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * @param replace whether a file that is there is written over
     * @throws java.nio.file.FileAlreadyExistsException where it is not, and there is one
     */
    public static DurableFile create(Path file, boolean replace) throws IOException {
        return new DurableFile(
                replace
                        ? FileChannel.open(
                                file,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.TRUNCATE_EXISTING,
                                StandardOpenOption.WRITE)
                        : FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    /** Makes sure that a file that was made, or got its name, is found after a power loss. */
    public static void forceFolderOf(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** The bytes written so far. */
    public long size() {
        return size;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes, offset, length);
        while (left.hasRemaining()) {
            size += channel.write(left);
        }
    }

    @Override
    public void flush() throws IOException {
        channel.force(true);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
