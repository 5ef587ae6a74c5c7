package io.twinroot.bench;

import com.sun.management.OperatingSystemMXBean;
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
import io.twinroot.tree.LeafEntry;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeBuilder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * How fast does a store take rows in bulk, take updates when it is large, open, and make its view again from
 * the log? After each step the root is compared with that of a tree built from the rows alone.
 *
 * <p>Arguments: number of rows (1,000,000), folder to work in (a temporary one).
 */
public final class StoreBench {
    private static final TableName TABLE = new TableName("bench");
    private static final int BULK = 10_000;
    private static final int BATCH = 1_000;

    private final int rows;
    private final Path directory;
    private final int[] numbers;

    private StoreBench(int rows, Path directory) {
        this.rows = rows;
        this.directory = directory;
        this.numbers = new int[rows];
    }

    public static void main(String[] args) throws IOException {
        int rows = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        Path parent = args.length > 1 ? Path.of(args[1]) : Path.of(System.getProperty("java.io.tmpdir"));
        Path directory = Files.createTempDirectory(parent, "store-bench");
        System.out.printf(
                "store, %,d rows; %s %s, %d processors, %d MiB heap%n",
                rows,
                System.getProperty("java.vm.name"),
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory() >> 20);
        try {
            new StoreBench(rows, directory).run();
        } finally {
            delete(directory);
        }
    }

    private void run() throws IOException {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            order.add(i);
        }
        Collections.shuffle(order, new Random(1));
        try (Store store = open(true)) {
            StoreTable table = store.createTable(TABLE, TableRules.DEFAULT);
            Start start = Start.now();
            load(table, order);
            start.report("bulk load, random order, batches of 10,000, forced", rows);
            start = Start.now();
            TableSnapshot snapshot = table.snapshot();
            start.report("  then a snapshot: the rest of the tree", 1);
            check(snapshot);
        }
        open();
        try (Store store = open(false)) {
            update(store.table(TABLE));
        }
        open();
        Files.delete(directory.resolve("view/MANIFEST"));
        Start start = Start.now();
        try (Store store = open(true)) {
            start.report("view made again from the log", store.recovery().framesReplayed());
            check(store.table(TABLE).snapshot());
        }
        open();
    }

    private Store open(boolean force) {
        Random random = new Random();
        Incarnation fresh = new Incarnation(random.nextLong(), random.nextLong());
        return Store.open(
                directory,
                StoreOptions.of(System::currentTimeMillis, fresh, Salt.PUBLISHED)
                        .force(force));
    }

    private void open() {
        Start start = Start.now();
        try (Store store = open(true)) {
            start.report("open", store.table(TABLE).info().count());
            start = Start.now();
            Iterator<LeafEntry> entries = store.table(TABLE).snapshot().entries(UidRange.ALL);
            long count = 0;
            while (entries.hasNext()) {
                entries.next();
                count++;
            }
            start.report("  read all entries", count);
        }
    }

    private void load(StoreTable table, List<Integer> order) {
        for (int from = 0; from < rows; from += BULK) {
            List<Change> batch = new ArrayList<>(BULK);
            for (int row : order.subList(from, Math.min(rows, from + BULK))) {
                batch.add(put(row, row));
            }
            table.apply(batch);
        }
    }

    private void update(StoreTable table) {
        Random random = new Random(2);
        for (int round = 1; round <= 4; round++) {
            int batches = Math.max(1, rows / BATCH / 20);
            List<List<Change>> changes = new ArrayList<>();
            for (int b = 0; b < batches; b++) {
                List<Change> batch = new ArrayList<>(BATCH);
                for (int i = 0; i < BATCH; i++) {
                    batch.add(put(random.nextInt(rows), random.nextInt()));
                }
                changes.add(batch);
            }
            Start start = Start.now();
            changes.forEach(table::apply);
            TableSnapshot snapshot = table.snapshot();
            start.report("updates at random, batches of 1,000, not forced, with the tree", (long) batches * BATCH);
            check(snapshot);
        }
    }

    private Change put(int row, int number) {
        numbers[row] = number;
        return new Change.Put(uid(row), body(number), null, null);
    }

    private static Uid uid(int row) {
        return Uid.ofText(String.format("customer/%09d", row));
    }

    private static Body body(int number) {
        return new Body.Fields(Value.Mapping.of(Map.of(
                "name", new Value.Text("name of " + number), "n", new Value.Int(number), "ok", new Value.Bool(true))));
    }

    private void check(TableSnapshot snapshot) {
        TreeBuilder builder = new TreeBuilder(Salt.PUBLISHED, (level, node) -> {});
        for (int row = 0; row < rows; row++) {
            builder.add(uid(row), body(numbers[row]).digest(TableRules.DEFAULT));
        }
        Digest expected = builder.finish().root();
        if (!expected.equals(snapshot.root().root())) {
            throw new IllegalStateException("wrong root " + snapshot.root() + ", expected " + expected);
        }
        System.out.printf("%-66s root is right: %s%n", "", expected);
    }

    /** When something began: time of the clock, and of all processors in this process. */
    private record Start(long wallNs, long cpuNs) {
        static Start now() {
            return new Start(System.nanoTime(), cpu());
        }

        private static long cpu() {
            return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                    ? system.getProcessCpuTime()
                    : 0;
        }

        void report(String what, long count) {
            double seconds = (System.nanoTime() - wallNs) / 1e9;
            double cpuSeconds = (cpu() - cpuNs) / 1e9;
            System.out.printf(
                    "%-62s %7.3f s %,11.0f /s %8.2f us each, cpu %6.2f us%n",
                    what, seconds, count / seconds, seconds * 1e6 / count, cpuSeconds * 1e6 / count);
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
