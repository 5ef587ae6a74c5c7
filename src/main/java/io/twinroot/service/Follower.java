package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.peer.HttpReplicas;
import io.twinroot.peer.RepairRequest;
import io.twinroot.peer.RepairView;
import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.reconcile.Replicas;
import io.twinroot.table.Incarnation;
import io.twinroot.table.TableName;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the feed of one peer: asks for a page, applies it, notes where it ends, asks for the next. It runs on
 * a thread of its own until it is stopped.
 *
 * <p>Where it has no cursor, or one that the peer's log no longer reaches, it takes the cursor of the end,
 * then has the tables repaired, and then follows: what came in between is after the cursor.
 *
 * <p>A cursor is made to last a second after its page at the latest. A crash before that reads the page again,
 * which changes nothing.
 */
final class Follower implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);

    private static final int PAGE_ROWS = 2_000;
    private static final long LONG_WAIT_MS = 20_000;
    private static final long SAVE_MS = 1_000;
    private static final Duration CONTEXTS_EVERY = Duration.ofSeconds(2);
    private static final Duration IDLE = Duration.ofMinutes(1);
    private static final Duration BUSY = Duration.ofMillis(200);

    /** So many tables at most are named in a query; with more, all are asked for and some left. */
    private static final int NAMED_MAX = 50;

    private final Config.Peer peer;
    private final Replicas local;
    private final HttpReplicas far;
    private final RepairBoard repairs;
    private final FeedStates states;
    private final Predicate<TableName> follows;
    private final PageWriter writer;
    private final FeedProgress progress;
    private final InstantSource clock;
    private final LongSupplier random;

    // guarded by this
    private final Set<TableName> due = new HashSet<>();
    private final Map<TableName, Instant> incomplete = new HashMap<>();
    private @Nullable Thread poller;
    private boolean woken;
    private boolean stopped;

    // of the running thread
    private Link whole;
    private Instant saved;
    private Instant unfilteredUntil = Instant.MIN;
    private Instant contextsDue = Instant.MIN;

    /** Under which this copy wrote when contexts came last; null for not known. Of this thread alone. */
    private @Nullable Incarnation life;

    /** Whether the last page was the last there was, so that it is worth waiting for the next. */
    private boolean atRest;

    /** @param follows the tables whose feed is on */
    Follower(
            Config.Peer peer,
            Replicas local,
            HttpReplicas far,
            RepairBoard repairs,
            FeedStates states,
            Predicate<TableName> follows,
            PageWriter writer,
            FeedProgress progress,
            InstantSource clock,
            LongSupplier random) {
        this.peer = peer;
        this.local = local;
        this.far = far;
        this.repairs = repairs;
        this.states = states;
        this.follows = follows;
        this.writer = writer;
        this.progress = progress;
        this.clock = clock;
        this.random = random;
        this.saved = clock.instant();
        this.whole = newWhole();
    }

    private Link newWhole() {
        return new Link(new Link.Key(peer.name(), new TableName("all")));
    }

    /** The feed of a table was switched on: it is repaired, and then followed. */
    synchronized void turnedOn(TableName table) {
        due.add(table);
        wake();
    }

    /** Ends it soon. */
    synchronized void stop() {
        stopped = true;
        wake();
    }

    private synchronized void wake() {
        woken = true;
        notifyAll();
        if (poller != null) {
            poller.interrupt();
        }
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    @Override
    public void run() {
        try {
            while (begins()) {
                try {
                    turn();
                    whole = newWhole();
                } catch (ReplicaException e) {
                    failed(String.valueOf(e.getMessage()));
                } catch (RuntimeException e) { // an error of ours must not end the feed for good
                    LOG.error("feed of {} failed", peer.name(), e);
                    failed("the node has an error here; its log tells more");
                }
            }
            states.save();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ReplicaException e) {
            LOG.warn("feed of {}: {}", peer.name(), e.getMessage());
        }
    }

    /** Whether there is another turn. What woke this thread is seen by it. */
    private synchronized boolean begins() {
        woken = false;
        return !stopped;
    }

    private void failed(String why) throws InterruptedException {
        atRest = false;
        if (isStopped()) {
            return;
        }
        whole.failed(why, clock.instant(), peer, random);
        progress.failed(why);
        LOG.warn("feed of {}: {}", peer.name(), why);
        Instant next = whole.next();
        if (next != null) {
            pause(Duration.between(clock.instant(), next));
        }
    }

    private synchronized void pause(Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toMillis(); left > 0 && !woken; left = (end - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
    }

    private void turn() throws InterruptedException {
        Set<TableName> wanted = wanted();
        if (wanted.isEmpty() && !peer.tables().isEmpty()) {
            pause(IDLE);
            return;
        }
        Optional<String> cursor = states.cursor(peer.name());
        if (cursor.isEmpty()) {
            startAnew();
            return;
        }
        for (TableName table : takeDue()) {
            repair(table);
        }
        try {
            ChangePage page = poll(cursor.get(), wanted);
            if (page != null) {
                take(page);
            }
        } catch (ReplicaException e) {
            switch (e.kind()) {
                case CURSOR_GONE -> {
                    LOG.info("feed of {}: {}; its tables are repaired", peer.name(), e.getMessage());
                    states.cursor(peer.name(), null);
                    progress.begunAnew(clock.instant());
                }
                case UNKNOWN_TABLE -> unfilteredUntil = clock.instant().plus(IDLE);
                default -> throw e;
            }
        }
    }

    /** The tables of the configuration whose feed is on; empty where it has all tables. */
    private Set<TableName> wanted() {
        return peer.tables().stream().filter(follows).collect(Collectors.toSet());
    }

    private synchronized Set<TableName> takeDue() {
        Set<TableName> taken = Set.copyOf(due);
        due.clear();
        return taken;
    }

    private void startAnew() throws InterruptedException {
        atRest = false;
        String end = far.changes(new ChangeFeed.Query(ChangeFeed.END, Set.of(), states.reader(), 1, 0))
                .next();
        states.unaligned(peer.name());
        takeDue();
        for (TableName table : repairs.scheduled(peer)) {
            if (follows.test(table)) {
                repair(table);
            }
        }
        if (!isStopped()) {
            states.cursor(peer.name(), end);
            save();
        }
    }

    /** Brings what the feed can't. When it fails, the schedule tries again. */
    private void repair(TableName table) throws InterruptedException {
        while (!isStopped()) {
            try {
                RepairView view = repairs.runToEnd(new RepairRequest(table, peer.name(), null, true, null, null));
                LOG.info(
                        "repair of {} with {} before its feed: {} rows differed{}",
                        table,
                        peer.name(),
                        view.differing(),
                        view.trouble() == null ? "" : "; " + view.trouble());
                return;
            } catch (ReplicaException e) {
                if (e.kind() != Kind.BUSY) {
                    LOG.warn("repair of {} with {} before its feed: {}", table, peer.name(), e.getMessage());
                    return;
                }
                pause(BUSY);
            }
        }
    }

    /** The next page; null when the waiting was ended because something was switched. */
    private @Nullable ChangePage poll(String cursor, Set<TableName> wanted) {
        boolean named = wanted.size() <= NAMED_MAX && !clock.instant().isBefore(unfilteredUntil);
        ChangeFeed.Query query = new ChangeFeed.Query(
                cursor,
                named ? wanted : Set.of(),
                states.reader(),
                PAGE_ROWS,
                !atRest ? 0 : states.isDirty() ? SAVE_MS : LONG_WAIT_MS,
                !clock.instant().isBefore(contextsDue));
        synchronized (this) {
            if (woken) {
                return null;
            }
            poller = Thread.currentThread();
        }
        try {
            return far.changes(query);
        } catch (ReplicaException e) {
            if (isWoken()) {
                return null;
            }
            throw e;
        } finally {
            synchronized (this) {
                poller = null;
                var _ = Thread.interrupted();
            }
        }
    }

    private synchronized boolean isWoken() {
        return woken;
    }

    private void take(ChangePage page) {
        noteLife(page.contexts().keySet());
        PageWriter.Written written = writer.write(page, far, follows);
        written.incomplete().forEach(this::incomplete);
        absorb(page);
        page.gaps().forEach(gap -> LOG.warn("feed of {}: {}", peer.name(), gap));
        if (!page.gaps().isEmpty()) {
            synchronized (this) {
                due.addAll(written.tables());
            }
        }
        states.cursor(peer.name(), page.next());
        atRest = !page.more();
        progress.page(page.more(), clock.instant());
        if (page.items().isEmpty() || Duration.between(saved, clock.instant()).toMillis() >= SAVE_MS) {
            save();
        }
    }

    /**
     * A new incarnation since the last page says that this copy was set back, or lost rows: then what is here is not
     * all that the peer had before.
     */
    private void noteLife(Set<TableName> tables) {
        Optional<TableName> aligned = tables.stream()
                .filter(table -> follows.test(table) && states.isAligned(peer.name(), table))
                .findFirst();
        if (aligned.isEmpty()) { // of the others nothing is claimed, and some may not be here at all
            return;
        }
        try (Replica here = local.table(aligned.get())) {
            Incarnation now = here.knowledge().incarnation();
            if (life != null && !life.equals(now)) {
                states.unaligned(peer.name());
            }
            life = now;
        }
    }

    /** Where all that the peer had is here, this copy has seen what the peer says it has. */
    private void absorb(ChangePage page) {
        if (!page.gaps().isEmpty()) {
            states.unaligned(peer.name());
        }
        page.contexts().forEach((table, context) -> {
            if (follows.test(table) && states.isAligned(peer.name(), table)) {
                try (Replica here = local.table(table)) {
                    here.absorb(context, life);
                } catch (ReplicaException e) {
                    if (e.kind() != ReplicaException.Kind.BUSY) {
                        throw e;
                    }
                    states.aligned(peer.name(), table, false);
                }
            }
        });
        if (!page.contexts().isEmpty()) {
            contextsDue = clock.instant().plus(CONTEXTS_EVERY);
        }
    }

    /** All that this peer had of a table when a repair began is here: with what the feed brings it is all it has. */
    void aligned(TableName table, Instant began) {
        synchronized (this) {
            Instant failed = incomplete.get(table);
            if (failed != null && !failed.isBefore(began)) {
                return;
            }
        }
        states.aligned(peer.name(), table, true);
    }

    /** Something of a table that came with the feed is not here. */
    private void incomplete(TableName table) {
        synchronized (this) {
            incomplete.put(table, clock.instant());
        }
        states.aligned(peer.name(), table, false);
    }

    private void save() {
        states.save();
        saved = clock.instant();
    }
}
