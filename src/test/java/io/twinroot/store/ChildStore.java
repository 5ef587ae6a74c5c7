package io.twinroot.store;

import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A store in a process of its own, to be killed. {@code open DIRECTORY} says whether it opens; {@code write
 * DIRECTORY SEED WRITERS} writes batches until it is killed, and prints a line for each that was acknowledged.
 */
final class ChildStore {
    /** Rows in each batch, all with the batch's number. */
    static final int BATCH = 20;

    /** Rows that each writer has, as runs of {@link #BATCH}. */
    static final int RUNS = 50;

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

    static long row(int writer, int run, int i) {
        return (writer * RUNS + run) * (long) BATCH + i;
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
        Store store = Store.open(directory, StoreFixture.small());
        StoreTable table = StoreFixture.table(store);
        out.println("READY");
        List<Thread> writers = new ArrayList<>();
        for (int w = 0; w < Integer.parseInt(args[3]); w++) {
            int writer = w;
            writers.add(Thread.ofPlatform().start(() -> write(table, writer, seed, out)));
        }
        for (Thread writer : writers) {
            writer.join();
        }
    }

    private static void write(StoreTable table, int writer, long seed, PrintStream out) {
        Random random = new Random(seed * 31 + writer);
        for (long number = seed * 1_000_000; ; number++) {
            int run = random.nextInt(RUNS);
            boolean delete = random.nextInt(8) == 0;
            List<Change> batch = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                long row = row(writer, run, i);
                batch.add(delete ? StoreFixture.delete(row) : StoreFixture.put(row, number));
            }
            for (Outcome outcome : table.apply(batch)) {
                if (!(outcome instanceof Outcome.Applied) && !(outcome instanceof Outcome.Same)) {
                    throw new IllegalStateException("unexpected: " + outcome);
                }
            }
            out.println(writer + " " + run + " " + (delete ? -1 : number));
        }
    }
}
