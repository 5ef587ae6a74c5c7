package io.twinroot.log;

import io.twinroot.table.Incarnation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes at the end of the log. For one thread.
 *
 * <p>After a failure nothing is written until the file is cut back to where the acknowledged batches end; each
 * append tries that first. A file that could not be forced is not written on: what the system dropped then is
 * not known, so a new segment follows, which says how much of the old one counts.
 */
final class SegmentWriter {
    private final Path directory;
    private final Disk disk;
    private final Incarnation incarnation;
    private final long segmentBytes;
    private final boolean force;
    private final NavigableMap<Long, Segment> segments;
    private final ByteBuffer buffer = ByteBuffer.allocate(2 << 20);

    private Segment segment;
    private Disk.@Nullable Output out;
    private boolean unforced;
    private boolean dirty;
    private boolean marked;

    SegmentWriter(
            Path directory,
            Disk disk,
            Incarnation incarnation,
            long segmentBytes,
            boolean force,
            NavigableMap<Long, Segment> segments) {
        this.directory = directory;
        this.disk = disk;
        this.incarnation = incarnation;
        this.segmentBytes = segmentBytes;
        this.force = force;
        this.segments = segments;
        this.segment = segments.lastEntry().getValue();
    }

    /** Makes the file of a new segment, header and name forced to the disk. */
    static Segment begin(Path directory, Disk disk, SegmentHeader header) throws IOException {
        Path file = Segment.file(directory, header.number());
        Files.deleteIfExists(file); // what an attempt that failed left: no frame was ever written to it
        try (Disk.Output out = disk.create(file)) {
            out.write(header.encoded());
            out.force();
        }
        disk.forceDirectory(directory);
        return new Segment(file, header, SegmentHeader.LENGTH);
    }

    long[] append(List<? extends List<? extends Frame>> batches) {
        long[] positions = new long[batches.stream().mapToInt(List::size).sum()];
        try {
            Disk.Output ready = ready();
            write(ready, batches, positions);
        } catch (IOException e) {
            throw refused(e);
        }
        return positions;
    }

    private void write(Disk.Output output, List<? extends List<? extends Frame>> batches, long[] positions)
            throws IOException {
        dirty = true;
        buffer.clear();
        long flushed = segment.end();
        if (force) {
            LogPosition mark = new LogPosition(segment.number(), flushed);
            FrameCodec.write(buffer, new Frame.Mark(mark), true);
        }
        int i = 0;
        for (List<? extends Frame> batch : batches) {
            for (int f = 0; f < batch.size(); f++) {
                Frame frame = batch.get(f);
                if (buffer.remaining() < FrameCodec.sizeBound(frame)) {
                    flushed += flush(output);
                }
                positions[i++] = new LogPosition(segment.number(), flushed + buffer.position()).packed();
                FrameCodec.write(buffer, frame, f == batch.size() - 1);
            }
        }
        flushed += flush(output);
        if (force) {
            unforced = true;
            output.force();
            unforced = false;
        }
        segment.end(flushed);
        dirty = false;
        marked = false;
    }

    private int flush(Disk.Output output) throws IOException {
        int bytes = buffer.position();
        output.write(buffer.flip());
        buffer.clear();
        return bytes;
    }

    /** The output to write to, cut back after a failure, and a new one where the segment is full. */
    private Disk.Output ready() throws IOException {
        Disk.Output open = out;
        if (dirty) {
            close(open);
            out = null;
            open = disk.append(segment.file());
            out = open;
            open.truncate(segment.end());
            open.force();
            if (unforced) {
                open = next();
            }
            unforced = false;
            dirty = false;
        }
        if (segment.end() >= segmentBytes) {
            if (open != null) {
                open.force();
            }
            open = next();
        }
        if (open == null) {
            open = disk.append(segment.file());
            out = open;
        }
        return open;
    }

    private Disk.Output next() throws IOException {
        SegmentHeader header = new SegmentHeader(segment.number() + 1, incarnation, segment.end());
        Segment begun = begin(directory, disk, header);
        Disk.Output open = disk.append(begun.file());
        close(out);
        out = open;
        segments.put(begun.number(), begun);
        segment = begun;
        return open;
    }

    /** Cuts back at once where that is possible, and says what happened. */
    private LogException refused(IOException cause) {
        LogException refused =
                LogException.of("appending to log segment " + segment.file().getFileName(), cause);
        try {
            ready();
        } catch (IOException e) {
            LogException stuck = new LogException(
                    refused.kind(),
                    refused.getMessage() + "; nor could the file be cut back (" + e.getMessage()
                            + "): writes are refused until that succeeds, and after a crash this one may be found"
                            + " in the log",
                    cause);
            stuck.addSuppressed(e);
            return stuck;
        }
        return refused;
    }

    private static void close(Disk.@Nullable Output output) throws IOException {
        if (output != null) {
            output.close();
        }
    }

    /** Leaves a mark, so that a later flaw in the last batch is told from a torn write. */
    void close() throws IOException {
        Disk.Output open = out;
        if (open == null) {
            return;
        }
        try (open) {
            if (!dirty && !marked) {
                open.force();
                buffer.clear();
                FrameCodec.write(buffer, new Frame.Mark(new LogPosition(segment.number(), segment.end())), true);
                int bytes = flush(open);
                open.force();
                segment.end(segment.end() + bytes);
                marked = true;
            }
        }
        out = null;
    }
}
