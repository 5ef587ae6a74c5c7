package io.twinroot.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what a log's folder has: which segments count, where the last one ends, what is missing. Damage
 * does not stop it; what lies at a damaged place is said when that is read.
 */
final class LogOpening {
    private final Path directory;
    private final Disk disk;
    private final @Nullable LogPosition known;
    private final List<String> notes = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();
    private Catalog catalog = Catalog.EMPTY;
    private boolean hasCatalog;
    private TailCut cut = new TailCut(new LogPosition(1, 0), 0, "");
    private long lastBase = LogPosition.FIRST_BASE;

    /** @param known where a frame begins, or the log ended once: the end is looked for from there on */
    LogOpening(Path directory, Disk disk, @Nullable LogPosition known) {
        this.directory = directory;
        this.disk = disk;
        this.known = known;
    }

    /**
     * What was found.
     *
     * @param lastBase the largest number that a base segment ever had, as far as can be seen
     * @param notes what is not as it should be, for people
     */
    record Found(Segments segments, Catalog catalog, long lastBase, TailCut cut, List<String> notes) {}

    Found run() throws IOException {
        readCatalog();
        NavigableMap<Long, Path> tails = new TreeMap<>();
        NavigableMap<Long, Path> bases = new TreeMap<>();
        for (Path file : files()) {
            String name = file.getFileName().toString();
            if (name.matches("\\d{10}\\.seg")) {
                tails.put(Long.parseLong(name.substring(0, 10)), file);
            } else if (name.matches("\\d{10}\\.base")) {
                bases.put(LogPosition.FIRST_BASE + Long.parseLong(name.substring(0, 10)), file);
            } else if (name.endsWith(".tmp")) {
                disk.delete(file); // what a process that died had not finished
            }
        }
        if (!hasCatalog && (!bases.isEmpty() || tails.size() > 1 || isUsed(tails))) {
            notes.add("the log's " + Catalog.NAME + " is missing or damaged: all segments that are there are used");
        }
        bases(bases);
        tails(tails);
        return new Found(Segments.of(segments), catalog, lastBase, cut, List.copyOf(notes));
    }

    private static boolean isUsed(NavigableMap<Long, Path> tails) throws IOException {
        return !tails.isEmpty()
                && (tails.firstKey() != 1 || Files.size(tails.firstEntry().getValue()) > SegmentHeader.LENGTH);
    }

