package io.twinroot.store;

import io.twinroot.log.BaseWriter;
import io.twinroot.log.BlobFiles;
import io.twinroot.log.ChangeLog;
import io.twinroot.log.Damage;
import io.twinroot.log.Frame;
import io.twinroot.log.LogException;
import io.twinroot.log.LogPosition;
import io.twinroot.log.Segments;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the log from growing without end, on a thread of its own: copies the frames that rows still need into
 * base segments, in the order of table and UID, and drops the segments that no row needs then.
 *
 * <p>A pass goes over all rows once. A base segment is whole on the disk before any row points to it, and an
 * old segment is dropped only when the view's files on the disk point to none of its frames. So a kill at any
 * moment leaves a log from which everything can be read, and perhaps a file too many, which the next opening
 * deletes. Of one row the last frame counts, also while a copy and the original are both there.
 *
 * <pre>
 * before   base 1 │ base 2 │ 7 │ 8 │ 9 │ 10        roll: 11 begins
 * during   base 3 │ base 2 │ 7 │ 8 │ 9 │ 10 │ 11   base 3 has the rows of base 1's range, wherever they were
 * after    base 3 │ base 4 │ 11
 * </pre>
 */
final class Compactor {
    /** Rows that are pointed to their copies in one step, so that no write waits long. */
    private static final int MOVED_AT_ONCE = 256;

    /** After so many bytes of new blobs those that nothing refers to are looked for. */
    private static final long BLOBS_DUE = 256L << 20;

    /** A pass is due as well when the tail alone has so many percent of what the rows need. */
    private static final int TAIL_PERCENT = 130;

    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(30);

    private final ChangeLog log;
    private final View view;
    private final Committer committer;
    private final BlobFiles blobs;
    private final KeptRows kept;
    private final StoreOptions options;
    private final LongUnaryOperator neededSegment;
    private final Object turn = new Object();
    private final Map<Long, Key> baseEnds = new HashMap<>();
    private @Nullable Thread thread;
    private volatile boolean stopped;
    private volatile int waiting;
    private long grownBytes; // guarded by this
    private volatile Pass last = new Pass(0, 0, 0, 0);

