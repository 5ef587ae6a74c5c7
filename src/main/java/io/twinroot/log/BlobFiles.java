package io.twinroot.log;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of large blobs, each in a file named by its digest. A file that is there is whole: it is written
 * under another name, forced, and renamed. For many threads; memory does not grow with a blob's size.
 */
public final class BlobFiles {
    /** Blobs up to this size lie in the log, beside their row; in bytes. */
    public static final int INLINE_MAX = 64 << 10;

    private static final long FRESH_NS = TimeUnit.MINUTES.toNanos(30);

    private final Path directory;
    private final Path unfinished;
    private final Disk disk;
    private final AtomicLong names = new AtomicLong();
    private final AtomicLong written = new AtomicLong();

    /** When blobs were staged of which the row may not be in the log yet; guarded by itself. */
    private final Map<Digest, Long> fresh = new HashMap<>();

    /** The folders, at most 256, whose names this process made durable. */
    private final Set<Path> durable = ConcurrentHashMap.newKeySet();

    private int holds; // guarded by fresh

    /** The bytes of a blob that are on the disk, or small enough for the log. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Staged(Body.Blob blob, byte @Nullable [] inline) {}

    /** The bytes are not the blob they are said to be, or could not be read. */
    public static final class Unacceptable extends Exception {
        private static final long serialVersionUID = 1;

        Unacceptable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    public BlobFiles(Path directory, Disk disk) {
        this.directory = directory;
        this.unfinished = directory.resolve("unfinished");
        this.disk = disk;
    }

    /** Makes the folders, and deletes what a process that died left half written. */
    public void open() {
        try {
            Files.createDirectories(unfinished);
            try (Stream<Path> files = Files.list(unfinished)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw LogException.of("opening the blobs' folder " + directory, e);
        }
    }

    /**
     * Reads a blob and puts it on the disk where it is large. Nothing refers to it yet.
     *
     * @throws Unacceptable when the bytes are not those of the blob, or their source fails
     * @throws LogException when they could not be written
     */
    public Staged stage(Body.Blob blob, BlobSource source) throws Unacceptable {
        if (blob.size() > INLINE_MAX) {
            keep(blob.content());
        }
        if (source instanceof Stored stored
                && stored.owner() == this
                && stored.blob().equals(blob)
                && Files.exists(file(blob.content()))) {
            return new Staged(blob, null);
        }
        try (InputStream in = source.open()) {
            byte[] first = in.readNBytes((int) Math.min(blob.size(), INLINE_MAX) + 1);
            if (blob.size() <= INLINE_MAX) {
                check(blob, first.length, first.length > blob.size() ? null : Digest.sha256(first));
                return new Staged(blob, first);
            }
            write(blob, first, in);
            return new Staged(blob, null);
        } catch (IOException e) {
            throw new Unacceptable("the blob's bytes could not be read: " + e.getMessage(), e);
        }
    }

    /** Takes bytes of unknown size and digest: writes them, and says what blob they are. */
    public Body.Blob receive(InputStream in) throws Unacceptable {
        return write(null, new byte[0], in);
    }

    /** Whether the bytes of a large blob are here. */
    public boolean has(Body.Blob blob) {
        return Files.exists(file(blob.content()));
    }

    /** The bytes of a large blob. Reading them to the end checks them. */
    public BlobSource source(Body.Blob blob) {
        return new Stored(this, blob);
    }

    private record Stored(BlobFiles owner, Body.Blob blob) implements BlobSource {
        @Override
        public InputStream open() throws IOException {
            try {
                return new Checked(Files.newInputStream(owner.file(blob.content())), blob);
            } catch (NoSuchFileException e) {
                throw new IOException(
                        "the bytes of blob " + blob.content().hex() + " are missing: " + e.getMessage(), e);
            }
        }
    }

    /** What tells one file of a blob from another in its place; "missing" where there is none. */
    public String trace(Body.Blob blob) {
        try {
            BasicFileAttributes file = Files.readAttributes(file(blob.content()), BasicFileAttributes.class);
            return file.fileKey() + " " + file.size() + " " + file.lastModifiedTime();
        } catch (IOException e) {
            return "missing";
        }
    }

    /** From now on {@link #deleteIf} leaves this blob alone for a while. */
    private void keep(Digest content) {
        synchronized (fresh) {
            fresh.put(content, System.nanoTime());
        }
    }

    /** The bytes written since {@link #deleteIf} was done last. */
    public long bytesWritten() {
        return written.get();
    }

    /** How many blobs have a file. */
    public long count() {
        long[] count = {0};
        forEach(content -> count[0]++);
        return count[0];
    }

    /** Gives each blob that has a file. */
    public void forEach(Consumer<Digest> sink) {
        try (Stream<Path> folders = Files.list(directory)) {
            for (Path folder : folders.filter(Files::isDirectory).toList()) {
                try (Stream<Path> files = Files.list(folder)) {
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.matches("[0-9a-f]{64}"))
                            .map(Digest::ofHex)
                            .forEach(sink);
                }
            }
        } catch (IOException e) {
            throw LogException.of("listing the blobs in " + directory, e);
        }
    }

