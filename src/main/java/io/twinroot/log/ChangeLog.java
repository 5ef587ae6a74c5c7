package io.twinroot.log;

import io.twinroot.table.Incarnation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The append-only log of a store: numbered segments in one folder. Its tail grows; base segments hold what
 * compaction kept of segments that are gone, and come before it.
 *
 * <p>One thread appends; any number read what was appended. A batch is in the log whole or not at all, also
 * after a crash: its last frame is marked, and what follows the last whole batch is cut off on opening. A
 * frame that is broken before acknowledged ones is passed over, and never silently: a scan says what it was.
 */
public final class ChangeLog implements AutoCloseable {
    /** Takes what a scan finds. */
    public interface Visitor {
        void frame(LogPosition at, int bytes, Frame frame);

        /** Something is not there that was. */
        void damage(Damage damage);
    }

    /** Takes frames of the log for as long as it wants. */
    public interface Taker {
        /**
         * @param length in bytes, with its head
         * @return false to end before this frame, so that it comes first the next time
         */
        boolean frame(LogPosition at, int length, Frame frame);

        /** Something is not there that was. */
        void damage(Damage damage);
    }

    private final Path directory;
    private final Disk disk;
    private final LogOptions options;
    private final SegmentWriter writer;
    private final TailCut cut;
    private final List<String> notes;
    private volatile Segments segments;
    private Catalog catalog; // guarded by this
    private long lastBase; // guarded by this

    private ChangeLog(Path directory, Disk disk, LogOptions options, @Nullable LogPosition known) throws IOException {
        Files.createDirectories(directory);
        this.directory = directory;
        this.disk = disk;
        this.options = options;
        LogOpening.Found found = new LogOpening(directory, disk, known).run();
        cut = found.cut();
        notes = found.notes();
        catalog = found.catalog();
        lastBase = found.lastBase();
        Segments opened = found.segments();
        if (opened.hasTail()) {
            outlast(opened.last());
        } else {
            long number = catalog.first();
            SegmentHeader header = new SegmentHeader(
                    number, options.incarnation(), 0, options.nowMs().getAsLong());
            opened = opened.with(SegmentWriter.begin(directory, disk, header));
        }
        segments = opened;
        if (Files.notExists(directory.resolve(Catalog.NAME)) || !notes.isEmpty()) {
            write(catalog);
        }
        writer = new SegmentWriter(directory, disk, options, opened.last(), this::isAppendedTo, this::isBegun);
    }

    /**
     * Opens the log of a folder, or begins one.
     *
     * @param known where a frame begins, or the log ended once, if that is known: the end is looked for from
     *     there on
     * @throws LogException when it is of an unknown format, or may not be read or written
     */
    public static ChangeLog open(Path directory, Disk disk, LogOptions options, @Nullable LogPosition known) {
        try {
            return new ChangeLog(directory, disk, options, known);
        } catch (IOException e) {
            throw LogException.of("opening the log " + directory, e);
        }
    }

    /** What was cut off on opening. */
    public TailCut cut() {
        return cut;
    }

    /** What else was not as it should be on opening, for people. */
    public List<String> notes() {
        return notes;
    }

    /** What a killed process wrote and did not force is in the log now, so it must stay there: bytes and names. */
    private void outlast(Segment last) throws IOException {
        if (catalog.closed() == null && Files.exists(last.file())) {
            try (Disk.Output output = disk.append(last.file())) {
                output.force();
            }
            disk.forceDirectory(directory);
        }
    }

    private void write(Catalog changed) throws IOException {
        CheckedText.replace(directory, Catalog.NAME, changed.encoded(), disk);
    }

    private synchronized void change(UnaryOperator<Catalog> how) throws IOException {
        Catalog changed = how.apply(catalog);
        if (!changed.equals(catalog)) {
            write(changed);
            catalog = changed;
        }
    }

