package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.log.LogOptions;
import io.twinroot.peer.Care;
import io.twinroot.peer.FeedControl;
import io.twinroot.peer.HttpReplicas;
import io.twinroot.peer.Limits;
import io.twinroot.peer.PeerServer;
import io.twinroot.peer.RepairControl;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.store.RecoveryReport;
import io.twinroot.store.StoreOptions;
import io.twinroot.tree.Salt;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node: its store, its HTTP server, and the repairs with its peers and their feeds. Closing it stops
 * the feeds and repairs, then the server, then the store.
 */
public final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    private final StoreReplicas replicas;
    private final Vertx vertx;
    private final PeerServer server;
    private final RepairBoard repairs;
    private final FeedBoard feeds;
    private final Map<String, HttpReplicas> peers;
    private final NodeCare care;
    private final Mirrors mirrors;
    private final List<Thread> schedules = new ArrayList<>();

    private Node(
            StoreReplicas replicas,
            Vertx vertx,
            PeerServer server,
            RepairBoard repairs,
            FeedBoard feeds,
            NodeCare care,
            Mirrors mirrors,
            Map<String, HttpReplicas> peers) {
        this.replicas = replicas;
        this.vertx = vertx;
        this.server = server;
        this.repairs = repairs;
        this.feeds = feeds;
        this.care = care;
        this.mirrors = mirrors;
        this.peers = peers;
    }

    /**
     * Starts a node and returns when it listens.
     *
     * @throws ReplicaException when its store can't be opened, a table of the configuration is there with
     *     other rules, or its port is taken
     */
    public static Node start(Config config) {
        return start(config, new DatabaseSources(System.getenv()));
    }

    /** The same, with databases that are opened by {@code sources}. */
    static Node start(Config config, Sources sources) {
        SecureRandom random = new SecureRandom();
        InstantSource clock = InstantSource.system();
        StoreReplicas replicas = StoreReplicas.open(
                config.data(), options(config), config.store().tombstoneRetention());
        Vertx vertx = Vertx.vertx();
        try {
            report(replicas.store().recovery());
            replicas.store().takeIntoUse();
            AtomicInteger port = new AtomicInteger(config.listen().port());
            Supplier<String> url = () -> url(config.listen().host(), port.get());
            HeldBatches held = new HeldBatches(config.data(), clock::millis);
            replicas.guardBy(
                    new Guards(config.guards().maxChanges(), config.guards().maxDeletes()), new HeldIntents(held, url));
            config.tables().forEach(table -> replicas.configure(table.name(), table.rules()));
            Limits limits = limits(config);
            Map<String, HttpReplicas> peers = new LinkedHashMap<>();
            config.peers().forEach(peer -> peers.put(peer.name(), new HttpReplicas(vertx, peer.url(), limits)));
            HeldPlans plans = new HeldPlans(held, url, clock);
            LinkBook book = new LinkBook(config.data(), config.peers());
            RepairBoard repairs = new RepairBoard(replicas, plans, config, peers, book, clock, random::nextLong);
            FeedStates states = FeedStates.load(config.data(), random::nextLong);
            FeedBoard feeds = new FeedBoard(replicas, config, peers, repairs, states, clock, random::nextLong);
            HeldProblems problems = new HeldProblems(held, plans, repairs, url);
            Mirrors mirrors = Mirrors.of(replicas.store(), config, sources, clock);
            NodeCare care = new NodeCare(
                    replicas.store(),
                    replicas.meetings(),
                    repairs,
                    List.of(problems, mirrors.problems(url)),
                    mirrors,
                    config,
                    clock);
            PeerServer server = new PeerServer(
                            new PeerServer.Settings(
                                    config.listen().host(),
                                    config.listen().port(),
                                    config.data().resolve("spool"),
                                    limits),
                            replicas,
                            repairs,
                            feeds,
                            care::obstacles)
                    .with(out -> BackupArchive.write(replicas.store(), out, clock.instant()))
                    .with(care.served());
            deploy(vertx, server);
            port.set(server.port());
            Node node = new Node(replicas, vertx, server, repairs, feeds, care, mirrors, peers);
            feeds.start();
            care.begin();
            mirrors.begin();
            for (Config.Peer peer : config.peers()) {
                node.schedules.add(Thread.ofVirtual()
                        .name("schedule-" + peer.name())
                        .start(new Schedule(repairs, peer, clock, random::nextLong)));
            }
            return node;
        } catch (RuntimeException e) {
            await(vertx.close());
            replicas.close();
            throw e;
        }
    }

    private static StoreOptions options(Config config) {
        Salt salt =
                config.salt() == null ? Salt.PUBLISHED : Salt.of(config.salt().toBytes());
        Config.Store store = config.store();
        return StoreReplicas.options(salt)
                .policies(config::policy)
                .sizes((long) store.overlayMiB() << 20, (long) store.segmentMiB() << 20)
                .sync(
                        switch (store.fsync()) {
                            case ALWAYS -> LogOptions.Sync.ALWAYS;
                            case INTERVAL -> LogOptions.Sync.INTERVAL;
                        },
                        store.fsyncEvery().toMillis())
                .compaction(new StoreOptions.Compaction(
                        store.compactPercent(),
                        StoreOptions.Compaction.DEFAULT.slackBytes(),
                        (long) store.compactMiBPerSecond() << 20,
                        store.retention().toMillis()))
                .trash(new StoreOptions.Trash(store.trashRetention().toMillis(), (long) store.trashMiB() << 20));
    }

    private static Limits limits(Config config) {
        Config.Limits wanted = config.limits();
        Limits usual = Limits.DEFAULT;
        return usual.withTimes(
                        wanted.request(),
                        wanted.stream(),
                        usual.headTimeout(),
                        usual.rateWindow(),
                        usual.connectTimeout())
                .withCrowd(wanted.connections(), wanted.requests())
                .withLeastRate(wanted.leastBytesPerSecond());
    }

    /** Where the owner of a node reaches it, from where it runs. */
    private static String url(String host, int port) {
        boolean any = host.equals("0.0.0.0") || host.equals("::");
        String name = any ? "127.0.0.1" : host.contains(":") ? "[" + host + "]" : host;
        return "http://" + name + ":" + port;
    }

    private static void report(RecoveryReport recovery) {
        recovery.findings().forEach(finding -> LOG.warn("on opening the store: {}", finding));
        if (recovery.rebuilt()) {
            LOG.warn("the view was built again from the log, {} frames", recovery.framesReplayed());
        }
    }

    private static void deploy(Vertx vertx, PeerServer server) {
        try {
            vertx.deployVerticle(server, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ReplicaException(Kind.BUSY, String.valueOf(cause.getMessage()), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReplicaException(Kind.BUSY, "starting the node was interrupted", e);
        }
    }

    private static void await(io.vertx.core.Future<?> future) {
        try {
            future.toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException e) {
            LOG.warn("on closing: {}", String.valueOf(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The port that it listens on. */
    public int port() {
        return server.port();
    }

    /** What this node follows live. */
    FeedControl feeds() {
        return feeds;
    }

    /** The tables of this node, as its own process may use them. */
    StoreReplicas replicas() {
        return replicas;
    }

    /** Its tables that mirror tables of databases. */
    Mirrors mirrors() {
        return mirrors;
    }

    /** What it shows of its state. */
    Care care() {
        return care.served();
    }

    /** The repairs of this node. */
    RepairControl repairs() {
        return repairs;
    }

    @Override
    public void close() {
        schedules.forEach(Thread::interrupt);
        feeds.stop();
        care.close();
        try {
            repairs.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        peers.values().forEach(HttpReplicas::close);
        try {
            feeds.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        await(vertx.close());
        mirrors.close();
        replicas.close();
    }
}
