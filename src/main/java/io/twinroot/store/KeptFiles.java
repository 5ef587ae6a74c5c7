package io.twinroot.store;

import io.twinroot.log.CopiedFile;
import io.twinroot.log.Disk;
import io.twinroot.log.LogException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of kept rows: a queue on the disk. Records are written at the end of the last file; the first file goes
 * when what is needed of it was written anew. So the end of a kept row, which comes later, is never gone before
 * the row itself. For one thread at a time, but for {@link #read}.
 */
final class KeptFiles {
    /** A file is full with so many bytes, and the last write more. */
    static final int FILE_BYTES = 4 << 20;

    /** Where a record is. */
    record Place(long file, long offset, int bytes) {}

    /** How many bytes a file has, and how many of them are of rows that are still kept. */
    private static final class Size {
        private long length = KeptFile.HEADER;
        private long needed;
    }

    private final Path directory;
    private final Disk disk;
    private final boolean forces;
    private final NavigableMap<Long, Size> sizes = new TreeMap<>();
    private Disk.@Nullable Output out;

    /** Whether the last file must not be written on. */
    private boolean full;

    private int holds;

    KeptFiles(Path directory, Disk disk, boolean forces) {
        this.directory = directory;
        this.disk = disk;
        this.forces = forces;
    }

    /**
     * Reads all records, in their order.
     *
     * @param flaws gets what is wrong, for people
     * @return the least number for the next kept row
     */
    long open(List<String> flaws, BiConsumer<KeptCodec.Line, Place> sink) throws IOException {
        long next = 1;
        List<Long> numbers = numbers();
        for (long number : numbers) {
            KeptFile.Content content = KeptFile.read(path(number), number);
            if (content.next() == 0 && content.records().isEmpty() && number == numbers.getLast()) {
                disk.delete(path(number)); // it was being begun: nothing was written to it
                continue;
            }
            next = Math.max(next, content.next());
            Size size = new Size();
            size.length = Math.max(KeptFile.HEADER, content.end());
            sizes.put(number, size);
            String name = "kept/" + path(number).getFileName();
            for (long at : content.damaged()) {
                flaws.add("the file of kept rows " + name + " is damaged at " + at
                        + ": a row that was kept aside there is lost");
            }
            if (content.next() == 0) {
                flaws.add("the header of the file of kept rows " + name + " is damaged; its rows were read");
                full = true;
            }
            for (KeptFile.Found found : content.records()) {
                Place place = new Place(number, found.offset(), KeptFile.HEAD + found.payload().length);
                try {
                    sink.accept(KeptCodec.decode(found.payload()), place);
                } catch (IllegalArgumentException e) {
                    flaws.add("a kept row in " + name + " at " + found.offset() + " cannot be read: " + e.getMessage());
                }
            }
            if (content.rest() > 0) {
                flaws.add(content.rest() + " bytes at the end of " + name
                        + " are no whole record and were cut off: what a process that died had not finished");
                full |= !cut(number, content.end());
            }
        }
        if (!sizes.isEmpty()) {
            outlast(sizes.lastKey());
        }
        return next;
    }

    private List<Long> numbers() throws IOException {
        if (Files.notExists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(KeptFile::number)
                    .filter(number -> number > 0)
                    .sorted()
                    .toList();
        }
    }

    private boolean cut(long number, long end) throws IOException {
        if (end < KeptFile.HEADER) {
            return false;
        }
        try (Disk.Output output = disk.append(path(number))) {
            output.truncate(end);
            return true;
        }
    }

    /** What a process that was killed wrote and did not force counts now, so it must stay. */
    private void outlast(long last) throws IOException {
        if (forces) {
            try (Disk.Output output = disk.append(path(last))) {
                output.force();
            }
            disk.forceDirectory(directory);
        }
    }

    private Path path(long number) {
        return KeptFile.path(directory, number);
    }

    /**
     * Writes records and forces them to the disk.
     *
     * @param next the number for the kept row that comes next
     * @return where they are
     * @throws IOException when that failed: none of them counts
     */
    List<Place> write(List<KeptCodec.Line> lines, long next) throws IOException {
        if (lines.isEmpty()) {
            return List.of();
        }
        Disk.Output output = ready(next);
        long number = sizes.lastKey();
        Size size = sizes.lastEntry().getValue();
        List<Place> places = new ArrayList<>();
        long at = size.length;
        boolean forcing = false;
        boolean done = false;
        try {
            for (KeptCodec.Line line : lines) {
                byte[] record = KeptFile.record(number, at, KeptCodec.encode(line));
                output.write(ByteBuffer.wrap(record));
                places.add(new Place(number, at, record.length));
                at += record.length;
            }
            forcing = true;
            if (forces) {
                output.force();
            }
            done = true;
        } finally {
            if (!done) {
                full |= forcing; // what the system dropped is not known
                cutBack(output, size.length);
            }
        }
        size.length = at;
        return places;
    }

    private void cutBack(Disk.Output output, long length) {
        try {
            output.truncate(length);
        } catch (IOException e) {
            full = true;
        }
    }

    private Disk.Output ready(long next) throws IOException {
        if (sizes.isEmpty() || full || sizes.lastEntry().getValue().length >= FILE_BYTES) {
            return begin(next);
        }
        if (out == null) {
            out = disk.append(path(sizes.lastKey()));
        }
        return out;
    }

    /** Begins a file; its header and name are on the disk. */
    private Disk.Output begin(long next) throws IOException {
        if (sizes.isEmpty()) {
            Files.createDirectories(directory);
            disk.forceDirectory(Objects.requireNonNull(directory.getParent()));
        }
        long number = sizes.isEmpty() ? 1 : sizes.lastKey() + 1;
        Path file = path(number);
        disk.delete(file); // what an attempt that failed left
        Disk.Output begun = disk.create(file);
        boolean done = false;
        try {
            begun.write(KeptFile.header(number, next));
            if (forces) {
                begun.force();
                disk.forceDirectory(directory);
            }
            done = true;
        } finally {
            if (!done) {
                begun.close();
            }
        }
        close();
        out = begun;
        full = false;
        sizes.put(number, new Size());
        return begun;
    }

    /**
     * The payload of a record. For any thread.
     *
     * @throws java.nio.file.NoSuchFileException when the file is gone: its rows were written anew
     * @throws LogException of kind DAMAGED when it is not what was written
     */
    byte[] read(Place place) throws IOException {
        return KeptFile.payload(path(place.file()), place.file(), place.offset(), place.bytes() - KeptFile.HEAD);
    }

    /** A row is kept there. */
    void hold(Place place) {
        size(place).needed += place.bytes();
    }

    /** What is there is needed no more. */
    void release(Place place) {
        size(place).needed -= place.bytes();
    }

    private Size size(Place place) {
        return Objects.requireNonNull(sizes.get(place.file()));
    }

    /** Whether the oldest file is to go: nothing of it is needed, or of all bytes less than half are. */
    boolean isOldestDue() {
        if (holds > 0 || sizes.size() < 2) {
            return false;
        }
        long length = sizes.values().stream().mapToLong(size -> size.length).sum();
        long needed = sizes.values().stream().mapToLong(size -> size.needed).sum();
        return sizes.firstEntry().getValue().needed == 0 || (length > 2L * FILE_BYTES && needed < length / 2);
    }

    long oldest() {
        return sizes.firstKey();
    }

    /**
     * Takes a file away.
     *
     * @param damaged whether something in it could not be read: then it stays, under another name
     */
    void drop(long number, boolean damaged) throws IOException {
        Path file = path(number);
        if (damaged) {
            disk.rename(file, file.resolveSibling(file.getFileName() + ".damaged"));
        } else {
            disk.delete(file);
        }
        sizes.remove(number);
    }

    /** Until this is closed no file goes. */
    AutoCloseable keepAll() {
        holds++;
        return () -> holds--;
    }

    /** The files as they are now. */
    List<CopiedFile> copied(String folder) {
        List<CopiedFile> files = new ArrayList<>();
        sizes.forEach((number, size) -> {
            Path file = path(number);
            long length = size.length;
            files.add(new CopiedFile(folder + "/" + file.getFileName(), length, to -> {
                try (InputStream in = Files.newInputStream(file)) {
                    long left = length;
                    byte[] piece = new byte[1 << 16];
                    while (left > 0) {
                        int n = in.readNBytes(piece, 0, (int) Math.min(piece.length, left));
                        if (n == 0) {
                            throw new IOException(file + " got shorter while it was copied");
                        }
                        to.write(piece, 0, n);
                        left -= n;
                    }
                }
            }));
        });
        return files;
    }

    void close() throws IOException {
        Disk.Output open = out;
        out = null;
        if (open != null) {
            open.close();
        }
    }
}
