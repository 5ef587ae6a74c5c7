package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.Disk;
import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowData;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.UidRange;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compaction frees what no row needs and nothing else, whatever happens meanwhile. */
final class CompactionTest {
    private static final int ROWS = 1500;
    private static final TableName OTHER = new TableName("t/other");

    @TempDir
    Path directory;

    private Store open(Disk disk) {
        return StoreFixture.open(directory, never(), disk);
    }

    /** Without a pass that begins by itself. */
    private static StoreOptions never() {
        return StoreFixture.small().compaction(new StoreOptions.Compaction(0, 0, 1 << 30, 0));
    }

    private static void fill(StoreTable table, int rounds) {
        for (int round = 0; round < rounds; round++) {
            List<Change> batch = new ArrayList<>();
            for (int i = round % 2; i < ROWS; i += 2) {
                batch.add(i % 50 == round % 50 ? StoreFixture.delete(i) : StoreFixture.put(i, round));
            }
            table.apply(batch);
        }
    }

    private List<Path> files(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve(folder))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private long logBytes() throws IOException {
        long bytes = 0;
        for (Path file : files("log")) {
            bytes += Files.size(file);
        }
        return bytes;
    }

    @Test
    void afterAPassTheLogHasWhatTheRowsNeed() throws IOException {
        Digest root;
        try (Store store = open(FaultyDisk.quick())) {
            StoreTable table = StoreFixture.table(store);
            store.createTable(OTHER, TableRules.excluding(List.of("n")));
            fill(table, 20);
            root = StoreFixture.check(table.snapshot());
            long before = logBytes();
            store.compact();
            Store.LogSize size = store.logSize();
            assertTrue(size.bytes() < size.neededBytes() * 11 / 10 + 2000, size.toString());
            assertTrue(logBytes() < before / 4, before + " bytes became " + logBytes());
            assertEquals(root, StoreFixture.check(table.snapshot()));
            fill(table, 2);
            root = StoreFixture.check(table.snapshot());
            store.compact();
            assertEquals(root, StoreFixture.check(table.snapshot()));
        }
        try (Store store = open(FaultyDisk.quick())) {
            assertEquals(List.of(), store.recovery().findings());
            assertFalse(store.recovery().rebuilt());
            assertEquals(root, StoreFixture.check(StoreFixture.table(store).snapshot()));
        }
        Files.delete(directory.resolve("view/MANIFEST"));
        try (Store store = open(FaultyDisk.quick())) {
            assertTrue(store.recovery().rebuilt());
            assertEquals(List.of(), store.recovery().damages());
            assertEquals(root, StoreFixture.check(StoreFixture.table(store).snapshot()));
            assertEquals(List.of("n"), store.table(OTHER).rules().digestExcludes());
        }
    }

    @Test
    void aSnapshotFromBeforeStaysReadable() throws IOException {
        try (Store store = open(FaultyDisk.quick())) {
            StoreTable table = StoreFixture.table(store);
            byte[] blob = new byte[500];
            table.apply(List.of(StoreFixture.blobPut(StoreFixture.uid(99_999), blob)));
            fill(table, 4);
            TableSnapshot before = table.snapshot();
            Iterator<RowData> begun = before.rows(UidRange.ALL);
            begun.next();
            Digest root = before.root().root();
            fill(table, 5);
            table.apply(List.of(StoreFixture.delete(99_999)));
            store.compact();
            fill(table, 1);
            store.compact();
            begun.forEachRemaining(row -> {});
            assertEquals(root, StoreFixture.check(before));
            try (InputStream in = before.row(StoreFixture.uid(99_999)).blob().open()) {
                assertArrayEquals(blob, in.readAllBytes());
            }
        }
    }

