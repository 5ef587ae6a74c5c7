package io.twinroot.bench;

import io.twinroot.store.KillLoop;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
        System.out.printf("%,d kills, seed %d, %s%n", kills, seed, Runtime.version());
        long start = System.nanoTime();
        Path directory = Files.createTempDirectory(parent, "kill-bench");
        List<KillLoop> loops = KillLoop.runSideBySide(directory, seed, REBUILD_EVERY, kills);
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
