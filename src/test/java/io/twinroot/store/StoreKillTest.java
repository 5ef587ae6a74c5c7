package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Killed at any moment, the store has every acknowledged write, and no part of a batch. */
final class StoreKillTest {
    @TempDir
    Path directory;

    @Test
    void nothingAcknowledgedIsLost() throws Exception {
        run(20261122, 50);
    }

    @Test
    @Tag("long")
    void nothingAcknowledgedIsLostInManyKills() throws Exception {
        run(3, 200);
    }

    private void run(long seed, int count) throws Exception {
        KillLoop loop = new KillLoop(directory, seed, 5);
        loop.run(count);
        System.out.println("StoreKillTest: " + loop.summary());
        int killed = loop.kills().values().stream().mapToInt(Integer::intValue).sum();
        assertTrue(killed >= count * 9 / 10, "too few kills where they were meant: missed " + loop.missed());
        assertEquals(count, killed + loop.missed().values().stream().mapToInt(Integer::intValue).sum());
    }
}
