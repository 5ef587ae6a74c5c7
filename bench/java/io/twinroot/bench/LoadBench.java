package io.twinroot.bench;

import io.twinroot.store.Store;
import io.twinroot.store.StoreOptions;
import io.twinroot.store.StoreTable;
import io.twinroot.store.TableSnapshot;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * How long do acknowledged writes take, and how much disk, in minutes of mixed load on one store?
 *
 * <p>Four writers put and delete rows of about 1 KiB among 200,000 (70 % overwrites, the rest inserts and
 * deletes in balance), one row a commit, each forced; two readers get single rows and scan
 * ranges, 600 rows at a time with a rest of 20 ms; a snapshot is
 * taken each second. It prints a line every 10 seconds and the totals, draws both over time, and compares the
 * root in the end with a tree built from what was acknowledged.
 *
 * <p>Arguments: minutes (10), picture (bench/results/DATE-load.png), folder to work in (a temporary one).
 */
public final class LoadBench {
    private static final TableName TABLE = new TableName("bench");
    private static final int ROWS = 200_000;
    private static final int BODY = 1_000;
    private static final int WRITERS = 4;
    private static final int READERS = 2;
    private static final int SCAN = 100;
    private static final long READERS_REST_NS = 20_000_000;

    /** What the frame of a live row takes: the body, its CBOR, UID, stamp and head. */
    private static final int FRAME = BODY + 80;

    private final StoreTable table;
    private final Path directory;
    private final long startNs;
    private final long untilNs;
    private final long[][] bodies = new long[WRITERS][ROWS / WRITERS];
    private final AtomicLong live = new AtomicLong();
    private final AtomicLong gets = new AtomicLong();
    private final AtomicLong scanned = new AtomicLong();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    private LoadBench(StoreTable table, Path directory, double minutes) {
        this.table = table;
        this.directory = directory;
        fill();
        startNs = System.nanoTime();
        untilNs = startNs + (long) (minutes * 60e9);
    }

    public static void main(String[] args) throws Exception {
        double minutes = args.length > 0 ? Double.parseDouble(args[0]) : 10;
        Path picture =
                Path.of(args.length > 1 ? args[1] : "bench/results/" + LocalDate.now(ZoneOffset.UTC) + "-load.png");
        Path parent = args.length > 2 ? Path.of(args[2]) : Path.of(System.getProperty("java.io.tmpdir"));
        Path directory = Files.createTempDirectory(parent, "load-bench");
        System.out.printf(
                "%.1f minutes of mixed load, %,d rows of %,d bytes, %d writers, %d readers; %s, %d processors, %d MiB heap%n",
                minutes,
                ROWS,
                BODY,
                WRITERS,
                READERS,
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory() >> 20);
        Random random = new Random();
        // The place for the settings of compaction: today there is none, so the disk use only grows.
        StoreOptions options = StoreOptions.of(
                System::currentTimeMillis, new Incarnation(random.nextLong(), random.nextLong()), Salt.PUBLISHED);
        try (Store store = Store.open(directory, options)) {
            LoadBench bench = new LoadBench(store.createTable(TABLE, TableRules.DEFAULT), directory, minutes);
            LoadCurve curve = bench.run();
            bench.check();
            curve.report();
            Files.createDirectories(picture.toAbsolutePath().getParent());
            LoadPicture.of(curve).write(picture);
            System.out.println("picture: " + picture);
        } finally {
            delete(directory);
        }
    }

    /** Half of the rows, as they are in the middle of a long life. */
    private void fill() {
        for (int writer = 0; writer < WRITERS; writer++) {
            List<Change> batch = new ArrayList<>();
            for (int row = 0; row < bodies[writer].length; row += 2) {
                bodies[writer][row] = row + 1L;
                batch.add(put(writer, row, row + 1L));
            }
            table.apply(batch);
            live.addAndGet(batch.size());
        }
    }

