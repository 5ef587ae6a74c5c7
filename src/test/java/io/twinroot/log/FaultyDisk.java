package io.twinroot.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** The real files, with a disk that is slow to force, full or broken when a test says so. */
public final class FaultyDisk implements Disk {
    private final boolean forces;

    /** How many bytes still fit; the write that does not fit is done in part, as a full disk does. */
    public volatile long space = Long.MAX_VALUE;

    public volatile boolean failsForce;
    public volatile boolean failsTruncate;
    public volatile boolean failsCreate;
    public final AtomicInteger forced = new AtomicInteger();

    private FaultyDisk(boolean forces) {
        this.forces = forces;
    }

    public static FaultyDisk forcing() {
        return new FaultyDisk(true);
    }

    /** Leaves out what only a loss of power would miss: for tests that are about something else. */
    public static FaultyDisk quick() {
        return new FaultyDisk(false);
    }

    @Override
    public Output create(Path file) throws IOException {
        if (failsCreate) {
            throw new IOException("No space left on device");
        }
        return new Faulty(Disk.super.create(file));
    }

    @Override
    public Output append(Path file) throws IOException {
        return new Faulty(Disk.super.append(file));
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        if (forces) {
            Disk.super.forceDirectory(directory);
        }
    }

    private final class Faulty implements Output {
        private final Output real;

        Faulty(Output real) {
            this.real = real;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            int fits = (int) Math.min(space, bytes.remaining());
            boolean full = fits < bytes.remaining();
            space = space == Long.MAX_VALUE ? space : space - fits;
            ByteBuffer part = bytes.slice(bytes.position(), fits);
            bytes.position(bytes.position() + fits);
            real.write(part);
            if (full) {
                throw new IOException("No space left on device");
            }
        }

        @Override
        public void force() throws IOException {
            if (failsForce) {
                throw new IOException("Input/output error");
            }
            forced.incrementAndGet();
            if (forces) {
                real.force();
            }
        }

        @Override
        public void truncate(long length) throws IOException {
            if (failsTruncate) {
                throw new IOException("Input/output error");
            }
            real.truncate(length);
        }

        @Override
        public void close() throws IOException {
            real.close();
        }
    }
}
