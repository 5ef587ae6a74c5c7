package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.peer.HttpReplicas;
import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Verify;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.RowState;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Two real nodes that follow each other over a slow way while both are written to: what verifies say of them, and how
 * long it takes until a real difference is called one.
 *
 * @param perSecond writes a second on each side
 * @param lagMs a change is late by up to this: a third for the answer that did not have it yet, one for the next
 *     question, one for its answer
 * @param settleMs of the verifies
 */
public record LateRun(int perSecond, int lagMs, int settleMs, int verifies, long seed) {
    private static final TableName TABLE = new TableName("late/rows");
    private static final int ROWS = 20_000;
    private static final Uid PLANTED = Uid.ofText("planted");

    /**
     * What came of it.
     *
     * @param confirmed differences that a verify called real while there was none
     * @param suspectedWhile verifies during which the roots were not equal at first
     * @param slowestMs of the verifies
     * @param plantedMs until a real difference was confirmed
     */
    public record Result(
            long writes, int confirmed, int suspectedWhile, long slowestMs, long plantedMs, boolean equalAtEnd) {}

    public Result run(Path directory) throws Exception {
        int portA = freePort();
        int portB = freePort();
        Vertx vertx = Vertx.vertx();
        try (DelayProxy toA = new DelayProxy(portA, lagMs / 3, seed);
                DelayProxy toB = new DelayProxy(portB, lagMs / 3, seed + 1);
                Node a = node(directory.resolve("a"), portA, toB.port());
                Node b = node(directory.resolve("b"), portB, toA.port());
                HttpReplicas far = new HttpReplicas(vertx, URI.create("http://127.0.0.1:" + portB));
                Replica mine = a.replicas().table(TABLE);
                Replica local = b.replicas().table(TABLE);
                Replica theirs = far.table(TABLE)) {
            awaitFollowing(a);
            awaitFollowing(b);
            return new Load(mine, local, theirs).run();
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get();
        }
    }

    private static void awaitFollowing(Node node) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (node.feeds().feeds().stream().anyMatch(feed -> feed.lagMs() == null || feed.lagMs() > 0)
                || node.feeds().feeds().isEmpty()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "the feeds did not begin in 60 s: " + node.feeds().feeds());
            }
            RepairBoard.pause(5);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static Node node(Path data, int port, int peerPort) {
        Config plain = Config.of(data, port, List.of(TABLE));
        Config.Peer peer = new Config.Peer(
                "other",
                URI.create("http://127.0.0.1:" + peerPort),
                List.of(),
                Config.Direction.PULL,
                Duration.ofHours(6),
                0,
                Duration.ofMillis(10),
                new Config.Retry(Duration.ofMillis(100), Duration.ofMillis(400)),
                OptionalLong.of(Long.MAX_VALUE),
                Long.MAX_VALUE,
                true);
        return Node.start(new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                plain.tables(),
                List.of(peer),
                plain.limits(),
                plain.store(),
                plain.scrub()));
    }

    private final class Load {
        private final Replica mine;
        private final Replica local;
        private final Replica theirs;
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicLong writes = new AtomicLong();

        Load(Replica mine, Replica local, Replica theirs) {
            this.mine = mine;
            this.local = local;
            this.theirs = theirs;
        }

        Result run() throws Exception {
            List<Thread> writers = List.of(
                    Thread.ofPlatform().start(() -> write(mine, seed + 2)),
                    Thread.ofPlatform().start(() -> write(local, seed + 3)));
            int confirmed = 0;
            int busy = 0;
            long slowest = 0;
            for (int i = 0; i < verifies; i++) {
                long began = System.nanoTime();
                Comparison found = verify(seed + 10 + i);
                slowest = Math.max(slowest, (System.nanoTime() - began) / 1_000_000);
                busy += found instanceof Comparison.Same same && same.cost().roundTrips() == 1 ? 0 : 1;
                confirmed += found instanceof Comparison.Different different
                        ? different.differences().size()
                        : 0;
            }
            long planted = plant();
            over.set(true);
            for (Thread writer : writers) {
                writer.join();
            }
            return new Result(writes.get(), confirmed, busy, slowest, planted, isEqualInTime());
        }

        private void write(Replica replica, long mySeed) {
            Random random = new Random(mySeed);
            long began = System.nanoTime();
            for (long n = 0; !over.get(); n++) {
                Body body = new Body.Fields(Value.Mapping.of(Map.of("n", new Value.Int(random.nextLong()))));
                Uid uid = Uid.ofText("row%05d".formatted(random.nextInt(ROWS)));
                replica.apply(List.of(new Change.Put(uid, body, null, null)));
                writes.incrementAndGet();
                long due = began + (n + 1) * 1_000_000_000L / perSecond;
                LockSupport.parkNanos(due - System.nanoTime());
            }
        }

        private Comparison verify(long nonces) {
            return Verify.run(
                    mine,
                    theirs,
                    Verify.Options.DEFAULT.withSettle(settleMs),
                    new Random(nonces)::nextLong,
                    Progress.NONE,
                    RepairBoard::pause);
        }

        /** A row that one copy has no more, and that no feed brings back. */
        private long plant() {
            mine.apply(List.of(new Change.Put(
                    PLANTED, new Body.Fields(Value.Mapping.of(Map.of("n", new Value.Int(1)))), null, null)));
            RowState there = local.states(List.of(PLANTED)).getFirst();
            while (!(there instanceof RowState.Live)) {
                RepairBoard.pause(5);
                there = local.states(List.of(PLANTED)).getFirst();
            }
            local.apply(List.of(new Change.Drop(PLANTED, there)));
            long began = System.nanoTime();
            while (true) {
                if (verify(began) instanceof Comparison.Different different
                        && different.differences().stream().anyMatch(LateRun::isPlanted)) {
                    return (System.nanoTime() - began) / 1_000_000;
                }
                if (System.nanoTime() - began > 120_000_000_000L) {
                    throw new AssertionError("the planted difference was not confirmed in 120 s");
                }
            }
        }

        private boolean isEqualInTime() {
            long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            mine.apply(List.of(new Change.Delete(PLANTED, null)));
            while (System.nanoTime() < end) {
                if (mine.info().root().equals(theirs.info().root())) {
                    return true;
                }
                RepairBoard.pause(50);
            }
            return false;
        }
    }

    private static boolean isPlanted(Difference difference) {
        return difference instanceof Difference.OfRow row && row.uid().equals(PLANTED);
    }
}
