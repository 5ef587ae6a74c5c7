package io.twinroot.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Writes a base segment, under a name of its own until it is whole. For one thread. */
public final class BaseWriter implements AutoCloseable {
    private static final long FORCED_AT_ONCE = 4 << 20;

    private final Path directory;
    private final Disk disk;
    private final SegmentHeader header;
    private final Path unfinished;
    private final Disk.Output out;
    private ByteBuffer buffer = ByteBuffer.allocate(2 << 20);
    private long flushed;
    private long forced;
    private @Nullable Segment segment;

    BaseWriter(Path directory, Disk disk, SegmentHeader header) throws IOException {
        this.directory = directory;
        this.disk = disk;
        this.header = header;
        this.unfinished =
                directory.resolve(Segment.file(directory, header.number()).getFileName() + ".tmp");
        disk.delete(unfinished);
        this.out = disk.create(unfinished);
        buffer.put(header.encoded());
    }

    /** The number of its segment. */
    public long number() {
        return header.number();
    }

    /** How many bytes it has so far. */
    public long bytes() {
        return flushed + buffer.position();
    }

    /** @return where the frame is, {@linkplain LogPosition#packed packed} */
    public long add(Frame frame) {
        try {
            int bound = FrameCodec.sizeBound(frame);
            if (buffer.remaining() < bound) {
                flush();
                buffer = buffer.capacity() < bound ? ByteBuffer.allocate(bound) : buffer;
            }
            long offset = bytes();
            FrameCodec.write(buffer, frame, true, header.number(), offset);
            return new LogPosition(header.number(), offset).packed();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private LogException failed(IOException e) {
        return LogException.of("writing base segment " + unfinished.getFileName() + " of the log", e);
    }

    private void flush() throws IOException {
        int bytes = buffer.position();
        out.write(buffer.flip());
        buffer.clear();
        flushed += bytes;
        if (flushed - forced >= FORCED_AT_ONCE) { // in small portions, so that commits need not wait for a large one
            out.force();
            forced = flushed;
        }
    }

    /** Forces it to the disk under its own name. */
    public void finish() {
        try {
            flush();
            out.force();
            out.close();
            Path file = Segment.file(directory, header.number());
            disk.rename(unfinished, file);
            disk.forceDirectory(directory);
            segment = new Segment(file, header, flushed);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    Segment segment() {
        Segment finished = segment;
        if (finished == null) {
            throw new IllegalStateException("base segment " + header.number() + " is not finished");
        }
        return finished;
    }

    /** Drops it where it was not finished. */
    @Override
    public void close() {
        if (segment == null) {
            try {
                out.close();
                disk.delete(unfinished);
            } catch (IOException e) {
                System.getLogger(BaseWriter.class.getName())
                        .log(
                                System.Logger.Level.WARNING,
                                "an unfinished base segment stays until the next start: " + e);
            }
        }
    }
}
