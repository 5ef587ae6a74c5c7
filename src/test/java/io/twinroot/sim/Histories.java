package io.twinroot.sim;

import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** Many histories, one after the other, on all processors. */
public final class Histories {
    /** So many failing histories are made short and shown. */
    private static final int SHOWN = 5;

    private Histories() {}

    /**
     * Plays the histories of seeds from {@code first} on and tells how it goes.
     *
     * @return how many of them fail
     */
    public static long play(long first, long count, PrintStream out) {
        return play(first, count, Mutant.NONE, out);
    }

    static long play(long first, long count, Mutant mutant, PrintStream out) {
        long start = System.nanoTime();
        long step = Math.max(1, count / 20);
        Map<Long, Simulation.Failure> failures = new TreeMap<>();
        for (long from = 0; from < count; from += step) {
            long to = Math.min(count, from + step);
            LongStream.range(first + from, first + to).parallel().forEach(seed -> {
                Optional<Simulation.Failure> failure = Simulation.run(seed, mutant);
                synchronized (failures) {
                    failure.ifPresent(found -> failures.put(seed, found));
                }
            });
            double seconds = (System.nanoTime() - start) / 1e9;
            out.printf(
                    "%,d of %,d histories, %d fail, %.1f s, %.2f ms each%n",
                    to, count, failures.size(), seconds, seconds * 1_000 / to);
        }
        failures.entrySet().stream()
                .limit(SHOWN)
                .forEach(
                        entry -> out.println("seed " + entry.getKey() + ": " + Simulation.minimised(entry.getValue())));
        return failures.size();
    }
}
