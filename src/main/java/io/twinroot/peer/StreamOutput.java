package io.twinroot.peer;

import io.twinroot.peer.BrokenStream.Cause;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;

/**
 * Bytes that one blocking thread writes to a Vert.x stream, in pieces of 64 KiB. At most {@value #WINDOW}
 * pieces are on their way; the writer waits for the oldest to be with the operating system, so it is slowed
 * down to the reader.
 *
 * <p>Writing fails with {@link BrokenStream} when the connection breaks, the reader is slower than the least
 * rate, or the deadline comes.
 */
final class StreamOutput extends OutputStream {
    static final int PIECE = 64 * 1024;
    static final int WINDOW = 4;

    /** Where the pieces go; called on the context. */
    interface Sink {
        Future<Void> write(Buffer piece);

        /** The last piece, perhaps empty. */
        Future<Void> end(Buffer piece);
    }

    private final Sink sink;
    private final Context context;
    private final Pace pace;
    private final Deadline deadline;
    private final CompletableFuture<?> stop;
    private final IntConsumer count;
    private final Deque<CompletableFuture<Void>> underway = new ArrayDeque<>();

    private byte[] piece = new byte[1024];
    private int length;
    private boolean ended;

    /**
     * @param stop when it completes, nobody reads on: the other side has answered, or is gone; writing fails with
     *     {@link Cause#ANSWERED}
     * @param count is told of each piece's bytes
     */
    StreamOutput(
            Sink sink, Context context, Pace pace, Deadline deadline, CompletableFuture<?> stop, IntConsumer count) {
        this.sink = sink;
        this.context = context;
        this.pace = pace;
        this.deadline = deadline;
        this.stop = stop;
        this.count = count;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int n) throws IOException {
        Objects.checkFromIndexSize(offset, n, bytes.length);
        int from = offset;
        int left = n;
        while (left > 0) {
            if (length == PIECE) {
                send();
            }
            int part = Math.min(left, PIECE - length);
            if (piece.length < length + part) {
                piece = Arrays.copyOf(piece, Math.min(PIECE, Math.max(length + part, 2 * piece.length)));
            }
            System.arraycopy(bytes, from, piece, length, part);
            length += part;
            from += part;
            left -= part;
        }
    }

    /** Sends what is held now, without waiting for a whole piece. */
    @Override
    public void flush() throws IOException {
        if (length > 0) {
            send();
        }
    }

    private void send() throws IOException {
        checkStop();
        while (underway.size() >= WINDOW) {
            await();
        }
        Buffer buffer = takePiece();
        submit(() -> sink.write(buffer));
    }

    private Buffer takePiece() {
        Buffer buffer = Buffer.buffer(length == piece.length ? piece : Arrays.copyOf(piece, length));
        count.accept(length);
        piece = new byte[PIECE];
        length = 0;
        return buffer;
    }

    private void submit(java.util.function.Supplier<Future<Void>> sending) {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        underway.add(sent);
        context.runOnContext(now -> {
            try {
                sending.get().onSuccess(sent::complete).onFailure(sent::completeExceptionally);
            } catch (IllegalStateException closed) {
                sent.completeExceptionally(closed);
            }
        });
    }

    /** Sends the rest and the end, and waits until all is with the operating system. */
    void finish() throws IOException {
        if (ended) {
            return;
        }
        ended = true;
        Buffer last = takePiece();
        submit(() -> sink.end(last));
        while (!underway.isEmpty()) {
            await();
        }
    }

    private void await() throws IOException {
        CompletableFuture<Void> oldest = Objects.requireNonNull(underway.peek());
        while (!oldest.isDone()) {
            checkStop();
            long left = deadline.remainingNanos();
            if (left == 0) {
                throw new BrokenStream(Cause.LATE, "the time was over while sending");
            }
            long from = System.nanoTime();
            waitFor(oldest, Math.min(left, pace.leftNanos()));
            if (!pace.keepsUp(System.nanoTime() - from, oldest.isDone() ? PIECE : 0)) {
                throw new BrokenStream(Cause.SLOW, "the bytes were taken too slowly");
            }
        }
        underway.remove();
        result(oldest);
    }

    private void checkStop() throws BrokenStream {
        if (stop.isDone()) {
            throw new BrokenStream(Cause.ANSWERED, "the other side stopped to read before it had all");
        }
    }

    private void waitFor(CompletableFuture<Void> oldest, long nanos) throws IOException {
        try {
            CompletableFuture.anyOf(oldest, stop).get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // The loop around looks at what is done.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokenStream(Cause.CLOSED, "writing was interrupted", e);
        }
    }

    private static void result(CompletableFuture<Void> done) throws IOException {
        if (done.isCompletedExceptionally()) {
            Throwable failure = done.exceptionNow();
            throw new BrokenStream(Cause.CLOSED, "the connection broke while sending", failure);
        }
    }
}
