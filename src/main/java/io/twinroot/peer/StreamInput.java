package io.twinroot.peer;

import io.twinroot.peer.BrokenStream.Cause;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A Vert.x stream of buffers, read by one blocking thread. At most {@value #WINDOW} buffers are held; more are
 * asked for as they are taken, so the sender is slowed down to the reader.
 *
 * <p>Reading fails with {@link BrokenStream} when the stream breaks off, is slower than the least rate, passes
 * the deadline or is longer than allowed.
 */
final class StreamInput extends InputStream {
    private static final int WINDOW = 4;

    /** The end of the stream, in the queue of buffers and failures. */
    private enum End {
        END
    }

    private final ReadStream<Buffer> stream;
    private final Context context;
    private final Pace pace;
    private final Deadline deadline;
    private final long max;
    private final IntConsumer count;
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();

    private long received;
    private byte[] piece = new byte[0];
    private int position;
    private boolean ended;

    /**
     * Call on {@code context}, while the stream is paused and has given nothing yet.
     *
     * @param max the most bytes to take
     * @param count is told of each piece's bytes
     */
    StreamInput(ReadStream<Buffer> stream, Context context, Pace pace, Deadline deadline, long max, IntConsumer count) {
        this.stream = stream;
        this.context = context;
        this.pace = pace;
        this.deadline = deadline;
        this.max = max;
        this.count = count;
        stream.handler(events::add);
        stream.exceptionHandler(events::add);
        stream.endHandler(end -> events.add(End.END));
        stream.fetch(WINDOW);
    }

    /** Says that nothing more comes. What came before can still be read. */
    void broken() {
        events.add(new ClosedChannelException());
    }

    /** The next bytes, as many as came together; null at the end. */
    byte @Nullable [] nextPiece() throws IOException {
        if (position < piece.length) {
            byte[] rest = Arrays.copyOfRange(piece, position, piece.length);
            position = piece.length;
            return rest;
        }
        return fill() ? take() : null;
    }

    private byte[] take() {
        position = piece.length;
        return piece;
    }

    @Override
    public int read() throws IOException {
        while (position == piece.length) {
            if (!fill()) {
                return -1;
            }
        }
        return piece[position++] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        while (position == piece.length) {
            if (!fill()) {
                return -1;
            }
        }
        int n = Math.min(length, piece.length - position);
        System.arraycopy(piece, position, target, offset, n);
        position += n;
        return n;
    }

    /** Whether all was read to the stream's end. */
    boolean atEnd() {
        return ended;
    }

    private boolean fill() throws IOException {
        if (ended) {
            return false;
        }
        Object event = await();
        if (event instanceof End) {
            ended = true;
            return false;
        }
        if (event instanceof Throwable failure) {
            events.add(failure);
            throw new BrokenStream(Cause.CLOSED, "the connection broke after " + received + " bytes", failure);
        }
        piece = ((Buffer) event).getBytes();
        position = 0;
        received += piece.length;
        count.accept(piece.length);
        if (received > max) {
            throw new BrokenStream(Cause.TOO_LARGE, "there are more than " + max + " bytes");
        }
        context.runOnContext(more -> stream.fetch(1));
        return true;
    }

    private Object await() throws IOException {
        Object ready = events.poll();
        if (ready != null) {
            return ready;
        }
        while (true) {
            long left = deadline.remainingNanos();
            if (left == 0) {
                throw new BrokenStream(Cause.LATE, "the time was over after " + received + " bytes");
            }
            long from = System.nanoTime();
            Object event = poll(Math.min(left, pace.leftNanos()));
            int bytes = event instanceof Buffer buffer ? buffer.length() : 0;
            boolean keepsUp = pace.keepsUp(System.nanoTime() - from, bytes);
            if (event != null) {
                return event;
            }
            if (!keepsUp) {
                throw new BrokenStream(Cause.SLOW, "the bytes came too slowly; there were " + received + " so far");
            }
        }
    }

    private @Nullable Object poll(long nanos) throws IOException {
        try {
            return events.poll(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokenStream(Cause.CLOSED, "reading was interrupted", e);
        }
    }
}
