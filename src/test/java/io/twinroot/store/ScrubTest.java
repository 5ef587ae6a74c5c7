package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All bytes of a store are read again, and what is wrong is found, named and healed. */
final class ScrubTest {
    private static final long FAST = 1L << 40;
    private static final int ROWS = 2_500;

    private static final int BATCHES = 500;

    /** Of them, with the blobs: one in fifty was deleted last. */
    private static final int LIVE = ROWS - ROWS / 50 + 2;

    @TempDir
    Path directory;

    private final AtomicLong now = new AtomicLong(StoreFixture.START_MS);

    private Store open() {
        StoreOptions plain = StoreFixture.small();
        StoreOptions options = new StoreOptions(
                now::get,
                plain.incarnation(),
                plain.salt(),
                true,
                plain.sync(),
                plain.syncEveryMs(),
                500_000,
                plain.segmentBytes(),
                plain.maxClockSkewMs(),
                new StoreOptions.Compaction(0, 0, FAST, 0),
                plain.trash(),
                plain.policies(),
                plain.fresh());
        return StoreFixture.open(directory, options, FaultyDisk.quick());
    }

    private static ScrubReport scrub(Store store) {
        return store.scrub(ScrubPart.ALL, FAST, progress -> {});
    }

    /** Rows of which older versions lie in the log too, some deletes, and blobs in files. */
    private static Digest fill(Store store) {
        StoreTable table = StoreFixture.table(store);
        for (int round = 0; round < 3; round++) {
            List<Change> batch = new ArrayList<>();
            for (int i = 0; i < ROWS; i++) {
                batch.add(i % 50 == round ? StoreFixture.delete(i) : StoreFixture.put(i, round));
            }
            table.apply(batch);
        }
        table.apply(List.of(StoreFixture.blobPut(Uid.ofText("blob"), bytes(200_000))));
        table.apply(List.of(StoreFixture.blobPut(Uid.ofText("blob-small"), bytes(1_000))));
        return StoreFixture.check(table.snapshot());
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private List<Path> files(String folder, String suffix) throws IOException {
        try (var files = Files.walk(directory.resolve(folder))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    private Path blobFile() throws IOException {
        return files("blobs", "").getFirst();
    }

    /** Flips a bit behind each place where a UID stands in the log; says in how many. */
    private int flipBehind(Uid uid, int distance) throws IOException {
        byte[] key = uid.toBytes();
        int flips = 0;
        for (Path file : files("log", ".seg")) {
            byte[] bytes = Files.readAllBytes(file);
            for (int i = 0; i < bytes.length - key.length - distance; i++) {
                if (java.util.Arrays.equals(bytes, i, i + key.length, key, 0, key.length)) {
                    StoreDamageTest.flip(file, i + key.length + distance, 1);
                    flips++;
                }
            }
        }
        return flips;
    }

    @Test
    void aHealthyStoreIsVerifiedRangeByRange() {
        try (Store store = open()) {
            fill(store);
            assertEquals(0, store.verified().get(StoreFixture.TABLE).oldestMs());
            now.addAndGet(5_000);
            ScrubReport report = scrub(store);
            assertEquals(List.of(), report.findings());
            assertTrue(report.complete());
            assertEquals(LIVE, report.rows());
            Verified verified = store.verified().get(StoreFixture.TABLE);
            assertTrue(verified.ranges() >= 4, verified.toString());
            assertEquals(now.get(), verified.oldestMs());
            assertEquals(List.of(), store.damages());
        }
        long then = now.get();
        now.addAndGet(86_400_000);
        try (Store store = open()) {
            assertEquals(then, store.verified().get(StoreFixture.TABLE).oldestMs());
        }
    }

    @Test
    void aStoppedScrubIsGoneOnWithAfterARestart() throws Exception {
        long rows;
        try (Store store = open()) {
            fill(store);
            CountDownLatch begun = new CountDownLatch(1);
            CompletableFuture<ScrubReport> slow = new CompletableFuture<>();
            Thread.ofVirtual()
                    .start(() -> slow.complete(store.scrub(ScrubPart.ALL, 400_000, progress -> {
                        if (progress.step().startsWith("rows")) {
                            begun.countDown();
                        }
                    })));
            begun.await();
            assertThrows(StoreException.class, () -> scrub(store));
            store.stopScrub();
            ScrubReport report = slow.get();
            assertFalse(report.complete());
            rows = report.rows();
        }
        try (Store store = open()) {
            ScrubReport report = scrub(store);
            assertTrue(report.complete());
            assertTrue(report.rows() <= LIVE && report.rows() + rows >= LIVE, report.rows() + " + " + rows);
            assertTrue(store.verified().get(StoreFixture.TABLE).oldestMs() > 0);
        }
    }

    @Test
    void aFlippedBitInARowIsFoundAndItsRangeIsNotVerified() throws IOException {
        RowData whole;
        Digest root;
        try (Store store = open()) {
            root = fill(store);
            whole = StoreFixture.table(store).snapshot().row(StoreFixture.uid(777));
            assertEquals(3, flipBehind(StoreFixture.uid(777), 38));
            now.addAndGet(1_000);
            ScrubReport report = scrub(store);
            assertTrue(
                    report.findings().getFirst().contains("row row-000777 of table t/rows at log position "),
                    report.toString());
            assertTrue(report.findings().getFirst().contains("checksum"), report.toString());
            assertEquals(3, report.findings().size(), report.toString()); // two older versions, which no row needs
            StoreDamage open = store.damages().getFirst();
            assertEquals(StoreFixture.uid(777), open.uid());
            assertEquals(StoreDamage.State.OPEN, open.state());
            assertEquals(
                    List.of(StoreDamage.State.MENDED, StoreDamage.State.MENDED),
                    store.damages().stream().skip(1).map(StoreDamage::state).toList());
            assertEquals(0, store.verified().get(StoreFixture.TABLE).oldestMs());
            assertEquals(now.get(), store.verified().get(StoreFixture.TABLE).newestMs());
            assertTrue(store.isReadOnly(StoreFixture.TABLE));

            assertInstanceOf(
                    Outcome.Applied.class,
                    StoreFixture.apply(StoreFixture.table(store), new Change.Replicate(whole, null)));
            assertEquals(root, StoreFixture.check(StoreFixture.table(store).snapshot()));
            assertEquals(StoreDamage.State.HEALED, store.damages().getFirst().state());
            ScrubReport rest = store.scrub(ScrubPart.REST, FAST, progress -> {});
            assertEquals(List.of(), rest.findings());
            assertTrue(rest.rows() < LIVE / 2, rest.toString());
            assertTrue(store.verified().get(StoreFixture.TABLE).oldestMs() > 0);
            assertEquals(List.of(), scrub(store).findings());
        }
        // What was damaged and not needed is gone from the log: nothing is missed when the view is made anew.
        Files.delete(directory.resolve("view/MANIFEST"));
        try (Store store = open()) {
            assertEquals(List.of(), store.recovery().damages());
            assertFalse(store.isReadOnly(StoreFixture.TABLE));
            assertEquals(root, StoreFixture.check(StoreFixture.table(store).snapshot()));
        }
    }

    @Test
    void anOlderVersionWithTheLostContentBringsTheLostOneBack() throws IOException {
        try (Store store = open()) {
            Digest root = fill(store);
            StoreTable table = StoreFixture.table(store);
            RowData first = table.snapshot().row(StoreFixture.uid(777));
            now.addAndGet(1_000);
            StoreFixture.apply(table, StoreFixture.put(777, 5));
            StoreFixture.apply(table, StoreFixture.put(777, 2)); // as the first
            RowData last = table.snapshot().row(StoreFixture.uid(777));
            flipBehind(StoreFixture.uid(777), 38);
            scrub(store);
            RowData other = new RowData(
                    new io.twinroot.table.Row.Live(
                            StoreFixture.uid(777), first.row().stamp(), StoreFixture.body(5)),
                    null);
            assertInstanceOf(Outcome.Refused.class, StoreFixture.apply(table, new Change.Replicate(other, null)));
            assertEquals(
                    new Outcome.Applied(last.row().stamp()),
                    StoreFixture.apply(table, new Change.Replicate(first, null)));
            assertEquals(last, table.snapshot().row(StoreFixture.uid(777)));
            assertEquals(root, StoreFixture.check(table.snapshot()));
            assertFalse(store.isReadOnly(StoreFixture.TABLE));
        }
    }

    @Test
    void aDamagedAndAMissingBlobAreFoundAndHealed() throws IOException {
        try (Store store = open()) {
            Digest root = fill(store);
            StoreTable table = StoreFixture.table(store);
            Change back = StoreFixture.blobPut(Uid.ofText("blob"), bytes(200_000));
            for (boolean missing : new boolean[] {false, true}) {
                RowData row = table.snapshot().row(Uid.ofText("blob"));
                if (missing) {
                    Files.delete(blobFile());
                } else {
                    StoreDamageTest.flip(blobFile(), 123_456, 8);
                }
                ScrubReport report = scrub(store);
                assertEquals(1, report.findings().size(), report.toString());
                assertTrue(report.findings().getFirst().contains("row blob of"), report.toString());
                assertTrue(report.findings().getFirst().contains(missing ? "missing" : "damaged"), report.toString());
                assertEquals(new RowState.Absent(), table.state(Uid.ofText("blob")));
                RowData healing = new RowData(row.row(), ((Change.Put) back).blob());
                assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(table, new Change.Replicate(healing, null)));
                assertEquals(List.of(), scrub(store).findings());
                assertEquals(root, StoreFixture.check(table.snapshot()));
            }
        }
    }

    @Test
    void aDamagedViewIsMadeAgainWhileTheStoreIsUsed() throws Exception {
        Digest root;
        try (Store store = open()) {
            root = fill(store);
        }
        try (Store store = open()) {
            StoreTable table = StoreFixture.table(store);
            List<Path> damaged = files("view", ".mapdb");
            for (Path file : damaged) {
                long size = Files.size(file);
                for (long at = size / 4; at < size; at += 97) { // mapped: the reader sees it
                    StoreDamageTest.flip(file, at, 4);
                }
            }
            StoreException named = assertThrows(StoreException.class, () -> StoreFixture.check(table.snapshot()));
            assertEquals(StoreException.Kind.DAMAGED, named.kind());
            assertTrue(named.getMessage().contains("view file"), named.getMessage());
            long end = System.nanoTime() + 30_000_000_000L;
            while (store.damages().isEmpty()) {
                assertTrue(System.nanoTime() < end, "the view was not made again: " + store.viewTrouble());
                Thread.onSpinWait();
            }
            assertEquals(StoreDamage.State.MENDED, store.damages().getFirst().state());
            assertEquals(root, StoreFixture.check(table.snapshot()));
            assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(table, StoreFixture.put(0, 99)));
            assertEquals(List.of(), scrub(store).findings());
            assertTrue(java.util.Collections.disjoint(damaged, files("view", ".mapdb")));
        }
        try (Store store = open()) {
            assertEquals(List.of(), store.recovery().findings());
            StoreTable table = StoreFixture.table(store);
            assertEquals(99, StoreFixture.number(table.snapshot(), 0));
            StoreFixture.apply(table, StoreFixture.put(0, 2));
            assertEquals(root, StoreFixture.check(table.snapshot()));
        }
    }

    @Test
    void theScrubFindsADamagedViewByItself() throws IOException {
        try (Store store = open()) {
            Digest root = fill(store);
            store.compact(); // writes out what is in memory
            Path file = files("view", ".mapdb").getFirst();
            StoreDamageTest.flip(file, Files.size(file) / 2, 16);
            ScrubReport report = scrub(store);
            assertTrue(report.findings().getFirst().contains("checksum of view file"), report.toString());
            assertEquals(root, StoreFixture.check(StoreFixture.table(store).snapshot()));
            assertEquals(List.of(), scrub(store).findings());
            Files.delete(files("view", ".mapdb").getLast());
            assertTrue(scrub(store).findings().getFirst().contains("is missing"));
            assertEquals(List.of(), scrub(store).findings());
        }
        try (Store store = open()) {
            assertFalse(store.recovery().rebuilt());
        }
    }

    @Test
    void theViewIsMadeAgainBesideManyWriters() throws Exception {
        try (Store store = open()) {
            fill(store);
            StoreTable table = StoreFixture.table(store);
            CompletableFuture<Void> writing = new CompletableFuture<>();
            Thread.ofPlatform().start(() -> {
                try {
                    for (int batch = 0; batch < BATCHES; batch++) {
                        List<Change> changes = new ArrayList<>();
                        for (int i = 20 * batch; i < 20 * batch + 20; i++) {
                            changes.add(StoreFixture.put(10_000 + i % 3_000, i));
                        }
                        table.apply(changes);
                    }
                    writing.complete(null);
                } catch (RuntimeException e) {
                    writing.completeExceptionally(e);
                }
            });
            int remade = 0;
            while (!writing.isDone() || remade < 2) {
                for (Path any : files("view", ".mapdb")) {
                    Files.deleteIfExists(any);
                }
                remade += scrub(store).findings().isEmpty() ? 0 : 1;
            }
            writing.get();
            long written = 20 * BATCHES;
            StoreFixture.check(table.snapshot());
            for (long i = written - 3_000; i < written; i++) {
                assertEquals(i, StoreFixture.number(table.snapshot(), 10_000 + i % 3_000));
            }
        }
        Files.deleteIfExists(directory.resolve("view/MANIFEST"));
        try (Store store = open()) {
            assertEquals(List.of(), store.recovery().damages());
            StoreFixture.check(StoreFixture.table(store).snapshot());
        }
    }

    @Test
    void aTreeThatIsNotThatOfItsIndexIsFound() {
        try (Store store = open()) {
            fill(store);
            TableState good =
                    store.held(() -> StoreFixture.table(store).refreshed()).state();
            assertEquals(null, TreeCheck.fault(good, store.salt(), bytes -> {}));
            var leaf = good.upper(2).run(io.twinroot.table.UidRange.ALL);
            assertTrue(leaf.next());
            UidMap.Editor<io.twinroot.tree.TreeNode> nodes = good.upper(2).edit();
            nodes.put(leaf.uid(), new io.twinroot.tree.TreeNode(leaf.uid(), Digest.sha256(new byte[1]), 9));
            List<UidMap<io.twinroot.tree.TreeNode>> upper = new ArrayList<>(good.upper());
            upper.set(0, nodes.map());
            TableState bad = new TableState(
                    good.id(),
                    good.name(),
                    good.rules(),
                    good.overlays(),
                    good.layers(),
                    upper,
                    good.root(),
                    good.count(),
                    good.totals(),
                    good.newest(),
                    true);
            String fault = TreeCheck.fault(bad, store.salt(), bytes -> {});
            assertTrue(String.valueOf(fault).contains("node of level 2 at " + leaf.uid()), fault);
        }
    }
}
