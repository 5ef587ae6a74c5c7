package io.twinroot.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How many acknowledged writes a second does a store take, each forced to the disk, one row a commit, beside
 * H2's MVStore and plain MapDB with its write-ahead log?
 *
 * <p>Every writer puts rows of a 16-byte key and 100 bytes at random keys of its own, of 100,000 in all, and
 * waits until each is on the disk. The engines take turns, round by round, each on an empty folder of the same
 * disk. MVStore and MapDB have no group commit of their own, so {@link GroupCommit} gives them one: one thread
 * at a time puts what all wait for, commits and syncs. (Puts from all threads beside that were slower with
 * MVStore, and MapDB's tree then stood still for minutes.) After each round the engine is closed and opened,
 * and every key must have the value that was acknowledged last.
 *
 * <p>Arguments: seconds a round (5), rounds (5), folder to work in (a temporary one).
 */
public final class WriteBench {
    private static final int KEYS = 100_000;
    private static final int VALUE = 100;
    private static final int[] WRITERS = {1, 64};

    private final Path directory;
    private final double seconds;

    private WriteBench(Path directory, double seconds) {
        this.directory = directory;
        this.seconds = seconds;
    }

    public static void main(String[] args) throws Exception {
        double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 5;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        Path parent = args.length > 2 ? Path.of(args[2]) : Path.of(System.getProperty("java.io.tmpdir"));
        Path directory = Files.createTempDirectory(parent, "write-bench");
        System.out.printf(
                "acknowledged writes of one row, each on the disk; %s %s, %d processors, %d MiB heap, %s%n",
                System.getProperty("java.vm.name"),
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory() >> 20,
                Files.getFileStore(directory).type());
        try {
            new WriteBench(directory, seconds).run(rounds);
        } finally {
            delete(directory);
        }
    }

    private void run(int rounds) throws Exception {
        for (WriteEngine.Kind kind : WriteEngine.Kind.values()) {
            for (int writers : WRITERS) {
                round(kind, writers, Math.min(2, seconds)); // the compiler's turn
            }
        }
        for (int writers : WRITERS) {
            Map<WriteEngine.Kind, List<Double>> rates = new EnumMap<>(WriteEngine.Kind.class);
            List<WriteEngine.Kind> turns = new ArrayList<>(List.of(WriteEngine.Kind.values()));
            for (int round = 1; round <= rounds; round++) {
                for (WriteEngine.Kind kind : turns) {
                    Round done = round(kind, writers, seconds);
                    rates.computeIfAbsent(kind, k -> new ArrayList<>()).add(done.rate());
                    System.out.printf(
                            "%2d writers, round %d  %-8s %,9.0f writes/s  p50 %7.3f ms  p99 %7.3f ms  max %7.1f ms%n",
                            writers, round, kind, done.rate(), done.at(0.5), done.at(0.99), done.at(1));
                }
                Collections.rotate(turns, 1);
            }
            report(writers, rates);
        }
    }

    private static void report(int writers, Map<WriteEngine.Kind, List<Double>> rates) {
        double ours = median(rates.get(WriteEngine.Kind.TWINROOT));
        rates.forEach((kind, each) -> System.out.printf(
                "%2d writers, median    %-8s %,9.0f writes/s  ours / that: %.2f%n",
                writers, kind, median(each), ours / median(each)));
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    /** What a round gave: writes a second, and how long each took, sorted, in ns. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Round(double rate, long[] sorted) {
        /** The time in ms that this part of all writes did not exceed. */
        double at(double part) {
            return sorted[(int) Math.min(sorted.length - 1L, (long) (part * sorted.length))] / 1e6;
        }
    }

    private Round round(WriteEngine.Kind kind, int writers, double length) throws Exception {
        Path folder = Files.createDirectory(directory.resolve("round"));
        List<Writer> all = new ArrayList<>();
        double rate;
        try (WriteEngine engine = kind.open(folder)) {
            long start = System.nanoTime();
            for (int w = 0; w < writers; w++) {
                all.add(new Writer(engine, w, KEYS / writers, start + (long) (length * 1e9)));
            }
            long count = 0;
            for (Writer writer : all) {
                count += writer.finish();
            }
            rate = count / ((System.nanoTime() - start) / 1e9);
        }
        try (WriteEngine engine = kind.open(folder)) {
            for (Writer writer : all) {
                writer.check(engine);
            }
        }
        delete(folder);
        return new Round(
                rate, all.stream().flatMapToLong(Writer::times).sorted().toArray());
    }

    /** A thread that writes until a moment, and knows what was acknowledged. */
    private static final class Writer {
        private final WriteEngine engine;
        private final int number;
        private final long until;
        private final long[] values;
        private final Thread thread;
        private long[] times = new long[1 << 12];
        private int count;
        private @Nullable Throwable failure;

        Writer(WriteEngine engine, int number, int keys, long until) {
            this.engine = engine;
            this.number = number;
            this.until = until;
            this.values = new long[keys];
            this.thread = Thread.ofPlatform().start(this::run);
        }

        private void run() {
            try {
                Random random = new Random(number);
                long start = System.nanoTime();
                while (start < until) {
                    int key = random.nextInt(values.length);
                    long value = random.nextLong() | 1;
                    engine.write(key(key), value(value));
                    values[key] = value;
                    long now = System.nanoTime();
                    times = count == times.length ? Arrays.copyOf(times, 2 * count) : times;
                    times[count++] = now - start;
                    start = now;
                }
            } catch (InterruptedException | RuntimeException e) {
                failure = e;
            }
        }

        /** How many writes were acknowledged. */
        long finish() throws InterruptedException {
            thread.join();
            if (failure != null) {
                throw new IllegalStateException("writer " + number + " failed", failure);
            }
            return count;
        }

        java.util.stream.LongStream times() {
            return Arrays.stream(times, 0, count);
        }

        void check(WriteEngine opened) {
            for (int key = 0; key < values.length; key++) {
                byte[] found = opened.read(key(key));
                byte[] expected = values[key] == 0 ? null : value(values[key]);
                if (!Arrays.equals(found, expected)) {
                    throw new IllegalStateException(
                            "writer " + number + ", key " + key + ": not the value that was acknowledged");
                }
            }
        }

        /** Keys of all writers lie among each other, as those of a table do. */
        private byte[] key(int key) {
            long mixed = (key * 64L + number) * 0x9e3779b97f4a7c15L;
            return ByteBuffer.allocate(16).putLong(mixed).putLong(number).array();
        }

        private static byte[] value(long value) {
            byte[] bytes = new byte[VALUE];
            new Random(value).nextBytes(bytes);
            return bytes;
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
