package io.twinroot.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Random histories of several nodes; docs/simulation.md says what happens in them and what must hold. */
class SimulationTest {
    private static final long SEEDS = 3_000;

    @Test
    void nothingIsLostInAnyHistory() {
        Optional<Simulation.Failure> failure = LongStream.rangeClosed(1, SEEDS)
                .parallel()
                .mapToObj(seed -> Simulation.run(seed, Mutant.NONE))
                .flatMap(Optional::stream)
                .findFirst();
        assertTrue(
                failure.isEmpty(),
                () -> failure.map(Simulation::minimised).map(Object::toString).orElseThrow());
    }

    @Test
    void aHistoryIsTheSameEachTime() {
        for (long seed = 1; seed <= 20; seed++) {
            assertEquals(story(seed), story(seed), "seed " + seed);
        }
    }

    private static String story(long seed) {
        Setting setting = Setting.of(seed);
        return Simulation.story(new Simulation.Failure(setting, setting.events(), Mutant.NONE, ""));
    }

    @Test
    void aFailingHistoryIsMadeShort() {
        Simulation.Failure failure = LongStream.rangeClosed(1, 100)
                .mapToObj(seed -> Simulation.run(seed, Mutant.LOSERS_NOT_KEPT))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow();
        List<Event> least = Simulation.minimised(failure).events();
        assertTrue(least.size() < failure.events().size() / 4, () -> "still " + least);
        assertTrue(Simulation.play(failure.setting(), least, Mutant.LOSERS_NOT_KEPT)
                .isPresent());
        assertTrue(Simulation.play(failure.setting(), least, Mutant.NONE).isEmpty());
    }
}
