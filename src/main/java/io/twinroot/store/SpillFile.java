package io.twinroot.store;

import io.twinroot.log.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs of sorted rows in one temporary file, which is written once and read once by the same process. It is not
 * forced to the disk, and never trusted after a restart: the next opening of the view removes it. For one
 * thread.
 */
final class SpillFile implements AutoCloseable {
    private static final int WRITE_BUFFER = 256 << 10;

    /** A run is read so many bytes at a time, at most, and so many at least, however many there are. */
    private static final int READ_MAX = 256 << 10;

    private static final int READ_MIN = 2 * SortedRows.ROW_MAX;

    private final Path file;
    private final Disk.Output out;
    private final FileChannel in;
    private final ByteBuffer buffer = ByteBuffer.allocate(WRITE_BUFFER);
    private final List<Long> ends = new ArrayList<>();
    private long length;

    SpillFile(ViewDirectory directory) throws IOException {
        file = directory.file(directory.nextName() + ".rows.tmp");
        out = directory.disk().create(file);
        in = FileChannel.open(file, StandardOpenOption.READ);
    }

    /** Writes a run behind those that are there; gives how many rows it has. */
    long write(SortedRows rows) throws IOException {
        long count = 0;
        while (rows.next()) {
            int size = SortedRows.end(rows.bytes, rows.start) - rows.start;
            if (buffer.remaining() < size) {
                flush();
            }
            buffer.put(rows.bytes, rows.start, size);
            count++;
        }
        flush();
        ends.add(length);
        return count;
    }

    private void flush() throws IOException {
        length += buffer.flip().remaining();
        out.write(buffer);
        buffer.clear();
    }

    /**
     * The runs, in the order in which they were written.
     *
     * @param memory for all of them, in bytes; about, and a few thousand bytes for each run at least
     */
    List<SortedRows> runs(long memory) {
        int size = (int) Math.max(READ_MIN, Math.min(READ_MAX, memory / Math.max(1, ends.size())));
        List<SortedRows> runs = new ArrayList<>();
        long start = 0;
        for (long end : ends) {
            runs.add(new Stored(start, end, size));
            start = end;
        }
        return runs;
    }

    /** Lets go of the file and removes it. */
    @Override
    public void close() throws IOException {
        try (out;
                in) {
            Files.deleteIfExists(file);
        }
    }

    /** One of the runs, of which a window is in memory. */
    private final class Stored extends SortedRows {
        private final long stop;
        private long windowEnd;
        private int limit;
        private int nextStart;

        Stored(long from, long stop, int size) {
            this.stop = stop;
            windowEnd = from;
            bytes = new byte[size];
        }

        @Override
        boolean next() throws IOException {
            if (limit - nextStart < HEAD || end(bytes, nextStart) > limit) {
                fill();
                if (nextStart == limit) {
                    return false;
                }
                if (limit - nextStart < HEAD || end(bytes, nextStart) > limit) {
                    throw new IOException("the temporary file " + file + " is not what was written");
                }
            }
            start = nextStart;
            nextStart = end(bytes, start);
            return true;
        }

        /** Moves what is left to the front of the window, and reads on behind it. */
        private void fill() throws IOException {
            int left = limit - nextStart;
            System.arraycopy(bytes, nextStart, bytes, 0, left);
            nextStart = 0;
            limit = left + (int) Math.min(bytes.length - left, stop - windowEnd);
            ByteBuffer window = ByteBuffer.wrap(bytes, left, limit - left);
            while (window.hasRemaining()) {
                int read = in.read(window, windowEnd);
                if (read < 0) {
                    throw new IOException("the temporary file " + file + " became shorter while it was read");
                }
                windowEnd += read;
            }
        }
    }
}