    /** The place of a row among all. */
    private record Key(int table, Uid uid) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            return table != other.table ? Integer.compare(table, other.table) : uid.compareTo(other.uid);
        }
    }

    /**
     * What a pass did.
     *
     * @param rows copied
     * @param bytesBefore of the log's segments
     * @param bytesAfter the same
     * @param blobs deleted, which no row needed
     */
    record Pass(long rows, long bytesBefore, long bytesAfter, long blobs) {}

    /** @param neededSegment of the number of the last tail segment, the first one that some reader still needs */
    Compactor(
            ChangeLog log,
            View view,
            Committer committer,
            BlobFiles blobs,
            KeptRows kept,
            StoreOptions options,
            LongUnaryOperator neededSegment) {
        this.log = log;
        this.view = view;
        this.committer = committer;
        this.blobs = blobs;
        this.kept = kept;
        this.options = options;
        this.neededSegment = neededSegment;
    }

    void start() {
        if (!options.compaction().isOff()) {
            thread = Thread.ofPlatform().daemon().name("twinroot-compact").start(this::loop);
        }
    }

    /** Ends the thread, in the middle of a pass if need be. */
    void stop() {
        stopped = true;
        Thread running = thread;
        if (running != null) {
            synchronized (this) {
                notifyAll();
            }
            LockSupport.unpark(running);
            boolean interrupted = false;
            while (running.isAlive()) {
                try {
                    running.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    Pass lastPass() {
        return last;
    }

    /** The log got so many bytes more, or blobs were written. */
    synchronized void grew(long bytes) {
        grownBytes += bytes;
        if (grownBytes > options.compaction().slackBytes() / 4) {
            notifyAll();
        }
    }

    private synchronized void awaitGrowth(long nanos) throws InterruptedException {
        long until = System.nanoTime() + nanos;
        while (!stopped && grownBytes <= options.compaction().slackBytes() / 4) {
            long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (left <= 0) {
                break;
            }
            wait(left);
        }
        grownBytes = 0;
    }

    private void loop() {
        while (!stopped) {
            try {
                if (isDue(100)) {
                    run();
                }
                awaitGrowth(RETRY_NS * 20);
            } catch (LogException | StoreException e) {
                if (!stopped) {
                    System.getLogger(Compactor.class.getName())
                            .log(
                                    System.Logger.Level.WARNING,
                                    "the log was not compacted, and it is tried again: " + e.getMessage());
                    LockSupport.parkNanos(this, RETRY_NS);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
        }
    }

    /** What the rows need of the log, in bytes. */
    private long needed() {
        return view.tables().stream()
                .mapToLong(table -> table.published().totals().bytes())
                .sum();
    }

    /** Whether a pass would free enough; beyond 100 percent of what makes it due, more. */
    private boolean isDue(int percent) {
        long lastSegment = log.end().segment();
        long first = neededSegment.applyAsLong(lastSegment);
        long kept = first < lastSegment ? log.bytesBefore(lastSegment + 1) - log.bytesBefore(first) : 0;
        StoreOptions.Compaction when = options.compaction();
        long needed = needed();
        long bases = log.baseBytes();
        long most = needed / 100 * when.percent() + when.slackBytes();
        // The tail stays whole until the end of a pass: with it and all the copies there is most.
        long mostTail = needed / 100 * Math.min(TAIL_PERCENT, when.percent()) + when.slackBytes();
        return log.bytes() - kept > most / 100 * percent
                || log.bytes() - bases - kept > mostTail / 100 * percent
                || (percent == 100 && blobs.bytesWritten() > BLOBS_DUE);
    }

    /** One pass over all rows. By any thread, one at a time. */
    Pass run() {
        synchronized (turn) {
            Work work = new Work();
            work.run();
            return last;
        }
    }

    /** Finds the last row of a base segment. */
    private static final class EndFinder implements ChangeLog.Visitor {
        private @Nullable Key end;
        private boolean isDamaged;

        @Override
        public void frame(LogPosition at, int bytes, Frame frame) {
            end = switch (frame) {
                case Frame.Put put -> new Key(put.table(), put.uid());
                case Frame.Delete delete -> new Key(delete.table(), delete.uid());
                case Frame.Lost lost -> new Key(lost.table(), lost.uid());
                case Frame.DefineTable define -> end;
                case Frame.Forget forget -> end;
                case Frame.Seen seen -> end;
                case Frame.Known known -> end;
                case Frame.Mark mark -> end;
            };
        }

        @Override
        public void damage(Damage damage) {
            isDamaged = true;
        }
    }

    /** What is done between two passes, and ends one that goes on. */
    @FunctionalInterface
    interface Exclusive {
        void run() throws IOException;
    }

    /** Does something while no pass goes on. By any thread. */
    void exclusively(Exclusive work) throws IOException {
        synchronized (this) {
            waiting++;
        }
        try {
            synchronized (turn) {
                work.run();
            }
        } finally {
            synchronized (this) {
                waiting--;
            }
        }
    }

    /** Whether a pass must come to its end. */
    private boolean isOver() {
        return stopped || waiting > 0;
    }

    /** The state of a pass. */
    private final class Work {
        private final long startedNs = System.nanoTime();
        private final long bytesBefore = log.bytes();
        private final long firstTail = committer.roll();
        private final List<Long> oldBases = new ArrayList<>(log.bases());
        private final BlobCollection collection = new BlobCollection(blobs);
        private final int rowsMax = Math.clamp(view.cellsMax() / 2, 64, 1 << 20);
        private final Map<TableWork, List<Committer.Moved>> moved = new LinkedHashMap<>();
        /** Small enough that old segments can go one by one, so that not all is there twice in the end. */
        private final long baseBytes = Math.min(options.segmentBytes(), Math.max(1 << 20, needed() / 8));

        private @Nullable BaseWriter base;
        private long rows;
        private int rowsInBase;
        private long written;
        private long writtenOutAt;

        void run() {
            List<TableWork> tables = view.tables().stream()
                    .sorted(Comparator.comparingInt(TableWork::id))
                    .toList();
            try {
                findEnds();
                begin(); // also where there are no rows: it says which tables there are
                for (TableWork table : tables) {
                    copy(table);
                }
                if (isOver()) {
                    return;
                }
                finish(null);
                committer.writeOutAll();
                log.drop(oldBases, Math.min(firstTail, neededSegment.applyAsLong(firstTail)));
                kept.blobs(collection::needs); // at last: rows went there while the others were gone over
                last = new Pass(rows, bytesBefore, log.bytes(), collection.finish());
            } finally {
                if (base != null) {
                    base.close();
                }
            }
        }

        private BaseWriter begin() {
            BaseWriter begun = log.newBase();
            base = begun;
            rowsInBase = 0;
            view.tables().forEach(table -> begun.add(new Frame.DefineTable(table.id(), table.name(), table.rules())));
            return begun;
        }

        private void copy(TableWork table) {
            Store.Held held = Store.held(log, table::published);
            Run<IndexRow> run = held.state().run(Space.ROWS, UidRange.ALL);
            while (!isOver() && run.next()) {
                IndexRow row = run.value();
                LogPosition at = row.isGone() ? log.begin() : LogPosition.unpack(row.position());
                boolean isOld = !row.isGone() && (at.isBase() || at.segment() < firstTail);
                if (isOld || (row.isLive() && collection.isWanted())) {
                    copy(table, run.uid(), row, held.segments(), isOld);
                }
            }
        }

        private void copy(TableWork table, Uid uid, IndexRow row, Segments segments, boolean isOld) {
            Frame frame = frame(table, uid, row, segments);
            if (frame instanceof Frame.Put put && put.blob() == null) {
                collection.needs(put.body());
            }
            if (frame == null || !isOld) {
                return;
            }
            BaseWriter into = base == null ? begin() : base;
            long before = into.bytes();
            long position = into.add(frame);
            int bytes = (int) (into.bytes() - before);
            moved.computeIfAbsent(table, any -> new ArrayList<>())
                    .add(new Committer.Moved(uid, row.position(), position, bytes));
            rows++;
            rowsInBase++;
            written += bytes;
            if (into.bytes() >= baseBytes || rowsInBase >= rowsMax) {
                finish(new Key(table.id(), uid));
            }
            if (rows % 256 == 0) {
                throttle();
            }
        }

        /** The frame to copy; null where its bytes are damaged, which makes the row a lost one. */
        private @Nullable Frame frame(TableWork table, Uid uid, IndexRow row, Segments segments) {
            if (row.isLost()) {
                return new Frame.Lost(table.id(), uid, row.stamp(), lostDigest(row, segments));
            }
            if (row.isTombstone()) {
                return new Frame.Delete(table.id(), uid, row.stamp(), row.past());
            }
            LogPosition at = LogPosition.unpack(row.position());
            try {
                if (log.read(at, segments) instanceof Frame.Put put
                        && put.uid().equals(uid)
                        && put.stamp().equals(row.stamp())) {
                    return put;
                }
                throw new LogException(LogException.Kind.DAMAGED, "the log has another row at " + at);
            } catch (LogException e) {
                if (e.kind() != LogException.Kind.DAMAGED) {
                    throw e;
                }
                committer.confirm(table, uid, row, String.valueOf(e.getMessage()), () -> true);
                return null;
            }
        }

        private @Nullable Digest lostDigest(IndexRow lost, Segments segments) {
            try {
                return log.read(LogPosition.unpack(lost.position()), segments) instanceof Frame.Lost frame
                        ? frame.digest()
                        : null;
            } catch (LogException e) {
                return null; // where the row itself lay
            }
        }

        /** Makes the base segment a part of the log, and points its rows to it. Null: there are no more rows. */
        private void finish(@Nullable Key end) {
            BaseWriter done = base;
            if (done == null) {
                return;
            }
            done.finish();
            log.add(done);
            base = null;
            moved.forEach((table, all) -> {
                for (int from = 0; from < all.size() && !isOver(); from += MOVED_AT_ONCE) {
                    committer.move(table, List.copyOf(all.subList(from, Math.min(all.size(), from + MOVED_AT_ONCE))));
                }
            });
            moved.clear();
            if (end != null && !isOver()) {
                baseEnds.put(done.number(), end);
                dropUpTo(end);
            }
        }

        /** The last row of each old base segment; those that another process made have to be looked through. */
        private void findEnds() {
            for (long number : oldBases) {
                if (!baseEnds.containsKey(number) && !isOver()) {
                    EndFinder finder = new EndFinder();
                    log.scanBase(number, finder);
                    if (finder.end != null && !finder.isDamaged) {
                        baseEnds.put(number, finder.end);
                    }
                }
            }
        }

        /** Drops the old base segments of which all rows have copies. */
        private void dropUpTo(Key end) {
            List<Long> covered = oldBases.stream()
                    .filter(number -> {
                        Key last = baseEnds.get(number);
                        return last != null && last.compareTo(end) <= 0;
                    })
                    .toList();
            if (covered.isEmpty() || written - writtenOutAt < needed() / 8) {
                return;
            }
            writtenOutAt = written;
            committer.writeOutAll();
            log.drop(covered, log.begin().segment());
            oldBases.removeAll(covered);
            baseEnds.keySet().removeAll(covered);
        }

        private void throttle() {
            while (!isOver() && !isDue(150)) {
                long dueNs = (long) (written * 1e9 / options.compaction().bytesPerSecond());
                long ahead = dueNs - (System.nanoTime() - startedNs);
                if (ahead < TimeUnit.MILLISECONDS.toNanos(5)) {
                    return;
                }
                LockSupport.parkNanos(Compactor.this, Math.min(ahead, TimeUnit.MILLISECONDS.toNanos(200)));
            }
        }
    }
}
