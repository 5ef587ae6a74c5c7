package io.twinroot.log;

import io.twinroot.log.LogOptions.Sync;
import io.twinroot.table.Incarnation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes at the end of the log. For one thread.
 *
 * <p>Each process begins a segment of its own, so that a segment's incarnation says who wrote all of it. After
 * a failure nothing is written until the file is cut back to where the acknowledged batches end; each append
 * tries that first. A file that could not be forced is not written on: what the system dropped then is not
 * known, so a new segment follows, which says how much of the old one counts, and begins with what was
 * acknowledged and not forced.
 */
final class SegmentWriter {
    /** What must be done before anything is appended. */
    @FunctionalInterface
    interface BeforeFirst {
        void run() throws IOException;
    }

    private final Path directory;
    private final Disk disk;
    private final LogOptions options;
    private final BeforeFirst beforeFirst;
    private final Consumer<Segment> begun;
    private ByteBuffer buffer = ByteBuffer.allocate(2 << 20);

    private Incarnation incarnation;
    private Segment segment;
    private Disk.@Nullable Output out;
    private boolean appends;
    private boolean distrusted;
    private boolean dirty;
    private boolean marked;
    private long forced;

    /** Acknowledged frames that a file has which could not be forced. */
    private final List<byte[]> owed = new ArrayList<>();

    SegmentWriter(
            Path directory,
            Disk disk,
            LogOptions options,
            Segment last,
            BeforeFirst beforeFirst,
            Consumer<Segment> begun) {
        this.directory = directory;
        this.disk = disk;
        this.options = options;
        this.incarnation = options.incarnation();
        this.segment = last;
        this.forced = last.end();
        this.beforeFirst = beforeFirst;
        this.begun = begun;
    }

    /** Makes the file of a new segment, header and name forced to the disk. */
    static Segment begin(Path directory, Disk disk, SegmentHeader header) throws IOException {
        Path file = Segment.file(directory, header.number());
        disk.delete(file); // what an attempt that failed left: no frame was ever written to it
        try (Disk.Output out = disk.create(file)) {
            out.write(header.encoded());
            out.force();
        }
        disk.forceDirectory(directory);
        return new Segment(file, header, SegmentHeader.LENGTH);
    }

    ChangeLog.Placed append(List<? extends List<? extends Frame>> batches) {
        int frames = batches.stream().mapToInt(List::size).sum();
        ChangeLog.Placed placed = new ChangeLog.Placed(new long[frames], new int[frames]);
        try {
            write(ready(), batches, placed);
        } catch (IOException e) {
            throw refused(e);
        }
        return placed;
    }

    private void write(Disk.Output output, List<? extends List<? extends Frame>> batches, ChangeLog.Placed placed)
            throws IOException {
        dirty = true;
        buffer.clear();
        long flushed = segment.end();
        if (forced == flushed && options.sync() != Sync.NEVER) {
            put(mark(), true, flushed);
        }
        int i = 0;
        for (List<? extends Frame> batch : batches) {
            for (int f = 0; f < batch.size(); f++) {
                Frame frame = batch.get(f);
                flushed += makeRoom(output, frame);
                int from = buffer.position();
                placed.positions()[i] = new LogPosition(segment.number(), flushed + from).packed();
                put(frame, f == batch.size() - 1, flushed);
                placed.bytes()[i++] = buffer.position() - from;
            }
        }
        flushed += flush(output);
        if (options.sync() == Sync.ALWAYS) {
            force(output);
            forced = flushed;
        }
        segment.end(flushed);
        dirty = false;
        marked = false;
    }

    private Frame mark() {
        return new Frame.Mark(options.nowMs().getAsLong());
    }

    private void put(Frame frame, boolean last, long flushed) {
        FrameCodec.write(buffer, frame, last, segment.number(), flushed + buffer.position());
    }

    private void force(Disk.Output output) throws IOException {
        distrusted = true;
        output.force();
        distrusted = false;
    }

    /** Makes the buffer large enough for a frame; gives how many bytes were written out for that. */
    private int makeRoom(Disk.Output output, Frame frame) throws IOException {
        int bound = FrameCodec.sizeBound(frame);
        if (buffer.remaining() >= bound) {
            return 0;
        }
        int bytes = flush(output);
        if (buffer.capacity() < bound) {
            buffer = ByteBuffer.allocate(bound);
        }
        return bytes;
    }

    private int flush(Disk.Output output) throws IOException {
        int bytes = buffer.position();
        output.write(buffer.flip());
        buffer.clear();
        return bytes;
    }

