package io.twinroot.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.MemoryReplicas;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Replicas;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that stall, drip, hang up or come in crowds; none may cost the server more than a bounded amount. */
@Timeout(60)
final class SlowAndBrokenClientsTest {
    private static final TableName TABLE = new TableName("t");

    private final EndlessReplicas endless = new EndlessReplicas();
    private TestNode node;

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    private void start(Replicas replicas, Limits limits) throws Exception {
        replicas.create(TABLE, TableRules.DEFAULT).close();
        node = TestNode.over(replicas, limits);
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within 20 s: " + what);
            }
            Thread.onSpinWait();
        }
    }

    private RawHttp open(String request) throws IOException {
        return new RawHttp(node.port()).send(request);
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    private static String post(String path, String type, long length) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: " + type
                + "\r\nContent-Length: " + length + "\r\n\r\n";
    }

    @Test
    void aStalledReaderStopsTheProducer() throws Exception {
        start(endless, TestNode.QUICK);
        try (RawHttp stalled = open(get("/v1/tables/t/rows"))) {
            assertTrue(stalled.readSome(new byte[1024]) > 0);
            await("the stream is given up", () -> endless.rowsClosed.get() == 1);
            long bytes = endless.rowsGiven.get() * EndlessReplicas.ROW_BYTES;
            // What sockets hold by themselves, and the few pieces under way; endless means gigabytes a second.
            assertTrue(bytes < 16 << 20, () -> bytes + " bytes were produced");
            assertEquals(
                    200,
                    RawHttp.ask(node.port(), "GET", "/livez", "", new byte[0]).status());
        }
    }

    @Test
    void aStalledReaderOfABlobStopsTheProducer() throws Exception {
        start(endless, TestNode.QUICK);
        String request =
                "GET /v1/tables/t/rows/blob HTTP/1.1\r\nHost: localhost\r\nAccept: application/octet-stream\r\n\r\n";
        try (RawHttp stalled = open(request)) {
            assertTrue(stalled.readSome(new byte[1024]) > 0);
            await("the blob is given up", () -> endless.blobsClosed.get() == 1);
            assertTrue(endless.blobGiven.get() < 16 << 20, () -> endless.blobGiven + " bytes were produced");
        }
    }

    @Test
    void aReaderThatHangsUpEndsTheStream() throws Exception {
        start(endless, Limits.DEFAULT);
        for (int i = 1; i <= 10; i++) {
            try (RawHttp http = open(get("/v1/tables/t/rows"))) {
                assertTrue(http.readSome(new byte[1024]) > 0);
            }
            int times = i;
            await("the cursor is closed", () -> endless.rowsClosed.get() == times);
        }
    }

    @Test
    void aDrippingBodyIsCutOff() throws Exception {
        start(MemoryReplicas.numbered(1), TestNode.QUICK);
        try (RawHttp drip = open(post("/v1/tables/t/digests", "application/json", 1_000))) {
            RawHttp.Reply reply = dripUntilAnswered(drip);
            assertEquals(408, reply.status());
            assertTrue(reply.body().contains("too-slow"), reply::body);
        }
        try (RawHttp drip = open(post("/v1/tables/t/rows", "application/jsonl", 1_000))) {
            RawHttp.Reply reply = dripUntilAnswered(drip);
            assertEquals(408, reply.status());
            assertTrue(reply.body().contains("\"done\":0"), reply::body);
        }
    }

    /** A byte every moment, on another thread, until the server has had enough. */
    private static RawHttp.Reply dripUntilAnswered(RawHttp http) throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        Thread dripping = Thread.ofVirtual().start(() -> {
            try {
                while (!answered.await(50, TimeUnit.MILLISECONDS)) {
                    http.send(" ");
                }
            } catch (IOException | InterruptedException closed) {
                Thread.currentThread().interrupt();
            }
        });
        RawHttp.Reply reply = http.reply();
        answered.countDown();
        dripping.join();
        return reply;
    }

    @Test
    void aDrippingHeadIsCutOff() throws Exception {
        start(MemoryReplicas.numbered(1), TestNode.QUICK);
        try (RawHttp drip = open("GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ")) {
            CountDownLatch closed = new CountDownLatch(1);
            Thread.ofVirtual().start(() -> {
                try {
                    while (!closed.await(50, TimeUnit.MILLISECONDS)) {
                        drip.send("x");
                    }
                } catch (IOException | InterruptedException gone) {
                    Thread.currentThread().interrupt();
                }
            });
            assertClosed(drip);
            closed.countDown();
        }
    }

    @Test
    void aSilentConnectionIsClosed() throws Exception {
        start(MemoryReplicas.numbered(1), TestNode.QUICK);
        try (RawHttp silent = open("")) {
            assertClosed(silent);
        }
        try (RawHttp idle = open(get("/livez"))) {
            assertTrue(new String(idle.rest(), java.nio.charset.StandardCharsets.US_ASCII).startsWith("HTTP/1.1 200"));
        }
    }

    private static void assertClosed(RawHttp http) throws IOException {
        try {
            assertEquals(0, http.rest().length);
        } catch (SocketException reset) {
            assertTrue(
                    reset.getMessage().contains("reset") || reset.getMessage().contains("pipe"), reset::toString);
        }
    }

    @Test
    void aBodyThatBreaksOffChangesNothing() throws Exception {
        MemoryReplicas replicas = MemoryReplicas.numbered(1);
        start(replicas, Limits.DEFAULT);
        for (String[] request : new String[][] {
            {"/v1/tables/t/rows", "application/jsonl", "{\"uid\":\"a\",\"body\":{}}\n{\"uid\":\"b\""},
            {"/v1/tables/t/rows?summary", "application/jsonl", "{\"uid\":\"a\",\"body\":{}}\n"},
            {"/v1/tables/t/digests", "application/json", "{\"uids\":"},
            {"/v1/tables/t/narrow", "application/octet-stream", "x"},
        }) {
            open(post(request[0], request[1], 1_000) + request[2]).close();
        }
        String put =
                "PUT /v1/tables/t/rows/blob HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
                        + "Content-Length: 1000000\r\n\r\nhalf a blob";
        RawHttp half = open(put);
        await("the blob is spooled", () -> !spooled().isEmpty());
        half.close();
        await("the spool is empty again", () -> spooled().isEmpty());
        try (Replica replica = replicas.table(TABLE)) {
            assertEquals(0, replica.info().count());
        }
        assertEquals(
                200, RawHttp.ask(node.port(), "GET", "/livez", "", new byte[0]).status());
    }

    private List<Path> spooled() {
        try (var files = Files.list(node.spool())) {
            return files.toList();
        } catch (IOException e) {
            throw new AssertionError("listing the spool", e);
        }
    }

    @Test
    void chunkedBodiesThatAreWrongAreRefused() throws Exception {
        start(MemoryReplicas.numbered(1), Limits.DEFAULT);
        String head = post("/v1/tables/t/digests", "application/json", 0)
                .replace("Content-Length: 0", "Transfer-Encoding: chunked");
        try (RawHttp http = open(head + "b\r\n{\"uids\":[]}\r\n0\r\n\r\n")) {
            assertEquals(200, http.reply().status());
        }
        try (RawHttp http = open(head + "zz\r\n{\"uids\":[]}\r\n0\r\n\r\n")) {
            byte[] answer = http.rest();
            String text = new String(answer, java.nio.charset.StandardCharsets.UTF_8);
            assertTrue(answer.length == 0 || text.startsWith("HTTP/1.1 400"), text);
        }
        assertEquals(
                200, RawHttp.ask(node.port(), "GET", "/livez", "", new byte[0]).status());
    }

    @Test
    void aRequestThatWaitsHoldsUpNoOther() throws Exception {
        BlockedReplicas blocked = new BlockedReplicas();
        node = TestNode.over(blocked, Limits.DEFAULT);
        List<RawHttp> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(open("GET /v1/tables/t HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
        }
        await("all wait", () -> blocked.entered.get() == 20);
        assertEquals(
                200,
                RawHttp.ask(node.port(), "GET", "/v1/tables", "", new byte[0]).status());
        blocked.go.countDown();
        for (RawHttp http : waiting) {
            assertEquals(404, http.reply().status());
            http.close();
        }
    }

    @Test
    void aCrowdIsToldToComeLater() throws Exception {
        BlockedReplicas blocked = new BlockedReplicas();
        node = TestNode.over(blocked, Limits.DEFAULT.withCrowd(1_000, 3));
        List<RawHttp> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(open(get("/v1/tables/t")));
        }
        await("all wait", () -> blocked.entered.get() == 3);
        RawHttp.Reply reply = RawHttp.ask(node.port(), "GET", "/v1/tables", "", new byte[0]);
        assertEquals(503, reply.status());
        assertTrue(reply.hasHeader("retry-after: 1"), reply::head);
        assertTrue(reply.body().contains("urn:twinroot:problem:busy"), reply::body);
        try (HttpReplicas client = node.client()) {
            assertEquals(
                    ReplicaException.Kind.BUSY,
                    assertThrows(ReplicaException.class, client::tables).kind());
        }
        blocked.go.countDown();
        for (RawHttp http : waiting) {
            http.close();
        }
        await("it has room again", () -> {
            try {
                return RawHttp.ask(node.port(), "GET", "/v1/tables", "", new byte[0])
                                .status()
                        == 200;
            } catch (IOException e) {
                throw new AssertionError("asking", e);
            }
        });
    }

    @Test
    void tooManyConnectionsAreClosed() throws Exception {
        start(MemoryReplicas.numbered(1), Limits.DEFAULT.withCrowd(3, 64));
        List<RawHttp> open = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            RawHttp http = open(get("/livez"));
            assertTrue(http.readSome(new byte[1024]) > 0);
            open.add(http);
        }
        try (RawHttp oneMore = new RawHttp(node.port())) {
            assertClosed(oneMore);
        }
        open.removeFirst().close();
        await("a place is free", () -> {
            try (RawHttp http = open(get("/livez"))) {
                return http.readSome(new byte[1024]) > 0;
            } catch (IOException e) {
                return false;
            }
        });
        for (RawHttp http : open) {
            http.close();
        }
    }

    @Test
    void aFailingStoreIsAnInternalErrorWithoutDetails() throws Exception {
        MemoryReplicas closed = MemoryReplicas.numbered(1);
        closed.close();
        node = TestNode.over(closed);
        RawHttp.Reply reply = RawHttp.ask(node.port(), "GET", "/v1/tables", "", new byte[0]);
        assertEquals(500, reply.status());
        assertTrue(reply.body().contains("urn:twinroot:problem:internal"), reply::body);
        assertFalse(reply.body().contains("memory"), reply::body);
    }

    @Test
    void aStoreThatFailsInTheMiddleLeavesNoWholeAnswer() throws Exception {
        start(endless, Limits.DEFAULT);
        endless.failAfter = 10_000;
        try (HttpReplicas client = node.client();
                Replica replica = client.table(TABLE);
                var rows = replica.rows(io.twinroot.table.UidRange.ALL)) {
            ReplicaException e = assertThrows(ReplicaException.class, () -> rows.forEachRemaining(row -> {}));
            assertEquals(ReplicaException.Kind.UNREACHABLE, e.kind());
        }
    }

    @Test
    void aPortInUseIsSaid(@TempDir Path spool) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String message = failure(spool, "127.0.0.1", taken.getLocalPort());
            assertTrue(message.contains("127.0.0.1:" + taken.getLocalPort() + ": the port is in use"), message);
        }
    }

    @Test
    void onlyTheLoopbackInterfaceIsListenedOn(@TempDir Path spool) {
        assertTrue(failure(spool, "0.0.0.0", 0).contains("until trust between nodes exists"));
        assertTrue(failure(spool, "host.invalid", 0).contains("no such host"));
    }

    private static String failure(Path spool, String host, int port) {
        Vertx vertx = Vertx.vertx();
        try {
            PeerServer server = new PeerServer(
                    new PeerServer.Settings(host, port, spool, Limits.DEFAULT),
                    MemoryReplicas.numbered(1),
                    null,
                    List::of);
            DeploymentOptions options = new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD);
            return assertThrows(
                            IOException.class,
                            () -> vertx.deployVerticle(server, options).await(20, TimeUnit.SECONDS))
                    .getMessage();
        } finally {
            vertx.close().await();
        }
    }

    @Test
    void aLargeBlobStreamsBothWays() throws Exception {
        MemoryReplicas replicas = MemoryReplicas.numbered(1);
        start(replicas, Limits.DEFAULT);
        byte[] content = new byte[20 << 20];
        new java.util.Random(5).nextBytes(content);
        Body.Blob blob = new Body.Blob(content.length, Digest.sha256(content));
        try (HttpReplicas client = node.client();
                Replica replica = client.table(TABLE)) {
            replica.apply(List.of(new Change.Put(Uid.ofText("a"), blob, BlobSource.of(content), null)));
            try (InputStream in = replica.blob(Uid.ofText("a"), blob).open()) {
                org.junit.jupiter.api.Assertions.assertArrayEquals(content, in.readAllBytes());
            }
            assertTrue(client.traffic().sentBytes() >= content.length);
            assertTrue(client.traffic().receivedBytes() >= content.length);
        }
    }

    @Test
    void aClientMayBeUsedOnAVertxVirtualThread() throws Exception {
        start(MemoryReplicas.numbered(1), Limits.DEFAULT);
        var done = new java.util.concurrent.CompletableFuture<Integer>();
        node.vertx()
                .deployVerticle(
                        new io.vertx.core.VerticleBase() {
                            @Override
                            public io.vertx.core.Future<?> start() {
                                try (HttpReplicas client = new HttpReplicas(vertx, node.uri())) {
                                    done.complete(client.tables().size());
                                }
                                return io.vertx.core.Future.succeededFuture();
                            }
                        },
                        new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                .await(20, TimeUnit.SECONDS);
        assertEquals(1, done.get(20, TimeUnit.SECONDS));
    }

    @Test
    void aDeadlineEndsAStreamThatIsFastEnough() throws Exception {
        start(
                endless,
                Limits.DEFAULT.withTimes(
                        Duration.ofSeconds(5),
                        Duration.ofMillis(700),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5)));
        try (RawHttp http = open(get("/v1/tables/t/rows"))) {
            byte[] piece = new byte[65_536];
            int n = http.readSome(piece);
            while (n >= 0) {
                n = readOrEnd(http, piece);
            }
            assertEquals(1, endless.rowsClosed.get());
        }
    }

    private static int readOrEnd(RawHttp http, byte[] piece) throws IOException {
        try {
            return http.readSome(piece);
        } catch (SocketException reset) {
            return -1;
        }
    }

    /** One table whose rows never end, and which counts what it gave. */
    private static final class EndlessReplicas extends OneReplica {
        static final int ROW_BYTES = 1_000;

        final AtomicLong rowsGiven = new AtomicLong();
        final AtomicLong rowsClosed = new AtomicLong();
        final AtomicLong blobGiven = new AtomicLong();
        final AtomicLong blobsClosed = new AtomicLong();
        volatile long failAfter = Long.MAX_VALUE;

        @Override
        public io.twinroot.reconcile.RowCursor rows(io.twinroot.table.UidRange range) {
            return new io.twinroot.reconcile.RowCursor() {
                @Override
                public boolean hasNext() {
                    return true;
                }

                @Override
                public RowData next() {
                    long n = rowsGiven.incrementAndGet();
                    if (n > failAfter) {
                        throw new ReplicaException(ReplicaException.Kind.STORAGE, "the disk is gone");
                    }
                    return row(n, ROW_BYTES);
                }

                @Override
                public void close() {
                    rowsClosed.incrementAndGet();
                }
            };
        }

        @Override
        public io.twinroot.reconcile.RowCursor fetch(List<Uid> uids) {
            Body.Blob blob = new Body.Blob(1L << 50, Digest.sha256(new byte[0]));
            Row row = new Row.Live(uids.getFirst(), stamp(1), blob);
            return io.twinroot.reconcile.RowCursor.of(List.of(new RowData(row, () -> new InputStream() {
                @Override
                public int read() {
                    blobGiven.incrementAndGet();
                    return 1;
                }

                @Override
                public int read(byte[] target, int offset, int length) {
                    blobGiven.addAndGet(length);
                    return length;
                }

                @Override
                public void close() {
                    blobsClosed.incrementAndGet();
                }
            })));
        }
    }

    /** Whoever asks for a table waits. */
    private static final class BlockedReplicas extends OneReplica {
        final CountDownLatch go = new CountDownLatch(1);
        final AtomicLong entered = new AtomicLong();

        @Override
        public Replica table(TableName name) {
            entered.incrementAndGet();
            try {
                if (!go.await(30, TimeUnit.SECONDS)) {
                    throw new AssertionError("nobody let it go");
                }
            } catch (InterruptedException e) {
                throw new AssertionError("work on a request is never interrupted", e);
            }
            throw new ReplicaException(ReplicaException.Kind.UNKNOWN_TABLE, "none");
        }
    }
}