    /** Before the first append: the log does not end any more where it was closed. */
    private void isAppendedTo() throws IOException {
        change(now -> now.closed(null));
    }

    private synchronized void isBegun(Segment segment) {
        segments = segments.with(segment);
    }

    /** Where the first frame of the tail is. */
    public LogPosition begin() {
        return new LogPosition(segments.first().number(), SegmentHeader.LENGTH);
    }

    /** Where the acknowledged frames end. */
    public LogPosition end() {
        Segment last = segments.last();
        return new LogPosition(last.number(), last.end());
    }

    /** Whether a frame, or the end, can be at this position of the tail. */
    public boolean reaches(LogPosition position) {
        Segment segment = segments.get(position.segment());
        return !position.isBase()
                && segment != null
                && position.offset() >= SegmentHeader.LENGTH
                && position.offset() <= segment.end();
    }

    /** How many bytes of the tail lie between a position and the end. */
    public long bytesFrom(LogPosition position) {
        long bytes = -position.offset();
        for (Segment segment : segments.tailFrom(position.segment()).values()) {
            bytes += segment.end();
        }
        return bytes;
    }

    /** How many bytes all segments have. */
    public long bytes() {
        return segments.all().stream().mapToLong(Segment::end).sum();
    }

    /** How many bytes the base segments have. */
    public long baseBytes() {
        return segments.bases().stream().mapToLong(Segment::end).sum();
    }

    /** How many bytes the tail segments before this one have. */
    public long bytesBefore(long segment) {
        return segments.tailBefore(segment).stream().mapToLong(Segment::end).sum();
    }

    /**
     * Appends batches, each whole or not at all, and forces them to the disk where the log does that always.
     * By one thread.
     *
     * @return the place of each frame, in their order
     * @throws LogException when it could not be done; then nothing of it counts, and the next append tries anew
     */
    public Placed append(List<? extends List<? extends Frame>> batches) {
        return writer.append(batches);
    }

    /**
     * Where frames were put.
     *
     * @param positions {@linkplain LogPosition#packed packed}
     * @param bytes how many each frame takes
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Placed(long[] positions, int[] bytes) {}

    /** Whether something was appended that is not forced to the disk. */
    public boolean isUnforced() {
        return writer.isUnforced();
    }

    /** Forces all that was appended. By the thread that appends. */
    public void sync() {
        writer.sync();
    }

    /** Begins a new segment, unless the last one has no frames. By the thread that appends. */
    public long roll() {
        return writer.roll();
    }

    /**
     * From now on another incarnation writes, in a segment of its own. By the thread that appends.
     *
     * @throws LogException when that could not be begun; then the incarnation before goes on
     */
    public void renew(Incarnation fresh) {
        writer.renew(fresh);
    }

    /** The segments as they are now, to read from them whatever is dropped later. */
    public Segments hold() {
        return segments;
    }

    /**
     * The frame at a position; its checksums are looked at each time.
     *
     * @param hold from before the position was seen
     */
    public Frame read(LogPosition at, Segments hold) {
        Segment segment = segments.get(at.segment());
        if (segment == null) {
            segment = hold.get(at.segment());
        }
        if (segment == null) {
            throw new LogException(LogException.Kind.DAMAGED, "the log has no segment of position " + at);
        }
        return decode(segment, at.offset(), segment.read(at.offset()));
    }

    /**
     * Gives all frames from a position of the tail to the end as it is now, but for the marks.
     *
     * @return how many there were
     */
    public long scan(LogPosition from, Visitor visitor) {
        return scan(from, end(), visitor);
    }

    /** The same up to a position that was the end once. */
    public long scan(LogPosition from, LogPosition to, Visitor visitor) {
        long count = 0;
        for (Segment segment : segments.tailFrom(from.segment()).values()) {
            count += scan(segment, segment.number() == from.segment() ? from.offset() : 0, to, visitor);
        }
        return count;
    }