    private LoadCurve run() throws Exception {
        List<LoadWriter> writers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int w = 0; w < WRITERS; w++) {
            LoadWriter writer = new LoadWriter(w);
            writers.add(writer);
            threads.add(start(writer));
        }
        for (int r = 0; r < READERS; r++) {
            int reader = r;
            threads.add(start(() -> read(new Random(100 + reader))));
        }
        LoadCurve curve = new LoadCurve();
        long readsBefore = 0;
        for (int second = 1; startNs + second * 1_000_000_000L <= untilNs && failure.get() == null; second++) {
            LockSupport.parkNanos(startNs + second * 1_000_000_000L - System.nanoTime());
            long[] times = writers.stream()
                    .flatMapToLong(writer -> Arrays.stream(writer.take()))
                    .sorted()
                    .toArray();
            long reads = gets.get() + scanned.get();
            table.snapshot();
            curve.add(new LoadCurve.Second(times, reads - readsBefore, diskBytes(), live.get() * FRAME));
            readsBefore = reads;
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            throw new IllegalStateException("the load failed", failure.get());
        }
        curve.pauses(writers.stream()
                .flatMapToLong(writer -> writer.acknowledged.stream().mapToLong(Long::longValue))
                .sorted()
                .toArray());
        return curve;
    }

    private Thread start(Runnable work) {
        return Thread.ofPlatform().start(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            }
        });
    }

    /** Writes rows of its own. */
    private final class LoadWriter implements Runnable {
        /** When there were acknowledgements, about one a millisecond: for the pauses. */
        private final List<Long> acknowledged = new ArrayList<>();

        private final int number;
        private final Random random;
        private long[] times = new long[1 << 12];
        private int count;

        LoadWriter(int number) {
            this.number = number;
            this.random = new Random(number);
        }

        @Override
        public void run() {
            long begun = System.nanoTime();
            while (begun < untilNs && failure.get() == null) {
                write();
                long now = System.nanoTime();
                add(now - begun);
                if (acknowledged.isEmpty() || now - acknowledged.getLast() > 1_000_000) {
                    acknowledged.add(now);
                }
                begun = now;
            }
        }

        private void write() {
            long[] mine = bodies[number];
            int kind = random.nextInt(20);
            int row = random.nextInt(mine.length);
            boolean wanted = kind < 17; // is there: to overwrite or delete it; else to insert it
            for (int tried = 0; (mine[row] != 0) != wanted && tried < mine.length; tried++) {
                row = (row + 1) % mine.length;
            }
            long body = kind < 3 && mine[row] != 0 ? 0 : random.nextLong() | 1;
            table.apply(List.of(body == 0 ? new Change.Delete(uid(number, row), null) : put(number, row, body)));
            live.addAndGet((body == 0 ? 0 : 1) - (mine[row] == 0 ? 0 : 1));
            mine[row] = body;
        }

        private synchronized void add(long time) {
            times = count == times.length ? Arrays.copyOf(times, 2 * count) : times;
            times[count++] = time;
        }

        /** How long each write took since the last call, in ns. */
        synchronized long[] take() {
            long[] taken = Arrays.copyOf(times, count);
            count = 0;
            return taken;
        }
    }

    private void read(Random random) {
        while (System.nanoTime() < untilNs && failure.get() == null) {
            TableSnapshot snapshot = table.snapshot();
            for (int i = 0; i < 500; i++) {
                snapshot.row(uid(random.nextInt(WRITERS), random.nextInt(ROWS / WRITERS)));
                gets.incrementAndGet();
            }
            UidRange range = UidRange.from(uid(random.nextInt(WRITERS), random.nextInt(ROWS / WRITERS)));
            var rows = snapshot.rows(range);
            for (int i = 0; i < SCAN && rows.hasNext(); i++) {
                rows.next();
                scanned.incrementAndGet();
            }
            LockSupport.parkNanos(READERS_REST_NS);
        }
    }

    private void check() {
        TreeBuilder builder = new TreeBuilder(Salt.PUBLISHED, (level, node) -> {});
        for (int writer = 0; writer < WRITERS; writer++) {
            for (int row = 0; row < bodies[writer].length; row++) {
                if (bodies[writer][row] != 0) {
                    builder.add(uid(writer, row), body(bodies[writer][row]).digest(TableRules.DEFAULT));
                }
            }
        }
        Digest expected = builder.finish().root();
        Digest found = table.info().root();
        if (!expected.equals(found)) {
            throw new IllegalStateException("wrong root " + found + ", expected " + expected);
        }
        System.out.println("root is right: " + expected);
    }

    private static Uid uid(int writer, int row) {
        return Uid.ofText(String.format("%d/%08d", writer, row));
    }

    private static Change put(int writer, int row, long number) {
        return new Change.Put(uid(writer, row), body(number), null, null);
    }

    private static Body body(long number) {
        byte[] bytes = new byte[BODY];
        new Random(number).nextBytes(bytes);
        return new Body.Fields(Value.Mapping.of(Map.of("v", new Value.Bytes(bytes))));
    }

    private long diskBytes() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                bytes += size(file);
            }
        }
        return bytes;
    }

    private static long size(Path file) throws IOException {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (NoSuchFileException e) {
            return 0; // replaced this moment
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
