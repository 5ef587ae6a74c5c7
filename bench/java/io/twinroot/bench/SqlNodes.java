package io.twinroot.bench;

import io.twinroot.source.sql.Engine;
import io.twinroot.source.sql.Server;
import io.twinroot.source.sql.ServerDatabase;
import io.twinroot.source.sql.Servers;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Two nodes, each a process beside a PostgreSQL database whose table it mirrors: what does the first scan take beside the
 * floor, what does a verify between the nodes take and send while nothing or 100 rows differ, and how long is it until
 * 1,000 rows that changed in the database are in the mirror, beside a whole pass? Verify and repair run in node B, and what
 * they send to A goes through a proxy that counts.
 */
public final class SqlNodes {
    private static final int VERIFIES = 20;
    private static final int TURNS = 3;
    private static final int CHANGES = 1_000;

    private final Orders orders;
    private final String changes;
    private final Server server;
    private final ServerTimes times;
    private final Path folder;

    private SqlNodes(Orders orders, String changes, Server server, Path folder) {
        this.orders = orders;
        this.changes = changes;
        this.server = server;
        this.times = new ServerTimes(List.of(server));
        this.folder = folder;
    }

    /** @param args rows, and how node A learns of changes: {@code scan}, {@code slot} or {@code triggers} */
    public static void main(String[] args) throws Exception {
        int rows = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        String changes = args.length > 1 ? args[1].toLowerCase(Locale.ROOT) : "scan";
        Path folder = Files.createTempDirectory("twinroot-bench");
        try (Server server = Servers.startPostgres(List.of("wal_level=logical"))) {
            new SqlNodes(new Orders(Engine.POSTGRESQL, rows), changes, server, folder).run();
        } finally {
            try (var files = Files.walk(folder)) {
                for (Path file : files.toList().reversed()) {
                    Files.delete(file);
                }
            }
        }
    }

    private void run() throws Exception {
        ServerDatabase a = orders.loaded(server);
        ServerDatabase b = orders.loaded(server);
        System.out.printf("two PostgreSQL databases, %,d rows, A learns of changes by %s%n", orders.rows(), changes);
        ServerTimes.Cost floor = times.time(Orders.floor(a));
        System.out.println("floor: " + floor);
        try (Child nodeA = new Child("a", a, changes, null)) {
            build("A", nodeA, floor);
            try (CountingProxy way = new CountingProxy((int) nodeA.built.number("port"));
                    Child nodeB = new Child("b", b, "scan", "http://127.0.0.1:" + way.port())) {
                build("B", nodeB, floor);
                unchanged(nodeB, way);
                differing(nodeB, way, a, b);
                refresh(nodeA, nodeB, a, b);
                memory("A", nodeA);
                memory("B", nodeB);
            }
        }
    }

    private void build(String name, Child node, ServerTimes.Cost floor) {
        System.out.printf(
                "first scan of %s: %.2f s, %.2f of the floor's wall time; %s CPU of the node since its start, %.2f of the"
                        + " floor's CPU with the server's%n",
                name,
                node.built.number("seconds"),
                node.built.number("seconds") / floor.wall(),
                node.builtCpu,
                (node.builtCpu + node.builtServerCpu) / floor.cpu());
        memory(name, node);
    }

    private static void memory(String name, Child node) {
        Answer memory = node.ask("memory");
        System.out.printf(
                "memory of %s: %,.0f MB at its peak with mapped files, %,.0f MB of its own now%n",
                name, memory.number("VmHWM") / 1024, memory.number("RssAnon") / 1024);
    }

    private void unchanged(Child nodeB, CountingProxy way) {
        way.bytes();
        Answer met = nodeB.ask("repair");
        System.out.printf(
                "first meeting of equal tables: %,.0f ms, %,d bytes on the wire%n", met.number("ms"), way.bytes());
        check(met.is("same", "true") && met.is("differing", "0"), met);
        List<Double> took = new ArrayList<>();
        List<Double> wire = new ArrayList<>();
        for (int i = 0; i < VERIFIES; i++) {
            Answer verified = nodeB.ask("verify");
            check(verified.is("same", "true"), verified);
            took.add(verified.number("ms"));
            wire.add((double) way.bytes());
        }
        System.out.printf(
                "verify of equal tables: first %.1f ms, median of %d %.1f ms, slowest %.1f ms (bar 200); %,.0f bytes on the"
                        + " wire with HTTP's (bar 2,000)%n",
                took.getFirst(),
                VERIFIES,
                median(took),
                took.stream().mapToDouble(ms -> ms).max().orElseThrow(),
                median(wire));
    }

