package io.twinroot.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Reads the frames of one segment in order, through a buffer. For one thread. */
final class SegmentReader implements Closeable {
    private static final int BUFFER = 1 << 20;

    private final FileChannel channel;
    private final long limit;
    private ByteBuffer buffer = ByteBuffer.allocate(BUFFER).flip();
    private long bufferStart;
    private long offset;
    private long next;
    private String problem = "";

    /**
     * @param from where the first frame begins
     * @param limit the end of what is read
     */
    SegmentReader(Path file, long from, long limit) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        this.limit = limit;
        this.next = from;
        this.bufferStart = from;
    }

    /** Where the frame that {@link #next} gave last begins. */
    long offset() {
        return offset;
    }

    /** Where the next frame begins, if there is one. */
    long nextOffset() {
        return next;
    }

    /** Why {@link #next} gave nothing; empty at the end. */
    String problem() {
        return problem;
    }

    /** The payload of the next frame; null at the end, and where no whole frame is. */
    byte @Nullable [] next() throws IOException {
        if (next == limit) {
            return null;
        }
        offset = next;
        if (limit - offset < FrameCodec.HEAD) {
            problem = "the head of a frame is cut off";
            return null;
        }
        fill(FrameCodec.HEAD);
        int at = (int) (offset - bufferStart);
        int length = buffer.getInt(at);
        if (length < 1 || length > FrameCodec.MAX_PAYLOAD) {
            problem = "a frame cannot have " + length + " bytes";
            return null;
        }
        if (limit - offset - FrameCodec.HEAD < length) {
            problem = "a frame is cut off: it has " + length + " bytes and " + (limit - offset - FrameCodec.HEAD)
                    + " are there";
            return null;
        }
        fill(FrameCodec.HEAD + length);
        at = (int) (offset - bufferStart);
        if (buffer.getInt(at + 4) != FrameCodec.checksum(length, buffer.array(), at + FrameCodec.HEAD)) {
            problem = "the checksum of a frame is wrong";
            return null;
        }
        byte[] payload = new byte[length];
        buffer.get(at + FrameCodec.HEAD, payload);
        next = offset + FrameCodec.HEAD + length;
        return payload;
    }

    /** The first whole mark above an offset, which proves that what is before it was once on the disk; or -1. */
    long findMark(long segment, long above) throws IOException {
        int size = FrameCodec.HEAD + FrameCodec.MARK_PAYLOAD;
        for (long at = above + 1; at <= limit - size; at++) {
            offset = at;
            fill(size);
            int index = (int) (at - bufferStart);
            if (buffer.getInt(index) == FrameCodec.MARK_PAYLOAD
                    && buffer.getLong(index + FrameCodec.HEAD + 1) == segment
                    && buffer.getLong(index + FrameCodec.HEAD + 9) == at
                    && buffer.getInt(index + 4)
                            == FrameCodec.checksum(FrameCodec.MARK_PAYLOAD, buffer.array(), index + FrameCodec.HEAD)) {
                return at;
            }
        }
        return -1;
    }

    /** Makes the buffer hold that many bytes from {@link #offset} on. */
    private void fill(int bytes) throws IOException {
        if (offset >= bufferStart && offset + bytes <= bufferStart + buffer.limit()) {
            return;
        }
        if (buffer.capacity() < bytes) {
            buffer = ByteBuffer.allocate(FrameCodec.HEAD + FrameCodec.MAX_PAYLOAD);
        }
        buffer.clear();
        bufferStart = offset;
        buffer.limit((int) Math.min(buffer.capacity(), limit - offset));
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, bufferStart + buffer.position()) < 0) {
                break;
            }
        }
        buffer.flip();
        if (buffer.limit() < bytes) {
            throw new IOException("the file became shorter while it was read");
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
