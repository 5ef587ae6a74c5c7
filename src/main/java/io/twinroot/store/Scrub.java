package io.twinroot.store;

import io.twinroot.log.BlobFiles;
import io.twinroot.log.ChangeLog;
import io.twinroot.log.Damage;
import io.twinroot.log.Frame;
import io.twinroot.log.LogException;
import io.twinroot.log.LogPosition;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.TreeNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads all bytes of a store again, at a bounded rate, while it is used:
 *
 * <ol>
 *   <li>the view's files against their checksums. One that is damaged is made again from the log;
 *   <li>each table, range by range: the frame of each live row, the digest of its body, the bytes of its blob.
 *       A row that fails is lost, until another copy gives it back;
 *   <li>each table's tree against its index;
 *   <li>the segments of the log, also what no row needs. Where that is damaged, what rows need is copied and
 *       the rest dropped.
 * </ol>
 *
 * For many threads; one scrub goes on at a time.
 */
final class Scrub {
    /** So many rows make a range, */
    private static final long RANGE_ROWS = 512;

    /** unless that makes more ranges than this. */
    private static final long RANGES_MAX = 256;

    /** How often a range is read again because its index was damaged. */
    private static final int ATTEMPTS = 3;

    private static final long REPORT_BYTES = 1 << 20;

    private final ChangeLog log;
    private final View view;
    private final Committer committer;
    private final Compactor compactor;
    private final Remaker remaker;
    private final DamageBook damage;
    private final ScrubBook book;
    private final Consumer<Damage> keep;
    private final StoreOptions options;
    private final RowCheck rowCheck;
    private final ReentrantLock turn = new ReentrantLock();
    private volatile @Nullable Pace pace;
    private volatile boolean closed;

    Scrub(
            ChangeLog log,
            View view,
            BlobFiles blobs,
            Committer committer,
            Compactor compactor,
            Remaker remaker,
            DamageBook damage,
            ScrubBook book,
            Consumer<Damage> keep,
            StoreOptions options) {
        this.log = log;
        this.view = view;
        this.committer = committer;
        this.compactor = compactor;
        this.remaker = remaker;
        this.damage = damage;
        this.book = book;
        this.keep = keep;
        this.options = options;
        this.rowCheck = new RowCheck(log, blobs);
    }

    ScrubReport run(ScrubPart what, long bytesPerSecond, Consumer<ScrubProgress> progress) {
        if (!turn.tryLock()) {
            throw new StoreException(StoreException.Kind.LOCKED, "the store is being scrubbed; wait for it or stop it");
        }
        try {
            Pace mine = new Pace(bytesPerSecond);
            pace = mine;
            if (closed) {
                throw Committer.closed();
            }
            return new Work(what, mine, progress).run();
        } finally {
            pace = null;
            turn.unlock();
        }
    }

    /** Ends the scrub that goes on, if one does. */
    void stop() {
        Pace running = pace;
        if (running != null) {
            running.stop();
        }
    }

    /** Ends the scrub and waits for that; none begins any more. */
    void close() {
        closed = true;
        stop();
        turn.lock();
        try {
            pace = null;
        } finally {
            turn.unlock();
        }
    }

    /** One scrub. */
    private final class Work {
        private final ScrubPart what;
        private final Pace mine;
        private final Consumer<ScrubProgress> progress;
        private final long beganMs;
        private final List<String> findings = new ArrayList<>();
        private String step = "";
        private long rows;
        private long damaged;
        private long blobBytes;
        private long reportedAt;

        Work(ScrubPart what, Pace mine, Consumer<ScrubProgress> progress) {
            this.what = what;
            this.mine = mine;
            this.progress = progress;
            this.beganMs = book.begin(what, options.nowMs().getAsLong());
        }

        ScrubReport run() {
            boolean complete = false;
            try {
                if (what == ScrubPart.ALL) {
                    viewFiles();
                }
                for (TableWork table : view.tables()) {
                    ranges(table);
                    if (what == ScrubPart.ALL) {
                        tree(table);
                    }
                }
                if (what == ScrubPart.ALL) {
                    segments();
                    book.end();
                }
                complete = true;
            } catch (CancellationException e) {
                book.save();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                book.save();
            }
            book.save();
            return new ScrubReport(
                    beganMs, options.nowMs().getAsLong(), complete, rows, mine.bytes(), damaged, findings);
        }

        private void found(String finding) {
            damaged++;
            if (findings.size() < ScrubReport.FINDINGS_MAX) {
                findings.add(finding);
            }
        }

        private void begin(String next) {
            step = next;
            report();
        }

        private void read(long bytes) {
            mine.used(bytes);
            if (mine.bytes() - reportedAt >= REPORT_BYTES) {
                report();
            }
        }

        private void readBlob(long bytes, int frameBytes) {
            blobBytes += bytes > frameBytes ? bytes - frameBytes : 0;
            read(bytes);
        }

        private void report() {
            reportedAt = mine.bytes();
            long most = view.bytes() + blobBytes + (what == ScrubPart.ALL ? log.bytes() + viewBytes() : 0);
            progress.accept(new ScrubProgress(step, mine.bytes(), Math.max(most, mine.bytes())));
        }

        private long viewBytes() {
            long bytes = 0;
            for (LayerFile file : layers()) {
                bytes += file.listed().length();
            }
            return bytes;
        }

        private List<LayerFile> layers() {
            return view.tables().stream()
                    .findFirst()
                    .map(table -> table.published().layers())
                    .orElse(List.of());
        }