    boolean isUnforced() {
        return forced != segment.end() || !owed.isEmpty();
    }

    void sync() {
        try {
            if (isUnforced()) {
                force(ready());
                forced = segment.end();
            }
        } catch (IOException e) {
            dirty = true;
            throw LogException.of("forcing log segment " + segment.file().getFileName() + " to the disk", e);
        }
    }

    /** The number of the segment that frames go to from now on, in which there are none yet. */
    long roll() {
        try {
            Disk.Output open = ready();
            if (segment.end() > SegmentHeader.LENGTH) {
                open.force();
                forced = segment.end();
                next();
            }
            return segment.number();
        } catch (IOException e) {
            throw LogException.of("beginning a segment of the log", e);
        }
    }

    /** From now on another incarnation writes, in a segment of its own. After a failure the one before goes on. */
    void renew(Incarnation fresh) {
        Incarnation before = incarnation;
        boolean done = false;
        try {
            Disk.Output open = ready();
            open.force();
            forced = segment.end();
            incarnation = fresh;
            next();
            done = true;
        } catch (IOException e) {
            throw LogException.of("beginning a segment of the log", e);
        } finally {
            if (!done) {
                incarnation = before;
            }
        }
    }

    /** The output to write to, cut back after a failure, and a new one where the segment is full. */
    private Disk.Output ready() throws IOException {
        if (!appends) {
            beforeFirst.run();
            if (!segment.header().incarnation().equals(incarnation)) {
                next();
            }
            appends = true;
        }
        Disk.Output open = out;
        if (dirty) {
            close(open);
            out = null;
            open = disk.append(segment.file());
            out = open;
            open.truncate(segment.end());
            if (distrusted) {
                open = replaceDistrusted();
            } else {
                open.force();
            }
            dirty = false;
        }
        if (segment.end() >= options.segmentBytes()) {
            if (open != null) {
                open.force();
            }
            open = next();
        }
        if (open == null) {
            open = disk.append(segment.file());
            out = open;
        }
        return open;
    }

    /** Goes on in a new segment, with a copy of what the old one has and may not have on the disk. */
    private Disk.Output replaceDistrusted() throws IOException {
        if (forced != segment.end()) {
            try (SegmentReader reader = new SegmentReader(segment.file(), segment.number(), forced, segment.end())) {
                for (byte[] payload = reader.next(); payload != null; payload = reader.next()) {
                    if (!FrameCodec.isMark(payload)) {
                        owed.add(payload);
                    }
                }
            }
            forced = segment.end();
        }
        Disk.Output open = next();
        buffer.clear();
        long flushed = segment.end();
        for (byte[] payload : owed) {
            Frame frame = FrameCodec.read(payload);
            flushed += makeRoom(open, frame);
            put(frame, FrameCodec.isLast(payload), flushed);
        }
        flushed += flush(open);
        dirty = true;
        open.force();
        segment.end(flushed);
        forced = flushed;
        distrusted = false;
        owed.clear();
        return open;
    }

    private Disk.Output next() throws IOException {
        SegmentHeader header = new SegmentHeader(
                segment.number() + 1,
                incarnation,
                segment.end(),
                options.nowMs().getAsLong());
        Segment next = begin(directory, disk, header);
        Disk.Output open = disk.append(next.file());
        close(out);
        out = open;
        begun.accept(next);
        segment = next;
        forced = next.end();
        return open;
    }

    /** Cuts back at once where that is possible, and says what happened. */
    private LogException refused(IOException cause) {
        LogException refused =
                LogException.of("appending to log segment " + segment.file().getFileName(), cause);
        try {
            ready();
        } catch (IOException e) {
            LogException stuck = new LogException(
                    refused.kind(),
                    refused.getMessage() + "; nor could the file be cut back (" + e.getMessage()
                            + "): writes are refused until that succeeds, and after a crash this one may be found"
                            + " in the log",
                    cause);
            stuck.addSuppressed(e);
            return stuck;
        }
        return refused;
    }

    private static void close(Disk.@Nullable Output output) throws IOException {
        if (output != null) {
            output.close();
        }
    }

    /** Leaves a mark, so that a later flaw in the last batch is told from a torn write. */
    void close() throws IOException {
        Disk.Output open = out;
        if (open == null) {
            return;
        }
        try (open) {
            if (!dirty && !marked) {
                open.force();
                buffer.clear();
                put(mark(), true, segment.end());
                int bytes = flush(open);
                open.force();
                segment.end(segment.end() + bytes);
                marked = true;
            }
        }
        out = null;
    }
}
