package io.twinroot.bench;

import io.twinroot.config.Config;
import io.twinroot.peer.HttpReplicas;
import io.twinroot.reconcile.Replica;
import io.twinroot.service.Node;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Two nodes on loopback, of which the second follows the first: after how long is a write readable there, and
 * how fast does it follow rows that come in bulk? Reads and writes go over HTTP too. At the end the copies must
 * have equal roots.
 */
public final class FeedBench {
    private static final TableName TABLE = new TableName("bench/rows");

    private FeedBench() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        int writes = args.length > 0 ? Integer.parseInt(args[0]) : 1_000;
        int rows = args.length > 1 ? Integer.parseInt(args[1]) : 200_000;
        Path directory = Files.createTempDirectory("twinroot-bench");
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Vertx vertx = Vertx.vertx();
        try (Node one = Node.start(Config.of(directory.resolve("a"), port, List.of(TABLE)));
                Node two = Node.start(follower(directory.resolve("b"), port));
                HttpReplicas hereNode = new HttpReplicas(vertx, URI.create("http://127.0.0.1:" + one.port()));
                HttpReplicas thereNode = new HttpReplicas(vertx, URI.create("http://127.0.0.1:" + two.port()))) {
            Replica here = hereNode.table(TABLE);
            Replica there = thereNode.table(TABLE);
            here.apply(List.of(put("first", 0)));
            await(there, "first");
            latency(here, there, 100); // warm up
            System.out.printf("%,d single writes, acknowledged to readable at the peer:%n", writes);
            report(latency(here, there, writes));
            bulk(here, there, rows);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
            try (var files = Files.walk(directory)) {
                for (Path file : files.toList().reversed()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static Config follower(Path data, int port) {
        Config plain = Config.of(data, 0, List.of(TABLE));
        Config.Peer peer = new Config.Peer(
                "one",
                URI.create("http://127.0.0.1:" + port),
                List.of(),
                Config.Direction.PULL,
                Duration.ofHours(6),
                0,
                Duration.ZERO,
                Config.Retry.DEFAULT,
                OptionalLong.empty(),
                Long.MAX_VALUE,
                true);
        return new Config(
                plain.data(),
                plain.listen(),
                null,
                plain.tables(),
                List.of(peer),
                plain.limits(),
                plain.store(),
                plain.scrub());
    }

    private static Change put(String uid, long value) {
        Body body = new Body.Fields(
                Value.Mapping.of(Map.of("v", new Value.Int(value), "text", new Value.Text("a row of the bench"))));
        return new Change.Put(Uid.ofText(uid), body, null, null);
    }

    private static void await(Replica there, String uid) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(5).toNanos();
        while (!(there.states(List.of(Uid.ofText(uid))).getFirst() instanceof RowState.Live)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(uid + " did not come in 5 minutes");
            }
            Thread.sleep(0, 200_000);
        }
    }

    private static long[] latency(Replica here, Replica there, int writes) throws InterruptedException {
        long[] micros = new long[writes];
        for (int i = 0; i < writes; i++) {
            String uid = "single-" + writes + "-" + i;
            here.apply(List.of(put(uid, i)));
            long from = System.nanoTime();
            await(there, uid);
            micros[i] = (System.nanoTime() - from) / 1_000;
        }
        Arrays.sort(micros);
        return micros;
    }

    private static void report(long[] micros) {
        System.out.printf(
                "  median %.2f ms, p99 %.2f ms, slowest %.2f ms%n",
                micros[micros.length / 2] / 1e3,
                micros[(int) (micros.length * 0.99)] / 1e3,
                micros[micros.length - 1] / 1e3);
    }

    private static void bulk(Replica here, Replica there, int rows) throws InterruptedException {
        long from = System.nanoTime();
        for (int at = 0; at < rows; at += Replica.MAX_BATCH) {
            List<Change> changes = new ArrayList<>();
            for (int i = at; i < Math.min(rows, at + Replica.MAX_BATCH); i++) {
                changes.add(put("bulk-" + i, i));
            }
            here.apply(changes);
        }
        double written = (System.nanoTime() - from) / 1e9;
        await(there, "bulk-" + (rows - 1));
        double followed = (System.nanoTime() - from) / 1e9;
        if (!here.info().root().equals(there.info().root())) {
            throw new IllegalStateException("the copies are not the same");
        }
        System.out.printf(
                "%,d rows in bulk: written in %.2f s (%,.0f rows/s), all at the peer %.2f s after the first"
                        + " (%,.0f rows/s), roots equal%n",
                rows, written, rows / written, followed, rows / followed);
    }
}
