package io.twinroot.carry;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * A zstd file given out piece by piece, no piece longer than one block. A decoder that finds a block damaged
 * throws away what else it made in the same call; given one block at a time, it has handed out all that is
 * before the damage. Of the format (RFC 8878, 3.1.1) only the lengths are looked at; what is wrong is passed on
 * for the decoder to find. For one thread.
 */
final class ZstdBlocks extends InputStream {
    private static final int CHECKSUM_FLAG = 1 << 2;
    private static final int SINGLE_SEGMENT_FLAG = 1 << 5;
    private static final int RLE = 1;

    private enum Next {
        FRAME,
        BLOCK,
        CHECKSUM
    }

    private final InputStream in;
    private byte[] head = new byte[0];
    private int headAt;
    private int left;
    private Next next = Next.FRAME;
    private boolean checksum;

    ZstdBlocks(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (headAt == head.length && left == 0) {
            startPiece();
        }
        if (headAt < head.length) {
            int n = Math.min(length, head.length - headAt);
            System.arraycopy(head, headAt, target, offset, n);
            headAt += n;
            return n;
        }
        int n = left == 0 ? -1 : in.read(target, offset, Math.min(length, left));
        left -= Math.max(n, 0);
        return n;
    }

    private void startPiece() throws IOException {
        switch (next) {
            case FRAME -> {
                take(5);
                left = head.length == 5 ? frameHeaderRest(head[4]) : 0;
                checksum = head.length == 5 && (head[4] & CHECKSUM_FLAG) != 0;
                next = Next.BLOCK;
            }
            case BLOCK -> {
                take(3);
                if (head.length == 3) {
                    int bits = (head[0] & 0xff) | (head[1] & 0xff) << 8 | (head[2] & 0xff) << 16;
                    left = (bits >> 1 & 3) == RLE ? 1 : bits >> 3;
                    next = (bits & 1) == 0 ? Next.BLOCK : checksum ? Next.CHECKSUM : Next.FRAME;
                }
            }
            case CHECKSUM -> {
                take(4);
                next = Next.FRAME;
            }
        }
    }

    private void take(int bytes) throws IOException {
        head = in.readNBytes(bytes);
        headAt = 0;
    }

    /** The bytes after the descriptor: window, dictionary and content size. */
    private static int frameHeaderRest(int descriptor) {
        boolean single = (descriptor & SINGLE_SEGMENT_FLAG) != 0;
        int dictionary = new int[] {0, 1, 2, 4}[descriptor & 3];
        int content = new int[] {single ? 1 : 0, 2, 4, 8}[descriptor >> 6 & 3];
        return (single ? 0 : 1) + dictionary + content;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