        private void viewFiles() throws InterruptedException {
            begin("files of the view");
            for (LayerFile layer : layers()) {
                String fault = fileFault(layer.listed());
                if (fault != null && view.directory().isInUse(layer.listed().name())) {
                    found(fault);
                    view.directory().isDamaged(layer.listed().name(), fault);
                }
            }
            if (log.mendCatalog()) {
                found("the log's CATALOG was not what was written there; it was written anew");
                damage.mended("the log's CATALOG", "it was not what was written there");
            }
            remaker.await();
        }

        private @Nullable String fileFault(LayerFile.Listed listed) {
            Path file = view.directory().file(listed.name());
            try {
                if (Files.notExists(file)) {
                    return "view file " + listed.name() + " is missing";
                }
                return ViewDirectory.checksum(file, this::read) == listed.checksum()
                                && Files.size(file) == listed.length()
                        ? null
                        : "the checksum of view file " + listed.name() + " is wrong";
            } catch (IOException e) {
                return "view file " + listed.name() + " cannot be read (" + e.getMessage() + ")";
            }
        }

        private void ranges(TableWork table) throws InterruptedException {
            begin("rows of " + table.name());
            for (ScrubBook.Due due : book.due(table.name(), starts(table.published()))) {
                if (range(table, due.range())) {
                    book.verified(table.name(), due.range(), options.nowMs().getAsLong());
                }
            }
        }

        /** Where ranges of about the same number of rows begin, but for the first. */
        private static List<Uid> starts(TableState table) {
            long wanted = Math.clamp(table.count() / RANGE_ROWS, 1, RANGES_MAX);
            long each = Math.max(1, table.count() / wanted);
            List<Uid> starts = new ArrayList<>();
            long seen = 0;
            Run<TreeNode> nodes = table.upper(2).run(UidRange.ALL);
            while (nodes.next()) {
                if (!ViewCodec.isGone(nodes.value())) {
                    if (seen >= each * (starts.size() + 1)) {
                        starts.add(nodes.uid());
                    }
                    seen += nodes.value().count();
                }
            }
            return starts;
        }

        /** Reads a range, again where its index had to be made again meanwhile; says whether all of it is whole. */
        private boolean range(TableWork table, UidRange range) throws InterruptedException {
            for (int attempt = 1; ; attempt++) {
                try {
                    return isWhole(table, range);
                } catch (StoreException e) {
                    if (e.kind() != StoreException.Kind.DAMAGED) {
                        throw e;
                    }
                    if (attempt == ATTEMPTS) {
                        found(String.valueOf(e.getMessage()));
                        return false;
                    }
                    remaker.await();
                }
            }
        }

        private boolean isWhole(TableWork table, UidRange range) {
            Store.Held held = Store.held(log, table::published);
            Run<IndexRow> run = held.state().run(Space.ROWS, range);
            boolean whole = true;
            while (run.next()) {
                IndexRow row = run.value();
                if (row.isLost()) {
                    found("row " + run.uid() + " of table " + table.name() + " was lost before");
                    whole = false;
                } else if (row.isLive()) {
                    rows++;
                    whole &= isWhole(table, run.uid(), row, held);
                }
            }
            return whole;
        }

        private boolean isWhole(TableWork table, Uid uid, IndexRow row, Store.Held held) {
            String name = "row " + uid + " of table " + table.name();
            RowCheck.Fault fault;
            try {
                fault = rowCheck.run(table.rules(), uid, row, held.segments(), bytes -> readBlob(bytes, row.bytes()));
            } catch (LogException e) {
                found(name + " cannot be read: " + e.getMessage());
                return false;
            }
            if (fault == null) {
                return true;
            }
            boolean isLost = committer.confirm(table, uid, row, fault.why(), fault.isStill());
            IndexRow now = table.published().get(Space.ROWS, uid);
            if (isLost || (now != null && now.isLost())) {
                found(name + " at log position " + LogPosition.unpack(row.position()) + ": " + fault.why());
            }
            return false; // where it is not lost, it is another row by now, for the next scrub
        }

        private void tree(TableWork table) throws InterruptedException {
            begin("tree of " + table.name());
            for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
                String fault;
                try {
                    fault = TreeCheck.fault(committer.refreshed(table), view.salt(), this::read);
                } catch (StoreException e) {
                    if (e.kind() != StoreException.Kind.DAMAGED) {
                        throw e;
                    }
                    fault = String.valueOf(e.getMessage());
                }
                if (fault == null) {
                    return;
                }
                found("table " + table.name() + ": " + fault);
                remaker.want("table " + table.name() + ": " + fault);
                remaker.await();
            }
        }

        /** Reads the log itself. All rows were read, so what is damaged here and was not there is not needed. */
        private void segments() {
            begin("segments of the log");
            List<Damage> met = new ArrayList<>();
            log.check(new ChangeLog.Visitor() {
                @Override
                public void frame(LogPosition at, int bytes, Frame frame) {
                    read(bytes);
                }

                @Override
                public void damage(Damage found) {
                    met.add(found);
                }
            });
            if (met.stream().allMatch(place -> damage.isMended("log position " + place.at()))) {
                return;
            }
            met.forEach(keep);
            compactor.run();
            for (Damage place : met) {
                String where = "log position " + place.at();
                if (!damage.isKnown(where)) {
                    found(where + ": " + place.why());
                    damage.mended(where, place.why() + "; no row needs it");
                }
            }
        }
    }
}
