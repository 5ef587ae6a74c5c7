package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.log.LogOptions.Sync;
import io.twinroot.table.Outcome;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Forced at intervals, a write is acknowledged before and on the disk soon after, without another one coming. */
final class StoreSyncTest {
    @TempDir
    Path directory;

    private static void await(String what, BooleanSupplier condition) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, what);
            Thread.onSpinWait();
        }
    }

    @Test
    void whatIsAcknowledgedIsForcedSoon() {
        FaultyDisk disk = FaultyDisk.forcing();
        StoreOptions options = StoreFixture.options().sync(Sync.INTERVAL, 60_000);
        try (Store store = StoreFixture.open(directory, options, disk)) {
            StoreTable table = StoreFixture.table(store);
            StoreFixture.apply(table, StoreFixture.put(1, 1)); // the first is forced at once, and begins the interval
            int before = disk.forced.get();
            for (int i = 2; i < 50; i++) {
                assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(table, StoreFixture.put(i, i)));
            }
            assertTrue(disk.forced.get() <= before + 1, before + " and " + disk.forced.get());
        }
        options = StoreFixture.options().sync(Sync.INTERVAL, 5);
        try (Store store = StoreFixture.open(directory, options, disk)) {
            StoreTable table = StoreFixture.table(store);
            assertEquals(49, table.info().count());
            StoreFixture.apply(table, StoreFixture.put(60, 60));
            int before = disk.forced.get();
            StoreFixture.apply(table, StoreFixture.put(61, 61));
            await("nothing was forced", () -> disk.forced.get() > before);
        }
    }

    @Test
    void whatCannotBeForcedIsWrittenAgainBeforeAnythingElse() {
        FaultyDisk disk = FaultyDisk.quick();
        StoreOptions options = StoreFixture.options().sync(Sync.INTERVAL, 5);
        try (Store store = StoreFixture.open(directory, options, disk)) {
            StoreTable table = StoreFixture.table(store);
            StoreFixture.apply(table, StoreFixture.put(1, 1));
            disk.failsForce = true;
            StoreFixture.apply(table, StoreFixture.put(2, 2)); // perhaps acknowledged before the failure is seen
            await("writes are taken on a disk that cannot be forced", () -> {
                try {
                    StoreFixture.apply(table, StoreFixture.put(3, 3));
                    return false;
                } catch (StoreException e) {
                    return e.kind() == StoreException.Kind.IO;
                }
            });
            assertEquals(2, StoreFixture.number(table.snapshot(), 2));
            disk.failsForce = false;
            assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(table, StoreFixture.put(4, 4)));
        }
        try (Store store = StoreFixture.open(directory, options, disk)) {
            TableSnapshot snapshot = StoreFixture.table(store).snapshot();
            for (int i : new int[] {1, 2, 4}) {
                assertEquals(i, StoreFixture.number(snapshot, i));
            }
            assertEquals(java.util.List.of(), store.recovery().damages());
            StoreFixture.check(snapshot);
        }
        assertThrows(IllegalArgumentException.class, () -> options.sync(Sync.INTERVAL, 0));
    }
}
