package io.twinroot.store;

import io.twinroot.log.Disk;
import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Outcome;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/**
 * A store in a process of its own, to be killed. {@code open DIRECTORY} says whether it opens; {@code write
 * DIRECTORY SEED WRITERS FORCES [MOMENT FILE NTH]} writes batches until it is killed, halts by itself at a moment
 * of {@link HaltingDisk}, or has written {@link #BATCHES} with each writer. It prints a line for each batch that
 * was acknowledged. A kill leaves what was written, forced or not: so not all processes need force anything.
 */
final class ChildStore {
    /** So many batches have come to every place where a process halts by itself. */
    static final int BATCHES = 200;

    private ChildStore() {}

    static Process start(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                ChildStore.class.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** The number of the first batch of a process with this seed. */
    static long firstNumber(long seed) {
        return seed * 1_000_000;
    }

    public static void main(String[] args) throws InterruptedException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
        Path directory = Path.of(args[1]);
        if (args[0].equals("open")) {
            try {
                StoreFixture.open(directory).close();
                out.println("OPENED");
            } catch (StoreException e) {
                out.println(e.kind());
            }
            return;
        }
        long seed = Long.parseLong(args[2]);
        Disk disk = Boolean.parseBoolean(args[4]) ? Disk.REAL : FaultyDisk.quick();
        if (args.length > 5) {
            disk = new HaltingDisk(
                    disk,
                    directory,
                    HaltingDisk.Moment.valueOf(args[5]),
                    Pattern.compile(args[6]),
                    Integer.parseInt(args[7]));
        }
        Store store = StoreFixture.open(directory, options(), disk);
        StoreTable table = StoreFixture.table(store);
        List<Thread> writers = new ArrayList<>();
        for (int w = 0; w < Integer.parseInt(args[3]); w++) {
            int writer = w;
            writers.add(Thread.ofPlatform().start(() -> write(store, table, writer, seed, out)));
        }
        for (Thread writer : writers) {
            writer.join();
        }
        Runtime.getRuntime().halt(0);
    }

    private static StoreOptions options() {
        return StoreFixture.options()
                .sizes(60_000, 30_000)
                .compaction(new StoreOptions.Compaction(150, 50_000, 1 << 30, 0));
    }

    private static void write(Store store, StoreTable table, int writer, long seed, PrintStream out) {
        try {
            Random random = new Random(seed * 31 + writer);
            for (int i = 0; i < BATCHES; i++) {
                TracedBatch batch = TracedBatch.any(random, writer, firstNumber(seed) + i);
                for (Outcome outcome : table.apply(batch.changes())) {
                    if (!(outcome instanceof Outcome.Applied) && !(outcome instanceof Outcome.Same)) {
                        throw new IllegalStateException("unexpected: " + outcome);
                    }
                }
                out.println(batch.line());
                if (writer == 0 && i % 30 == 29) {
                    store.compact(); // while the others write
                }
            }
        } catch (RuntimeException | Error e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }
}
