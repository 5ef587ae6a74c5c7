package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.peer.HttpReplicas;
import io.twinroot.peer.LinkView;
import io.twinroot.peer.RepairControl;
import io.twinroot.peer.RepairRequest;
import io.twinroot.peer.RepairView;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Mode;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.Verify;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All repairs of a node: those asked for, those on a schedule, and the last {@value #HISTORY} that were.
 * There is one at a time with each peer, and never two of one table. May be used by many threads.
 */
final class RepairBoard implements RepairControl {
    static final int HISTORY = 200;

    private static final Logger LOG = LoggerFactory.getLogger(RepairBoard.class);

    /** How often at least a schedule compares all rows of a table. */
    private static final Duration WHOLE_EVERY = Duration.ofDays(1);

    private final Replicas local;
    private final Replicas beyondGuards;
    private final HeldPlans plans;
    private final Config config;
    private final Map<String, HttpReplicas> peers;
    private final Map<String, ReentrantLock> turns = new LinkedHashMap<>();
    private final LinkBook book;
    private final InstantSource clock;
    private final LongSupplier random;

    private volatile Consumer<RepairView> onEnd = ended -> {};
    private volatile BiConsumer<RepairRequest, Instant> onComplete = (request, began) -> {};
    private volatile Compared onCompared = (link, here, there) -> {};
    private volatile Predicate<TableName> isDamaged = table -> false;

    // guarded by this
    private final Map<String, RepairJob> jobs = new LinkedHashMap<>();
    private final Set<TableName> busy = new HashSet<>();
    private final Map<Link.Key, Link> links = new LinkedHashMap<>();
    private long lastId;
    private boolean closed;

    /** @param plans hold what guards stop */
    RepairBoard(
            StoreReplicas replicas,
            HeldPlans plans,
            Config config,
            Map<String, HttpReplicas> peers,
            LinkBook book,
            InstantSource clock,
            LongSupplier random) {
        this.local = replicas.through(Gate.SHUT);
        this.beyondGuards = replicas.through(Gate.OPEN);
        this.plans = plans;
        this.config = config;
        this.peers = peers;
        this.book = book;
        this.clock = clock;
        this.random = random;
        config.peers().forEach(peer -> turns.put(peer.name(), new ReentrantLock(true)));
        book.keys().forEach(key -> link(key.peer(), key.table()));
    }

    private Config.Peer peer(String name) {
        return config.peers().stream()
                .filter(peer -> peer.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ReplicaException(
                        Kind.BAD_REQUEST,
                        "no peer is named '" + name + "' in the configuration; there are "
                                + config.peers().stream().map(Config.Peer::name).toList()));
    }

    /** Tells this of each repair that ended, whatever began it; on the repair's thread. */
    void onEnd(Consumer<RepairView> listener) {
        onEnd = listener;
    }

    /** Tells this of each repair after which all is here that the peer had when it began; on the repair's thread. */
    void onComplete(BiConsumer<RepairRequest, Instant> listener) {
        onComplete = listener;
    }

    /** Hears the schema versions that the two copies of a table have. */
    interface Compared {
        void accept(Link.Key link, int here, int there);
    }

    /** Tells this what schema versions a repair read, alike or not; on the repair's thread. */
    void onCompared(Compared listener) {
        onCompared = listener;
    }

    /** Says which tables lack rows through damage: from them nothing is pushed where something can be pulled. */
    void damagedAre(Predicate<TableName> damaged) {
        isDamaged = damaged;
    }

    private HttpReplicas far(Config.Peer peer) {
        return Objects.requireNonNull(peers.get(peer.name()));
    }

    @Override
    public RepairView start(RepairRequest request) {
        Config.Peer peer = peer(request.peer());
        local.table(request.table());
        RepairJob job = begin(withSince(request), null);
        var _ = launch(job, peer);
        return job.view();
    }

    /**
     * Starts to carry out a plan as it stands, and returns at once.
     *
     * @throws ReplicaException as {@link #start} does
     */
    void carryOut(String peerName, TableName table, ApprovedPlan plan) {
        Config.Peer peer = peer(peerName);
        var _ = launch(begin(new RepairRequest(table, peerName, plan.direction(), true, null, null), plan), peer);
    }

    /** Whether the plan of a problem is being carried out. */
    boolean isCarriedOut(String problem) {
        return list().stream().anyMatch(repair -> problem.equals(repair.approves()) && !repair.isOver());
    }

    /** Runs a repair to its end, on a thread of its own: to stop it interrupts that one, not the caller's. */
    RepairView runToEnd(RepairRequest request) throws InterruptedException {
        Config.Peer peer = peer(request.peer());
        RepairJob job = begin(withSince(request), null);
        launch(job, peer).join();
        return job.view();
    }

    /** From the last sync on, where a request does not say since when. */
    private RepairRequest withSince(RepairRequest request) {
        if (request.mode() != Mode.INCREMENTAL || request.since() != null) {
            return request;
        }
        Instant last = book.times(new Link.Key(request.peer(), request.table()))
                .map(LinkBook.Times::sync)
                .orElseThrow(() -> new ReplicaException(
                        Kind.BAD_REQUEST,
                        "table " + request.table() + " was not yet brought together with " + request.peer()
                                + ", so there is no last sync: say since when, or repair it in another mode"));
        return request.in(Mode.INCREMENTAL, last);
    }

    /**
     * What a schedule does about a table. Other modes than those that compare all rows give way to {@link Mode#TREE}
     * while no sync is known, once a day, and where the last repair left the copies different.
     */
    RepairRequest onSchedule(Config.Peer peer, TableName table) {
        RepairRequest request = new RepairRequest(table, peer.name(), null, true, null, null);
        Mode mode = Link.mode(peer);
        return switch (mode) {
            case TREE, FULL -> request.in(mode, null);
            case PARTIAL, INCREMENTAL -> {
                Instant due = clock.instant().minus(WHOLE_EVERY);
                boolean isFresh = book.times(new Link.Key(peer.name(), table))
                        .map(LinkBook.Times::whole)
                        .filter(due::isBefore)
                        .isPresent();
                yield isFresh && !link(peer.name(), table).isLeftDifferent() ? request.in(mode, null) : request;
            }
        };
    }

    private Thread launch(RepairJob job, Config.Peer peer) {
        return Thread.ofVirtual().name("repair-" + job.view().id()).start(() -> run(job, peer));
    }

    private synchronized RepairJob begin(RepairRequest request, @Nullable ApprovedPlan approved) {
        if (closed) {
            throw new ReplicaException(Kind.BUSY, "the node is stopping");
        }
        if (!busy.add(request.table())) {
            throw new ReplicaException(
                    Kind.BUSY, "table " + request.table() + " is being repaired; wait for it or stop that repair");
        }
        RepairJob job = new RepairJob("r" + ++lastId, request, clock, approved);
        jobs.put(job.view().id(), job);
        while (jobs.size() > HISTORY) {
            RepairJob oldest = jobs.values().iterator().next();
            if (!oldest.view().isOver()) {
                break;
            }
            jobs.remove(oldest.view().id());
        }
        link(request.peer(), request.table()).begun(job, clock.instant());
        return job;
    }

    private void run(RepairJob job, Config.Peer peer) {
        ReentrantLock turn = Objects.requireNonNull(turns.get(peer.name()));
        RepairRequest request = job.request();
        try {
            job.run(() -> task(request, peer, turn, job.view().approves() != null), random);
        } finally {
            if (turn.isHeldByCurrentThread()) {
                turn.unlock();
            }
            try {
                follow(request, job); // before it counts as over: who waits for that relies on it
            } finally {
                synchronized (this) {
                    busy.remove(request.table());
                    link(request.peer(), request.table()).ended(job.view(), peer, random);
                    notifyAll();
                }
            }
            onEnd.accept(job.view());
        }
    }

    /** What follows from a repair that ended. */
    private void follow(RepairRequest request, RepairJob job) {
        if (request.apply() && Boolean.TRUE.equals(job.view().same())) {
            plans.notNeeded(request);
        }
        Link.Key key = new Link.Key(request.peer(), request.table());
        job.schemas().ifPresent(schemas -> onCompared.accept(key, schemas.here(), schemas.there()));
        if (job.isSynced()) {
            synced(key, job);
        }
        if (job.isComplete()) {
            onComplete.accept(request, job.view().started());
        }
    }

    private void synced(Link.Key key, RepairJob job) {
        boolean whole = job.request().scope().isWhole();
        try {
            book.synced(key, job.view().started(), whole, clock.instant());
        } catch (ReplicaException e) {
            LOG.warn("when {} was last repaired with {} is not kept: {}", key.table(), key.peer(), e.getMessage());
        }
    }

    private RepairJob.Task task(RepairRequest request, Config.Peer peer, ReentrantLock turn, boolean isApproved) {
        try {
            turn.lockInterruptibly();
        } catch (InterruptedException e) {
            throw new CancellationException("stopped by request");
        }
        Direction direction = direction(request, peer);
        if (isApproved && direction.pushes() && isDamaged.test(request.table())) {
            throw new ReplicaException(
                    Kind.STORAGE,
                    "table " + request.table() + " is damaged here, so nothing is pushed; see twinroot problems");
        }
        if (direction.pulls() && isDamaged.test(request.table())) {
            direction = Direction.PULL;
        }
        HttpReplicas there = far(peer);
        Replica far;
        try {
            far = there.table(request.table());
        } catch (ReplicaException e) {
            if (e.kind() != Kind.UNKNOWN_TABLE || isApproved || !request.apply() || !direction.pushes()) {
                throw e;
            }
            far = there.create(
                    request.table(), local.table(request.table()).info().rules());
        }
        Verify.Options options = Verify.Options.DEFAULT.withSettle(peer.settle().toMillis());
        return new RepairJob.Task(
                (isApproved ? beyondGuards : local).table(request.table()),
                far,
                direction,
                config.policy(request.table()),
                new Guards(
                        request.maxChanges() == null ? peer.maxChanges() : request.maxChanges(),
                        request.maxDeletes() == null ? peer.maxDeletes() : OptionalLong.of(request.maxDeletes())),
                request.scope(),
                request.apply() ? options.unproven() : options,
                RepairBoard::pause,
                plans,
                peer.url().toString());
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new CancellationException("stopped by request");
        }
    }

    private static Direction direction(RepairRequest request, Config.Peer peer) {
        return request.direction() != null ? request.direction() : direction(peer);
    }

    static Direction direction(Config.Peer peer) {
        return switch (peer.direction()) {
            case PULL -> Direction.PULL;
            case PUSH -> Direction.PUSH;
            case BOTH -> Direction.BOTH;
        };
    }

    /**
     * The tables that are repaired with a peer on its schedule: those of the configuration in its order, then the
     * others by name. Where all are, those that only the peer has
     * are made here, unless nothing is to be pulled.
     */
    Set<TableName> scheduled(Config.Peer peer) {
        Set<TableName> there = new TreeSet<>();
        local.tables().forEach(table -> there.add(table.name()));
        Set<TableName> here = new LinkedHashSet<>();
        config.tables().stream().map(Config.Table::name).filter(there::contains).forEach(here::add);
        here.addAll(there);
        if (direction(peer).pulls()) {
            for (TableInfo table : far(peer).tables()) {
                if (peer.covers(table.name()) && isRepaired(table.name()) && here.add(table.name())) {
                    local.create(table.name(), table.rules());
                }
            }
        }
        here.removeIf(table -> !peer.covers(table) || !isRepaired(table));
        return here;
    }

    /** How a table stands with a peer, for the schedule. */
    synchronized Link link(String peer, TableName table) {
        return links.computeIfAbsent(new Link.Key(peer, table), Link::new);
    }

    /** A peer that can't even list its tables: each table that is repaired with it waits. */
    void unreachable(Config.Peer peer, String why) {
        List<TableInfo> tables = local.tables();
        synchronized (this) {
            for (TableInfo table : tables) {
                if (peer.covers(table.name()) && isRepaired(table.name())) {
                    link(peer.name(), table.name()).failed(why, clock.instant(), peer, random);
                }
            }
        }
    }

    /** Whether schedules and feeds touch a table. */
    boolean isRepaired(TableName name) {
        return config.tables().stream()
                .filter(table -> table.name().equals(name))
                .allMatch(Config.Table::repair);
    }

    /** A table that was busy is tried again soon; that is no failure. */
    synchronized void postpone(Config.Peer peer, TableName table) {
        link(peer.name(), table).postpone(clock.instant().plusSeconds(1));
    }

    @Override
    public List<RepairView> list() {
        List<RepairView> all = new ArrayList<>();
        synchronized (this) {
            jobs.values().forEach(job -> all.addFirst(job.view()));
        }
        return all;
    }

    private synchronized @Nullable RepairJob job(String id) {
        return jobs.get(id);
    }

    @Override
    public Optional<RepairView> get(String id) {
        return Optional.ofNullable(job(id)).map(RepairJob::view);
    }

    @Override
    public Optional<RepairView> stop(String id) {
        Optional<RepairJob> job = Optional.ofNullable(job(id));
        job.ifPresent(RepairJob::stop);
        return job.map(RepairJob::view);
    }

    @Override
    public Optional<Following> follow(String id, Consumer<RepairView> listener) {
        return Optional.ofNullable(job(id)).map(job -> job.follow(listener));
    }

    @Override
    public synchronized List<LinkView> links() {
        return links.values().stream()
                .map(link -> link.view(
                        peer(link.key().peer()),
                        book.times(link.key()).map(LinkBook.Times::sync).orElse(null)))
                .toList();
    }

    /** Stops what runs and waits for it; nothing starts afterwards. */
    void close() throws InterruptedException {
        List<RepairJob> running;
        synchronized (this) {
            closed = true;
            running = List.copyOf(jobs.values());
        }
        running.forEach(RepairJob::stop);
        synchronized (this) {
            while (!busy.isEmpty()) {
                wait();
            }
        }
        try {
            book.save(clock.instant());
        } catch (ReplicaException e) {
            LOG.warn("{}", e.getMessage());
        }
    }
}
