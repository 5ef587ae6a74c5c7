package io.twinroot.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A file of the log and how much of it counts. Read by many threads. */
final class Segment {
    private static final int FIRST_READ = 1024;

    private final Path file;
    private final SegmentHeader header;
    private volatile long end;
    private volatile boolean closed;
    private volatile @Nullable FileChannel channel;

    Segment(Path file, SegmentHeader header, long end) {
        this.file = file;
        this.header = header;
        this.end = end;
    }

    static Path file(Path directory, long number) {
        return directory.resolve(String.format("%010d.seg", number));
    }

    static @Nullable SegmentHeader readHeader(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return SegmentHeader.read(
                    in.readNBytes(SegmentHeader.LENGTH), file.getFileName().toString());
        }
    }

    Path file() {
        return file;
    }

    SegmentHeader header() {
        return header;
    }

    long number() {
        return header.number();
    }

    /** How many bytes hold acknowledged frames. */
    long end() {
        return end;
    }

    void end(long newEnd) {
        end = newEnd;
    }

    SegmentReader reader(long from) throws IOException {
        return new SegmentReader(file, from, end);
    }

    LogException damaged(long offset, String what) {
        return new LogException(
                LogException.Kind.DAMAGED,
                "log segment " + file.getFileName() + " is damaged at offset " + offset + ": " + what
                        + ". Acknowledged writes lie there or after it. Put back a copy of this file, or make the"
                        + " store again from a peer; nothing was changed");
    }

    /** The payload of the frame at an offset. */
    byte[] read(long offset) {
        if (offset < SegmentHeader.LENGTH || offset > end - FrameCodec.HEAD) {
            throw damaged(offset, "no frame can begin there, the segment ends at " + end);
        }
        try {
            ByteBuffer first = bytes(offset, (int) Math.min(FIRST_READ, end - offset));
            int length = first.getInt(0);
            if (length < 1 || length > FrameCodec.MAX_PAYLOAD || length > end - offset - FrameCodec.HEAD) {
                throw damaged(offset, "a frame cannot have " + length + " bytes");
            }
            byte[] payload = new byte[length];
            int here = Math.min(length, first.limit() - FrameCodec.HEAD);
            first.get(FrameCodec.HEAD, payload, 0, here);
            if (here < length) {
                bytes(offset + FrameCodec.HEAD + here, length - here).get(0, payload, here, length - here);
            }
            if (first.getInt(4) != FrameCodec.checksum(length, payload, 0)) {
                throw damaged(offset, "the checksum of a frame is wrong");
            }
            return payload;
        } catch (IOException e) {
            throw LogException.of("reading log segment " + file.getFileName() + " at offset " + offset, e);
        }
    }

    private ByteBuffer bytes(long offset, int length) throws IOException {
        while (true) {
            FileChannel open = open();
            try {
                ByteBuffer buffer = ByteBuffer.allocate(length);
                while (buffer.hasRemaining()) {
                    if (open.read(buffer, offset + buffer.position()) < 0) {
                        throw damaged(offset, "the file ends before it");
                    }
                }
                return buffer;
            } catch (ClosedChannelException e) {
                // An interrupt of any reading thread closes the channel for all; the others open it again.
                if (closed || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
            }
        }
    }

    private FileChannel open() throws IOException {
        FileChannel open = channel;
        if (open != null && open.isOpen()) {
            return open;
        }
        synchronized (this) {
            open = channel;
            if (open == null || !open.isOpen()) {
                if (closed) {
                    throw new ClosedChannelException();
                }
                open = FileChannel.open(file, StandardOpenOption.READ);
                channel = open;
            }
            return open;
        }
    }

    synchronized void close() throws IOException {
        closed = true;
        FileChannel open = channel;
        if (open != null) {
            open.close();
        }
    }
}
