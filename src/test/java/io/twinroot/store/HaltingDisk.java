package io.twinroot.store;

import io.twinroot.log.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A disk, and the end of the process at one moment of the n-th operation on a file of some name. A file
 * is named by its path in the store's directory, with {@code " new"} behind it while it is written for the first
 * time.
 */
final class HaltingDisk implements Disk {
    /** The exit code of the process when its moment came. */
    static final int EXIT = 86;

    /** Where in an operation. */
    enum Moment {
        CREATED,
        HALF_WRITTEN,
        BEFORE_FORCE,
        FORCED,
        BEFORE_RENAME,
        RENAMED,
        BEFORE_DELETE,
        DELETED,
        BEFORE_FORCE_DIRECTORY,
        DIRECTORY_FORCED,
        BEFORE_TRUNCATE,
        TRUNCATED,
        /** A file of MapDB's, which this disk does not write, is there: at most 3 ms later. */
        GROWING
    }

    private final Disk disk;
    private final Path store;
    private final Moment moment;
    private final Pattern file;
    private final AtomicInteger left;

    HaltingDisk(Disk disk, Path store, Moment moment, Pattern file, int nth) {
        this.disk = disk;
        this.store = store;
        this.moment = moment;
        this.file = file;
        this.left = new AtomicInteger(nth);
        if (moment == Moment.GROWING) {
            Thread.ofPlatform().daemon().start(this::watch);
        }
    }

    private String name(Path path) {
        return store.relativize(path).toString();
    }

    private void at(Moment now, String name) {
        if (isAim(now, name)) {
            Runtime.getRuntime().halt(EXIT);
        }
    }

    private boolean isAim(Moment now, String name) {
        return now == moment && file.matcher(name).matches() && left.decrementAndGet() == 0;
    }

    private void watch() {
        Set<String> seen = new HashSet<>();
        while (left.get() > 0) {
            try (Stream<Path> files = Files.walk(store)) {
                for (Path path : files.toList()) {
                    String name = name(path);
                    if (file.matcher(name).matches() && seen.add(name) && isAim(Moment.GROWING, name)) {
                        LockSupport.parkNanos(new Random().nextInt(3_000_000));
                        Runtime.getRuntime().halt(EXIT);
                    }
                }
            } catch (IOException | java.io.UncheckedIOException e) {
                continue; // a file went while its folder was read
            }
            LockSupport.parkNanos(50_000);
        }
    }

    @Override
    public Output create(Path path) throws IOException {
        Output output = new Halting(disk.create(path), name(path) + " new");
        at(Moment.CREATED, name(path));
        return output;
    }

    @Override
    public Output append(Path path) throws IOException {
        return new Halting(disk.append(path), name(path));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        at(Moment.BEFORE_RENAME, name(from));
        disk.rename(from, to);
        at(Moment.RENAMED, name(from));
    }

    @Override
    public void delete(Path file) throws IOException {
        at(Moment.BEFORE_DELETE, name(file));
        disk.delete(file);
        at(Moment.DELETED, name(file));
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        at(Moment.BEFORE_FORCE_DIRECTORY, name(directory));
        disk.forceDirectory(directory);
        at(Moment.DIRECTORY_FORCED, name(directory));
    }

    private final class Halting implements Output {
        private final Output real;
        private final String name;

        Halting(Output real, String name) {
            this.real = real;
            this.name = name;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            if (isAim(Moment.HALF_WRITTEN, name)) {
                real.write(bytes.limit(bytes.position() + bytes.remaining() / 2));
                Runtime.getRuntime().halt(EXIT);
            }
            real.write(bytes);
        }

        @Override
        public void force() throws IOException {
            at(Moment.BEFORE_FORCE, name);
            real.force();
            at(Moment.FORCED, name);
        }

        @Override
        public void truncate(long length) throws IOException {
            at(Moment.BEFORE_TRUNCATE, name);
            real.truncate(length);
            at(Moment.TRUNCATED, name);
        }

        @Override
        public void close() throws IOException {
            real.close();
        }
    }
}
