package io.twinroot.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into lines, each ended by a newline, the last perhaps by the end of the stream. Holds
 * no more than one line and what was added since. For one thread.
 *
 * <pre>
 * splitter.add(chunk, 0, n);
 * for (byte[] line = splitter.next(); line != null; line = splitter.next()) { … }
 * </pre>
 */
public final class LineSplitter {
    private final int lineMax;
    private byte[] held = new byte[8192];
    private int from;
    private int to;
    private int looked;
    private long line;
    private boolean finished;

    /** @param lineMax the most bytes that a line may have, without its newline */
    public LineSplitter(int lineMax) {
        this.lineMax = lineMax;
    }

    /** Adds {@code length} bytes of the stream. Take all lines out before adding more. */
    public void add(byte[] bytes, int offset, int length) {
        int rest = to - from;
        if (held.length - to < length) {
            byte[] room = held.length < rest + length ? new byte[Math.max(rest + length, 2 * rest)] : held;
            System.arraycopy(held, from, room, 0, rest);
            held = room;
            looked -= from;
            from = 0;
            to = rest;
        }
        System.arraycopy(bytes, offset, held, to, length);
        to += length;
    }

    /** Says that the stream has ended: what is left is the last line. */
    public void finish() {
        finished = true;
    }

    /**
     * The next line without its newline, or null while there is none.
     *
     * @throws JsonException when the line is empty or longer than allowed
     */
    public byte @Nullable [] next() {
        int end = looked;
        while (end < to && held[end] != '\n') {
            end++;
        }
        looked = end;
        if (end - from > lineMax) {
            throw new JsonException(lineMax, "the line is longer than " + lineMax + " bytes").atLine(line + 1);
        }
        if (end == to && !(finished && from < to)) {
            return null;
        }
        line++;
        if (end == from) {
            throw new JsonException(0, "the line is empty; each line holds one JSON object").atLine(line);
        }
        byte[] found = Arrays.copyOfRange(held, from, end);
        from = Math.min(end + 1, to);
        looked = from;
        return found;
    }

    /** The number of the line that {@link #next} gave last, from 1. */
    public long line() {
        return line;
    }
}
