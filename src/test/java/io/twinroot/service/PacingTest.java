package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.source.Pacing;
import io.twinroot.source.sql.Strain;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** How fast a database may be read. */
final class PacingTest {
    private static Pacing pacing(OptionalLong rate, OptionalLong lagMs, OptionalInt running, Queue<Strain> answers) {
        return new SqlOptions(java.util.Map.of(), rate, lagMs, running, Optional.empty()).pacing(answers::remove);
    }

    @Test
    void itPausesUntilReplicationHasCaughtUp() {
        Queue<Strain> answers =
                new ArrayDeque<>(List.of(new Strain(5_001, 0), new Strain(5_001, 99), new Strain(5_000, 99)));
        Pacing pacing = pacing(OptionalLong.empty(), OptionalLong.of(5_000), OptionalInt.empty(), answers);
        assertTrue(pacing.waitsLong());
        pacing.after(1, 1, 1);
        assertEquals(0, answers.size());
    }

    @Test
    void itPausesWhileTooManyStatementsRun() {
        Queue<Strain> answers = new ArrayDeque<>(List.of(new Strain(9_999, 3), new Strain(9_999, 2)));
        Pacing pacing = pacing(OptionalLong.empty(), OptionalLong.empty(), OptionalInt.of(2), answers);
        assertTrue(pacing.waitsLong());
        assertFalse(pacing.waitsLong());
    }

    @Test
    void aChunkHasNoMoreThanHalfASecondOfTheRate() {
        assertEquals(
                500,
                pacing(OptionalLong.of(1_000), OptionalLong.empty(), OptionalInt.empty(), new ArrayDeque<>())
                        .rowsMax());
        assertEquals(
                1,
                pacing(OptionalLong.of(1), OptionalLong.of(1), OptionalInt.empty(), new ArrayDeque<>())
                        .rowsMax());
        long started = System.nanoTime();
        pacing(OptionalLong.of(1_000), OptionalLong.empty(), OptionalInt.empty(), new ArrayDeque<>())
                .after(50, 1, 1);
        assertTrue(System.nanoTime() - started >= 49_000_000L, "50 rows at 1,000 a second take 50 ms");
    }
}
