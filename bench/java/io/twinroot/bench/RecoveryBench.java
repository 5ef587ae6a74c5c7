package io.twinroot.bench;

import com.sun.management.OperatingSystemMXBean;
import io.twinroot.log.ChangeLog;
import io.twinroot.log.Disk;
import io.twinroot.log.Frame;
import io.twinroot.log.LogOptions;
import io.twinroot.store.Store;
import io.twinroot.store.StoreOptions;
import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Past;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeBuilder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * How fast, and in how little memory, does a store that has lost its view make it again from the log alone?
 * Beside it stands what can't be done without: reading the log's bytes with a checksum. The root is compared
 * with that of a tree built from the rows.
 *
 * <p>The heap that the process was given is the proof of the memory. Rows were written in random order, and the
 * files are in the page cache, as they were just written.
 *
 * <p>Arguments: number of rows (10,000,000), folder to work in (a temporary one), times to do it (3).
 */
public final class RecoveryBench {
    private static final TableName TABLE = new TableName("bench");
    private static final int BATCH = 10_000;

    private final int rows;
    private final Path directory;

    private RecoveryBench(int rows, Path directory) {
        this.rows = rows;
        this.directory = directory;
    }

    public static void main(String[] args) throws IOException {
        int rows = args.length > 0 ? Integer.parseInt(args[0]) : 10_000_000;
        Path parent = args.length > 1 ? Path.of(args[1]) : Path.of(System.getProperty("java.io.tmpdir"));
        int times = args.length > 2 ? Integer.parseInt(args[2]) : 3;
        Path directory = Files.createTempDirectory(parent, "recovery-bench");
        System.out.printf(
                "recovery, %,d rows; %s %s, %d processors, %d MiB heap, %d MiB for sorting%n",
                rows,
                System.getProperty("java.vm.name"),
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory() >> 20,
                StoreOptions.OVERLAY_BYTES >> 20);
        try {
            RecoveryBench bench = new RecoveryBench(rows, directory);
            bench.load();
            Digest expected = bench.root();
            for (int i = 0; i < times; i++) {
                bench.scan();
                bench.recover(expected);
            }
        } finally {
            delete(directory);
        }
    }

    /** Makes a store that has a log and no view: all rows in random order, each once. */
    private void load() {
        Start start = Start.now();
        try (Store store = open()) {
            store.createTable(TABLE, TableRules.DEFAULT);
        }
        Random random = new Random(1);
        int[] order = new int[rows];
        for (int i = 0; i < rows; i++) {
            int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        Incarnation writer = new Incarnation(random.nextLong(), random.nextLong());
        long clock = Stamp.nextClock(System.currentTimeMillis(), 0);
        Path folder = directory.resolve("log");
        LogOptions options =
                new LogOptions(writer, StoreOptions.SEGMENT_BYTES, LogOptions.Sync.NEVER, System::currentTimeMillis);
        try (ChangeLog log = ChangeLog.open(folder, Disk.REAL, options, null)) {
            for (int from = 0; from < rows; from += BATCH) {
                List<Frame> batch = new ArrayList<>(BATCH);
                for (int i = from; i < Math.min(rows, from + BATCH); i++) {
                    Stamp stamp = new Stamp(clock + i, writer, i + 1L);
                    batch.add(new Frame.Put(
                            1, uid(order[i]), stamp, Past.NONE, body(order[i]).encoded(), null));
                }
                log.append(List.of(batch));
            }
        }
        start.report("the log written, not forced", rows);
    }

    private Store open() {
        Random random = new Random();
        Incarnation fresh = new Incarnation(random.nextLong(), random.nextLong());
        return Store.open(directory, StoreOptions.of(System::currentTimeMillis, fresh, Salt.PUBLISHED));
    }

    private static Uid uid(int row) {
        return Uid.ofText(String.format("customer/%09d", row));
    }

    private static Body body(int number) {
        return new Body.Fields(Value.Mapping.of(Map.of(
                "name", new Value.Text("name of " + number), "n", new Value.Int(number), "ok", new Value.Bool(true))));
    }

    private Digest root() {
        TreeBuilder builder = new TreeBuilder(Salt.PUBLISHED, (level, node) -> {});
        for (int row = 0; row < rows; row++) {
            builder.add(uid(row), body(row).digest(TableRules.DEFAULT));
        }
        return builder.finish().root();
    }

    private void scan() throws IOException {
        Start start = Start.now();
        long bytes = 0;
        CRC32C crc = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        for (Path file : files("log")) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                while (channel.read(buffer) >= 0) {
                    bytes += buffer.flip().remaining();
                    crc.update(buffer);
                    buffer.clear();
                }
            }
        }
        start.report(String.format("the log read with a checksum only, %,d MiB", bytes >> 20), rows);
    }

    private void recover(Digest expected) throws IOException {
        for (Path file : files("view")) {
            Files.delete(file);
        }
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            pool.resetPeakUsage();
        }
        Start start = Start.now();
        try (Store store = open()) {
            start.report("opened without a view", rows);
            if (store.recovery().framesReplayed() < rows) {
                throw new IllegalStateException("the view was not made again: " + store.recovery());
            }
            long peak = 0;
            for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
                peak += pool.getType() == MemoryType.HEAP ? pool.getPeakUsage().getUsed() : 0;
            }
            System.gc();
            long live = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            Digest root = store.table(TABLE).info().root();
            if (!expected.equals(root)) {
                throw new IllegalStateException("wrong root " + root + ", expected " + expected);
            }
            System.out.printf(
                    "%-50s root is right: %s, heap at its peak %d MiB (with garbage), open %d MiB%n",
                    "", root, peak >> 20, live >> 20);
        }
    }

    private List<Path> files(String folder) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve(folder))) {
            return files.sorted().toList();
        }
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
                    "%-50s %8.3f s %,12.0f /s %8.2f us each, cpu %6.2f us%n",
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