    private void readCatalog() throws IOException {
        byte[] bytes = CheckedText.read(directory.resolve(Catalog.NAME));
        if (bytes != null) {
            try {
                catalog = Catalog.decode(bytes);
                hasCatalog = true;
            } catch (IllegalArgumentException e) {
                notes.add("the log's " + Catalog.NAME + " cannot be used: " + e.getMessage());
            }
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    private SegmentHeader header(long number, Path file) throws IOException {
        SegmentHeader.Found found = Segment.readHeader(file);
        SegmentHeader header = found.header();
        if (!found.flaw().isEmpty()) {
            notes.add("log segment " + file.getFileName() + ": " + found.flaw() + "; its frames are read all the same");
        }
        if (header != null && header.number() != number) {
            notes.add("log segment " + file.getFileName() + " has the header of segment " + header.number());
            header = null;
        }
        return header == null ? SegmentHeader.unreadable(number) : header;
    }

    private void bases(NavigableMap<Long, Path> files) throws IOException {
        if (!files.isEmpty()) {
            lastBase = files.lastKey();
        }
        if (!hasCatalog) {
            for (var base : files.entrySet()) {
                catalog = catalog.with(new Segment(
                        base.getValue(), header(base.getKey(), base.getValue()), Files.size(base.getValue())));
            }
        }
        for (var listed : catalog.bases().entrySet()) {
            long number = listed.getKey();
            lastBase = Math.max(lastBase, number);
            Path file = files.remove(number);
            if (file == null) {
                segments.add(missing(number));
            } else {
                segments.add(whole(file, header(number, file), listed.getValue()));
            }
        }
        for (Path left : files.values()) {
            disk.delete(left); // a compaction did not come to its end, or had just replaced it
        }
    }

    private Segment missing(long number) {
        return new Segment(
                Segment.file(directory, number),
                SegmentHeader.unreadable(number),
                SegmentHeader.LENGTH,
                "the whole segment is missing");
    }

    /** A segment of a known length. */
    private static Segment whole(Path file, SegmentHeader header, long length) throws IOException {
        long size = Files.size(file);
        return size >= length
                ? new Segment(file, header, length)
                : new Segment(
                        file,
                        header,
                        Math.max(size, SegmentHeader.LENGTH),
                        "the file ends here, and " + length + " bytes were written");
    }

    private void tails(NavigableMap<Long, Path> files) throws IOException {
        while (!files.isEmpty() && files.firstKey() < catalog.first()) {
            disk.delete(files.pollFirstEntry().getValue()); // compacted
        }
        if (!hasCatalog && !files.isEmpty()) {
            long first = files.firstKey();
            boolean wasCompacted = first == 1 || !catalog.bases().isEmpty();
            catalog = catalog.without(List.of(), wasCompacted ? first : first - 1);
        }
        dropTornBegin(files);
        LogPosition closed = catalog.closed();
        long last = files.isEmpty() ? 0 : files.lastKey();
        if (closed != null) {
            last = Math.max(last, closed.segment());
        } else if (files.isEmpty() && hasCatalog) {
            last = catalog.first();
        }
        List<SegmentHeader> headers = new ArrayList<>();
        for (long number = catalog.first(); number <= last; number++) {
            Path file = files.get(number);
            headers.add(file == null ? SegmentHeader.unreadable(number) : header(number, file));
        }
        for (int i = 0; i < headers.size(); i++) {
            SegmentHeader header = headers.get(i);
            Path file = files.get(header.number());
            if (file == null) {
                segments.add(missing(header.number()));
            } else if (i < headers.size() - 1) {
                long length = headers.get(i + 1).previousLength();
                segments.add(whole(file, header, length < 0 ? Files.size(file) : length));
            } else {
                segments.add(last(file, header));
            }
        }
    }

    /** A last segment of which not even the header came to the disk: nothing was ever acknowledged in it. */
    private void dropTornBegin(NavigableMap<Long, Path> files) throws IOException {
        if (files.isEmpty() || catalog.closed() != null) {
            return;
        }
        Path file = files.lastEntry().getValue();
        long size = Files.size(file);
        if (size <= SegmentHeader.LENGTH && Segment.readHeader(file).header() == null) {
            cut = new TailCut(new LogPosition(files.lastKey(), 0), size, "a new segment was begun and not finished");
            disk.delete(file);
            disk.forceDirectory(directory);
            files.pollLastEntry();
        }
    }

    private Segment last(Path file, SegmentHeader header) throws IOException {
        LogPosition closed = catalog.closed();
        if (closed != null && closed.segment() == header.number()) {
            if (Files.size(file) <= closed.offset()) {
                return whole(file, header, closed.offset());
            }
            notes.add("log segment " + file.getFileName() + " has more than when the log was closed");
        }
        return openLast(new Segment(file, header, Math.max(Files.size(file), SegmentHeader.LENGTH)));
    }

    /** Finds where the whole batches of the last segment end, and cuts off what was torn. */
    private Segment openLast(Segment segment) throws IOException {
        Tail tail = null;
        if (known != null && known.segment() == segment.number() && known.offset() <= segment.end()) {
            tail = tail(segment, Math.max(SegmentHeader.LENGTH, known.offset()));
        }
        if (tail == null || tail.whole < segment.end()) { // nothing is cut on another's word
            tail = tail(segment, SegmentHeader.LENGTH);
        }
        long bytes = segment.end() - tail.whole;
        if (bytes > 0) {
            try (Disk.Output out = disk.append(segment.file())) {
                out.truncate(tail.whole);
                out.force();
            }
            cut = new TailCut(
                    new LogPosition(segment.number(), tail.whole),
                    bytes,
                    tail.why.isEmpty() ? "the last batch has no end" : tail.why);
        }
        segment.end(tail.whole);
        return segment;
    }

    /** Where the whole batches end, and what is wrong beyond. */
    private record Tail(long whole, String why) {}

    private static Tail tail(Segment segment, long from) throws IOException {
        long whole = from;
        if (from >= segment.end()) {
            return new Tail(whole, "");
        }
        try (SegmentReader reader = segment.reader(from)) {
            while (true) {
                byte[] payload = reader.next();
                if (payload == null && reader.problem().isEmpty()) {
                    return new Tail(whole, "");
                }
                if (payload == null) {
                    String why = reader.problem();
                    if (!isProven(segment, reader.nextOffset())) {
                        return new Tail(whole, why);
                    }
                    reader.skip(); // was whole once: damage, not a torn write
                } else if (FrameCodec.isLast(payload)) {
                    whole = reader.nextOffset();
                }
            }
        }
    }

    private static boolean isProven(Segment segment, long from) throws IOException {
        try (SegmentReader reader = segment.reader(from)) {
            return reader.findsMark();
        }
    }
}
