package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Digest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Kills a process that writes to a store, again and again, at random moments and at each {@link KillPlace} in
 * turn. After each kill the store is opened here: every acknowledged write must be there, no half batch, and
 * tree, index and counts must agree; every few times the view is made again from nothing, with the same root.
 *
 * <p>For one thread; several may have a loop each, in folders of their own.
 */
public final class KillLoop {
    private static final int WRITERS = 3;
    private static final String RANDOM = "SIGKILL at a random moment";
    private static final int HANGS_SECONDS = 120;
    private static final int SIGKILLED = 128 + 9;

    /** A store gets so many kills, then a new one is begun: the log grows with each. */
    private static final int LIFE = 12;

    private final Path directory;
    private final Random random;
    private final long seed;
    private final int rebuildEvery;
    private final List<KillPlace> aims;
    private final Map<String, Integer> kills = new TreeMap<>();
    private final Map<String, Integer> missed = new TreeMap<>();
    private Iterator<KillPlace> places = Collections.emptyIterator();
    private Path store;
    private Ledger ledger = new Ledger(WRITERS);
    private int age;
    private int stores;
    private long batches;
    private int rebuilds;

    /**
     * @param directory an empty folder
     * @param rebuildEvery after so many kills the view is made again and compared
     */
    public KillLoop(Path directory, long seed, int rebuildEvery) {
        this(directory, seed, rebuildEvery, KillPlace.ALL);
    }

    /** @param aims the places to which the kills go, those at random moments aside */
    KillLoop(Path directory, long seed, int rebuildEvery, List<KillPlace> aims) {
        this.aims = aims;
        this.directory = directory;
        this.seed = seed;
        this.random = new Random(seed);
        this.rebuildEvery = rebuildEvery;
        this.store = directory.resolve("none");
    }

