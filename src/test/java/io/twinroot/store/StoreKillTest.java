package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
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
    void norWhatIsKeptAsideBeforeItIsReplaced() throws Exception {
        KillLoop loop = new KillLoop(directory, 7, 8, KillPlace.ofKeptRowsAndTornTails());
        loop.run(15);
        System.out.println("StoreKillTest: " + loop.kills() + "; missed " + loop.missed());
        assertTrue(sum(loop.missed()) <= 2, () -> "missed " + loop.missed());
    }

    @Test
    @Tag("long")
    void nothingAcknowledgedIsLostInManyKills() throws Exception {
        run(3, 200);
    }

    private void run(long seed, int count) throws Exception {
        int killed = 0;
        int missed = 0;
        for (KillLoop loop : KillLoop.runSideBySide(directory, seed, 5, count)) {
            System.out.println("StoreKillTest: " + loop.summary() + "; missed " + loop.missed());
            killed += sum(loop.kills());
            missed += sum(loop.missed());
        }
        assertEquals(count, killed + missed);
        assertTrue(killed >= count * 8 / 10, "too few kills where they were meant: " + killed + " of " + count);
    }

    private static int sum(Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }
}
