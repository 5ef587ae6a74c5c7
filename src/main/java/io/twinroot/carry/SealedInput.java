package io.twinroot.carry;

import io.twinroot.table.Digest;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.LineSplitter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link SealedOutput} wrote, one line at a time, from any line on. Holds one line in memory. For one
 * thread.
 */
final class SealedInput implements AutoCloseable {
    private static final int CHUNK = 64 << 10;

    private final InputStream in;
    private final LineSplitter lines;
    private final byte[] chunk = new byte[CHUNK];
    private final MessageDigest sha = Digest.newSha256();
    private final MessageDigest part = Digest.newSha256();
    private final long firstLine;
    private byte @Nullable [] current;
    private long position;

    /**
     * @param position of the first byte of the first line to read
     * @param firstLine the number of that line, from 1
     */
    SealedInput(Path file, long position, long firstLine, int lineMax) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        channel.position(position);
        in = Channels.newInputStream(channel);
        lines = new LineSplitter(lineMax);
        this.position = position;
        this.firstLine = firstLine;
    }

    /**
     * What {@code decoding} makes of the next line.
     *
     * @throws CarryException when there is none, or it is not as it should be
     */
    <T> T next(Function<byte[], T> decoding) {
        try {
            byte[] line = read();
            if (line == null) {
                throw new CarryException(
                        "it is cut off after line " + (firstLine + lines.line() - 1) + "; nothing in it is used");
            }
            T decoded = decoding.apply(line);
            current = line;
            return decoded;
        } catch (JsonException e) {
            throw wrong(e.detail(), e);
        } catch (IOException e) {
            throw new CarryException("it cannot be read: " + e.getMessage(), e);
        }
    }

    private byte @Nullable [] read() throws IOException {
        byte[] before = current;
        if (before != null) {
            sha.update(before);
            sha.update((byte) '\n');
            part.update(before);
            part.update((byte) '\n');
            position += before.length + 1L;
            current = null;
        }
        for (byte[] line = lines.next(); ; line = lines.next()) {
            if (line != null) {
                return line;
            }
            int n = in.read(chunk, 0, CHUNK);
            if (n < 0) {
                return null;
            }
            lines.add(chunk, 0, n);
        }
    }

    /** Where the line begins that was read last. */
    long position() {
        return position;
    }

    /** Its number, from 1. */
    long line() {
        return firstLine + lines.line() - 1;
    }

    /** The digest of all lines before it, from where the reading began. */
    Digest before() {
        return RunningDigest.soFar(sha);
    }

    /** Begins another digest, with the line that was read last. */
    void mark() {
        part.reset();
    }

    /** The digest of all lines from the mark to before the line that was read last. */
    Digest sinceMark() {
        return RunningDigest.soFar(part);
    }

    /** Checks that nothing follows the line that was read last. */
    void checkEnd() {
        try {
            if (read() != null || in.read(chunk, 0, 1) >= 0) {
                throw new CarryException("line " + line() + ": something follows the end; nothing in it is used");
            }
        } catch (IOException e) {
            throw new CarryException("it cannot be read: " + e.getMessage(), e);
        }
    }

    /** What is wrong with the line that was read last. */
    CarryException wrong(String what, @Nullable Exception cause) {
        String message = "line " + Math.max(line(), firstLine) + ": " + what + "; nothing in it is used";
        return cause == null ? new CarryException(message) : new CarryException(message, cause);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