    /** Gives all frames there are: the base segments', then the tail's. Of one row the last one counts. */
    public long scanAll(Visitor visitor) {
        return scanAll(end(), visitor);
    }

    /** The same up to a position of the tail that was the end once. No segment may be dropped meanwhile. */
    public long scanAll(LogPosition to, Visitor visitor) {
        long count = 0;
        for (Segment segment : segments.all()) {
            count += scan(segment, 0, to, visitor);
        }
        return count;
    }

    /** Gives all frames of one base segment. */
    public void scanBase(long number, Visitor visitor) {
        Segment base = segments.get(number);
        if (base != null) {
            scan(base, 0, end(), visitor);
        }
    }

    /**
     * Reads everything that is in the log now, also what no row needs, segment by segment. One that is dropped
     * meanwhile is left out; one that cannot be read is damage. Others may append and drop.
     */
    public void check(Visitor visitor) {
        LogPosition to = end();
        for (Segment segment : segments.all()) {
            try {
                SegmentHeader.Found header = Segment.readHeader(segment.file());
                if (!header.flaw().isEmpty()) {
                    visitor.damage(
                            new Damage(new LogPosition(segment.number(), 0), 0, header.flaw(), false, null, null));
                }
                scan(segment, 0, to, visitor);
            } catch (LogException | IOException e) {
                if (segments.get(segment.number()) == segment) {
                    String why = e instanceof java.nio.file.NoSuchFileException ? "the file is missing" : reason(e);
                    visitor.damage(Damage.unknown(new LogPosition(segment.number(), 0), why));
                }
            }
        }
    }

