package io.twinroot.peer;

import io.twinroot.reconcile.Replicas;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server on a free port, with its own Vert.x, for one test. */
final class TestNode implements AutoCloseable {
    /** Times short enough for tests of what takes too long. */
    static final Limits QUICK = Limits.DEFAULT.withTimes(
            Duration.ofMillis(1_500),
            Duration.ofSeconds(4),
            Duration.ofMillis(800),
            Duration.ofMillis(600),
            Duration.ofSeconds(1));

    private final Vertx vertx = Vertx.vertx();
    private final Path spool;
    private final PeerServer server;

    private TestNode(Replicas replicas, RepairControl repairs, Readiness readiness, Limits limits) throws Exception {
        spool = Files.createTempDirectory("spool");
        server = new PeerServer(
                new PeerServer.Settings("127.0.0.1", 0, spool, limits),
                replicas,
                repairs,
                repairs == null ? null : new ScriptedFeeds(),
                readiness);
        if (repairs != null) {
            server.with(ScriptedCare.served());
        }
        vertx.deployVerticle(server, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                .await(20, TimeUnit.SECONDS);
    }

    static TestNode over(Replicas replicas) throws Exception {
        return over(replicas, Limits.DEFAULT);
    }

    static TestNode over(Replicas replicas, Limits limits) throws Exception {
        return new TestNode(replicas, null, List::of, limits);
    }

    static TestNode with(Replicas replicas, RepairControl repairs, Readiness readiness) throws Exception {
        return new TestNode(replicas, repairs, readiness, Limits.DEFAULT);
    }

    Vertx vertx() {
        return vertx;
    }

    Path spool() {
        return spool;
    }

    int port() {
        return server.port();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + port());
    }

    HttpReplicas client() {
        return new HttpReplicas(vertx, uri());
    }

    HttpReplicas client(Limits limits) {
        return new HttpReplicas(vertx, uri(), limits);
    }

    @Override
    public void close() {
        try {
            vertx.close().await(20, TimeUnit.SECONDS);
            try (var left = Files.list(spool)) {
                List<Path> files = left.toList();
                if (!files.isEmpty()) {
                    throw new AssertionError("left behind: " + files);
                }
            }
            Files.delete(spool);
        } catch (IOException | java.util.concurrent.TimeoutException e) {
            throw new AssertionError("closing the node", e);
        }
    }
}
