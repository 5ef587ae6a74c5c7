package io.twinroot.store;

import io.twinroot.log.Aside;
import io.twinroot.log.BlobFiles;
import io.twinroot.log.ChangeLog;
import io.twinroot.log.CheckedText;
import io.twinroot.log.Disk;
import io.twinroot.log.Frame;
import io.twinroot.log.LogException;
import io.twinroot.log.LogOptions;
import io.twinroot.log.LogOptions.Sync;
import io.twinroot.log.LogPosition;
import io.twinroot.log.Segments;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.tree.Salt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A database in one directory, for one process at a time. For many threads.
 *
 * <p>What {@link StoreTable#apply} returned for is on the disk and stays there, through a crash at any moment
 * and the loss of every file but the log and the blobs. Reads are from snapshots and wait for no writer.
 */
public final class Store implements AutoCloseable {
    private static final int MAX_RULES_BYTES = 1 << 19;

    private final Path directory;
    private final StoreOptions options;
    private final Disk disk;
    private final DirectoryLock lock;
    private final ChangeLog log;
    private final BlobFiles blobs;
    private final View view;
    private final Committer committer;
    private final DamageBook damage;
    private final Aside aside;
    private final KeptRows kept;
    private final Lives lives;
    private final Compactor compactor;
    private final Remaker remaker;
    private final ScrubBook scrubs;
    private final Scrub scrub;
    private final RecoveryReport report;
    private final Readers readers;
    private final StoreFeed feed;
    private final Map<TableName, WriteThrough> throughs = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private Store(Path directory, StoreOptions options, Disk disk, DirectoryLock lock) throws IOException {
        this.directory = directory;
        this.options = options;
        this.disk = disk;
        this.lock = lock;
        blobs = new BlobFiles(directory.resolve("blobs"), disk);
        blobs.open();
        readers = new Readers(directory, disk, options.nowMs());
        ViewDirectory files = new ViewDirectory(directory.resolve("view"), disk);
        aside = new Aside(directory.resolve("aside"), disk);
        lives = new Lives(directory, disk);
        kept = new KeptRows(
                directory.resolve("kept"), blobs, disk, options.nowMs(), options.trash(), options.sync() != Sync.NEVER);
        List<String> flaws = kept.open();
        damage = new DamageBook(directory, disk, options.nowMs());
        Optional<String> trouble = damage.open();
        log = ChangeLog.open(
                directory.resolve("log"),
                disk,
                new LogOptions(options.incarnation(), options.segmentBytes(), options.sync(), options.nowMs()),
                Recovery.position(files));
        Recovery.Result recovered;
        boolean done = false;
        try {
            disk.forceDirectory(directory); // the folders' own names
            recovered = Recovery.run(log, files, options);
            view = recovered.view();
            RecoveryReport found = trouble.map(recovered.report()::with).orElse(recovered.report());
            for (String flaw : flaws) {
                found = found.with(flaw);
            }
            found = restored(directory).map(found::with).orElse(found);
            report = lives.open(log.incarnations(), options.incarnation())
                    .map(found::with)
                    .orElse(found);
            report.damages().forEach(what -> log.keep(aside, what.at(), what.bytes()));
            done = true;
        } finally {
            if (!done) {
                log.close();
            }
        }
        committer = new Committer(log, recovered, damage, aside, blobs, kept, lives, options);
        feed = new StoreFeed(
                log,
                view,
                blobs,
                committer.end(),
                readers,
                (table, uid, row, hold) -> frame(table.name(), uid, row, hold),
                this::contexts);
        long retentionMs = options.compaction().retentionMs();
        compactor = new Compactor(
                log, view, committer, blobs, kept, options, last -> readers.neededSegment(last, retentionMs));
        committer.onGrowth(compactor::grew);
        remaker = new Remaker(log, view, committer, compactor, damage, options);
        files.onDamage(remaker::want);
        scrubs = new ScrubBook(directory, disk);
        scrubs.open();
        scrub = new Scrub(
                log,
                view,
                blobs,
                committer,
                compactor,
                remaker,
                damage,
                scrubs,
                what -> log.keep(aside, what.at(), what.bytes()),
                options);
        compactor.start();
        remaker.start();
    }

    /**
     * Opens the store of a directory.
     *
     * @throws StoreException when that is not possible; its kind says why
     */
    public static Store open(Path directory, StoreOptions options) {
        return open(directory, options, Disk.REAL);
    }

    static Store open(Path directory, StoreOptions options, Disk disk) {
        String attempted = "opening the store " + directory;
        try {
            if (!options.create() && !StoreFile.isIn(directory)) {
                throw new StoreException(StoreException.Kind.ABSENT, "there is no store in " + directory);
            }
            Files.createDirectories(directory);
            if (!Files.isWritable(directory)) {
                throw new StoreException(
                        StoreException.Kind.NOT_WRITABLE,
                        attempted + ": the directory may not be written by this user");
            }
            DirectoryLock lock = DirectoryLock.of(directory);
            boolean done = false;
            try {
                StoreFile.check(
                        directory, disk, options.create(), options.nowMs().getAsLong());
                Store store = new Store(directory, options, disk, lock);
                done = true;
                return store;
            } finally {
                if (!done) {
                    lock.close();
                }
            }
        } catch (LogException e) {
            throw StoreException.of(e);
        } catch (IOException e) {
            throw StoreException.of(attempted, e);
        }
    }

    public Path directory() {
        return directory;
    }

    /** What was found on opening. */
    public RecoveryReport recovery() {
        return report;
    }

    /** Says so where this is a backup of which no node was started yet. */
    private static Optional<String> restored(Path directory) throws IOException {
        byte[] bytes = CheckedText.read(directory.resolve(StoreBackup.LIST));
        if (bytes == null) {
            return Optional.empty();
        }
        String made;
        try {
            made = CheckedText.decode(StoreBackup.FIRST, bytes).getFirst().getLast();
        } catch (IllegalArgumentException e) {
            made = "unknown, as its list is damaged (" + e.getMessage() + ")";
        }
        return Optional.of("this store was restored from a backup; when that was made: " + made);
    }

    /** When the backup was made that this store was once started from; empty where it was not. */
    public Optional<String> restoredFrom() {
        try {
            byte[] bytes = CheckedText.read(directory.resolve(StoreBackup.RESTORED));
            return bytes == null
                    ? Optional.empty()
                    : Optional.of(CheckedText.decode(StoreBackup.FIRST, bytes)
                            .getFirst()
                            .getLast());
        } catch (IOException | IllegalArgumentException e) {
            return Optional.of("at an unknown time (" + e.getMessage() + ")");
        }
    }

    /** A node goes on from here: where this was a backup, it is a store like any other now. */
    public void takeIntoUse() {
        Path list = directory.resolve(StoreBackup.LIST);
        try {
            if (Files.exists(list)) {
                disk.rename(list, directory.resolve(StoreBackup.RESTORED));
                disk.forceDirectory(directory);
            }
        } catch (IOException e) {
            throw StoreException.of("taking the backup " + directory + " into use", e);
        }
    }

    /** What was found damaged: what is open, and the last that ended; in the order of finding. */
    public List<StoreDamage> damages() {
        return damage.list();
    }

    /** Tells this whenever damage is found; it must not block. */
    public void onDamage(Runnable listener) {
        damage.onFound(listener);
    }

    /**
     * Gives up what damage took: a lost row counts as one that never was, and its table takes writes again.
     *
     * @throws StoreException of kind {@link StoreException.Kind#ABSENT} when there is no such open damage
     */
    public void accept(long id) {
        checkOpen();
        StoreDamage lost = damage.get(id);
        if (lost == null || lost.state() != StoreDamage.State.OPEN) {
            throw new StoreException(StoreException.Kind.ABSENT, "there is no open damage with the number " + id);
        }
        committer.accept(lost);
    }

    /** A table was just found equal to a copy elsewhere: of what could not be told it lacks nothing. */
    public void provenEqual(TableName name) {
        if (!table(name).hasLost()) {
            damage.healed(name);
        }
    }

    /** What takes the changes of a table in place of this store; null for nothing. */
    @Nullable
    WriteThrough through(TableName name) {
        return throughs.get(name);
    }

    void through(TableName name, @Nullable WriteThrough through) {
        if (through == null) {
            throughs.remove(name);
        } else {
            throughs.put(name, through);
        }
    }

    /** Whether damage keeps a table from taking new writes of users. */
    public boolean isReadOnly(TableName name) {
        return table(name).hasLost() || damage.isOpen(name);
    }

    /** All tables, ordered by name. */
    public List<StoreTable> tables() {
        checkOpen();
        return view.tables().stream().map(work -> new StoreTable(this, work)).toList();
    }

    /** @throws StoreException of kind {@link StoreException.Kind#UNKNOWN_TABLE} when there is none */
    public StoreTable table(TableName name) {
        checkOpen();
        TableWork work = view.table(name);
        if (work == null) {
            throw new StoreException(
                    StoreException.Kind.UNKNOWN_TABLE, "there is no table " + name + " in the store " + directory);
        }
        return new StoreTable(this, work);
    }

    /**
     * The table of this name, made where it is not there.
     *
     * @throws StoreException of kind {@link StoreException.Kind#RULES} when it is there with other rules
     */
    public StoreTable createTable(TableName name, TableRules rules) {
        return define(name, rules, false);
    }

    /**
     * The same; of a table that is there the schema version may be a later one from now on, as the application's is.
     *
     * @throws StoreException of kind RULES where it is there with other rules, or a later schema version
     */
    public StoreTable configureTable(TableName name, TableRules rules) {
        return define(name, rules, true);
    }

    private StoreTable define(TableName name, TableRules rules, boolean mayRaise) {
        checkOpen();
        int bytes = 0;
        for (String field : rules.digestExcludes()) {
            bytes += 4 * field.length() + 8;
        }
        if (bytes > MAX_RULES_BYTES) {
            throw new IllegalArgumentException("a table's rules have at most " + MAX_RULES_BYTES + " bytes");
        }
        return new StoreTable(this, committer.define(name, rules, mayRaise));
    }

    /**
     * Takes a blob of unknown size and digest from a stream, on which the caller can then base a
     * {@link Change.Put} with {@link #received}.
     *
     * @throws IOException when the stream fails
     */
    public Body.Blob receive(InputStream in) throws IOException {
        checkOpen();
        try {
            return blobs.receive(in);
        } catch (BlobFiles.Unacceptable e) {
            throw new IOException(e.getMessage(), e);
        } catch (LogException e) {
            throw StoreException.of(e);
        }
    }

    /** The bytes of a blob that {@link #receive} took. A put of it does not write them again. */
    public BlobSource received(Body.Blob blob) {
        return blobs.source(blob);
    }

    /** A consistent copy of this store as it is now, to be written out while it is used. */
    public StoreBackup backup() {
        checkOpen();
        try {
            return new StoreBackup(directory, log, blobs, kept);
        } catch (IOException e) {
            throw StoreException.of("making a backup of " + directory, e);
        }
    }

    /** Compacts the log now, whether or not it is due; returns when that is done. */
    public void compact() {
        checkOpen();
        try {
            compactor.run();
        } catch (LogException e) {
            throw StoreException.of(e);
        }
    }

    /**
     * Reads all bytes of the store again and checks them, on the caller's thread, one at a time; reads and writes go
     * on. What is damaged is among {@link #damages} then. One that was ended early, also by the end of the
     * process, is gone on with.
     *
     * @param what of the store is read
     * @param bytesPerSecond how fast, at most
     * @param progress is told now and then, on this thread
     * @throws StoreException of kind {@link StoreException.Kind#LOCKED} while one is going on
     */
    public ScrubReport scrub(ScrubPart what, long bytesPerSecond, Consumer<ScrubProgress> progress) {
        checkOpen();
        try {
            return scrub.run(what, bytesPerSecond, progress);
        } catch (LogException e) {
            throw StoreException.of(e);
        }
    }

    /** When the last scrub of all began, in milliseconds since 1970, and whether it came to its end; 0 for never. */
    public LastScrub lastScrub() {
        return scrubs.last();
    }

    /** @param beganMs 0 for never */
    public record LastScrub(long beganMs, boolean isOver) {}

    /** Ends a scrub that is going on, soon; it says that it is not complete. */
    public void stopScrub() {
        scrub.stop();
    }

    /** When the rows of each table were last found whole. */
    public Map<TableName, Verified> verified() {
        Map<TableName, Verified> all = new TreeMap<>();
        view.tables().forEach(table -> all.put(table.name(), scrubs.verified(table.name())));
        return all;
    }

    /** Why damaged files of the view could not be made again yet; it is tried again. Empty where none are. */
    public Optional<String> viewTrouble() {
        return remaker.trouble();
    }

    /** Why the last write could not be put on the disk; empty where it could, or there was none. */
    public Optional<String> writeTrouble() {
        return committer.trouble();
    }

    /** Rows, tombstones and lost rows of each table as they are now; waits for nothing. */
    public Map<TableName, Counts> counts() {
        Map<TableName, Counts> all = new TreeMap<>();
        for (TableWork table : view.tables()) {
            TableState now = table.published();
            all.put(
                    table.name(),
                    new Counts(
                            now.count(), now.totals().tombstones(), now.totals().lost()));
        }
        return all;
    }

    /**
     * How much a table has.
     *
     * @param rows that are live
     * @param tombstones deletes remembered
     * @param lost rows that damage took and that did not come back
     */
    public record Counts(long rows, long tombstones, long lost) {}

    /** The bytes of the log's segments, and how many of them the rows need. */
    public LogSize logSize() {
        return new LogSize(
                log.bytes(),
                view.tables().stream()
                        .mapToLong(table -> table.published().totals().bytes())
                        .sum());
    }

    /**
     * How large the log is.
     *
     * @param bytes of all segments
     * @param neededBytes of the frames that rows need
     */
    public record LogSize(long bytes, long neededBytes) {}

    /**
     * What came to this store after a cursor, in its order; waits for it where that is asked. Reading on from
     * each page's {@link FeedPage#next} gives every change at least once. The page ends early where it gets
     * large, or where much of the log is of tables that are not wanted.
     *
     * @throws StoreException of kind {@link StoreException.Kind#CURSOR_GONE} when the log does not have what
     *     follows the cursor, and of kind {@link StoreException.Kind#UNKNOWN_TABLE}
     */
    public FeedPage changes(FeedQuery query) {
        query.tables().forEach(this::table);
        FeedPage page = feed.page(query);
        checkOpen();
        return page;
    }

    /**
     * A cursor from which all is read that came since a moment, and perhaps some that came before.
     *
     * @param sinceMs milliseconds since 1970
     * @throws StoreException of kind {@link StoreException.Kind#CURSOR_GONE} when the log does not reach back
     *     so far
     */
    public String cursorAt(long sinceMs) {
        checkOpen();
        return feed.cursorAt(sinceMs);
    }

    /** Who reads the feed under which name; the log must keep what they have not read. */
    public Map<String, FeedReader> readers() {
        return readers.all();
    }

    /** The incarnations that this store ever wrote under, oldest first; the last is the one of now. At most 100. */
    public List<Incarnation> lives() {
        return lives.list();
    }

    /** Others are to hear of the life that this is: it is remembered from now on, even if nothing is written in it. */
    public void rememberLife() {
        lives.save();
    }

    /** Under which it writes now. */
    public Incarnation incarnation() {
        return committer.own().incarnation();
    }

    /**
     * Writes under another incarnation from now on: what this store wrote before may be known elsewhere and not here.
     *
     * @param fresh one that was never used
     * @throws StoreException when it could not be written down; then nothing changed
     */
    public void renewIncarnation(Incarnation fresh) {
        checkOpen();
        var _ = committer.learn(contexts -> {
            contexts.renew(fresh);
            return true;
        });
    }

    /** The largest clock of any stamp that was seen here. */
    public long clock() {
        return committer.clock();
    }

    /**
     * Stamps that are made from now on exceed this clock.
     *
     * @return false, and nothing changes, where it is too far ahead of the clock here
     */
    public boolean sawClock(long clock) {
        if ((clock >>> 16) > options.nowMs().getAsLong() + options.maxClockSkewMs()) {
            return false;
        }
        committer.sawClock(clock);
        return true;
    }

    /** The last write of each incarnation that came by since this store was opened, the newest first; at most 100. */
    public List<Stamp> latestWrites() {
        return committer.own().latest();
    }

    /**
     * Whether a stamp of the current incarnation was not made by this process: it gave its seq another clock, or has
     * not got so far. False where that is not known any more: the last 65,536 writes are.
     */
    public boolean wroteDifferently(Stamp stamp) {
        return committer.own().wroteDifferently(stamp);
    }

    /** The rows that are kept aside. */
    public StoreKept kept() {
        checkOpen();
        return new StoreKept(this, kept);
    }

    KeptRows keptRows() {
        return kept;
    }

    /** The largest time of a stamp that may be taken now, in milliseconds since 1970. */
    long latestMs() {
        return options.nowMs().getAsLong() + options.maxClockSkewMs();
    }

    /** What has been seen of the tables that a query wants, but for those of which rows may be missing. */
    private Map<TableName, Context> contexts(FeedQuery query) {
        return committer.learn(any -> {
            Map<TableName, Context> seen = new TreeMap<>();
            view.tables().stream()
                    .filter(table -> query.wants(table.name()) && !isReadOnly(table.name()))
                    .forEach(table -> seen.put(table.name(), table.context()));
            return seen;
        });
    }

    Committer committer() {
        return committer;
    }

    Salt salt() {
        return options.salt();
    }

    void checkOpen() {
        if (closed) {
            throw Committer.closed();
        }
    }

    Staged stage(Change change, TableRules rules) {
        checkOpen();
        try {
            return Staged.of(change, rules, blobs);
        } catch (LogException e) {
            throw StoreException.of(e);
        }
    }

    /** The row that the log has for what the view says. */
    RowData read(TableName table, Uid uid, IndexRow row, Segments hold) {
        if (row.isLost()) {
            throw new StoreException(
                    StoreException.Kind.DAMAGED,
                    "damage took row " + uid + " of table " + table + ", the version of " + row.stamp()
                            + "; repair the table from another copy");
        }
        if (!row.isLive()) {
            return new RowData(new Row.Tombstone(uid, row.stamp(), row.past()), null);
        }
        Frame.Put put = frame(table, uid, row, hold);
        Body body;
        try {
            body = CanonicalCbor.decodeBody(put.body());
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    StoreException.Kind.DAMAGED,
                    "the body of row " + uid + " of table " + table + " cannot be read: " + e.getMessage(),
                    e);
        }
        BlobSource source = null;
        if (body instanceof Body.Blob blob) {
            source = put.blob() == null ? blobs.source(blob) : () -> inline(table, uid, row, hold);
        }
        return new RowData(new Row.Live(uid, row.stamp(), body, put.past()), source);
    }

    private InputStream inline(TableName table, Uid uid, IndexRow row, Segments hold) throws IOException {
        byte[] bytes;
        try {
            bytes = frame(table, uid, row, hold).blob();
        } catch (StoreException e) {
            throw new IOException(e.getMessage(), e);
        }
        if (bytes == null) {
            throw new IOException("the bytes of blob " + uid + " are not in the log");
        }
        return new ByteArrayInputStream(bytes);
    }

    private Frame.Put frame(TableName table, Uid uid, IndexRow row, Segments hold) {
        checkOpen();
        try {
            if (log.read(LogPosition.unpack(row.position()), hold) instanceof Frame.Put put
                    && put.uid().equals(uid)
                    && put.stamp().equals(row.stamp())) {
                return put;
            }
        } catch (LogException e) {
            checkOpen();
            TableWork work = view.table(table);
            if (e.kind() == LogException.Kind.DAMAGED && work != null) {
                committer.found(work, uid, row, String.valueOf(e.getMessage()), () -> !isReadable(row));
            }
            throw new StoreException(
                    StoreException.of(e).kind(),
                    "reading row " + uid + " of table " + table + ": " + e.getMessage(),
                    e);
        }
        throw new StoreException(
                StoreException.Kind.DAMAGED,
                "the log has another row at " + LogPosition.unpack(row.position()) + " than row " + uid + " of table "
                        + table);
    }

    /** Whether the frame of a row is what was written. */
    private boolean isReadable(IndexRow row) {
        try {
            var _ = log.read(LogPosition.unpack(row.position()), log.hold());
            return true;
        } catch (LogException e) {
            return e.kind() != LogException.Kind.DAMAGED;
        }
    }

    /** A table and the segments that its rows are in. */
    record Held(TableState state, Segments segments) {}

    /** What a state's rows need of the log: taken before the state, and still so after it. */
    Held held(Supplier<TableState> state) {
        return held(log, state);
    }

    static Held held(ChangeLog log, Supplier<TableState> state) {
        while (true) {
            Segments before = log.hold();
            TableState now = state.get();
            if (log.hold() == before) {
                return new Held(now, before);
            }
        }
    }

    BlobSource blob(Held held, Uid uid, Body.Blob blob) {
        TableState state = held.state();
        return blob(state, held.segments(), uid, blob);
    }

    private BlobSource blob(TableState state, Segments hold, Uid uid, Body.Blob blob) {
        checkOpen();
        IndexRow row = state.get(Space.ROWS, uid);
        if (row != null && row.isLive()) {
            RowData data = read(state.name(), uid, row, hold);
            BlobSource source = data.blob();
            if (source != null
                    && data.row() instanceof Row.Live live
                    && live.body().equals(blob)) {
                return source;
            }
        }
        throw new StoreException(
                StoreException.Kind.ABSENT,
                "row " + uid + " of table " + state.name() + " has no blob " + blob.content() + " any more");
    }

    /** Waits for the writes that were begun, and lets go of the directory. Nothing that was acknowledged needs it. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        committer.end().close();
        readers.save();
        try (lock;
                log) {
            scrub.close();
            remaker.stop();
            compactor.stop();
            committer.stop();
            damage.close();
            kept.close();
        } catch (LogException e) {
            throw StoreException.of(e);
        } catch (IOException e) {
            throw StoreException.of("closing the store " + directory, e);
        }
    }
}
