package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Late is not different: a short form of {@code bench/run late}. */
class LateTest {
    @TempDir
    private Path directory;

    @Test
    void whatIsOnlyLateIsNeverCalledDifferentAndWhatIsDifferentIs() throws Exception {
        long seed = new Random().nextLong();
        LateRun.Result result = new LateRun(100, 300, 1_000, 4, seed).run(directory);
        assertEquals(0, result.confirmed(), () -> "seed " + seed + ": " + result);
        assertTrue(result.suspectedWhile() > 0, () -> "nothing was ever late, seed " + seed + ": " + result);
        assertTrue(result.equalAtEnd(), () -> "seed " + seed + ": " + result);
    }
}
