package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.config.Config;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Outcome;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup of a node is the node as it was at one moment, or it is none. */
final class BackupTest {
    private static final TableName TABLE = new TableName("shop/orders");

    @TempDir
    Path folder;

    private static Change put(int i, long number) {
        return new Change.Put(
                Uid.ofText("row" + i),
                new Body.Fields(Value.Mapping.of(Map.of("n", new Value.Int(number)))),
                null,
                null);
    }

    private static Change blob(int i, int size) {
        byte[] bytes = new byte[size];
        java.util.Arrays.fill(bytes, (byte) i);
        return new Change.Put(
                Uid.ofText("blob" + i), new Body.Blob(size, Digest.sha256(bytes)), BlobSource.of(bytes), null);
    }

    private static List<Change> batch(long number) {
        List<Change> batch = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            batch.add(put(i, number));
        }
        return batch;
    }

    private static TableInfo info(Path data) {
        try (Replicas store = Addresses.open(new Address.Store(data, java.util.Optional.empty()));
                Replica table = store.table(TABLE)) {
            return table.info();
        }
    }

    @Test
    void aRunningNodeIsCopiedAsOfOneMoment() throws Exception {
        Path copy = folder.resolve("copy");
        Digest blobs;
        try (Node node = Node.start(Config.of(folder.resolve("data"), 0, List.of(TABLE)));
                Replicas place = Addresses.open(Addresses.parse("http://127.0.0.1:" + node.port()));
                Replica table = place.table(TABLE)) {
            table.apply(List.of(blob(1, 100), blob(2, 200_000)));
            blobs = table.info().root();
            AtomicInteger round = new AtomicInteger();
            AtomicBoolean enough = new AtomicBoolean();
            CountDownLatch begun = new CountDownLatch(1);
            Thread writer = Thread.ofVirtual().start(() -> {
                while (!enough.get()) {
                    for (Outcome outcome : table.apply(batch(round.incrementAndGet()))) {
                        assertTrue(outcome instanceof Outcome.Applied);
                    }
                    begun.countDown();
                }
            });
            begun.await();
            int before = round.get();
            Backup.Taken taken = Backup.take(Addresses.parse("http://127.0.0.1:" + node.port()), copy, bytes -> {});
            int after = round.get();
            enough.set(true);
            writer.join();
            assertEquals(1, taken.blobs());
            try (Node restored = Node.start(Config.of(copy, 0, List.of(TABLE)));
                    Replicas again = Addresses.open(Addresses.parse("http://127.0.0.1:" + restored.port()));
                    Replica rows = again.table(TABLE);
                    var cursor = rows.rows(io.twinroot.table.UidRange.ALL)) {
                List<Long> numbers = new ArrayList<>();
                while (cursor.hasNext()) {
                    if (cursor.next().row() instanceof io.twinroot.table.Row.Live live
                            && live.body() instanceof Body.Fields fields
                            && fields.fields().values().get("n") instanceof Value.Int n) {
                        numbers.add(n.value());
                    }
                }
                assertEquals(50, numbers.size());
                assertEquals(1, numbers.stream().distinct().count(), "half a batch: " + numbers);
                assertTrue(numbers.getFirst() >= before - 1 && numbers.getFirst() <= after, numbers.getFirst() + "");
            }
        }
        assertFalse(Files.exists(copy.resolve("BACKUP")));
        assertTrue(Files.exists(copy.resolve("RESTORED")));
        assertTrue(info(copy).count() == 52 && !info(copy).root().equals(blobs));
    }

    private byte[] archive(Path data) throws IOException {
        try (StoreReplicas replicas =
                StoreReplicas.open(data, StoreReplicas.options(io.twinroot.tree.Salt.PUBLISHED))) {
            try (Replica table = replicas.create(TABLE, io.twinroot.table.TableRules.DEFAULT)) {
                table.apply(batch(7));
                table.apply(List.of(blob(3, 70_000)));
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            BackupArchive.write(replicas.store(), out, Instant.EPOCH);
            return out.toByteArray();
        }
    }

    @Test
    void anArchiveThatBreaksOffAnywhereIsNone() throws IOException {
        byte[] whole = archive(folder.resolve("data"));
        Path copy = folder.resolve("copy");
        int end = whole.length;
        while (whole[end - 1] == 0) {
            end--;
        }
        for (int length = 0; length < end; length += 257) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            assertThrows(
                    IOException.class,
                    () -> BackupFolder.write(new ByteArrayInputStream(cut), copy, bytes -> {}),
                    "cut to " + length);
            assertFalse(Files.exists(copy));
            assertFalse(Files.exists(folder.resolve("copy.unfinished")));
        }
        BackupFolder.write(new ByteArrayInputStream(whole), copy, bytes -> {});
        assertEquals(info(folder.resolve("data")).root(), info(copy).root());
    }

    @Test
    void aFlippedBitIsFoundOrHarmless() throws IOException {
        byte[] whole = archive(folder.resolve("data"));
        Digest root = info(folder.resolve("data")).root();
        int found = 0;
        for (int at = 0; at < whole.length; at += 211) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 4;
            Path copy = folder.resolve("copy" + at);
            try {
                BackupFolder.write(new ByteArrayInputStream(flipped), copy, bytes -> {});
                assertEquals(root, info(copy).root(), "flipped at " + at);
            } catch (IOException e) {
                found++;
                assertFalse(Files.exists(copy));
            }
        }
        assertTrue(found > whole.length / 211 / 2, found + " of " + whole.length / 211);
    }

    @Test
    void nothingIsWrittenOverOrBesideTheFolder() throws IOException {
        byte[] whole = archive(folder.resolve("data"));
        Path there = Files.createDirectory(folder.resolve("there"));
        Files.writeString(there.resolve("letter"), "Dear …");
        IOException e = assertThrows(
                IOException.class, () -> BackupFolder.write(new ByteArrayInputStream(whole), there, bytes -> {}));
        assertTrue(e.getMessage().contains("there already"), e.getMessage());
        ByteArrayOutputStream evil = new ByteArrayOutputStream();
        try (var tar = new org.apache.commons.compress.archivers.tar.TarArchiveOutputStream(evil)) {
            var entry = new org.apache.commons.compress.archivers.tar.TarArchiveEntry("../letter");
            entry.setSize(0);
            tar.putArchiveEntry(entry);
            tar.closeArchiveEntry();
        }
        e = assertThrows(
                IOException.class,
                () -> BackupFolder.write(
                        new ByteArrayInputStream(evil.toByteArray()), folder.resolve("new"), bytes -> {}));
        assertTrue(e.getMessage().contains("'../letter'"), e.getMessage());
    }
}