    /**
     * Deletes the files of blobs that no row has, but for those that came within the last half hour: their rows
     * may be on the way.
     *
     * @return how many
     */
    public long deleteIf(Predicate<Digest> isUnneeded) {
        long now = System.nanoTime();
        written.set(0);
        synchronized (fresh) {
            fresh.values().removeIf(since -> now - since > FRESH_NS);
        }
        long[] count = {0};
        forEach(content -> {
            if (isUnneeded.test(content) && deleteUnlessFresh(content)) {
                count[0]++;
            }
        });
        return count[0];
    }

    /** Until this is closed no blob is deleted. */
    public AutoCloseable hold() {
        synchronized (fresh) {
            holds++;
        }
        return () -> {
            synchronized (fresh) {
                holds--;
            }
        };
    }

    /** The file of a blob, as part of a copy. */
    public CopiedFile copied(String folder, Digest content) {
        Path file = file(content);
        try {
            return new CopiedFile(
                    folder + "/" + content.hex().substring(0, 2) + "/" + content.hex(), Files.size(file), out -> {
                        try (InputStream in = Files.newInputStream(file)) {
                            in.transferTo(out);
                        }
                    });
        } catch (IOException e) {
            throw LogException.of("copying a blob of " + directory, e);
        }
    }

    private boolean deleteUnlessFresh(Digest content) {
        synchronized (fresh) {
            if (holds > 0 || fresh.containsKey(content)) {
                return false;
            }
            try {
                disk.delete(file(content));
                return true;
            } catch (IOException e) {
                throw LogException.of("deleting a blob in " + directory, e);
            }
        }
    }

    private Path folder(Digest content) {
        return directory.resolve(content.hex().substring(0, 2));
    }

    private Path file(Digest content) {
        return folder(content).resolve(content.hex());
    }

    private Body.Blob write(Body.@Nullable Blob expected, byte[] first, InputStream in) throws Unacceptable {
        Path file = unfinished.resolve(Long.toString(names.incrementAndGet()));
        boolean done = false;
        try {
            Body.Blob made = copy(file, expected, first, in);
            keep(made.content());
            written.addAndGet(made.size());
            Path folder = folder(made.content());
            ready(folder);
            disk.rename(file, file(made.content()));
            done = true;
            disk.forceDirectory(folder);
            return made;
        } catch (IOException e) {
            throw LogException.of("writing a blob to " + directory, e);
        } finally {
            if (!done) {
                delete(file);
            }
        }
    }

    /** Makes the folder, and its name durable: also where another thread, or a process that died, has just made it. */
    private void ready(Path folder) throws IOException {
        if (durable.contains(folder)) {
            return;
        }
        Files.createDirectories(folder);
        disk.forceDirectory(directory);
        durable.add(folder);
    }

    private Body.Blob copy(Path file, Body.@Nullable Blob expected, byte[] first, InputStream in)
            throws IOException, Unacceptable {
        MessageDigest sha = Digest.newSha256();
        long size = first.length;
        try (Disk.Output out = disk.create(file)) {
            sha.update(first);
            out.write(ByteBuffer.wrap(first));
            byte[] piece = new byte[INLINE_MAX];
            for (int n = read(in, piece); n >= 0; n = read(in, piece)) {
                size += n;
                if (expected != null && size > expected.size()) {
                    break;
                }
                sha.update(piece, 0, n);
                out.write(ByteBuffer.wrap(piece, 0, n));
            }
            Digest content = Digest.of(sha.digest());
            if (expected != null) {
                check(expected, size, content);
            }
            out.force();
            return new Body.Blob(size, content);
        }
    }

    private static int read(InputStream in, byte[] piece) throws Unacceptable {
        try {
            return in.read(piece);
        } catch (IOException e) {
            throw new Unacceptable("the blob's bytes could not be read: " + e.getMessage(), e);
        }
    }

    private static void check(Body.Blob blob, long size, @Nullable Digest content) throws Unacceptable {
        if (size != blob.size()) {
            throw new Unacceptable(
                    "the blob is said to have " + blob.size() + " bytes and has "
                            + (size > blob.size() ? "more" : String.valueOf(size)),
                    null);
        }
        if (!blob.content().equals(content)) {
            throw new Unacceptable("the blob's bytes have digest " + content + ", not " + blob.content(), null);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            System.getLogger(BlobFiles.class.getName())
                    .log(System.Logger.Level.WARNING, "an unfinished blob stays until the next start: " + e);
        }
    }

    /** Gives the bytes and compares size and digest at their end. */
    private static final class Checked extends FilterInputStream {
        private final Body.Blob blob;
        private final MessageDigest sha = Digest.newSha256();
        private long size;

        Checked(InputStream in, Body.Blob blob) {
            super(in);
            this.blob = blob;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = super.read(bytes, offset, length);
            if (n > 0) {
                sha.update(bytes, offset, n);
                size += n;
            }
            boolean ends = n < 0 || size >= blob.size();
            if (ends
                    && (size != blob.size()
                            || !Arrays.equals(digest(), blob.content().toBytes()))) {
                throw new IOException("the file of blob " + blob.content().hex() + " is damaged");
            }
            return n;
        }

        private byte[] digest() {
            try {
                return ((MessageDigest) sha.clone()).digest();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException("the JDK's SHA-256 can be cloned", e);
            }
        }

        @Override
        public long skip(long n) throws IOException {
            return readNBytes((int) Math.min(n, 1 << 16)).length;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
