package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.tree.Salt;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The view may be lost or damaged in any way: the log gives it back. */
final class StoreDamageTest {
    private static final int ROWS = 2000;

    @TempDir
    Path directory;

    private Digest root;

    @BeforeEach
    void fill() {
        try (Store store = open()) {
            StoreTable table = StoreFixture.table(store);
            for (int round = 0; round < 8; round++) {
                List<Change> batch = new ArrayList<>();
                for (int i = round; i < ROWS; i += 3) {
                    batch.add(i % 50 == round ? StoreFixture.delete(i) : StoreFixture.put(i, round));
                }
                table.apply(batch);
            }
            root = StoreFixture.check(table.snapshot());
        }
    }

    private Store open() {
        return StoreFixture.open(directory, StoreFixture.small(), FaultyDisk.quick());
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(directory.resolve("view"))) {
            return files.filter(f -> f.toString().endsWith(".mapdb")).sorted().toList();
        }
    }

    /** Opens, checks everything, and that the next opening finds nothing any more. */
    private void heals(String finding) {
        try (Store store = open()) {
            assertTrue(store.recovery().rebuilt());
            assertTrue(
                    store.recovery().findings().toString().contains(finding),
                    store.recovery().findings().toString());
            assertEquals(root, StoreFixture.check(StoreFixture.table(store).snapshot()));
        }
        try (Store store = open()) {
            assertEquals(List.of(), store.recovery().findings());
            assertFalse(store.recovery().rebuilt());
            assertEquals(root, StoreFixture.table(store).info().root());
        }
    }

    @Test
    void aCleanOpeningReplaysLittle() {
        try (Store store = open()) {
            assertEquals(List.of(), store.recovery().findings());
            assertTrue(store.recovery().framesReplayed() < 100, store.recovery().toString());
        }
    }

    @Test
    void withoutAFile() throws IOException {
        Files.delete(files().getLast());
        heals("is missing");
    }

    @Test
    void withoutAnyFile() throws IOException {
        for (Path file : files()) {
            Files.delete(file);
        }
        Files.delete(directory.resolve("view/MANIFEST"));
        Files.delete(directory.resolve("view"));
        heals("there was no manifest");
    }

    @Test
    void withoutTheManifest() throws IOException {
        Files.delete(directory.resolve("view/MANIFEST"));
        heals("there was no manifest");
    }

    @Test
    void withATruncatedFile() throws IOException {
        for (double part : new double[] {0, 0.3, 0.999}) {
            Path file = files().getFirst();
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate((long) (channel.size() * part));
            }
            heals("bytes, not");
        }
    }

    @Test
    void withAFlippedBitAnywhereInAFile() throws IOException {
        Random random = new Random(5);
        for (int i = 0; i < 12; i++) {
            Path file = files().get(random.nextInt(files().size()));
            flip(file, random.nextLong(Files.size(file)), 1 << random.nextInt(8));
            heals("checksum of file");
        }
    }

    @Test
    void withAFlippedBitAnywhereInTheManifest() throws IOException {
        Path manifest = directory.resolve("view/MANIFEST");
        Random random = new Random(6);
        for (int i = 0; i < 12; i++) {
            flip(manifest, random.nextLong(Files.size(manifest)), 1 << random.nextInt(8));
            heals("the manifest is damaged");
        }
    }

    @Test
    void withAManifestThatBreaksOff() throws IOException {
        Path manifest = directory.resolve("view/MANIFEST");
        byte[] whole = Files.readAllBytes(manifest);
        Files.write(manifest, java.util.Arrays.copyOf(whole, whole.length / 2));
        heals("the manifest is damaged");
        Files.write(manifest, new byte[0]);
        heals("the manifest is damaged");
    }

    @Test
    void withALogThatIsShorterThanTheView() throws IOException {
        try (var segments = Files.list(directory.resolve("log"))) {
            Files.delete(segments.filter(file -> file.toString().endsWith(".seg"))
                    .sorted()
                    .toList()
                    .getLast());
        }
        try (Store store = open()) {
            assertTrue(
                    store.recovery().findings().toString().contains("acknowledged writes may be lost"),
                    store.recovery().findings().toString());
            StoreFixture.check(StoreFixture.table(store).snapshot());
        }
    }

    @Test
    void anotherSaltMakesAnotherTreeOfTheSameRows() {
        StoreOptions other = StoreFixture.small().salt(Salt.of(new byte[16]));
        try (Store store = StoreFixture.open(directory, other, FaultyDisk.quick())) {
            assertTrue(store.recovery().rebuilt());
            StoreFixture.check(StoreFixture.table(store).snapshot());
        }
        heals("another salt");
    }

    static void flip(Path file, long at, int bit) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var one = java.nio.ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ bit));
            channel.write(one.flip(), at);
        }
    }
}
