package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.log.PowerDisk;
import io.twinroot.table.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * After a loss of power at any moment, whatever of the unforced bytes and names is left: every acknowledged
 * write is there, blobs too, and no half batch.
 */
final class StorePowerLossTest {
    private static final int LIVES = 4;

    /** So many in each life, on average. */
    private static final int BATCHES = 15;

    private static final int NEVER = -1;

    @TempDir
    Path directory;

    /** A copy that a loss of power left, and what was acknowledged before it. */
    private record Cut(String when, Path copy, Ledger ledger) {}

    private long number;
    private final AtomicInteger diesIn = new AtomicInteger(NEVER);
    private int cuts;
    private int torn;
    private int rebuilt;

    @Test
    void nothingAcknowledgedIsLost() throws Exception {
        run(1, 15);
    }

    @Test
    @Tag("long")
    void nothingAcknowledgedIsLostInManyRuns() throws Exception {
        run(1_000, 600);
    }

    private void run(long first, int seeds) throws Exception {
        for (long seed = first; seed < first + seeds; seed++) {
            for (Cut cut : cuts(seed)) {
                check(cut);
                delete(cut.copy());
            }
        }
        System.out.println("StorePowerLossTest: " + cuts + " losses of power, " + torn + " torn logs, " + rebuilt
                + " views made again");
        assertTrue(torn > 0 && rebuilt > 0, "the losses of power did no harm: torn " + torn + ", rebuilt " + rebuilt);
    }

    /** Lives through one store, from nothing on, with losses of power at moments that the seed chooses. */
    private List<Cut> cuts(long seed) throws IOException {
        Random random = new Random(seed);
        Path home = Files.createDirectories(directory.resolve("home-" + seed));
        PowerDisk disk = new PowerDisk(home);
        Ledger ledger = new Ledger(1);
        List<Cut> cuts = new ArrayList<>();
        int every = 20 + random.nextInt(80);
        number = 1;
        disk.betweenOperations(() -> {
            if (diesIn.get() != NEVER && diesIn.getAndDecrement() == 0) {
                disk.kill();
            }
            if (random.nextInt(every) == 0) {
                Path copy = directory.resolve("cut-" + seed + "-" + cuts.size());
                Ledger known = ledger.copy();
                try {
                    disk.cut(copy, random);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                cuts.add(new Cut(
                        "seed " + seed + ", cut " + cuts.size() + ", moment " + disk.operations(), copy, known));
            }
        });
        for (int life = 0; life < LIVES; life++) {
            if (random.nextInt(4) == 0) {
                Files.deleteIfExists(home.resolve("view/MANIFEST"));
            }
            live("seed " + seed + ", life " + life, home, disk, ledger, random);
        }
        delete(home);
        return cuts;
    }

    /** Opens the store, writes, and closes it or dies. */
    private void live(String when, Path home, PowerDisk disk, Ledger ledger, Random random) throws IOException {
        StoreOptions options = StoreFixture.options().sizes(100_000, 6_000);
        boolean dies = random.nextBoolean();
        int batches = random.nextInt(2 * BATCHES);
        try (Store store = StoreFixture.open(home, options, disk)) {
            StoreTable table = StoreFixture.table(store);
            ledger.check(when, table.snapshot()); // a batch that was open when it died is there now, or never
            ledger.begin(number);
            for (int i = 0; i < batches; i++) {
                if (dies && i == batches - 1) {
                    diesIn.set(random.nextInt(6));
                }
                TracedBatch batch = TracedBatch.any(random, 0, number++);
                table.apply(batch.changes());
                ledger.acknowledge(batch);
                if (random.nextInt(20) == 0) {
                    store.compact();
                }
            }
        } catch (StoreException e) {
            assertTrue(dies, e.getMessage());
        }
        diesIn.set(NEVER);
        disk.revive();
    }

    private void check(Cut cut) throws IOException {
        cuts++;
        Digest root;
        try (Store store = open(cut, StoreFixture.options())) {
            torn += store.recovery().cut().bytes() > 0 ? 1 : 0;
            root = cut.ledger().check(cut.when(), StoreFixture.table(store).snapshot());
        }
        if (cuts % 5 == 0) {
            Files.deleteIfExists(cut.copy().resolve("view/MANIFEST"));
            try (Store store = open(cut, StoreFixture.options().sizes(500_000, 6_000))) {
                rebuilt += store.recovery().rebuilt() ? 1 : 0;
                assertEquals(
                        root,
                        cut.ledger().check(cut.when(), StoreFixture.table(store).snapshot()),
                        cut.when());
            }
        }
    }

    private static Store open(Cut cut, StoreOptions options) {
        try {
            return StoreFixture.open(cut.copy(), options, FaultyDisk.quick());
        } catch (StoreException e) {
            throw new AssertionError(cut.when() + ": " + e.getMessage(), e);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
