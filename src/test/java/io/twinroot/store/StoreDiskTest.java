package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full or broken stops writes with a clear error, and nothing else; blobs of any size. */
final class StoreDiskTest {
    @TempDir
    Path directory;

    private static List<Change> batch(int from, int size, long number) {
        List<Change> batch = new ArrayList<>();
        for (int i = from; i < from + size; i++) {
            batch.add(StoreFixture.put(i, number));
        }
        return batch;
    }

    @Test
    void aFullDiskStopsWritesAndKeepsReads() {
        FaultyDisk disk = FaultyDisk.quick();
        try (Store store = StoreFixture.open(directory, StoreFixture.small(), disk)) {
            StoreTable table = StoreFixture.table(store);
            table.apply(batch(0, 2000, 1));
            Digest root = table.info().root();
            disk.space = 1000;
            for (int i = 0; i < 3; i++) {
                StoreException e = assertThrows(StoreException.class, () -> table.apply(batch(0, 100, 2)));
                assertEquals(StoreException.Kind.FULL, e.kind());
            }
            assertEquals(root, StoreFixture.check(table.snapshot()));
            disk.space = Long.MAX_VALUE;
            Outcome.Applied applied =
                    (Outcome.Applied) table.apply(batch(0, 100, 3)).getFirst();
            assertEquals(2001, applied.stamp().seq()); // no seq was used up by what was refused
            assertEquals(3, StoreFixture.number(table.snapshot(), 5));
            StoreFixture.check(table.snapshot());
        }
        try (Store store = StoreFixture.open(directory)) {
            assertEquals(3, StoreFixture.number(StoreFixture.table(store).snapshot(), 99));
            assertEquals(1, StoreFixture.number(StoreFixture.table(store).snapshot(), 100));
        }
    }

    /** The same on a file system that is really full; only root may make one. */
    @Test
    void aFileSystemThatIsReallyFull() throws Exception {
        if (run("mount", "-t", "tmpfs", "-o", "size=24m", "none", directory.toString()) != 0) {
            return;
        }
        try {
            Path ballast = Files.write(directory.resolve("ballast"), new byte[14 << 20]);
            Path home = directory.resolve("store");
            int written = 0;
            try (Store store = Store.open(home, StoreFixture.options().sizes(300_000, 64 << 20))) {
                StoreTable table = StoreFixture.table(store);
                StoreException full = null;
                while (full == null && written < 200_000) {
                    try {
                        table.apply(batch(written, 500, 1));
                        written += 500;
                    } catch (StoreException e) {
                        full = e;
                    }
                }
                assertEquals(StoreException.Kind.FULL, full.kind(), full.getMessage());
                assertEquals(written, table.info().count());
                StoreFixture.check(table.snapshot());
                Files.delete(ballast);
                table.apply(batch(written, 500, 1));
                written += 500;
                assertEquals(written, table.info().count());
            }
            try (Store store = StoreFixture.open(home)) {
                assertEquals(written, StoreFixture.table(store).info().count());
                StoreFixture.check(StoreFixture.table(store).snapshot());
            }
        } finally {
            assertEquals(0, run("umount", "-l", directory.toString()));
        }
    }

