package io.twinroot.bench;

import io.twinroot.config.Config;
import io.twinroot.peer.HttpReplicas;
import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Repair;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.reconcile.Verify;
import io.twinroot.service.Node;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Row;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeSet;

/**
 * Two nodes with 1M rows each, over HTTP on loopback: how long does verify take on equal tables, and how does
 * repairing 10,000 scattered rows compare with just reading those rows from the one and putting them into the
 * other in bulk, in the same run?
 */
public final class NodeBench {
    private static final TableName TABLE = new TableName("bench/rows");
    private static final Guards LOOSE = new Guards(Long.MAX_VALUE, OptionalLong.of(Long.MAX_VALUE));

    private NodeBench() {}

    public static void main(String[] args) throws IOException {
        int n = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        int d = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
        Path directory = Files.createTempDirectory("twinroot-bench");
        Vertx vertx = Vertx.vertx();
        try (Node one = Node.start(Config.of(directory.resolve("a"), 0, List.of(TABLE)));
                Node two = Node.start(Config.of(directory.resolve("b"), 0, List.of(TABLE)));
                HttpReplicas hereNode = new HttpReplicas(vertx, URI.create("http://127.0.0.1:" + one.port()));
                HttpReplicas thereNode = new HttpReplicas(vertx, URI.create("http://127.0.0.1:" + two.port()))) {
            run(hereNode.table(TABLE), thereNode.table(TABLE), n, d);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
            try (var files = Files.walk(directory)) {
                for (Path file : files.toList().reversed()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void run(Replica here, Replica there, int n, int d) {
        long start = System.nanoTime();
        for (int at = 0; at < n; at += Replica.MAX_BATCH) {
            List<Change> changes = new ArrayList<>();
            for (int key = at; key < Math.min(n, at + Replica.MAX_BATCH); key++) {
                changes.add(put(key, 0));
            }
            here.apply(changes);
        }
        print("bulk put of %,d rows over HTTP", n, start, n);
        start = System.nanoTime();
        RepairReport copied = repair(verify(here, there), here, there);
        print("first copy of %,d rows by repair", n, start, n);
        check(copied.same() && copied.theirs().added() == n, "the copy is not the same");

        List<Double> verifies = new ArrayList<>();
        for (int run = 0; run < 20; run++) {
            start = System.nanoTime();
            check(verify(here, there) instanceof Comparison.Same, "equal tables differ");
            verifies.add((System.nanoTime() - start) / 1e6);
        }
        System.out.printf(
                "verify of equal tables: first %.1f ms, median of 20 %.1f ms%n", verifies.getFirst(), median(verifies));

        Random random = new Random(1);
        List<Double> ratios = new ArrayList<>();
        for (int run = 1; run <= 5; run++) {
            List<Uid> uids = change(here, random, n, d, run);
            start = System.nanoTime();
            Comparison found = verify(here, there);
            double finding = (System.nanoTime() - start) / 1e9;
            RepairReport repaired = repair(found, here, there);
            double repair = (System.nanoTime() - start) / 1e9;
            check(repaired.same() && repaired.theirs().changed() == d, "the repair did something else: " + repaired);

            uids = change(here, random, n, d, run + 100);
            start = System.nanoTime();
            move(here, there, uids);
            double plain = (System.nanoTime() - start) / 1e9;
            check(verify(here, there) instanceof Comparison.Same, "not the same after run " + run);
            ratios.add(repair / plain);
            System.out.printf(
                    "run %d: repair of %,d of %,d rows %.2f s (finding them %.2f s, %,d bytes);"
                            + " reading and bulk-putting such rows %.2f s; ratio %.2f%n",
                    run, d, n, repair, finding, found.cost().bytes(), plain, repair / plain);
        }
        System.out.printf("median ratio %.2f (bar: 3)%n", median(ratios));
    }

    private static void print(String what, int n, long start, int rows) {
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(what + ": %.1f s, %,.0f rows/s%n", n, seconds, rows / seconds);
    }

    private static List<Uid> change(Replica here, Random random, int n, int d, int value) {
        TreeSet<Integer> keys = new TreeSet<>();
        while (keys.size() < d) {
            keys.add(random.nextInt(n));
        }
        List<Change> changes = keys.stream().map(key -> put(key, value)).toList();
        for (int at = 0; at < d; at += Replica.MAX_BATCH) {
            here.apply(changes.subList(at, Math.min(d, at + Replica.MAX_BATCH)));
        }
        return changes.stream().map(Change::uid).toList();
    }

    private static void move(Replica here, Replica there, List<Uid> uids) {
        for (int at = 0; at < uids.size(); at += Replica.MAX_BATCH) {
            List<Change> puts = new ArrayList<>();
            try (RowCursor rows = here.fetch(uids.subList(at, Math.min(uids.size(), at + Replica.MAX_BATCH)))) {
                rows.forEachRemaining(row -> {
                    if (row.row() instanceof Row.Live(Uid uid, var stamp, Body body, var past)) {
                        puts.add(new Change.Put(uid, body, null, null));
                    }
                });
            }
            there.apply(puts);
        }
    }

    private static Comparison verify(Replica here, Replica there) {
        return Verify.run(
                here,
                there,
                Verify.Options.DEFAULT.withSettle(0).unproven(),
                new Random(9)::nextLong,
                Progress.NONE,
                ms -> {});
    }

    private static RepairReport repair(Comparison found, Replica here, Replica there) {
        if (found instanceof Comparison.Different different) {
            return Repair.apply(Plan.of(different.differences(), Direction.BOTH), here, there, LOOSE, Progress.NONE);
        }
        throw new IllegalStateException("nothing differs");
    }

    private static Change put(int key, int value) {
        byte[] uid = ByteBuffer.allocate(16)
                .putLong(key * 0x9e3779b97f4a7c15L)
                .putLong(key)
                .array();
        Body body = new Body.Fields(Value.Mapping.of(Map.of(
                "name", new Value.Text("row number " + key),
                "value", new Value.Int(value),
                "note",
                        new Value.Text("a hundred characters or so of text, as rows of real tables often have, number "
                                + key))));
        return new Change.Put(Uid.of(uid), body, null, null);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }
}