    /**
     * Kills so many times in all, in as many loops at a time as there are processors.
     *
     * @throws AssertionError at the first kill that did harm
     */
    public static List<KillLoop> runSideBySide(Path directory, long seed, int rebuildEvery, int count)
            throws Exception {
        int lanes = Runtime.getRuntime().availableProcessors();
        List<KillLoop> loops = new ArrayList<>();
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(lanes)) {
            for (int lane = 0; lane < lanes; lane++) {
                Path folder = Files.createDirectories(directory.resolve("lane-" + lane));
                KillLoop loop = new KillLoop(folder, seed + lane, rebuildEvery);
                int share = (count + lane) / lanes;
                loops.add(loop);
                running.add(threads.submit(() -> {
                    loop.run(share);
                    return null;
                }));
            }
        }
        for (Future<?> lane : running) {
            try {
                lane.get();
            } catch (ExecutionException e) {
                throw new AssertionError(e.getCause().getMessage(), e.getCause());
            }
        }
        return loops;
    }

    /**
     * Kills so many times, of which a third is at random moments.
     *
     * @throws AssertionError when the store is not what it must be; it says the seed and the kill
     */
    public void run(int count) throws Exception {
        for (int kill = 1; kill <= count; kill++) {
            if (kill % 3 == 0) {
                kill(kill, null);
            } else {
                if (!places.hasNext()) {
                    List<KillPlace> shuffled = new ArrayList<>(aims);
                    Collections.shuffle(shuffled, random);
                    places = shuffled.iterator();
                }
                kill(kill, places.next());
            }
        }
    }

    /** How many kills there were at each place; those that missed their place count as random. */
    public Map<String, Integer> kills() {
        return kills;
    }

    /** How often a process ended before it came to the place. */
    public Map<String, Integer> missed() {
        return missed;
    }

    public String summary() {
        return kills.values().stream().mapToInt(Integer::intValue).sum() + " kills at " + kills.size() + " places, "
                + batches + " acknowledged batches in " + stores + " stores, " + rebuilds
                + " views made again from nothing";
    }

    private void kill(int kill, KillPlace place) throws Exception {
        prepare(place == null ? KillPlace.Before.AS_IT_IS : place.before());
        String when = "seed " + seed + ", kill " + kill + " (" + (place == null ? RANDOM : place.name()) + ")";
        boolean forces = random.nextInt(4) == 0;
        List<String> args = new ArrayList<>(List.of("write", store.toString(), "" + kill, "" + WRITERS, "" + forces));
        if (place != null) {
            int nth = 1 + random.nextInt(place.within());
            args.addAll(List.of(place.moment().name(), place.file(), "" + nth));
            when += ", the " + nth + ". time";
        }
        ledger.begin(ChildStore.firstNumber(kill));
        Process child = ChildStore.start(args.toArray(String[]::new));
        int linesMax = place == null ? random.nextInt(120) : Integer.MAX_VALUE;
        boolean killed = read(child, linesMax);
        count(when, place, killed, child);
        check(when, kill % rebuildEvery == 0);
    }

    /** Takes the acknowledgements; kills the process a moment after so many. Whether it did. */
    private boolean read(Process child, int linesMax) throws IOException {
        ProcessHandle handle = child.toHandle(); // Process closes the pipe too, with what is in it
        CompletableFuture.delayedExecutor(HANGS_SECONDS, TimeUnit.SECONDS).execute(handle::destroyForcibly);
        boolean killed = false;
        try (BufferedReader reader = child.inputReader()) {
            StringBuilder line = new StringBuilder();
            int lines = 0;
            for (int c = next(reader); c >= 0; c = next(reader)) {
                if (c != '\n') {
                    line.append((char) c);
                    continue;
                }
                ledger.acknowledge(TracedBatch.parse(line.toString())); // a line that breaks off says nothing
                batches++;
                line.setLength(0);
                if (++lines == linesMax) {
                    long moment = System.nanoTime() + random.nextInt(8_000_000);
                    while (System.nanoTime() < moment) {
                        Thread.onSpinWait();
                    }
                    handle.destroyForcibly();
                    killed = true;
                }
            }
        }
        return killed;
    }

    private static int next(BufferedReader reader) {
        try {
            return reader.read();
        } catch (IOException e) {
            return -1; // the pipe went with the process
        }
    }

    private void count(String when, KillPlace place, boolean killed, Process child) throws InterruptedException {
        int exit = child.waitFor();
        if (exit == HaltingDisk.EXIT && place != null) {
            kills.merge(place.name(), 1, Integer::sum);
        } else if (place == null && killed && exit == SIGKILLED) {
            kills.merge(RANDOM, 1, Integer::sum);
        } else {
            assertEquals(0, exit, when + ": the process failed or hung");
            missed.merge(place == null ? RANDOM : place.name(), 1, Integer::sum);
        }
    }

    private void prepare(KillPlace.Before before) throws IOException {
        if (before == KillPlace.Before.EMPTY || age >= LIFE || stores == 0) {
            delete(store);
            stores++;
            store = directory.resolve("store-" + stores);
            ledger = new Ledger(WRITERS);
            age = 0;
            if (before == KillPlace.Before.TORN_TAIL || before == KillPlace.Before.NO_MANIFEST) {
                open().close(); // there is something to be torn
            }
        }
        age++;
        switch (before) {
            case NO_MANIFEST -> Files.deleteIfExists(store.resolve("view/MANIFEST"));
            case TORN_TAIL -> tear();
            case AS_IT_IS, EMPTY -> {}
        }
    }

    private void tear() throws IOException {
        if (Files.exists(store.resolve("log"))) {
            try (Stream<Path> files = Files.list(store.resolve("log"))) {
                Stream<Path> segments = files.filter(file -> file.toString().endsWith(".seg"));
                byte[] torn = new byte[1 + random.nextInt(200)];
                random.nextBytes(torn);
                Files.write(segments.max(Path::compareTo).orElseThrow(), torn, StandardOpenOption.APPEND);
            }
        }
    }

    /** With more memory than the process has, so that a rebuild here makes a few files and not dozens. */
    private Store open() {
        return StoreFixture.open(store, StoreFixture.options().sizes(2_000_000, 40_000), FaultyDisk.quick());
    }

    private void check(String when, boolean rebuild) throws IOException {
        Digest root;
        try (Store opened = open()) {
            root = ledger.check(when, StoreFixture.table(opened).snapshot());
            ledger.checkTrash(when, opened);
        }
        if (rebuild) {
            Files.deleteIfExists(store.resolve("view/MANIFEST"));
            try (Store opened = open()) {
                assertEquals(root, ledger.check(when, StoreFixture.table(opened).snapshot()), when);
                assertTrue(opened.recovery().rebuilt() || opened.recovery().framesReplayed() < 500, when);
            }
            rebuilds++;
        }
    }

    private static void delete(Path directory) throws IOException {
        if (Files.notExists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