    private static int run(String... command) throws Exception {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
        } catch (IOException e) {
            return -1; // there is no such command
        }
    }

    @Test
    void aViewThatCannotBeWrittenHoldsUpNoWriteForLong() {
        FaultyDisk disk = FaultyDisk.quick();
        try (Store store = StoreFixture.open(directory, StoreFixture.options().sizes(150_000, 64 << 20), disk)) {
            StoreTable table = StoreFixture.table(store);
            disk.failsCreate = true; // the manifest cannot be made; the log goes on in its segment
            int written = 0;
            StoreException refused = null;
            while (refused == null && written < 100_000) {
                try {
                    table.apply(batch(written, 500, 1));
                    written += 500;
                } catch (StoreException e) {
                    refused = e;
                }
            }
            assertTrue(written >= 1000, "written: " + written);
            assertEquals(StoreException.Kind.FULL, refused.kind()); // before the memory is
            assertEquals(written, StoreFixture.table(store).info().count());
            disk.failsCreate = false;
            table.apply(batch(written, 500, 1));
            assertEquals(written + 500, table.info().count());
            StoreFixture.check(table.snapshot());
        }
    }

    @Test
    void aDiskThatFailsToForceAcknowledgesNothing() {
        FaultyDisk disk = FaultyDisk.quick();
        try (Store store = StoreFixture.open(directory, StoreFixture.options(), disk)) {
            StoreTable table = StoreFixture.table(store);
            table.apply(batch(0, 10, 1));
            disk.failsForce = true;
            StoreException e = assertThrows(StoreException.class, () -> table.apply(batch(0, 10, 2)));
            assertEquals(StoreException.Kind.IO, e.kind());
            assertEquals(1, StoreFixture.number(table.snapshot(), 1));
            disk.failsForce = false;
            table.apply(batch(0, 5, 3));
            StoreFixture.check(table.snapshot());
        }
        try (Store store = StoreFixture.open(directory)) {
            TableSnapshot snapshot = StoreFixture.table(store).snapshot();
            assertEquals(3, StoreFixture.number(snapshot, 1));
            assertEquals(1, StoreFixture.number(snapshot, 7));
        }
    }

    @Test
    void aBlobOfManyMegabytesIsNeverWholeInMemory() throws IOException {
        long size = 64L << 20;
        Digest content = digest(new Pattern(size));
        Body.Blob blob = new Body.Blob(size, content);
        try (Store store = StoreFixture.open(directory)) {
            StoreTable table = StoreFixture.table(store);
            long before = used();
            Change put = new Change.Put(StoreFixture.uid(1), blob, () -> new Pattern(size), null);
            assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(table, put));
            BlobSource source = table.snapshot().row(StoreFixture.uid(1)).blob();
            try (InputStream in = source.open()) {
                assertEquals(content, digest(in));
            }
            assertTrue(used() - before < 16 << 20, "grew by " + (used() - before));
        }
        try (Store store = StoreFixture.open(directory)) {
            try (InputStream in =
                    StoreFixture.table(store).blob(StoreFixture.uid(1), blob).open()) {
                assertEquals(content, digest(in));
            }
        }
    }

    /** What is live after a collection; an upper bound would hold garbage too. */
    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void blobsOfEverySizeComeBack() throws IOException {
        int[] sizes = {0, 1, 65_535, 65_536, 65_537, 300_000};
        try (Store store = StoreFixture.open(directory)) {
            StoreTable table = StoreFixture.table(store);
            for (int size : sizes) {
                byte[] bytes = new Pattern(size).readAllBytes();
                Change put = StoreFixture.blobPut(StoreFixture.uid(size), bytes);
                assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(table, put));
            }
            Body.Blob received = store.receive(new Pattern(70_000));
            Change put = new Change.Put(StoreFixture.uid(70_000), received, store.received(received), null);
            assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(table, put));
        }
        try (Store store = StoreFixture.open(directory)) {
            TableSnapshot snapshot = StoreFixture.table(store).snapshot();
            for (int size : sizes) {
                try (InputStream in =
                        snapshot.row(StoreFixture.uid(size)).blob().open()) {
                    assertArrayEquals(new Pattern(size).readAllBytes(), in.readAllBytes());
                }
            }
            StoreFixture.check(snapshot);
        }
    }

    @Test
    void aBlobThatIsNotWhatItSaysIsRefused() {
        try (Store store = StoreFixture.open(directory)) {
            StoreTable table = StoreFixture.table(store);
            for (int size : new int[] {10, 100_000}) {
                Digest content = Digest.sha256(new byte[size]);
                for (Change put : List.of(
                        blob(size, content, size - 1), blob(size, content, size + 1), blob(size, content, size))) {
                    assertInstanceOf(Outcome.Refused.class, StoreFixture.apply(table, put));
                }
                Change broken = new Change.Put(
                        StoreFixture.uid(1),
                        new Body.Blob(size, content),
                        () -> {
                            throw new IOException("the line is down");
                        },
                        null);
                assertTrue(StoreFixture.apply(table, broken) instanceof Outcome.Refused(String reason)
                        && reason.contains("the line is down"));
                assertInstanceOf(
                        Outcome.Refused.class,
                        StoreFixture.apply(
                                table, new Change.Put(StoreFixture.uid(1), new Body.Blob(size, content), null, null)));
            }
            assertEquals(0, table.info().count());
        }
    }

    private static Change blob(int size, Digest content, int given) {
        return new Change.Put(StoreFixture.uid(1), new Body.Blob(size, content), () -> new Pattern(given), null);
    }

    @Test
    void aDamagedBlobFileIsFoundAndAnotherPutHealsIt() throws IOException {
        byte[] bytes = new Pattern(100_000).readAllBytes();
        try (Store store = StoreFixture.open(directory)) {
            StoreTable table = StoreFixture.table(store);
            Change put = StoreFixture.blobPut(StoreFixture.uid(1), bytes);
            StoreFixture.apply(table, put);
            String hex = Digest.sha256(bytes).hex();
            Path file = directory.resolve("blobs").resolve(hex.substring(0, 2)).resolve(hex);
            byte[] damaged = bytes.clone();
            damaged[77_777] ^= 1;
            Files.write(file, damaged);
            BlobSource source = table.snapshot().row(StoreFixture.uid(1)).blob();
            assertThrows(IOException.class, () -> source.open().readAllBytes());
            StoreFixture.apply(table, put);
            assertArrayEquals(bytes, source.open().readAllBytes());
            Files.delete(file);
            assertThrows(IOException.class, () -> source.open().readAllBytes());
        }
    }

    @Test
    void aFullDiskStopsABlobAndLeavesNothingOfIt() throws IOException {
        FaultyDisk disk = FaultyDisk.quick();
        try (Store store = StoreFixture.open(directory, StoreFixture.options(), disk)) {
            StoreTable table = StoreFixture.table(store);
            disk.space = 150_000;
            Change put = StoreFixture.blobPut(StoreFixture.uid(1), new Pattern(300_000).readAllBytes());
            StoreException e = assertThrows(StoreException.class, () -> StoreFixture.apply(table, put));
            assertEquals(StoreException.Kind.FULL, e.kind());
            try (var left = Files.list(directory.resolve("blobs/unfinished"))) {
                assertEquals(0, left.count());
            }
            disk.space = Long.MAX_VALUE;
            assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(table, put));
        }
    }

    private static Digest digest(InputStream in) throws IOException {
        MessageDigest sha = Digest.newSha256();
        byte[] piece = new byte[1 << 16];
        for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
            sha.update(piece, 0, n);
        }
        return Digest.of(sha.digest());
    }

    /** Bytes of a pattern, as many as asked for. */
    private static final class Pattern extends InputStream {
        private final long size;
        private long at;

        Pattern(long size) {
            this.size = size;
        }

        @Override
        public int read() {
            return at == size ? -1 : (int) (((at++ * 31) >> 3) & 0xff);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            int n = (int) Math.min(length, size - at);
            for (int i = 0; i < n; i++) {
                bytes[offset + i] = (byte) ((at++ * 31) >> 3);
            }
            return n == 0 && length > 0 ? -1 : n;
        }
    }
}
