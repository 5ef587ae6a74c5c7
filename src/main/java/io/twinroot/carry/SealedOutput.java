package io.twinroot.carry;

import io.twinroot.table.Digest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;

/** Writes lines, and knows the digest of what it wrote, for the last one. For one thread. */
final class SealedOutput implements AutoCloseable {
    private final OutputStream out;
    private final MessageDigest sha = Digest.newSha256();

    /** @param file what its {@code flush} is called for must be on the disk when that returns */
    SealedOutput(OutputStream file) {
        out = new BufferedOutputStream(file, 1 << 16);
    }

    void line(byte[] json) throws IOException {
        sha.update(json);
        sha.update((byte) '\n');
        out.write(json);
        out.write('\n');
    }

    /** Of all lines before the next. */
    Digest digest() {
        return RunningDigest.soFar(sha);
    }

    /** Returns when all lines are on the disk. */
    void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
