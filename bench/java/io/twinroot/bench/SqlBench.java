package io.twinroot.bench;

import io.twinroot.source.sql.Engine;
import io.twinroot.source.sql.Server;
import io.twinroot.source.sql.ServerDatabase;
import io.twinroot.source.sql.Servers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What it costs to read a table of a database into an index with a tree, and to compare two databases by hand, beside the
 * floor: one client of the engine's own that reads the table in the order of its key. Whole processes; the processor time
 * is that of the client and of the server together. The two tables differ in 100 known rows, which are counted.
 */
public final class SqlBench {
    private final Engine engine;
    private final int rows;
    private final int turns;
    private final Server server;
    private final ServerTimes times;
    private final List<String> java;

    private SqlBench(Engine engine, int rows, int turns, Server server) {
        this.engine = engine;
        this.rows = rows;
        this.turns = turns;
        this.server = server;
        this.times = new ServerTimes(List.of(server));
        this.java = List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:AOTCache=target/twinroot/lib/twinroot.aot",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xlog:disable",
                "-cp",
                "target/twinroot/lib/twinroot.jar:target/test-classes");
    }

    public static void main(String[] args) throws Exception {
        Engine engine = args.length > 0 ? Engine.valueOf(args[0]) : Engine.POSTGRESQL;
        int rows = args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000;
        int turns = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        try (Server server =
                engine == Engine.POSTGRESQL ? Servers.startPostgres(List.of()) : Servers.startMariadb(List.of())) {
            new SqlBench(engine, rows, turns, server).run();
        }
    }

    private void run() throws Exception {
        Orders orders = new Orders(engine, rows);
        ServerDatabase a = orders.loaded(server);
        ServerDatabase b = orders.loaded(server);
        orders.differ(b);
        System.out.printf("%s, %,d rows, %d turns%n", engine, rows, turns);
        long base = peakKb(times.time(command(SqlBuild.class)).output());
        System.out.printf("a JVM that only starts: %,d MB resident at its peak%n", base / 1024);
        List<ServerTimes.Cost> floors = new ArrayList<>();
        List<ServerTimes.Cost> builds = new ArrayList<>();
        List<ServerTimes.Cost> verifies = new ArrayList<>();
        for (int turn = 0; turn < turns; turn++) {
            ServerTimes.Cost floor = times.time(Orders.floor(a));
            ServerTimes.Cost build =
                    times.time(command(SqlBuild.class, "-Xmx256m", a.address() + "?table=orders" + options()));
            ServerTimes.Cost verify = times.time(verify(a, b));
            System.out.println("floor   " + floor);
            System.out.printf("build   %s, peak %,d MB%n", build, peakKb(build.output()) / 1024);
            System.out.println("verify  " + verify);
            check(build.output().contains("rows " + rows + " "), build.output());
            check(
                    verify.output().contains("\"changed\":40,")
                            && verify.output().contains("\"only-in-a\":30,")
                            && verify.output().contains("\"only-in-b\":30,"),
                    verify.output());
            floors.add(floor);
            builds.add(build);
            verifies.add(verify);
        }
        double floorCpu = median(floors.stream().map(ServerTimes.Cost::cpu));
        double floorWall = median(floors.stream().map(ServerTimes.Cost::wall));
        System.out.printf(
                "build: %.2f of the floor's CPU (bar 1.5), %.2f of its wall time; peak %,d MB beyond the JVM's base (bar"
                        + " 256)%n",
                median(builds.stream().map(ServerTimes.Cost::cpu)) / floorCpu,
                median(builds.stream().map(ServerTimes.Cost::wall)) / floorWall,
                (builds.stream()
                                        .mapToLong(build -> peakKb(build.output()))
                                        .max()
                                        .orElseThrow()
                                - base)
                        / 1024);
        System.out.printf(
                "verify of two databases: %.2f of the floor's wall time (bar 3), 100 differences found each time%n",
                median(verifies.stream().map(ServerTimes.Cost::wall)) / floorWall);
    }

    private static void check(boolean right, String output) {
        if (!right) {
            throw new AssertionError("another result than expected: " + output);
        }
    }

    private static double median(Stream<Double> values) {
        List<Double> sorted = values.sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private static long peakKb(String output) {
        return output.lines()
                .filter(line -> line.startsWith("VmHWM"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }

    private List<String> command(Class<?> main, String... args) {
        List<String> command = new ArrayList<>(java);
        Arrays.stream(args).filter(arg -> arg.startsWith("-X")).forEach(command::add);
        command.add(main.getName());
        Arrays.stream(args).filter(arg -> !arg.startsWith("-X")).forEach(command::add);
        return command;
    }

    private String options() {
        return engine == Engine.MARIADB ? "&sslMode=disable" : "";
    }

    private List<String> verify(ServerDatabase a, ServerDatabase b) {
        return List.of(
                "target/twinroot/bin/twinroot",
                "verify",
                "--json",
                "--settle",
                "0s",
                a.address() + "?table=orders" + options(),
                b.address() + "?table=orders" + options());
    }
}
