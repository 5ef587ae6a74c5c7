package io.twinroot.bench;

import io.twinroot.source.sql.Engine;
import io.twinroot.source.sql.Server;
import io.twinroot.source.sql.ServerDatabase;
import io.twinroot.source.sql.Servers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A PostgreSQL database that is written to 500 times a second, and one that gets the same writes in the same order, up to
 * two seconds later: does a verify by hand ever call a row different that is only late, and does it find the one write that
 * got lost? Then, how much slower the slowest of a hundred writes is while a verify runs, beside what a client of the
 * engine's own does to it that reads the two tables.
 */
public final class SqlLate {
    private static final int PER_SECOND = 500;
    private static final int LAG_MS = 2_000;
    private static final int WINDOW_MS = 8_000;
    private static final Pattern CONFIRMED = Pattern.compile("\"confirmed\":(\\d+)");
    private static final Pattern SUSPECTED = Pattern.compile("\"suspected\":(\\d+)");

    private final Orders orders;
    private final ServerDatabase a;
    private final ServerDatabase b;

    private SqlLate(Orders orders, Server server) {
        this.orders = orders;
        this.a = orders.loaded(server);
        this.b = orders.loaded(server);
    }

    /** @param args rows, verifies, and windows of each kind for the writer's latency */
    public static void main(String[] args) throws Exception {
        int rows = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        int verifies = args.length > 1 ? Integer.parseInt(args[1]) : 20;
        int windows = args.length > 2 ? Integer.parseInt(args[2]) : 6;
        try (Server server = Servers.startPostgres(List.of())) {
            SqlLate late = new SqlLate(new Orders(Engine.POSTGRESQL, rows), server);
            System.out.printf(
                    "two PostgreSQL databases, %,d rows, %d writes a second, 0 to %,d ms late%n",
                    rows, PER_SECOND, LAG_MS);
            late.settle(verifies);
            late.latency(windows);
        }
    }

    /** A write on its way from A to B. */
    private record Late(String sql, long dueNs) {}

    /** Writes to A at a steady pace, and to B in the same order and later. Ends with its close. */
    private final class Load implements AutoCloseable {
        private static final Late END = new Late("", 0);

        private final BlockingQueue<Late> way = new LinkedBlockingQueue<>();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final List<Long> latencies = new ArrayList<>(); // guarded by itself
        private final Thread writer;
        private final Thread applier;
        private volatile boolean over;

        Load() {
            this.writer = Thread.ofPlatform().start(() -> attempt(this::write));
            this.applier = Thread.ofPlatform().start(() -> attempt(this::follow));
        }

        private interface Work {
            void run() throws SQLException, InterruptedException;
        }

        private void attempt(Work work) {
            try {
                work.run();
            } catch (SQLException | InterruptedException | RuntimeException e) {
                failure.compareAndSet(null, e);
            }
        }

        private void write() throws SQLException {
            Random random = new Random(1);
            long began = System.nanoTime();
            long lagNs = 0;
            try (Connection connection = a.connect();
                    Statement statement = connection.createStatement()) {
                for (long n = 0; !over; n++) {
                    if (n % (PER_SECOND / 2) == 0) {
                        lagNs = random.nextInt(LAG_MS + 1) * 1_000_000L;
                    }
                    long due = began + n * 1_000_000_000L / PER_SECOND;
                    while (System.nanoTime() < due) {
                        LockSupport.parkNanos(due - System.nanoTime());
                    }
                    String sql = sql(random, n);
                    statement.execute(sql);
                    long done = System.nanoTime();
                    synchronized (latencies) {
                        latencies.add(done - due);
                    }
                    way.add(new Late(sql, done + lagNs));
                }
            } finally {
                way.add(END);
            }
        }