    private void differing(Child nodeB, CountingProxy way, ServerDatabase a, ServerDatabase b) throws SQLException {
        orders.differ(b);
        Answer scan = nodeB.ask("scan");
        check(scan.is("differing", "100"), scan);
        way.bytes();
        Answer verified = nodeB.ask("verify");
        check(verified.is("differing", "100"), verified);
        System.out.printf(
                "verify with 100 differences: %.1f ms; %.0f round trips (bar 4) and %,.0f bytes of narrowing (bar 40,000);"
                        + " %,d bytes on the wire with HTTP's and a second look at the rows%n",
                verified.number("ms"), verified.number("trips"), verified.number("bytes"), way.bytes());
        Answer repaired = nodeB.ask("repair");
        check(repaired.is("same", "true") && repaired.is("differing", "100"), repaired);
        check(content(a).equals(content(b)), repaired);
        System.out.printf(
                "repair of them, into the database of A: %.0f ms, %,d bytes on the wire; the databases are equal then%n",
                repaired.number("ms"), way.bytes());
    }

    private void refresh(Child nodeA, Child nodeB, ServerDatabase a, ServerDatabase b) throws Exception {
        List<Double> ratios = new ArrayList<>();
        List<Double> ratiosCpu = new ArrayList<>();
        for (int turn = 1; turn <= TURNS; turn++) {
            double passCpu = cpu(nodeA);
            Answer pass = nodeA.ask("scan");
            passCpu = cpu(nodeA) - passCpu;
            check(pass.is("differing", "0"), pass);
            String sql = "UPDATE orders SET amount = amount + " + turn + " WHERE id <= " + orders.rows() + " AND id % "
                    + orders.rows() / CHANGES + " = " + turn;
            b.run(sql);
            Answer other = nodeB.ask("scan");
            check(other.is("differing", "" + CHANGES), other);
            String root = nodeB.ask("root").text("root");
            double refreshCpu = cpu(nodeA);
            a.run(sql);
            long began = System.nanoTime();
            if (changes.equals("scan")) {
                nodeA.ask("scan");
            }
            nodeA.ask("await " + root);
            double seconds = (System.nanoTime() - began) / 1e9;
            refreshCpu = cpu(nodeA) - refreshCpu;
            System.out.printf(
                    "whole pass %.2f s, %.2f s of CPU; %,d changed rows were in the mirror after %.2f s, %.2f s of CPU%n",
                    pass.number("seconds"), passCpu, CHANGES, seconds, refreshCpu);
            ratios.add(seconds / pass.number("seconds"));
            ratiosCpu.add(refreshCpu / passCpu);
        }
        System.out.printf(
                "refresh by %s: %.2f of a whole pass in wall time, %.2f in CPU (bar 0.25, for hints)%n",
                changes, median(ratios), median(ratiosCpu));
    }

    /** Of a node and the server together. */
    private double cpu(Child node) throws IOException {
        return node.cpu() + times.cpu();
    }

    private static String content(ServerDatabase database) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT count(*) || ' ' || sum(hashtextextended(orders::text, 0)::numeric) FROM orders")) {
            rows.next();
            return rows.getString(1);
        }
    }

    /** Names and values of one line. */
    private record Answer(Map<String, String> values) {
        static Answer of(String line) {
            return new Answer(Arrays.stream(line.split(" ", -1))
                    .skip(1)
                    .map(pair -> pair.split("=", -1))
                    .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1])));
        }

        String text(String name) {
            return values.getOrDefault(name, "");
        }

        boolean is(String name, String value) {
            return text(name).equals(value);
        }

        double number(String name) {
            return Double.parseDouble(text(name));
        }
    }

    /** A process with a node whose first scan has ended. */
    private final class Child implements AutoCloseable {
        private final Process process;
        private final BufferedReader out;
        private final Answer built;
        private final double builtCpu;
        private final double builtServerCpu;

        Child(String name, ServerDatabase database, String changes, String peer) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-Xmx256m",
                    "-XX:+UseSerialGC",
                    "-XX:AOTCache=target/twinroot/lib/twinroot.aot",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-Xlog:disable",
                    "-cp",
                    "target/twinroot/lib/twinroot.jar:" + System.getProperty("java.class.path"),
                    SqlNode.class.getName(),
                    folder.resolve(name).toString(),
                    database.address() + "?table=orders",
                    changes));
            if (peer != null) {
                command.add(peer);
            }
            double before = times.cpu();
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment().put("PGPASSWORD", database.password());
            this.process = builder.start();
            this.out = process.inputReader(StandardCharsets.UTF_8);
            this.built = ask("built");
            this.builtCpu = cpu();
            this.builtServerCpu = times.cpu() - before;
        }

        /** What it says to a command. Other lines, as of its log, are passed over. */
        Answer ask(String command) {
            try {
                process.outputWriter(StandardCharsets.UTF_8)
                        .append(command)
                        .append('\n')
                        .flush();
                StringBuilder said = new StringBuilder();
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    if (line.startsWith("answer ")) {
                        return Answer.of(line);
                    }
                    said.append(line).append('\n');
                }
                throw new AssertionError("no answer to " + command + ": " + said);
            } catch (IOException e) {
                throw new AssertionError("the node is gone", e);
            }
        }

        /** Seconds of its processor time. */
        double cpu() {
            return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
        }

        @Override
        public void close() throws IOException {
            process.outputWriter(StandardCharsets.UTF_8).close();
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted before a node had stopped", e);
            }
        }
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static void check(boolean right, Answer answer) {
        if (!right) {
            throw new AssertionError("another result than expected: " + answer);
        }
    }
}
