package io.twinroot.store;

import io.twinroot.log.Aside;
import io.twinroot.log.BlobFiles;
import io.twinroot.log.ChangeLog;
import io.twinroot.log.Damage;
import io.twinroot.log.Frame;
import io.twinroot.log.LogException;
import io.twinroot.log.LogOptions.Sync;
import io.twinroot.log.LogPosition;
import io.twinroot.table.Digest;
import io.twinroot.table.Outcome;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that writes the log and changes the view. What waits in its queue is taken together and
 * forced to the disk once; only then is it in the view, and acknowledged.
 *
 * <p>Files of the view are written by a second thread meanwhile. Writers wait for it only when the memory is
 * several times over its limit.
 */
final class Committer {
    /** A group is closed when it has this many changes, or bytes. */
    private static final int GROUP_CHANGES = 20_000;

    private static final long GROUP_BYTES = 32L << 20;
    private static final int QUEUE = 256;

    /** Over so many times its limit, the memory is written out before anything else is accepted. */
    private static final int OVERLAY_SLACK = 3;

    /** Something for the thread to do. */
    private sealed interface Task {}

    private record Write(TableWork table, List<Staged> changes, Origin origin, CompletableFuture<List<Outcome>> done)
            implements Task {}

    /** Decides changes of different rows, and writes nothing. */
    private record Foresee(TableWork table, List<Staged> changes, Origin origin, CompletableFuture<List<Foreseen>> done)
            implements Task {}

    /** Keeps rows aside that were never in the table. */
    private record SetAside(List<Keep> rows, CompletableFuture<Boolean> done) implements Task {}

    private record Refresh(TableWork table, CompletableFuture<TableState> done) implements Task {}

    /** A row of which the log's frame, or the blob, is not what it was; {@code isStill} looks once more. */
    private record Found(
            TableWork table,
            Uid uid,
            IndexRow row,
            String why,
            BooleanSupplier isStill,
            CompletableFuture<Boolean> done)
            implements Task {}

    private record Accept(StoreDamage damage, CompletableFuture<Boolean> done) implements Task {}

    /** Rows of which a compaction has copied the frames. */
    private record Move(TableWork table, List<Moved> rows, CompletableFuture<Boolean> done) implements Task {}

    /** Something short about what the tables have seen. */
    private record Learn<T>(Function<Contexts, T> work, CompletableFuture<T> done) implements Task {
        void run(Contexts contexts) {
            done.complete(work.apply(contexts));
        }
    }

    private record Roll(CompletableFuture<Long> done) implements Task {}

    /** Writes out all that is in memory. */
    private record WriteOut(CompletableFuture<Boolean> done) implements Task {}

    /** From now on no file of the view is written, until a view that was made anew is here, or failed to be. */
    private record BeginRemake(CompletableFuture<Recovery.Remade> made, CompletableFuture<LogPosition> done)
            implements Task {}

    /** Takes the view that was made. */
    private record EndRemake(CompletableFuture<Boolean> done) implements Task {}

    private record Define(TableName name, TableRules rules, boolean mayRaise, CompletableFuture<TableWork> done)
            implements Task {}

    private record Stop(CompletableFuture<Boolean> done) implements Task {}

    /**
     * A row whose frame was copied.
     *
     * @param from the position of the frame that was copied
     * @param to the position of the copy
     * @param bytes that it has
     */
    record Moved(Uid uid, long from, long to, int bytes) {}

    private enum Wake implements Task {
        WAKE
    }

