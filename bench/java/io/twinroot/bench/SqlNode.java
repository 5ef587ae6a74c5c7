package io.twinroot.bench;

import io.twinroot.peer.HttpReplicas;
import io.twinroot.peer.RepairView;
import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Verify;
import io.twinroot.service.MirroredNode;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.stream.Collectors;

/**
 * A node beside a database, a process for {@link SqlNodes}: it reads commands, one a line, and answers each with one line of
 * {@code name=value}. It ends with its input.
 */
public final class SqlNode {
    private static final SecureRandom RANDOM = new SecureRandom();

    private SqlNode() {}

    /** @param args a folder, the address of the database's table, how changes are found, and the peer's URL where it has one */
    public static void main(String[] args) throws Exception {
        URI peer = args.length > 3 ? URI.create(args[3]) : null;
        Vertx vertx = Vertx.vertx();
        try (MirroredNode node = MirroredNode.start(Path.of(args[0]), args[1], args[2], peer);
                HttpReplicas far = new HttpReplicas(vertx, peer == null ? URI.create("http://127.0.0.1:1") : peer);
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println("answer " + answer(node, far, line.split(" ", -1)));
            }
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get();
        }
    }

    private static String answer(MirroredNode node, HttpReplicas far, String[] words) throws Exception {
        return switch (words[0]) {
            case "built" -> text(node.built()) + " port=" + node.port();
            case "scan" -> text(node.scan());
            case "root" -> "root=" + node.table().info().root().hex();
            case "await" -> {
                node.awaitRoot(words[1]);
                yield "reached=true";
            }
            case "verify" -> verify(node, far);
            case "repair" -> repair(node);
            case "memory" -> memory();
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private static String text(MirroredNode.Scan scan) {
        return "seconds=" + scan.seconds() + " rows=" + scan.rows() + " differing=" + scan.differing();
    }

    private static String verify(MirroredNode node, HttpReplicas far) {
        try (Replica mine = node.table();
                Replica theirs = far.table(MirroredNode.TABLE)) {
            long began = System.nanoTime();
            Comparison found = Verify.run(
                    mine, theirs, Verify.Options.DEFAULT.withSettle(0), RANDOM::nextLong, Progress.NONE, ms -> {});
            double ms = (System.nanoTime() - began) / 1e6;
            long differing = found instanceof Comparison.Different different ? different.rows() : 0;
            return "ms=" + ms + " same=" + (found instanceof Comparison.Same) + " differing=" + differing + " trips="
                    + found.cost().roundTrips() + " bytes=" + found.cost().bytes();
        }
    }

    private static String repair(MirroredNode node) throws InterruptedException {
        long began = System.nanoTime();
        RepairView repaired = node.repair();
        return "ms=" + (System.nanoTime() - began) / 1e6 + " same=" + repaired.same() + " differing="
                + repaired.differing() + " refused=" + repaired.refused();
    }

    private static String memory() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM") || line.startsWith("RssAnon"))
                .map(line -> line.replaceAll("[\\s]|kB", "").replace(':', '='))
                .collect(Collectors.joining(" "));
    }
}
