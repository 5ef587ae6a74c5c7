package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.source.SourceException;
import io.twinroot.source.SourceMark;
import io.twinroot.source.SourceTable;
import io.twinroot.store.StoreException;
import io.twinroot.store.StoreTable;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table of a database, and the table of this node's store that mirrors it. What changes in the database is brought to the
 * mirror by scans, on a thread of its own; what changes in the mirror goes to the database first
 * ({@link MirroredWrites}). Where the database looks set back nothing goes either way until a person decides. For many
 * threads.
 */
final class Mirror implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(5);
    private static final Duration LAST_RETRY = Duration.ofMinutes(10);

    /** Rows that are brought at once, as long as they are small; about so many bytes of large ones. */
    private static final int BATCH = 1_000;

    private static final int FIRST_BATCH = 50;
    private static final long BATCH_BYTES = 8 << 20;
    private static final int OVER_MAX = 20;

    private final StoreTable mirror;
    private final Config.Source config;
    private final MirrorBook book;
    private final InstantSource clock;
    private final SourceLink link;
    private final EarlierContents earlier = new EarlierContents();
    private final MirrorIntake intake;
    private final MirrorScan scan;
    private final Distrust distrust;
    private final MirrorFollowing following;
    private final ReentrantLock lock = new ReentrantLock();
    private final Thread thread;

    // guarded by this
    private MirrorState state;
    private @Nullable Trouble trouble;
    private final List<Suspicion> over = new ArrayList<>();
    private boolean asked = true;
    private boolean stopped;
    private int failures;
    private MirrorFigures figures = MirrorFigures.NONE;

    /**
     * What keeps it from its work, or rows from being taken.
     *
     * @param id of the problem
     */
    record Trouble(String id, Instant since, String text) {}

    Mirror(StoreTable mirror, Config.Source config, Sources sources, MirrorBook book, InstantSource clock) {
        this.mirror = mirror;
        this.config = config;
        this.book = book;
        this.clock = clock;
        Guards guards = new Guards(config.maxChanges(), config.maxDeletes());
        this.link = new SourceLink(sources, config);
        this.intake = new MirrorIntake(mirror, earlier, guards);
        this.scan = new MirrorScan(mirror, this::progress);
        this.distrust = new Distrust(guards);
        this.following = new MirrorFollowing(config, link, this::takeHinted);
        this.state = book.get(mirror.name())
                .filter(known -> known.address().equals(config.address()))
                .orElseGet(() -> MirrorState.fresh(config.address()));
        this.thread = Thread.ofVirtual().name("mirror-" + mirror.name()).unstarted(this::loop);
        book.put(mirror.name(), state);
        mirror.writeThrough(new MirroredWrites(mirror, lock, link, intake, this::obstacle, this::ask));
    }

    void begin() {
        thread.start();
    }

    TableName table() {
        return mirror.name();
    }

    /** The address of the database's table, without a password. */
    String address() {
        return config.address();
    }

    /** How changes are found between two scans, as the configuration says it. */
    String changes() {
        return config.changes().name().toLowerCase(Locale.ROOT);
    }

    synchronized MirrorState state() {
        return state;
    }

    synchronized Optional<Trouble> trouble() {
        return Optional.ofNullable(trouble);
    }

    synchronized MirrorFigures figures() {
        return figures;
    }

    /** Suspicions that are over, the last {@value #OVER_MAX}. */
    synchronized List<Suspicion> over() {
        return List.copyOf(over);
    }

    /** Scans soon. Returns at once. */
    synchronized void ask() {
        asked = true;
        notifyAll();
    }

    /** Why nothing may be written now. */
    private synchronized Optional<String> obstacle() {
        if (stopped) {
            return Optional.of("the node is stopping");
        }
        Suspicion suspicion = state.suspicion();
        if (suspicion != null) {
            return Optional.of("table " + table() + " takes no writes: its database looks set back, and a person must"
                    + " decide (problem " + suspicion.id() + ")");
        }
        return state.built()
                ? Optional.empty()
                : Optional.of("table " + table() + " takes no writes until its database was read for the first time"
                        + (trouble == null ? "" : ": " + trouble.text));
    }

    /**
     * Decides about an open suspicion; what follows from it is done on the mirror's thread.
     *
     * @return the suspicion; empty where there is no such open one
     */
    synchronized Optional<Suspicion> decide(String id, Suspicion.Verdict verdict) {
        Suspicion suspicion = state.suspicion();
        if (suspicion == null || !suspicion.id().equals(id)) {
            return Optional.empty();
        }
        if (suspicion.verdict() != Suspicion.Verdict.OPEN) {
            throw new ReplicaException(
                    ReplicaException.Kind.BUSY,
                    id + " was decided already, and is being carried out; look again later");
        }
        Suspicion decided = suspicion.decided(verdict);
        keep(state.suspects(decided));
        ask();
        return Optional.of(decided);
    }

    private synchronized void keep(MirrorState now) {
        Suspicion before = state.suspicion();
        if (before != null && now.suspicion() == null) {
            over.add(before);
            if (over.size() > OVER_MAX) {
                over.removeFirst();
            }
        }
        state = now;
        book.put(table(), now);
    }

    private synchronized void progress(long rows) {
        figures = figures.read(rows);
    }

    private void loop() {
        try {
            while (await()) {
                turn();
            }
        } catch (InterruptedException e) {
            LOG.debug("{} ends", thread.getName());
        }
    }

    /** Waits until there is something to do. False at the end. */
    private synchronized boolean await() throws InterruptedException {
        while (!stopped && !isScanDue()) {
            Duration wait = untilScan();
            Duration turn = following.isOn() ? following.untilTurn() : wait;
            if (!turn.isPositive()) {
                return true;
            }
            wait(Math.max(1, (turn.compareTo(wait) < 0 ? turn : wait).toMillis()));
        }
        return !stopped;
    }

    private synchronized boolean isScanDue() {
        return asked || !untilScan().isPositive();
    }

    private synchronized Duration untilScan() {
        Instant last = figures.tried();
        if (last == null) {
            return Duration.ZERO;
        }
        Duration wait = failures == 0 ? config.scan() : retry(failures);
        return Duration.between(clock.instant(), last.plus(wait));
    }

    private static Duration retry(int failures) {
        Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, 10));
        return wait.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : wait;
    }

    /** Does what is due. */
    void turn() {
        try {
            if (isScanDue()) {
                scan();
            } else if (following.isOn() && !follow()) {
                link.renew();
            }
        } catch (SourceException | StoreException | ReplicaException | UncheckedIOException e) {
            failed(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) { // an error of ours must not end it for good
            LOG.error("mirror {}", table(), e);
            failed("the node has an error here; its log tells more");
        }
    }

    private void failed(String why) {
        synchronized (this) {
            if (stopped) {
                return;
            }
            failures++;
            figures = figures.ended(clock.instant());
        }
        following.failed();
        troubled(why);
        LOG.warn("table {}: {}", table(), why);
        link.renew();
    }

    private synchronized void troubled(String why) {
        Trouble known = trouble;
        trouble = known == null
                ? new Trouble(book.newProblem(), clock.instant(), why)
                : new Trouble(known.id, known.since, why);
    }

    /**
     * Takes some of what the database says of changes.
     *
     * @return false where it says nothing, which is a problem then
     */
    private boolean follow() {
        boolean wasFailing = following.isFailing();
        try {
            MirrorState known = state();
            MirrorFollowing.Found found = following.turn(known.built() && known.suspicion() == null);
            if (wasFailing) {
                recovered();
            }
            if (found == MirrorFollowing.Found.TOO_MUCH) {
                troubled("more than source.maxBacklogMiB (" + config.maxBacklogMiB()
                        + ") of changes waited in the database; they were thrown away, and all rows are read instead");
                LOG.warn("table {}: too many changes waited; all rows are read", table());
            }
            if (found != MirrorFollowing.Found.ALL_WELL) {
                ask();
            }
        } catch (SourceException e) {
            following.failed();
            troubled(String.valueOf(e.getMessage()));
            if (!wasFailing) {
                LOG.warn("table {} is not followed: {}", table(), e.getMessage());
            }
            return false;
        }
        return true;
    }

    private synchronized void recovered() {
        if (failures == 0) {
            trouble = null;
        }
    }

    /** So that what changes during a long scan does not pile up in the database. */
    private void followMeanwhile() {
        if (following.isOn() && following.isCalm() && !following.untilTurn().isPositive()) {
            boolean _ = follow();
        }
    }

    private boolean takeHinted(SourceTable database, List<Uid> uids) {
        lock.lock();
        try {
            Optional<MirrorIntake.Done> done = intake.takeHinted(database, uids);
            done.filter(some -> some.refused() > 0).ifPresent(this::refused);
            return done.isPresent();
        } finally {
            lock.unlock();
        }
    }

    private void scan() {
        Instant began = clock.instant();
        synchronized (this) {
            asked = false;
            figures = figures.began(began);
        }
        OpenSource source = link.get();
        SourceMark mark = source.mark().orElse(null);
        MirrorState known = state();
        if (!known.built() && isUntouched()) {
            MirrorIntake.Done done = scan.build(source.table(), pace(() -> {}));
            LOG.info("table {}: {} rows were read from {}", table(), done.done(), address());
            agreed(done, mark, began, MirrorCounts.NONE);
            return;
        }
        MirrorComparison comparison = scan.compare(source.table(), pace(this::followMeanwhile));
        MirrorCounts counts = comparison.counts(earlier);
        Optional<String> why = distrust.of(counts, mark, known);
        if (why.isPresent()) {
            suspect(why.get(), counts, mark, known);
        } else {
            agreed(bring(source.table(), comparison, known), mark, began, counts);
        }
    }

    private MirrorPace pace(Runnable meanwhile) {
        return new MirrorPace(config.maxRate(), this::isStopped, meanwhile);
    }

    private boolean isUntouched() {
        return mirror.info().count() == 0 && mirror.info().tombstones() == 0;
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    private void suspect(String why, MirrorCounts counts, @Nullable SourceMark mark, MirrorState known) {
        synchronized (this) {
            Suspicion before = state.suspicion();
            Suspicion then = known.suspicion();
            if (before != null && then != null && before.verdict() != then.verdict()) {
                return; // it was decided during the scan, and there is another one for that
            }
            keep(state.suspects(new Suspicion(
                    before == null ? book.newProblem() : before.id(),
                    before == null ? clock.instant() : before.since(),
                    why,
                    counts,
                    mark,
                    Suspicion.Verdict.OPEN)));
            worked(counts);
        }
        LOG.warn("table {}: {}; {}", table(), why, counts.text());
    }

    /** A scan came to its end. */
    private void worked(MirrorCounts counts) {
        failures = 0;
        trouble = following.isFailing() ? trouble : null;
        figures = figures.scanned(clock.instant(), counts);
    }

    private void agreed(MirrorIntake.Done done, @Nullable SourceMark mark, Instant began, MirrorCounts counts) {
        lock.lock();
        try {
            intake.scanned();
        } finally {
            lock.unlock();
        }
        synchronized (this) {
            Suspicion open = state.suspicion();
            if (done.refused() > 0 && open != null && open.verdict() == Suspicion.Verdict.MIRROR) {
                // what was decided could not be done
                keep(state.suspects(
                        new Suspicion(open.id(), open.since(), open.why(), counts, mark, Suspicion.Verdict.OPEN)));
            } else {
                keep(state.agreed(mark, began));
            }
            worked(counts);
        }
        following.agreed();
        if (done.refused() > 0) {
            refused(done);
        }
    }

    private void refused(MirrorIntake.Done done) {
        troubled(done.refused() + " rows of " + address() + " could not be taken or written; the first: " + done.why());
    }

    /** Brings what differs to the other side, some rows at a time, each read again before. */
    private MirrorIntake.Done bring(SourceTable database, MirrorComparison comparison, MirrorState known) {
        Suspicion suspicion = known.suspicion();
        boolean back = suspicion != null && suspicion.verdict() == Suspicion.Verdict.MIRROR;
        Batches taken = new Batches(uids -> intake.take(database, uids));
        Batches restored = new Batches(uids -> intake.restore(database, uids));
        comparison.forEach(found -> {
            boolean toDatabase = back && found.kind() != MirrorComparison.Kind.ADDED;
            (toDatabase ? restored : taken).add(found.uid());
        });
        taken.flush();
        restored.flush();
        return taken.done.and(restored.done);
    }

    private interface Bringing {
        MirrorIntake.Done bring(List<Uid> uids);
    }

    private final class Batches {
        private final Bringing bringing;
        private final List<Uid> uids = new ArrayList<>();
        private int size = FIRST_BATCH;
        private MirrorIntake.Done done = MirrorIntake.Done.NOTHING;

        Batches(Bringing bringing) {
            this.bringing = bringing;
        }

        void add(Uid uid) {
            uids.add(uid);
            if (uids.size() >= size) {
                flush();
            }
        }

        void flush() {
            if (uids.isEmpty()) {
                return;
            }
            if (isStopped()) {
                throw new SourceException(SourceException.Kind.UNREACHABLE, "the node is stopping");
            }
            lock.lock();
            try {
                done = done.and(bringing.bring(List.copyOf(uids)));
                long each = Math.max(1, intake.weight() / uids.size());
                size = Math.clamp(BATCH_BYTES / each, 1, Math.min(BATCH, 2 * size));
            } finally {
                lock.unlock();
            }
            uids.clear();
        }
    }

    /** Ends its work; what it writes just now ends first. */
    @Override
    public void close() {
        synchronized (this) {
            stopped = true;
            notifyAll();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lock.lock();
        try {
            link.close();
        } finally {
            lock.unlock();
        }
    }
}
