package io.twinroot.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Batches of frames as the bytes of a log, and back: for logs that are not files. */
public final class FrameBytes {
    private static final int SEGMENT = 1;

    private FrameBytes() {}

    /** @param offset where the batch will be */
    public static byte[] encode(List<Frame> batch, long offset) {
        ByteBuffer out = ByteBuffer.allocate(
                batch.stream().mapToInt(FrameCodec::sizeBound).sum());
        for (int i = 0; i < batch.size(); i++) {
            FrameCodec.write(out, batch.get(i), i == batch.size() - 1, SEGMENT, offset + out.position());
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    /** @param end where it ends */
    public record Batch(List<Frame> frames, int end) {}

    /** The whole batches from an offset on, up to the first frame that is torn. */
    public static List<Batch> decode(byte[] bytes, int from, int length) {
        List<Batch> batches = new ArrayList<>();
        List<Frame> open = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
        int at = from;
        while (at + FrameCodec.HEAD <= length) {
            int size = in.getInt(at);
            int keyLength = in.getShort(at + 4) & 0xffff;
            if (size < keyLength || size > length - at - FrameCodec.HEAD) {
                break;
            }
            int keyCheck = FrameCodec.keyCheck(SEGMENT, at, bytes, at, keyLength);
            int rest = at + FrameCodec.HEAD + keyLength;
            if (keyCheck != in.getInt(at + 6)
                    || in.getInt(at + 10) != FrameCodec.restCheck(keyCheck, bytes, rest, size - keyLength)) {
                break;
            }
            byte[] payload = Arrays.copyOfRange(bytes, at + FrameCodec.HEAD, at + FrameCodec.HEAD + size);
            open.add(FrameCodec.read(payload));
            at += FrameCodec.HEAD + size;
            if (FrameCodec.isLast(payload)) {
                batches.add(new Batch(List.copyOf(open), at));
                open.clear();
            }
        }
        return batches;
    }
}
