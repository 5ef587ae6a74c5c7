package io.twinroot.log;

import io.twinroot.table.Incarnation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The append-only log of a store: numbered segments in one folder.
 *
 * <p>One thread appends; any number read what was appended. A batch is in the log whole or not at all, also
 * after a crash: its last frame is marked, and what follows the last whole batch is cut off on opening. A
 * frame that is broken before acknowledged ones is never skipped: it is an error that names its place.
 */
public final class ChangeLog implements AutoCloseable {
    /** Takes the frames of a scan. */
    @FunctionalInterface
    public interface Visitor {
        void frame(LogPosition at, Frame frame);
    }

    private final NavigableMap<Long, Segment> segments = new ConcurrentSkipListMap<>();
    private final SegmentWriter writer;
    private final TailCut cut;

    private ChangeLog(
            Path directory,
            Disk disk,
            Incarnation incarnation,
            long segmentBytes,
            boolean force,
            @Nullable LogPosition known)
            throws IOException {
        Files.createDirectories(directory);
        cut = find(directory, disk, known);
        if (!segments.isEmpty()) {
            outlast(directory, disk);
        } else {
            Segment first = SegmentWriter.begin(directory, disk, new SegmentHeader(1, incarnation, 0));
            segments.put(1L, first);
        }
        writer = new SegmentWriter(directory, disk, incarnation, segmentBytes, force, segments);
    }

    /**
     * Opens the log of a folder, or begins one.
     *
     * @param incarnation of this process, written at the head of each segment that it begins
     * @param segmentBytes a segment that has this size is followed by the next
     * @param force whether an append is forced to the disk before it returns
     * @param known where a frame begins, or the log ended once, if that is known: the end is looked for from
     *     there on
     * @throws LogException when it is damaged, of an unknown format, or may not be written
     */
    public static ChangeLog open(
            Path directory,
            Disk disk,
            Incarnation incarnation,
            long segmentBytes,
            boolean force,
            @Nullable LogPosition known) {
        try {
            return new ChangeLog(directory, disk, incarnation, segmentBytes, force, known);
        } catch (IOException e) {
            throw LogException.of("opening the log " + directory, e);
        }
    }

    /** What was cut off on opening. */
    public TailCut cut() {
        return cut;
    }

    /** What a killed process wrote and did not force is in the log now, so it must stay there: bytes and names. */
    private void outlast(Path directory, Disk disk) throws IOException {
        try (Disk.Output last = disk.append(segments.lastEntry().getValue().file())) {
            last.force();
        }
        disk.forceDirectory(directory);
    }

    /** Where the first frame is. */
    public LogPosition begin() {
        return new LogPosition(segments.firstKey(), SegmentHeader.LENGTH);
    }

    /** Where the acknowledged frames end. */
    public LogPosition end() {
        Segment last = segments.lastEntry().getValue();
        return new LogPosition(last.number(), last.end());
    }

    /** Whether a frame, or the end, can be at this position. */
    public boolean reaches(LogPosition position) {
        Segment segment = segments.get(position.segment());
        return segment != null && position.offset() >= SegmentHeader.LENGTH && position.offset() <= segment.end();
    }

    /** How many bytes of frames lie between a position and the end. */
    public long bytesFrom(LogPosition position) {
        long bytes = -position.offset();
        for (Segment segment : segments.tailMap(position.segment()).values()) {
            bytes += segment.end();
        }
        return bytes;
    }

    /**
     * Appends batches, each whole or not at all, and forces them to the disk. By one thread.
     *
     * @return the {@linkplain LogPosition#packed packed} positions of all frames, in their order
     * @throws LogException when it could not be done; then nothing of it counts, and the next append tries anew
     */
    public long[] append(List<? extends List<? extends Frame>> batches) {
        return writer.append(batches);
    }

    /** The frame at a position; its checksum is looked at each time. */
    public Frame read(LogPosition at) {
        Segment segment = segments.get(at.segment());
        if (segment == null) {
            throw new LogException(
                    LogException.Kind.DAMAGED,
                    "log segment " + at.segment() + " is not there, which a row at offset " + at.offset() + " needs");
        }
        return decode(segment, at.offset(), segment.read(at.offset()));
    }

    /**
     * Gives all frames from a position to the end as it is now, but for the marks.
     *
     * @return how many there were
     */
    public long scan(LogPosition from, Visitor visitor) {
        long count = 0;
        for (Segment segment : segments.tailMap(from.segment()).values()) {
            long start = segment.number() == from.segment() ? from.offset() : SegmentHeader.LENGTH;
            try (SegmentReader reader = segment.reader(start)) {
                for (byte[] payload = reader.next(); payload != null; payload = reader.next()) {
                    Frame frame = decode(segment, reader.offset(), payload);
                    if (!(frame instanceof Frame.Mark)) {
                        visitor.frame(new LogPosition(segment.number(), reader.offset()), frame);
                        count++;
                    }
                }
                if (!reader.problem().isEmpty()) {
                    throw segment.damaged(reader.offset(), reader.problem());
                }
            } catch (IOException e) {
                throw LogException.of("reading log segment " + segment.file().getFileName(), e);
            }
        }
        return count;
    }

