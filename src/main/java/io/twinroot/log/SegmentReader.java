package io.twinroot.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads the frames of one segment in order, through a buffer. For one thread. */
final class SegmentReader implements Closeable {
    private static final int BUFFER = 1 << 20;

    private final FileChannel channel;
    private final long segment;
    private final long limit;
    private ByteBuffer buffer;
    private long bufferStart;
    private long offset;
    private long next;
    private String problem = "";

    /**
     * @param segment its number
     * @param from where the first frame begins
     * @param limit the end of what is read
     */
    SegmentReader(Path file, long segment, long from, long limit) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        this.segment = segment;
        this.limit = limit;
        this.buffer = ByteBuffer.allocate(Math.clamp(limit - from, 0, BUFFER)).flip();
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

    /** Whether a frame can have these lengths where so many bytes are left. */
    static boolean isPossible(int length, int keyLength, long left) {
        return length >= 1
                && length <= FrameCodec.MAX_PAYLOAD
                && keyLength >= 1
                && keyLength <= Math.min(length, FrameCodec.MAX_KEY)
                && length <= left - FrameCodec.HEAD;
    }

    /** The payload, key and rest, of the next frame; null at the end, and where no whole frame is. */
    byte @Nullable [] next() throws IOException {
        if (next == limit) {
            return null;
        }
        offset = next;
        if (!hasKeyAt(offset)) {
            problem = flawOfHead();
            return null;
        }
        int length = buffer.getInt(index());
        fill(FrameCodec.HEAD + length);
        int at = index();
        int keyLength = buffer.getShort(at + 4) & 0xffff;
        int keyCheck = buffer.getInt(at + 6);
        int rest = at + FrameCodec.HEAD + keyLength;
        if (buffer.getInt(at + 10) != FrameCodec.restCheck(keyCheck, buffer.array(), rest, length - keyLength)) {
            problem = "the checksum of a frame's content is wrong";
            return null;
        }
        byte[] payload = new byte[length];
        buffer.get(at + FrameCodec.HEAD, payload);
        next = offset + FrameCodec.HEAD + length;
        return payload;
    }

    private int index() {
        return (int) (offset - bufferStart);
    }

    /** Whether a frame with a good key begins there. Moves to it. */
    private boolean hasKeyAt(long at) throws IOException {
        offset = at;
        if (limit - offset < FrameCodec.HEAD) {
            return false;
        }
        fill(FrameCodec.HEAD);
        int keyLength = buffer.getShort(index() + 4) & 0xffff;
        if (!isPossible(buffer.getInt(index()), keyLength, limit - offset)) {
            return false;
        }
        fill(FrameCodec.HEAD + keyLength);
        return buffer.getInt(index() + 6) == FrameCodec.keyCheck(segment, offset, buffer.array(), index(), keyLength);
    }

    /** Why no frame with a good key begins at the offset. */
    private String flawOfHead() throws IOException {
        long left = limit - offset - FrameCodec.HEAD;
        if (left < 0) {
            return "the head of a frame is cut off";
        }
        fill(FrameCodec.HEAD);
        int length = buffer.getInt(index());
        int keyLength = buffer.getShort(index() + 4) & 0xffff;
        if (isPossible(length, keyLength, limit - offset)) {
            return "the checksum of a frame's key is wrong";
        }
        return length >= 1 && length <= FrameCodec.MAX_PAYLOAD && length > left
                ? "a frame is cut off: it has " + length + " bytes and " + left + " are there"
                : "a frame cannot have " + length + " bytes and a key of " + keyLength;
    }

    /** After {@link #next} met a problem: goes to the next frame, or the end, and says what was passed over. */
    Damage skip() throws IOException {
        long from = offset;
        String why = problem;
        byte[] head = head(from);
        Frame.Lost row = null;
        boolean isNoWrite = false;
        long guess = -1;
        if (head != null) {
            ByteBuffer in = ByteBuffer.wrap(head);
            int keyLength = in.getShort(4) & 0xffff;
            byte[] key = Arrays.copyOfRange(head, FrameCodec.HEAD, FrameCodec.HEAD + keyLength);
            row = FrameCodec.rowOf(key);
            isNoWrite = FrameCodec.isNoWrite(key);
            guess = from + FrameCodec.HEAD + in.getInt(0);
        }
        boolean isNeighbour = guess == limit || (guess > 0 && guess < limit && hasKeyAt(guess));
        next = isNeighbour ? guess : search(from + 1);
        offset = from;
        problem = "";
        return new Damage(
                new LogPosition(segment, from), next - from, why, !isNoWrite || !isNeighbour, isNeighbour ? row : null);
    }

    /** Head and key of the frame at an offset, with at most one bit set right; null where that is not enough. */
    private byte @Nullable [] head(long at) throws IOException {
        offset = at;
        int size = (int) Math.min(limit - at, FrameCodec.HEAD + FrameCodec.MAX_KEY);
        if (size <= FrameCodec.HEAD) {
            return null;
        }
        fill(size);
        byte[] bytes = Arrays.copyOfRange(buffer.array(), index(), index() + size);
        if (isHead(bytes, at)) {
            return bytes;
        }
        for (int bit = 0; bit < size * 8; bit++) {
            byte mask = (byte) (1 << (bit & 7));
            bytes[bit >>> 3] ^= mask;
            int keyLength = ByteBuffer.wrap(bytes).getShort(4) & 0xffff;
            if (bit >>> 3 >= FrameCodec.HEAD + keyLength) {
                return null; // beyond the key no bit matters
            }
            if (isHead(bytes, at)) {
                return bytes;
            }
            bytes[bit >>> 3] ^= mask;
        }
        return null;
    }

    private boolean isHead(byte[] bytes, long at) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int keyLength = in.getShort(4) & 0xffff;
        return isPossible(in.getInt(0), keyLength, limit - at)
                && FrameCodec.HEAD + keyLength <= bytes.length
                && in.getInt(6) == FrameCodec.keyCheck(segment, at, bytes, 0, keyLength);
    }

    /** Where the next frame with a good key is, from an offset on; else the end. */
    private long search(long from) throws IOException {
        for (long at = from; at <= limit - FrameCodec.HEAD; at++) {
            if (hasKeyAt(at)) {
                return at;
            }
        }
        return limit;
    }

    /** Whether a whole mark follows, which proves that what is before it was once on the disk. Moves on to the end. */
    boolean findsMark() throws IOException {
        while (true) {
            byte[] payload = next();
            if (payload != null) {
                if (FrameCodec.isMark(payload)) {
                    return true;
                }
            } else if (problem.isEmpty()) {
                return false;
            } else {
                skip();
            }
        }
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