    private static String reason(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** Compares the catalog's file with what is known, and writes it anew where they differ. Says whether they did. */
    public synchronized boolean mendCatalog() {
        try {
            byte[] bytes = CheckedText.read(directory.resolve(Catalog.NAME));
            if (bytes != null && java.util.Arrays.equals(bytes, catalog.encoded())) {
                return false;
            }
            write(catalog);
            return true;
        } catch (IOException e) {
            throw LogException.of("checking the catalog of the log " + directory, e);
        }
    }

    private static long scan(Segment segment, long from, LogPosition to, Visitor visitor) {
        long count = 0;
        long start = Math.max(from, SegmentHeader.LENGTH);
        long limit = segment.number() == to.segment() ? to.offset() : segment.end();
        boolean isBeyond = !new LogPosition(segment.number(), 0).isBase() && segment.number() > to.segment();
        if (start < limit && !isBeyond) {
            try (SegmentReader reader = segment.reader(start, limit)) {
                count = scan(segment, reader, visitor);
            } catch (IOException e) {
                throw LogException.of("reading log segment " + segment.file().getFileName(), e);
            }
        }
        if (!segment.flaw().isEmpty()) {
            visitor.damage(Damage.unknown(new LogPosition(segment.number(), segment.end()), segment.flaw()));
        }
        return count;
    }

    private static long scan(Segment segment, SegmentReader reader, Visitor visitor) throws IOException {
        long count = 0;
        while (true) {
            byte[] payload = reader.next();
            if (payload != null) {
                Frame frame = decode(segment, reader.offset(), payload);
                if (!(frame instanceof Frame.Mark)) {
                    visitor.frame(
                            new LogPosition(segment.number(), reader.offset()),
                            FrameCodec.HEAD + payload.length,
                            frame);
                    count++;
                }
            } else if (reader.problem().isEmpty()) {
                return count;
            } else {
                visitor.damage(reader.skip());
            }
        }
    }

    /**
     * Gives the frames of the tail between two positions, but for the marks, until one is not taken.
     *
     * @param to where a batch that was appended ends
     * @return where to read on
     */
    public LogPosition take(LogPosition from, LogPosition to, Taker taker) {
        LogPosition next = from;
        for (Segment segment : segments.tailFrom(from.segment()).values()) {
            if (segment.number() > to.segment()) {
                break;
            }
            long start = segment.number() == from.segment() ? from.offset() : SegmentHeader.LENGTH;
            long stop = segment.number() == to.segment() ? to.offset() : segment.end();
            if (start < stop) {
                LogPosition reached = take(segment, start, stop, taker);
                if (reached.offset() < stop) {
                    return reached;
                }
                next = reached;
            }
        }
        return next.compareTo(to) < 0 ? to : next;
    }

    private static LogPosition take(Segment segment, long start, long stop, Taker taker) {
        try (SegmentReader reader = segment.reader(start, stop)) {
            while (true) {
                byte[] payload = reader.next();
                if (payload == null && reader.problem().isEmpty()) {
                    break;
                }
                if (payload == null) {
                    taker.damage(reader.skip());
                } else {
                    Frame frame = decode(segment, reader.offset(), payload);
                    LogPosition at = new LogPosition(segment.number(), reader.offset());
                    if (!(frame instanceof Frame.Mark) && !taker.frame(at, FrameCodec.HEAD + payload.length, frame)) {
                        return at;
                    }
                }
            }
        } catch (IOException e) {
            throw LogException.of("reading log segment " + segment.file().getFileName(), e);
        }
        LogPosition end = new LogPosition(segment.number(), stop);
        if (!segment.flaw().isEmpty() && stop == segment.end()) {
            taker.damage(Damage.unknown(end, segment.flaw()));
        }
        return end;
    }

    /** Whether a whole frame of the tail begins at a position, or its segment ends there. */
    public boolean beginsFrame(LogPosition position) {
        Segment segment = segments.get(position.segment());
        if (segment == null || !reaches(position)) {
            return false;
        }
        try (SegmentReader reader = segment.reader(position.offset())) {
            return reader.next() != null || reader.problem().isEmpty();
        } catch (IOException e) {
            throw LogException.of("reading log segment " + segment.file().getFileName(), e);
        }
    }

    /** Those who wrote the tail, in the order of their segments. */
    public List<Incarnation> incarnations() {
        return segments.tailFrom(0).values().stream()
                .map(segment -> segment.header().incarnation())
                .distinct()
                .toList();
    }

    /** The process that began a segment; empty where that is not there. */
    public Optional<Incarnation> incarnation(long segment) {
        return Optional.ofNullable(segments.get(segment))
                .map(found -> found.header().incarnation());
    }

    /**
     * A position of the tail before which everything was appended before a moment: the end, where a segment
     * begins, or where a mark in it says the time.
     *
     * @param sinceMs milliseconds since 1970
     * @return null when what was appended since may have been compacted
     */
    public @Nullable LogPosition positionAt(long sinceMs) {
        if (sinceMs > options.nowMs().getAsLong()) {
            return end();
        }
        Segment found = null;
        for (Segment segment : segments.tailFrom(0).values()) {
            if (segment.header().createdMs() >= sinceMs) {
                break;
            }
            found = segment;
        }
        if (found == null) {
            return segments.first().number() == 1 ? begin() : null;
        }
        return positionAt(found, sinceMs);
    }

    private static LogPosition positionAt(Segment segment, long sinceMs) {
        long offset = SegmentHeader.LENGTH;
        try (SegmentReader reader = segment.reader(offset)) {
            while (true) {
                byte[] payload = reader.next();
                if (payload == null && reader.problem().isEmpty()) {
                    break;
                }
                if (payload == null) {
                    var _ = reader.skip();
                } else if (FrameCodec.isMark(payload)
                        && decode(segment, reader.offset(), payload) instanceof Frame.Mark(long timeMs)) {
                    if (timeMs >= sinceMs) {
                        break;
                    }
                    offset = reader.offset();
                }
            }
        } catch (IOException e) {
            throw LogException.of("reading log segment " + segment.file().getFileName(), e);
        }
        return new LogPosition(segment.number(), offset);
    }

    private static Frame decode(Segment segment, long offset, byte[] payload) {
        try {
            return FrameCodec.read(payload);
        } catch (IllegalArgumentException e) {
            throw new LogException(
                    LogException.Kind.FORMAT,
                    "log segment " + segment.file().getFileName() + " has at offset " + offset
                            + " a frame that this program does not know (" + e.getMessage()
                            + "). Use the program that wrote it, or a newer one",
                    e);
        }
    }

    /** Copies the bytes of a damaged place, as they are, where they do not get lost with their segment. */
    public void keep(Aside aside, LogPosition at, long bytes) {
        Segment segment = segments.get(at.segment());
        if (segment != null && bytes > 0) {
            aside.keep(segment, at.offset(), bytes);
        }
    }

    /** Begins a base segment; nobody sees it before {@link #add}. By any one thread. */
    public BaseWriter newBase() {
        try {
            long number;
            synchronized (this) {
                number = ++lastBase;
            }
            SegmentHeader header = new SegmentHeader(
                    number, options.incarnation(), 0, options.nowMs().getAsLong());
            return new BaseWriter(directory, disk, header);
        } catch (IOException e) {
            throw LogException.of("beginning a base segment of the log " + directory, e);
        }
    }

    /** Makes a finished base segment part of the log. */
    public synchronized void add(BaseWriter finished) {
        try {
            Segment base = finished.segment();
            change(now -> now.with(base));
            segments = segments.with(base);
        } catch (IOException e) {
            throw LogException.of("adding a base segment to the log " + directory, e);
        }
    }

    /**
     * The files of the log as it is at one position, to be copied while it is written on.
     *
     * @param end the position
     */
    public record Copy(LogPosition end, List<CopiedFile> files) {}

    /** @param folder that the files' names begin with */
    public Copy copy(String folder) {
        while (true) {
            Segments now = segments;
            LogPosition end = end();
            Catalog listed;
            synchronized (this) {
                listed = catalog;
            }
            if (now != segments) {
                continue;
            }
            List<CopiedFile> files = new ArrayList<>();
            files.add(CopiedFile.of(
                    folder + "/" + Catalog.NAME, listed.closed(end).encoded()));
            for (Segment segment : now.all()) {
                if (Files.exists(segment.file())) { // a missing one is missed in the copy too
                    long length = segment.number() == end.segment() ? end.offset() : segment.end();
                    files.add(segment.copied(folder, length));
                }
            }
            return new Copy(end, files);
        }
    }

    /** The numbers of the base segments there are. */
    public List<Long> bases() {
        return segments.bases().stream().map(Segment::number).toList();
    }

    /**
     * Takes segments out of the log and deletes their files. No row may need them any more.
     *
     * @param bases numbers of base segments
     * @param firstTail the tail before this segment goes
     */
    public synchronized void drop(Collection<Long> bases, long firstTail) {
        Segments now = segments;
        List<Segment> dropped = new ArrayList<>();
        now.bases().stream().filter(base -> bases.contains(base.number())).forEach(dropped::add);
        dropped.addAll(now.tailBefore(firstTail));
        try {
            long first =
                    Math.max(catalog.first(), Math.min(firstTail, now.last().number()));
            change(before -> before.without(bases, first));
            segments = now.without(dropped);
            for (Segment segment : dropped) {
                segment.retire(disk);
            }
        } catch (IOException e) {
            throw LogException.of("dropping what was compacted from the log " + directory, e);
        }
    }

    /** Ends the use. What was appended is in the log already; a closing mark and the catalog say so. */
    @Override
    public void close() {
        @Nullable IOException failure = null;
        try {
            writer.close();
            LogPosition end = end();
            change(now -> now.closed(end));
        } catch (IOException e) {
            failure = e;
        }
        for (Segment segment : segments.all()) {
            try {
                segment.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw LogException.of("closing the log", failure);
        }
    }
}