        private void follow() throws SQLException, InterruptedException {
            try (Connection connection = b.connect();
                    Statement statement = connection.createStatement()) {
                for (Late late = way.take(); !late.sql.isEmpty(); late = way.take()) {
                    while (System.nanoTime() < late.dueNs) {
                        LockSupport.parkNanos(late.dueNs - System.nanoTime());
                    }
                    statement.execute(late.sql);
                }
            }
        }

        /** Mostly an update; some rows go, and come again. */
        private String sql(Random random, long n) {
            int id = 1 + random.nextInt(orders.rows());
            return switch (random.nextInt(10)) {
                case 0 -> "DELETE FROM orders WHERE id = " + id;
                case 1 ->
                    "INSERT INTO orders VALUES (" + id + ", md5('" + n + "')::uuid, 'write " + n
                            + "', 1, '2024-01-01') ON CONFLICT (id) DO UPDATE SET note = EXCLUDED.note";
                default ->
                    "UPDATE orders SET amount = " + n % 1_000_000 + ".25, note = 'write " + n + "' WHERE id = " + id;
            };
        }

        /** Nanoseconds from when each write was due to its commit, since the last call. */
        long[] latencies() {
            synchronized (latencies) {
                long[] sorted =
                        latencies.stream().mapToLong(Long::longValue).sorted().toArray();
                latencies.clear();
                return sorted;
            }
        }

        void check() {
            Throwable failed = failure.get();
            if (failed != null) {
                throw new AssertionError("the load failed", failed);
            }
        }

        /** Stops writing, and returns when B has all that A has. */
        @Override
        public void close() {
            over = true;
            try {
                writer.join();
                applier.join();
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted before the writes had ended", e);
            }
            check();
        }
    }

    private void settle(int verifies) throws Exception {
        long confirmed = 0;
        long suspected = 0;
        long slowestMs = 0;
        int busy = 0;
        int planted = orders.rows() + 1;
        String insert = "INSERT INTO orders VALUES (" + planted + ", md5('x')::uuid, 'planted', 1, '2024-01-01')";
        a.run(insert);
        b.run(insert);
        try (Load load = new Load()) {
            for (int i = 0; i < verifies; i++) {
                Verified verified = verify("3s");
                load.check();
                confirmed += verified.confirmed;
                suspected += verified.suspected;
                busy += verified.suspected > 0 ? 1 : 0;
                slowestMs = Math.max(slowestMs, verified.ms);
                if (verified.confirmed > 0) {
                    System.out.println(verified.output);
                }
            }
            System.out.printf(
                    "%d verifies of %d found rows that seemed to differ, %,d in all; %d confirmed, and should be none; the"
                            + " slowest took %,d ms%n",
                    busy, verifies, suspected, confirmed, slowestMs);
            a.run("UPDATE orders SET amount = 2 WHERE id = " + planted); // and the other never hears of it
            Verified verified = verify("3s");
            System.out.printf(
                    "a lost update: %d confirmed among %,d suspected, after %,d ms%n",
                    verified.confirmed, verified.suspected, verified.ms);
            check(verified.confirmed == 1 && verified.output.contains("\"changed\":1,"), verified.output);
        }
        check(confirmed == 0, confirmed + " rows were confirmed that were only late");
        check(busy > 0, "nothing was ever late: this measured nothing");
        b.run("UPDATE orders SET amount = 2 WHERE id = " + planted);
        Verified last = verify("0s");
        check(last.exit == 0, "the databases are not equal at the end: " + last.output);
    }

    private record Verified(int exit, long confirmed, long suspected, long ms, String output) {}