    private final ChangeLog log;
    private final View view;
    private final StoreOptions options;
    private final DamageBook damage;
    private final Aside aside;
    private final BlobFiles blobs;
    private final CommittedEnd end;
    private final BlockingQueue<Task> queue = new ArrayBlockingQueue<>(QUEUE);
    private final Thread thread;
    private final ExecutorService viewWriter = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("twinroot-view").factory());
    private volatile boolean stopped;
    private final AtomicLong clock;
    private final KeptRows kept;
    private final Lives lives;
    private final OwnWrites own;
    private final Contexts contexts;
    private final CommitGroup.Sources sources;
    private final List<Damage> unnoted = new ArrayList<>();
    private final Set<TableWork> doubtful = new LinkedHashSet<>();
    private boolean isNoted;
    private View.@Nullable Frozen frozen;
    private @Nullable CompletableFuture<View.Written> writing;
    private @Nullable CompletableFuture<Recovery.Remade> remaking;
    private @Nullable StoreException viewFailure;
    private long retryAtCells;
    private final List<CompletableFuture<Boolean>> afterThis = new ArrayList<>();
    private final List<CompletableFuture<Boolean>> afterNext = new ArrayList<>();
    private long syncAtNs;
    private volatile LongConsumer growth = bytes -> {};
    private volatile @Nullable String trouble;

    /**
     * @param recovered what the view was found to be
     * @param lives in which the incarnation of the options is the last
     */
    Committer(
            ChangeLog log,
            Recovery.Result recovered,
            DamageBook damage,
            Aside aside,
            BlobFiles blobs,
            KeptRows kept,
            Lives lives,
            StoreOptions options) {
        this.blobs = blobs;
        this.kept = kept;
        this.lives = lives;
        this.view = recovered.view();
        this.damage = damage;
        this.aside = aside;
        this.log = log;
        this.options = options;
        this.clock = new AtomicLong(view.maxClock());
        view.writes(options.incarnation());
        this.own = new OwnWrites(options.incarnation(), view.own().seq());
        this.contexts = new Contexts(log, view, lives, own, options.fresh(), frames -> append(List.of(frames)));
        this.sources = new Frames();
        unnoted.addAll(recovered.report().damages());
        doubtful.addAll(recovered.doubtful());
        try {
            noteDamage();
        } catch (LogException e) { // the tables stay doubtful, and it is tried again before the first write
            System.getLogger(Committer.class.getName())
                    .log(System.Logger.Level.WARNING, "what damage means could not be noted: " + e.getMessage());
        }
        this.end = new CommittedEnd(log.end());
        this.thread = Thread.ofPlatform().daemon().name("twinroot-commit").start(this::run);
    }

    /** How far the log is in the tables. */
    CommittedEnd end() {
        return end;
    }

    /** Tells this of the bytes that each group adds to the log. */
    void onGrowth(LongConsumer listener) {
        growth = listener;
    }

    /** Why the last writes could not be appended to the log; empty where they could. */
    Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** Applies changes; returns when they are on the disk. For any thread. */
    List<Outcome> write(TableWork table, List<Staged> changes, Origin origin) {
        CompletableFuture<List<Outcome>> done = new CompletableFuture<>();
        return await(new Write(table, changes, origin, done), done);
    }

    /** What changes of different rows would do, if they were applied now. For any thread. */
    List<Foreseen> foresee(TableWork table, List<Staged> changes, Origin origin) {
        CompletableFuture<List<Foreseen>> done = new CompletableFuture<>();
        return await(new Foresee(table, changes, origin, done), done);
    }

    /** Keeps rows aside; on the disk when this returns. For any thread. */
    void setAside(List<Keep> rows) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        var _ = await(new SetAside(rows, done), done);
    }

    /** Does something about what the tables have seen, between two groups of writes. For any thread. */
    <T> T learn(Function<Contexts, T> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        return await(new Learn<>(work, done), done);
    }

    /** What this process wrote under its incarnation. */
    OwnWrites own() {
        return own;
    }

    /** The largest clock of any stamp that was seen. */
    long clock() {
        return clock.get();
    }

    /** Stamps that are made from now on exceed this clock. */
    void sawClock(long other) {
        clock.accumulateAndGet(other, Committer::later);
    }

    private static long later(long one, long other) {
        return Long.compareUnsigned(one, other) >= 0 ? one : other;
    }

    /** The table with its tree up to date. For any thread. */
    TableState refreshed(TableWork table) {
        TableState published = table.published();
        if (published.treeIsCurrent()) {
            return published;
        }
        CompletableFuture<TableState> done = new CompletableFuture<>();
        return await(new Refresh(table, done), done);
    }

    /** The table of this name, made where it is not there. For any thread. */
    TableWork define(TableName name, TableRules rules, boolean mayRaise) {
        CompletableFuture<TableWork> done = new CompletableFuture<>();
        return await(new Define(name, rules, mayRaise, done), done);
    }

    /**
     * Takes a row for lost whose bytes are damaged, unless it is another by now. It comes back by a replicated
     * write of that version or a newer one. For any thread; waits for nothing.
     *
     * @param isStill looks once more, on the committer's thread
     */
    void found(TableWork table, Uid uid, IndexRow row, String why, BooleanSupplier isStill) {
        var _ = queue.offer(new Found(table, uid, row, why, isStill, new CompletableFuture<>()));
    }

    /** The same, and waits; says whether it was still so. */
    boolean confirm(TableWork table, Uid uid, IndexRow row, String why, BooleanSupplier isStill) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        return await(new Found(table, uid, row, why, isStill, done), done);
    }

    /** Gives up what was lost. For any thread. */
    void accept(StoreDamage lost) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        await(new Accept(lost, done), done);
    }

    /** Points rows to the copies of their frames, where these are still the newest. For any thread. */
    void move(TableWork table, List<Moved> rows) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        await(new Move(table, rows, done), done);
    }

    /** The number of the tail segment in which nothing is yet. For any thread. */
    long roll() {
        CompletableFuture<Long> done = new CompletableFuture<>();
        return await(new Roll(done), done);
    }

    /**
     * Lets a view be made anew beside the one in use. Nobody may wait for the view's files meanwhile but this.
     *
     * @param made will be completed in any case
     * @return the end of the log; all before it is in the view
     */
    LogPosition beginRemake(CompletableFuture<Recovery.Remade> made) {
        CompletableFuture<LogPosition> done = new CompletableFuture<>();
        return await(new BeginRemake(made, done), done);
    }

    /** Has the view taken that was made; says whether one was. */
    boolean endRemake() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        return await(new EndRemake(done), done);
    }

    /** Returns when all that was in memory is in files. For any thread. */
    void writeOutAll() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        await(new WriteOut(done), done);
    }

    /** Ends the thread after all that waits; the view is written out where a replay would take long. */
    void stop() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        await(new Stop(done), done);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private <T> T await(Task task, CompletableFuture<T> done) {
        boolean interrupted = false;
        try {
            boolean queued = false;
            while (!queued) {
                if (stopped) {
                    throw closed();
                }
                try {
                    queue.put(task);
                    queued = true;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (stopped) { // it may have come behind the end
                drain();
            }
            while (true) {
                try {
                    return done.get();
                } catch (InterruptedException e) {
                    interrupted = true; // the outcome must be known
                } catch (ExecutionException e) {
                    throw again(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A failure in the committer's thread, thrown in the caller's. */
    private static RuntimeException again(@Nullable Throwable cause) {
        if (cause instanceof StoreException known) {
            StoreException mine = new StoreException(known.kind(), String.valueOf(known.getMessage()), known);
            return mine;
        }
        return new IllegalStateException("the store failed: " + cause, cause);
    }

    static StoreException closed() {
        return new StoreException(StoreException.Kind.CLOSED, "the store is closed");
    }

    private void run() {
        boolean running = true;
        while (running) {
            try {
                Task task = options.sync() == Sync.INTERVAL && log.isUnforced()
                        ? queue.poll(Math.max(0, syncAtNs - System.nanoTime()), TimeUnit.NANOSECONDS)
                        : queue.take();
                running = task == null || step(task);
                syncWhereDue();
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
        }
        stopped = true;
        failWaiting(closed());
        viewWriter.shutdown();
        drain();
    }

    private void syncWhereDue() {
        if (options.sync() != Sync.INTERVAL || !log.isUnforced() || System.nanoTime() < syncAtNs) {
            return;
        }
        syncAtNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(options.syncEveryMs());
        try {
            log.sync();
        } catch (LogException e) {
            System.getLogger(Committer.class.getName())
                    .log(
                            System.Logger.Level.ERROR,
                            "writes that were acknowledged are not on the disk yet, and it is tried again: "
                                    + e.getMessage());
        }
    }

    private void drain() {
        for (Task task = queue.poll(); task != null; task = queue.poll()) {
            fail(task, closed());
        }
    }

    private static void fail(Task task, Throwable e) {
        switch (task) {
            case Write write -> write.done.completeExceptionally(e);
            case Foresee foresee -> foresee.done.completeExceptionally(e);
            case SetAside aside -> aside.done.completeExceptionally(e);
            case Refresh refresh -> refresh.done.completeExceptionally(e);
            case Define define -> define.done.completeExceptionally(e);
            case Found found -> found.done.completeExceptionally(e);
            case Accept accept -> accept.done.completeExceptionally(e);
            case Move move -> move.done.completeExceptionally(e);
            case Learn<?> learn -> learn.done.completeExceptionally(e);
            case Roll roll -> roll.done.completeExceptionally(e);
            case WriteOut writeOut -> writeOut.done.completeExceptionally(e);
            case BeginRemake begin -> begin.done.completeExceptionally(e);
            case EndRemake end -> end.done.completeExceptionally(e);
            case Stop stop -> stop.done.completeExceptionally(e);
            case Wake.WAKE -> {}
        }
    }

    /** Does one task, or a group of writes. False after the last one. */
    private boolean step(Task task) {
        List<Write> group = new ArrayList<>();
        try {
            install(false);
            switch (task) {
                case Write write -> {
                    gather(write, group);
                    commit(group);
                    follow(group);
                }
                case Foresee foresee -> foresee.done.complete(foreseen(foresee));
                case SetAside rows -> {
                    kept.keep(rows.rows);
                    rows.done.complete(true);
                }
                case Refresh refresh -> {
                    refresh.table.refresh();
                    refresh.table.publish();
                    refresh.done.complete(refresh.table.published());
                }
                case Define define -> define.done.complete(define(define));
                case Found found -> found.done.complete(lose(found));
                case Accept accept -> {
                    giveUp(accept.damage);
                    accept.done.complete(true);
                }
                case Move move -> {
                    move(move);
                    move.done.complete(true);
                }
                case Learn<?> learn -> {
                    noteDamage();
                    learn.run(contexts);
                    end.move(log.end());
                    writeOutWhereFull();
                }
                case Roll roll -> {
                    long begun = log.roll();
                    contexts.write(); // before anything that says so can be dropped
                    end.move(log.end()); // nobody begins to read in a segment that may be dropped soon
                    roll.done.complete(begun);
                }
                case WriteOut writeOut -> {
                    afterNext.add(writeOut.done);
                    writeOutNext();
                }
                case BeginRemake begin -> {
                    while (writing != null) {
                        install(true);
                    }
                    remaking = begin.made;
                    begin.done.complete(log.end());
                }
                case EndRemake end -> {
                    takeRemade();
                    writeOutNext();
                    end.done.complete(viewFailure == null);
                }
                case Stop stop -> {
                    finish();
                    stop.done.complete(true);
                    return false;
                }
                case Wake.WAKE -> {}
            }
        } catch (LogException e) {
            StoreException failure = StoreException.of(e);
            fail(task, failure);
            group.forEach(write -> fail(write, failure));
        } catch (RuntimeException | Error e) {
            fail(task, e);
            group.forEach(write -> fail(write, e));
            if (task instanceof Stop) {
                return false;
            }
        }
        return true;
    }

    private void gather(Write first, List<Write> group) {
        group.add(first);
        long changes = first.changes.size();
        long bytes = bytes(first);
        while (changes < GROUP_CHANGES && bytes < GROUP_BYTES && queue.peek() instanceof Write next) {
            queue.remove();
            group.add(next);
            changes += next.changes.size();
            bytes += bytes(next);
        }
    }

    private static long bytes(Write write) {
        long bytes = 0;
        for (Staged staged : write.changes) {
            bytes += staged.bytes();
        }
        return bytes;
    }

    private List<Foreseen> foreseen(Foresee wanted) {
        noteDamage();
        CommitGroup group = new CommitGroup(options, damage, kept, blobs, sources, clock.get(), view.own());
        List<Outcome> outcomes = group.add(wanted.table, wanted.changes, wanted.origin);
        List<Foreseen> foreseen = new ArrayList<>(outcomes.size());
        for (int i = 0; i < outcomes.size(); i++) {
            Uid uid = wanted.changes.get(i).change().uid();
            foreseen.add(group.foreseen(wanted.table, uid, outcomes.get(i)));
        }
        return foreseen;
    }

    private void commit(List<Write> writes) {
        refuseWhileTheViewFails();
        noteDamage();
        CommitGroup group = new CommitGroup(options, damage, kept, blobs, sources, clock.get(), view.own());
        List<List<Outcome>> outcomes = new ArrayList<>(writes.size());
        try {
            for (Write write : writes) {
                outcomes.add(group.add(write.table, write.changes, write.origin));
            }
        } catch (StoreException e) { // damage that concerns one batch does not stop the others
            if (writes.size() == 1) {
                throw e;
            }
            writes.forEach(this::commitAlone);
            return;
        }
        if (!group.keeps().isEmpty()) {
            kept.keep(group.keeps());
        }
        if (group.seq() > view.own().seq()) {
            lives.save();
        }
        sawClock(group.clock());
        if (!group.batches().isEmpty()) {
            ChangeLog.Placed placed = append(group.batches());
            view.sawClock(group.clock());
            view.wroteUpTo(group.seq());
            List<Stamp> stamps = group.apply(placed);
            own.wrote(stamps);
            group.publish();
            growth.accept(Arrays.stream(placed.bytes()).asLongStream().sum());
            end.move(log.end());
        }
        for (int i = 0; i < writes.size(); i++) {
            writes.get(i).done.complete(outcomes.get(i));
        }
    }

    /** The frames that the log has of rows. */
    private final class Frames implements CommitGroup.Sources {
        @Override
        public @Nullable Digest lostDigest(IndexRow lost) {
            try {
                return read(lost) instanceof Frame.Lost frame ? frame.digest() : null;
            } catch (LogException e) {
                return null; // where the row itself lay
            }
        }

        @Override
        public Frame.Put frame(TableWork table, Uid uid, IndexRow row) {
            try {
                return put(uid, row);
            } catch (LogException e) {
                if (e.kind() == LogException.Kind.DAMAGED) {
                    found(table, uid, row, String.valueOf(e.getMessage()), () -> isDamaged(uid, row));
                }
                throw StoreException.of(e);
            }
        }

        private Frame read(IndexRow row) {
            return log.read(LogPosition.unpack(row.position()), log.hold());
        }

        private Frame.Put put(Uid uid, IndexRow row) {
            if (read(row) instanceof Frame.Put put
                    && put.uid().equals(uid)
                    && put.stamp().equals(row.stamp())) {
                return put;
            }
            throw new LogException(
                    LogException.Kind.DAMAGED,
                    "the log has another row at " + LogPosition.unpack(row.position()) + " than row " + uid);
        }

        private boolean isDamaged(Uid uid, IndexRow row) {
            try {
                var _ = put(uid, row);
                return false;
            } catch (LogException e) {
                return e.kind() == LogException.Kind.DAMAGED;
            }
        }
    }

    /**
     * Of tables of which damage that was met may have taken rows, nothing counts as seen any more; only when the log
     * says so is the damage in the book.
     */
    private void noteDamage() {
        if (isNoted) {
            return;
        }
        doubtful.addAll(damage.unnoted(view, unnoted));
        contexts.reset(doubtful);
        damage.found(view, unnoted);
        view.tables().forEach(TableWork::trust);
        doubtful.clear();
        unnoted.clear();
        isNoted = true;
    }

    private ChangeLog.Placed append(List<? extends List<? extends Frame>> batches) {
        try {
            ChangeLog.Placed placed = log.append(batches);
            trouble = null;
            return placed;
        } catch (LogException e) {
            trouble = String.valueOf(e.getMessage());
            throw e;
        }
    }

    private void commitAlone(Write write) {
        try {
            commit(List.of(write));
        } catch (LogException e) {
            write.done.completeExceptionally(StoreException.of(e));
        } catch (StoreException e) {
            write.done.completeExceptionally(e);
        }
    }

    /** What need not be waited for: the trees, and the memory's limit. */
    private void follow(List<Write> writes) {
        try {
            for (Write write : writes) {
                if (write.table.wantsRefresh(view.cellsMax())) {
                    write.table.refresh();
                    write.table.publish();
                }
            }
            writeOutWhereFull();
        } catch (StoreException e) {
            viewFailed(e);
        }
    }

    private void writeOutWhereFull() {
        if (view.cells() >= Math.max(view.cellsMax(), retryAtCells)) {
            writeOut();
        }
    }

    private void viewFailed(StoreException e) {
        viewFailure = e;
        failWaiting(e);
        retryAtCells = view.cells() + view.cellsMax() / 4;
        System.getLogger(Committer.class.getName())
                .log(
                        System.Logger.Level.WARNING,
                        "the view could not be written, the log has everything and it is tried again: "
                                + e.getMessage());
    }

    /** Those who wait until what is in memory now is in files. */
    private void failWaiting(StoreException e) {
        afterThis.forEach(done -> done.completeExceptionally(e));
        afterNext.forEach(done -> done.completeExceptionally(e));
        afterThis.clear();
        afterNext.clear();
    }

    /** Writes out what is in memory, for those who wait for it, once nothing else is being written. */
    private void writeOutNext() {
        if (writing != null || remaking != null || afterNext.isEmpty()) {
            return;
        }
        if (frozen == null) { // else an attempt failed, and has to be made good first
            afterThis.addAll(afterNext);
            afterNext.clear();
        }
        try {
            writeOut();
        } catch (StoreException e) {
            viewFailed(e);
        }
    }

    /** Begins to write the view's memory to a file, unless that is going on. */
    private void writeOut() {
        if (writing != null || remaking != null) {
            return;
        }
        View.Frozen next = frozen;
        if (next == null) {
            next = view.freeze(log.end());
            frozen = next;
        }
        View.Frozen work = next;
        CompletableFuture<View.Written> job = CompletableFuture.supplyAsync(() -> view.write(work), viewWriter);
        writing = job;
        var _ = job.whenComplete((written, failure) -> queue.offer(Wake.WAKE));
    }

    /** Takes the files that were written in the meantime. */
    private void install(boolean wait) {
        CompletableFuture<View.Written> job = writing;
        if (job == null || (!wait && !job.isDone())) {
            return;
        }
        writing = null;
        try {
            view.install(job.get());
            frozen = null;
            viewFailure = null;
            retryAtCells = 0;
            afterThis.forEach(done -> done.complete(true));
            afterThis.clear();
            writeOutNext();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        } catch (ExecutionException e) {
            viewFailed(
                    e.getCause() instanceof StoreException known
                            ? known
                            : new StoreException(
                                    StoreException.Kind.IO, "writing the view failed: " + e.getCause(), e));
        }
    }

    /** Takes over the view that is made anew; waits for it. After a failure the one in use stays. */
    private void takeRemade() {
        CompletableFuture<Recovery.Remade> job = remaking;
        if (job == null) {
            return;
        }
        remaking = null;
        try {
            Recovery.Remade made = job.get().caughtUp(log, view.directory(), options, log.end());
            view.takeOver(made.view());
            frozen = null;
            viewFailure = null;
            retryAtCells = 0;
            unnoted.addAll(made.damages());
            isNoted = false;
            noteDamage();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        } catch (ExecutionException e) {
            viewFailed(
                    e.getCause() instanceof StoreException known
                            ? known
                            : new StoreException(
                                    StoreException.Kind.IO, "making the view again failed: " + e.getCause(), e));
        } catch (LogException e) {
            viewFailed(StoreException.of(e));
        } catch (StoreException e) {
            viewFailed(e);
        }
    }

    private void refuseWhileTheViewFails() {
        if (view.cells() < OVERLAY_SLACK * view.cellsMax()) {
            return;
        }
        takeRemade();
        writeOut();
        install(true);
        StoreException failure = viewFailure;
        if (failure != null && view.cells() >= OVERLAY_SLACK * view.cellsMax()) {
            throw failure;
        }
    }

    private boolean lose(Found found) {
        IndexRow held = found.table.held(found.uid);
        if (held == null || !held.equals(found.row) || !found.isStill.getAsBoolean()) {
            return false;
        }
        TableWork table = found.table;
        noteDamage();
        contexts.reset(List.of(table));
        log.keep(aside, LogPosition.unpack(held.position()), held.bytes());
        Frame lost = new Frame.Lost(table.id(), found.uid, held.stamp(), held.digest());
        ChangeLog.Placed placed = append(List.of(List.of(lost)));
        table.put(found.uid, held, IndexRow.lost(held.stamp(), placed.positions()[0], placed.bytes()[0]));
        table.publish();
        String place = "log position " + LogPosition.unpack(held.position());
        damage.found(table.name(), found.uid, held.stamp(), place, found.why);
        return true;
    }

    private void giveUp(StoreDamage lost) {
        TableWork table = lost.table() == null ? null : view.table(lost.table());
        Uid uid = lost.uid();
        IndexRow held = table == null || uid == null ? null : table.held(uid);
        if (table != null && uid != null && held != null && held.isLost()) {
            append(List.of(List.of(new Frame.Forget(table.id(), uid))));
            table.put(uid, held, IndexRow.GONE);
            table.publish();
        }
        damage.accepted(lost.id());
    }

    private void move(Move move) {
        for (Moved moved : move.rows) {
            IndexRow held = move.table.held(moved.uid);
            if (held != null && held.position() == moved.from) {
                move.table.put(moved.uid, held, held.at(moved.to, moved.bytes));
            }
        }
        move.table.publish();
        writeOutWhereFull();
    }

    /** Waits for what is being written, and writes the rest. */
    private void writeOutNow() {
        install(true);
        if (frozen != null) {
            writeOut();
            install(true);
        }
        if (frozen == null) {
            frozen = view.freeze(log.end());
            writeOut();
            install(true);
        }
        if (frozen != null && viewFailure != null) {
            throw viewFailure;
        }
    }

    private TableWork define(Define define) {
        TableWork table = view.table(define.name);
        if (table == null) {
            lives.save();
            int number = view.nextNumber();
            log.append(List.of(List.of(new Frame.DefineTable(number, define.name, define.rules))));
            TableWork made = view.define(number, define.name, define.rules);
            end.move(log.end());
            return made;
        }
        if (define.mayRaise && define.rules.isLaterThan(table.rules())) {
            log.append(List.of(List.of(new Frame.DefineTable(table.id(), define.name, define.rules))));
            table.raise(define.rules);
            end.move(log.end());
            return table;
        }
        if (!table.rules().equals(define.rules)) {
            throw new StoreException(
                    StoreException.Kind.RULES,
                    "table " + define.name + " is there with other rules: " + table.rules() + ", not " + define.rules);
        }
        return table;
    }

    private void finish() {
        takeRemade();
        install(true);
        if (log.bytesFrom(view.saved()) <= options.overlayBytes() / 256) {
            return;
        }
        try {
            writeOutNow();
        } catch (StoreException e) {
            viewFailed(e);
        }
    }
}
