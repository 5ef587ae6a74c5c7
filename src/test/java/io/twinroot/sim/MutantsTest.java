package io.twinroot.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulation has teeth: each planted bug is found within a bounded number of histories. */
class MutantsTest {
    private static final long SEEDS = 1_500;

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aPlantedBugIsFound(Mutant mutant) {
        boolean found = LongStream.rangeClosed(1, SEEDS)
                .parallel()
                .anyMatch(seed -> Simulation.run(seed, mutant).isPresent());
        assertTrue(found, () -> "in " + SEEDS + " histories nobody notices that " + mutant.what);
    }
}
