package io.twinroot.log;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A file of the log and how much of it counts. Read by many threads. */
final class Segment {
    static final String TAIL_SUFFIX = ".seg";
    static final String BASE_SUFFIX = ".base";

    private static final int FIRST_READ = 1024;
    private static final int COPIED_AT_ONCE = 1 << 18;

    private final Path file;
    private final SegmentHeader header;
    private final String flaw;
    private volatile long end;
    private volatile boolean closed;
    private volatile @Nullable FileChannel channel;
    private volatile @Nullable MemorySegment mapped;

    Segment(Path file, SegmentHeader header, long end) {
        this(file, header, end, "");
    }

    /** @param flaw what of it is missing behind its end; empty for nothing */
    Segment(Path file, SegmentHeader header, long end, String flaw) {
        this.file = file;
        this.header = header;
        this.end = end;
        this.flaw = flaw;
    }

    static Path file(Path directory, long number) {
        return number >= LogPosition.FIRST_BASE
                ? directory.resolve(String.format("%010d", number - LogPosition.FIRST_BASE) + BASE_SUFFIX)
                : directory.resolve(String.format("%010d", number) + TAIL_SUFFIX);
    }

    static SegmentHeader.Found readHeader(Path file) throws IOException {
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

    String flaw() {
        return flaw;
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
        return reader(from, end);
    }

    SegmentReader reader(long from, long to) throws IOException {
        return new SegmentReader(file, number(), from, to);
    }

    LogException damaged(long offset, String what) {
        return Damage.unknown(new LogPosition(number(), offset), what)
                .failure(file.getFileName().toString());
    }

    /** The payload of the frame at an offset. */
    byte[] read(long offset) {
        if (offset < SegmentHeader.LENGTH || offset > end - FrameCodec.HEAD) {
            throw damaged(offset, flaw.isEmpty() ? "no frame can begin there, it ends at " + end : flaw);
        }
        try {
            byte[] first = bytes(offset, (int) Math.min(FIRST_READ, end - offset));
            ByteBuffer head = ByteBuffer.wrap(first);
            int length = head.getInt();
            int keyLength = head.getShort() & 0xffff;
            int keyCheck = head.getInt();
            int restCheck = head.getInt();
            if (!SegmentReader.isPossible(length, keyLength, end - offset)) {
                throw damaged(offset, "a frame cannot have " + length + " bytes and a key of " + keyLength);
            }
            byte[] frame = first;
            if (first.length < FrameCodec.HEAD + length) {
                frame = java.util.Arrays.copyOf(first, FrameCodec.HEAD + length);
                byte[] more = bytes(offset + first.length, frame.length - first.length);
                System.arraycopy(more, 0, frame, first.length, more.length);
            }
            int rest = FrameCodec.HEAD + keyLength;
            if (keyCheck != FrameCodec.keyCheck(number(), offset, frame, 0, keyLength)
                    || restCheck != FrameCodec.restCheck(keyCheck, frame, rest, length - keyLength)) {
                throw damaged(offset, "a checksum of a frame is wrong");
            }
            return java.util.Arrays.copyOfRange(frame, FrameCodec.HEAD, FrameCodec.HEAD + length);
        } catch (NoSuchFileException e) {
            throw damaged(offset, "the file is missing");
        } catch (IOException e) {
            throw LogException.of("reading log segment " + file.getFileName() + " at offset " + offset, e);
        }
    }

    /** Its first bytes, as many as hold frames now, whatever becomes of the file. */
    CopiedFile copied(String folder, long length) {
        return new CopiedFile(folder + "/" + file.getFileName(), length, out -> {
            for (long at = 0; at < length; at += COPIED_AT_ONCE) {
                out.write(bytes(at, (int) Math.min(COPIED_AT_ONCE, length - at)));
            }
        });
    }

    private byte[] bytes(long offset, int length) throws IOException {
        while (true) {
            MemorySegment map = mapped;
            if (map != null) {
                return map.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
            }
            try {
                FileChannel open = open();
                ByteBuffer buffer = ByteBuffer.allocate(length);
                while (buffer.hasRemaining()) {
                    if (open.read(buffer, offset + buffer.position()) < 0) {
                        throw damaged(offset, "the file ends before it");
                    }
                }
                return buffer.array();
            } catch (ClosedChannelException e) {
                // An interrupt of any reading thread closes the channel for all; the others open it again.
                if (mapped == null && (closed || Thread.currentThread().isInterrupted())) {
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

    /**
     * Deletes the file. Who still has this segment, because of an older snapshot, can read on: the bytes stay
     * mapped until nobody has it any more.
     */
    synchronized void retire(Disk disk) throws IOException {
        if (Files.exists(file)) {
            try (FileChannel open = FileChannel.open(file, StandardOpenOption.READ)) {
                mapped = open.map(FileChannel.MapMode.READ_ONLY, 0, open.size(), Arena.ofAuto());
            }
        }
        disk.delete(file);
        close();
    }

    synchronized void close() throws IOException {
        closed = true;
        FileChannel open = channel;
        if (open != null) {
            open.close();
        }
    }
}