    private static Frame decode(Segment segment, long offset, byte[] payload) {
        try {
            return FrameCodec.read(payload);
        } catch (IllegalArgumentException e) {
            throw segment.damaged(offset, "a frame cannot be understood, " + e.getMessage());
        }
    }

    private TailCut find(Path directory, Disk disk, @Nullable LogPosition known) throws IOException {
        List<Path> files = files(directory);
        List<SegmentHeader> headers = new ArrayList<>();
        TailCut torn = null;
        for (Path file : files) {
            SegmentHeader header = Segment.readHeader(file);
            if (header == null && file.equals(files.getLast()) && Files.size(file) <= SegmentHeader.LENGTH) {
                torn = new TailCut(
                        new LogPosition(
                                files.size() == 1 ? 1 : headers.getLast().number() + 1, 0),
                        Files.size(file),
                        "a new segment was begun and not finished");
                Files.delete(file);
                disk.forceDirectory(directory);
                break;
            }
            long number = headers.size() + 1L;
            if (header == null || header.number() != number || !file.equals(Segment.file(directory, number))) {
                throw new LogException(
                        LogException.Kind.DAMAGED,
                        "log segment " + Segment.file(directory, number).getFileName()
                                + " is missing or its header is damaged. Put back a copy of this file, or make the"
                                + " store again from a peer; nothing was changed");
            }
            headers.add(header);
        }
        for (int i = 0; i < headers.size() - 1; i++) {
            Segment segment =
                    new Segment(files.get(i), headers.get(i), headers.get(i + 1).previousLength());
            if (Files.size(segment.file()) < segment.end()) {
                throw segment.damaged(
                        Files.size(segment.file()), "the file ends here, " + segment.end() + " were written");
            }
            segments.put(segment.number(), segment);
        }
        if (headers.isEmpty()) {
            return torn != null ? torn : new TailCut(new LogPosition(1, 0), 0, "");
        }
        TailCut tail = openLast(files.get(headers.size() - 1), headers.getLast(), disk, known);
        return torn != null ? torn : tail;
    }

    /** Finds where the whole batches of the last segment end, and cuts off what was torn. */
    private TailCut openLast(Path file, SegmentHeader header, Disk disk, @Nullable LogPosition known)
            throws IOException {
        Segment segment = new Segment(file, header, Files.size(file));
        Tail tail = null;
        if (known != null && known.segment() == segment.number() && known.offset() <= segment.end()) {
            tail = tail(segment, Math.max(SegmentHeader.LENGTH, known.offset()));
        }
        if (tail == null || tail.whole < segment.end()) { // nothing is cut on another's word
            tail = tail(segment, SegmentHeader.LENGTH);
        }
        if (tail.provenBefore) {
            throw segment.damaged(tail.problemAt, tail.why);
        }
        long whole = tail.whole;
        String why = tail.why;
        long bytes = segment.end() - whole;
        if (bytes > 0) {
            try (Disk.Output out = disk.append(file)) {
                out.truncate(whole);
                out.force();
            }
        }
        segment.end(whole);
        segments.put(segment.number(), segment);
        return new TailCut(
                new LogPosition(segment.number(), whole),
                bytes,
                bytes == 0 ? "" : why.isEmpty() ? "the last batch has no end" : why);
    }

    /** Where the whole batches end, what is wrong beyond, and whether that was once whole on the disk. */
    private record Tail(long whole, long problemAt, String why, boolean provenBefore) {}

    private static Tail tail(Segment segment, long from) throws IOException {
        long whole = from;
        try (SegmentReader reader = segment.reader(from)) {
            for (byte[] payload = reader.next(); payload != null; payload = reader.next()) {
                if (FrameCodec.isLast(payload)) {
                    whole = reader.nextOffset();
                }
            }
            String why = reader.problem();
            boolean provenBefore = !why.isEmpty() && reader.findMark(segment.number(), reader.nextOffset()) >= 0;
            return new Tail(whole, reader.nextOffset(), why, provenBefore);
        }
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().matches("\\d{10,18}\\.seg"))
                    .sorted()
                    .toList();
        }
    }

    /** Ends the use. What was appended is in the log already; a closing mark says so. */
    @Override
    public void close() {
        @Nullable IOException failure = null;
        try {
            writer.close();
        } catch (IOException e) {
            failure = e;
        }
        for (Segment segment : segments.values()) {
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