    private Verified verify(String settle, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "target/twinroot/bin/twinroot",
                "verify",
                "--json",
                "--settle",
                settle,
                a.address() + "?table=orders",
                b.address() + "?table=orders"));
        command.addAll(Arrays.asList(more));
        long began = System.nanoTime();
        Process process = started(command);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        check(exit <= 1, output);
        return new Verified(
                exit,
                number(CONFIRMED, output),
                number(SUSPECTED, output),
                (System.nanoTime() - began) / 1_000_000,
                output);
    }

    private static long number(Pattern pattern, String output) {
        Matcher matcher = pattern.matcher(output);
        check(matcher.find(), output);
        return Long.parseLong(matcher.group(1));
    }

    private Process started(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PGPASSWORD", a.password());
        return builder.start();
    }

    /** What happens beside the writes. */
    private enum Beside {
        NOTHING,
        FLOOR,
        VERIFY,
        /** A verify at a limited rate, with no more of the processor than the others leave: as if it ran elsewhere. */
        PACED
    }

    private void latency(int windows) throws Exception {
        try (Load load = new Load()) {
            Map<Beside, List<Double>> p99 = new EnumMap<>(Beside.class);
            for (int window = -1; window < windows; window++) { // the first to get warm
                for (Beside kind : Beside.values()) {
                    var _ = load.latencies();
                    int runs = beside(kind);
                    long[] latencies = load.latencies();
                    load.check();
                    double ms = latencies[(int) (latencies.length * 0.99)] / 1e6;
                    if (window >= 0) {
                        p99.computeIfAbsent(kind, first -> new ArrayList<>()).add(ms);
                        System.out.printf(
                                "%-7s median %.2f ms, p99 %6.2f ms, slowest %7.2f ms of %,d writes, %d runs%n",
                                kind,
                                latencies[latencies.length / 2] / 1e6,
                                ms,
                                latencies[latencies.length - 1] / 1e6,
                                latencies.length,
                                runs);
                    }
                }
            }
            List<Double> alone = Objects.requireNonNull(p99.get(Beside.NOTHING));
            double nothing = median(alone);
            System.out.printf(
                    "p99 of a write: %.2f ms with nothing beside (from %.2f to %.2f in its windows: the noise)%n",
                    nothing,
                    alone.stream().mapToDouble(ms -> ms).min().orElseThrow(),
                    alone.stream().mapToDouble(ms -> ms).max().orElseThrow());
            for (Beside kind : List.of(Beside.FLOOR, Beside.VERIFY, Beside.PACED)) {
                double ms = median(Objects.requireNonNull(p99.get(kind)));
                System.out.printf("%s: %.2f ms, %.2f of that%n", kind, ms, ms / nothing);
            }
        }
    }

    /** Repeats it until the window is over; gives how often. The last one is ended with it. */
    private int beside(Beside kind) throws IOException, InterruptedException {
        long end = System.nanoTime() + WINDOW_MS * 1_000_000L;
        int runs = 0;
        while (System.nanoTime() < end) {
            for (Process process : processes(kind)) {
                if (!process.waitFor(java.time.Duration.ofNanos(Math.max(0, end - System.nanoTime())))) {
                    process.destroy();
                    process.waitFor();
                }
            }
            runs++;
        }
        return runs;
    }

    private List<Process> processes(Beside kind) throws IOException {
        List<Process> processes = new ArrayList<>();
        for (List<String> command : commands(kind)) {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().put("PGPASSWORD", a.password());
            processes.add(builder.start());
        }
        return processes;
    }

    private List<List<String>> commands(Beside kind) {
        List<String> verify = List.of(
                "target/twinroot/bin/twinroot",
                "verify",
                "--quiet",
                "--settle",
                "0s",
                a.address() + "?table=orders",
                b.address() + "?table=orders");
        return switch (kind) {
            case NOTHING -> List.of(List.of("sleep", "" + WINDOW_MS / 1_000));
            case FLOOR -> List.of(Orders.floor(a), Orders.floor(b));
            case VERIFY -> List.of(verify);
            case PACED -> {
                List<String> paced = new ArrayList<>(List.of("nice", "-n", "19"));
                paced.addAll(verify);
                paced.addAll(List.of("--max-rate", "50000"));
                yield List.of(paced);
            }
        };
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static void check(boolean right, String output) {
        if (!right) {
            throw new AssertionError("another result than expected: " + output);
        }
    }
}