    @Test
    void writesGoOnMeanwhileAndTheLogStaysSmall() throws Exception {
        StoreOptions options = StoreFixture.options()
                .sizes(2_000_000, 60_000)
                .compaction(new StoreOptions.Compaction(150, 100_000, 1 << 30, 0));
        try (Store store = StoreFixture.open(directory, options, FaultyDisk.quick())) {
            StoreTable table = StoreFixture.table(store);
            Random random = new Random(8);
            long[] numbers = new long[ROWS];
            long most = 0;
            for (int round = 1; round < 400; round++) {
                List<Change> batch = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    int row = random.nextInt(ROWS);
                    numbers[row] = round * 1000L + i;
                    batch.add(StoreFixture.put(row, numbers[row]));
                }
                table.apply(batch);
                if (round > 20) {
                    Store.LogSize size = store.logSize();
                    while (size.bytes() > 3 * size.neededBytes() + 300_000) { // the pass is a thread of its own
                        Thread.onSpinWait();
                        size = store.logSize();
                    }
                    most = Math.max(most, size.bytes());
                }
            }
            TableSnapshot snapshot = table.snapshot();
            StoreFixture.check(snapshot);
            for (int row = 0; row < ROWS; row++) {
                if (numbers[row] != 0) {
                    assertEquals(numbers[row], StoreFixture.number(snapshot, row), "row " + row);
                }
            }
            assertTrue(most > 0);
        }
    }

    @Test
    void blobsThatNoRowHasGoAfterTheirTime() throws IOException {
        byte[] kept = bytes(100_000, 1);
        byte[] gone = bytes(100_000, 2);
        StoreOptions noTrash = never().trash(new StoreOptions.Trash(0, 0));
        StoreOptions again = never().trash(new StoreOptions.Trash(0, 0));
        try (Store store = StoreFixture.open(directory, noTrash, FaultyDisk.quick())) {
            StoreTable table = StoreFixture.table(store);
            table.apply(List.of(
                    StoreFixture.blobPut(StoreFixture.uid(1), kept), StoreFixture.blobPut(StoreFixture.uid(2), gone)));
            table.apply(List.of(StoreFixture.delete(2)));
            store.compact();
            assertEquals(2, files("blobs").size(), "one that just came stays");
        }
        try (Store store = StoreFixture.open(directory, again, FaultyDisk.quick())) {
            StoreTable table = StoreFixture.table(store);
            store.compact();
            assertEquals(1, files("blobs").size());
            try (InputStream in =
                    table.snapshot().row(StoreFixture.uid(1)).blob().open()) {
                assertArrayEquals(kept, in.readAllBytes());
            }
        }
    }

    private static byte[] bytes(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Fails, from a moment on, everything that changes files. */
    private static final class DyingDisk implements Disk {
        private final Disk real = FaultyDisk.quick();
        private int left = Integer.MAX_VALUE;

        private void step() throws IOException {
            if (left-- <= 0) {
                throw new IOException("Input/output error");
            }
        }

        @Override
        public Output create(Path file) throws IOException {
            step();
            return wrap(real.create(file));
        }

        @Override
        public Output append(Path file) throws IOException {
            step();
            return wrap(real.append(file));
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            step();
            real.rename(from, to);
        }

        @Override
        public void delete(Path file) throws IOException {
            step();
            real.delete(file);
        }

        @Override
        public void forceDirectory(Path of) throws IOException {
            step();
        }

        private Output wrap(Output output) {
            return new Output() {
                @Override
                public void write(java.nio.ByteBuffer bytes) throws IOException {
                    step();
                    output.write(bytes);
                }

                @Override
                public void force() throws IOException {
                    step();
                }

                @Override
                public void truncate(long length) throws IOException {
                    step();
                    output.truncate(length);
                }

                @Override
                public void close() throws IOException {
                    output.close();
                }
            };
        }
    }

    @Test
    void aPassThatFailsAtAnyStepLosesNothing() throws IOException {
        Digest root;
        try (Store store = open(FaultyDisk.quick())) {
            StoreTable table = StoreFixture.table(store);
            fill(table, 6);
            store.compact();
            fill(table, 3);
            root = StoreFixture.check(table.snapshot());
        }
        boolean failed = true;
        for (int step = 0; failed; step += 1 + step / 12) {
            DyingDisk disk = new DyingDisk();
            Store store = open(disk);
            disk.left = step;
            failed = false;
            try {
                store.compact();
            } catch (StoreException e) {
                assertEquals(StoreException.Kind.IO, e.kind());
                failed = true;
            }
            if (failed) { // reads go on
                assertEquals(root, StoreFixture.table(store).snapshot().root().root());
                StoreFixture.check(StoreFixture.table(store).snapshot());
                try {
                    store.close();
                } catch (StoreException e) {
                    assertEquals(StoreException.Kind.IO, e.kind());
                }
            } else {
                assertTrue(step > 20, "a pass has more than " + step + " steps");
                disk.left = Integer.MAX_VALUE;
                store.close();
            }
            if (step % 3 == 0) {
                Files.deleteIfExists(directory.resolve("view/MANIFEST"));
            }
            try (Store again = open(FaultyDisk.quick())) {
                assertEquals(List.of(), again.recovery().damages(), "after step " + step);
                assertEquals(root, StoreFixture.check(StoreFixture.table(again).snapshot()), "after step " + step);
            }
        }
    }

    @Test
    void aLostRowStaysLostAndComesBack() throws IOException {
        try (Store store = open(FaultyDisk.quick())) {
            fill(StoreFixture.table(store), 2);
        }
        Digest root;
        RowData whole;
        try (Store store = open(FaultyDisk.quick())) {
            TableSnapshot snapshot = StoreFixture.table(store).snapshot();
            root = snapshot.root().root();
            whole = snapshot.row(StoreFixture.uid(702));
        }
        damage(whole);
        try (Store store = open(FaultyDisk.quick())) {
            StoreTable table = StoreFixture.table(store);
            assertThrows(StoreException.class, () -> table.snapshot().row(StoreFixture.uid(702)));
            store.compact();
            assertEquals(1, store.damages().size());
            assertEquals(1, files("aside").size());
            assertInstanceOf(Outcome.Refused.class, StoreFixture.apply(table, StoreFixture.put(5, 5)));
        }
        Files.delete(directory.resolve("view/MANIFEST"));
        try (Store store = open(FaultyDisk.quick())) {
            StoreTable table = StoreFixture.table(store);
            assertTrue(store.isReadOnly(StoreFixture.TABLE));
            StoreException e =
                    assertThrows(StoreException.class, () -> table.snapshot().row(StoreFixture.uid(702)));
            assertEquals(StoreException.Kind.DAMAGED, e.kind());
            assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(table, new Change.Replicate(whole, null)));
            assertEquals(root, StoreFixture.check(table.snapshot()));
            assertFalse(store.isReadOnly(StoreFixture.TABLE));
            assertEquals(StoreDamage.State.HEALED, store.damages().getFirst().state());
            assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(table, StoreFixture.put(5, 5)));
        }
    }

    /** Flips a bit in the body of a row's frame, wherever it is in the log. */
    private void damage(RowData row) throws IOException {
        byte[] uid = row.row().uid().toBytes();
        for (Path file : files("log")) {
            byte[] bytes = Files.readAllBytes(file);
            for (int i = 0; i < bytes.length - uid.length; i++) {
                if (java.util.Arrays.equals(bytes, i, i + uid.length, uid, 0, uid.length)) {
                    bytes[i + uid.length + 32 + 6] ^= 1;
                }
            }
            Files.write(file, bytes);
        }
    }
}
