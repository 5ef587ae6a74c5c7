package io.twinroot.bench;

import io.twinroot.store.KillLoop;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Does a store that is killed keep every acknowledged write, and no half batch? As the test does it, but
 * thousands of times; says how many kills there were at each place. It ends with an error at the first kill that
 * did harm.
 *
 * <p>Arguments: kills (2,000), seed (1), folder to work in (a temporary one). As many kills go on at a time as
 * there are processors, each in a folder of its own.
 */
public final class KillBench {
    private static final int REBUILD_EVERY = 5;

    private KillBench() {}

    public static void main(String[] args) throws Exception {
        int kills = args.length > 0 ? Integer.parseInt(args[0]) : 2_000;
        long seed = args.length > 1 ? Long.parseLong(args[1]) : 1;
        Path parent = args.length > 2 ? Path.of(args[2]) : Path.of(System.getProperty("java.io.tmpdir"));
        int lanes = Runtime.getRuntime().availableProcessors();
        System.out.printf("%,d kills, seed %d, %d at a time, %s%n", kills, seed, lanes, Runtime.version());
        long start = System.nanoTime();
        List<KillLoop> loops = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(lanes)) {
            List<Future<?>> running = new ArrayList<>();
            for (int lane = 0; lane < lanes; lane++) {
                KillLoop loop =
                        new KillLoop(Files.createTempDirectory(parent, "kill-bench"), seed + lane, REBUILD_EVERY);
                int count = (kills + lane) / lanes;
                loops.add(loop);
                running.add(threads.submit(() -> {
                    loop.run(count);
                    return null;
                }));
            }
            for (Future<?> lane : running) {
                lane.get();
            }
        } catch (ExecutionException e) {
            System.out.println("FAILED: " + e.getCause());
            Runtime.getRuntime().halt(1);
        }
        Map<String, Integer> places = new TreeMap<>();
        Map<String, Integer> missed = new TreeMap<>();
        for (KillLoop loop : loops) {
            System.out.println(loop.summary());
            loop.kills().forEach((place, n) -> places.merge(place, n, Integer::sum));
            loop.missed().forEach((place, n) -> missed.merge(place, n, Integer::sum));
        }
        places.forEach((place, n) -> System.out.printf("%6d  %s%n", n, place));
        missed.forEach((place, n) -> System.out.printf("%6d  ended before: %s%n", n, place));
        System.out.printf(
                "nothing acknowledged was lost, no half batch, every root right; %.0f s%n",
                (System.nanoTime() - start) / 1e9);
        System.exit(0);
    }
}
