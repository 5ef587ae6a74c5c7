package io.twinroot.bench;

import io.twinroot.source.sql.Engine;
import io.twinroot.source.sql.Server;
import io.twinroot.source.sql.ServerDatabase;
import io.twinroot.source.sql.Servers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A MariaDB and its replica, which differ in 100 known rows: a verify by hand beside pt-table-checksum, which writes
 * checksums of chunks into the primary, lets replication make them again in the replica, and compares them there. Both are
 * whole processes; the processor time is that of the program and of both servers together. pt-table-checksum is told to
 * leave its checks of the network alone, and runs as it does by default otherwise.
 *
 * <p>It joins the CRC32 of a chunk's rows by XOR. CRC32 is linear, so rows that changed in the same way cancel each other
 * where a chunk has an even number of them: that it finds all is not checked, but counted.
 */
public final class SqlChecksum {
    private static final String PROGRAM = "pt-table-checksum";

    private final int turns;
    private final Server primary;
    private final Server replica;
    private final ServerTimes times;

    private SqlChecksum(int turns, Server primary, Server replica) {
        this.turns = turns;
        this.primary = primary;
        this.replica = replica;
        this.times = new ServerTimes(List.of(primary, replica));
    }

    public static void main(String[] args) throws Exception {
        int rows = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        int turns = args.length > 1 ? Integer.parseInt(args[1]) : 3;
        if (Stream.of(System.getenv("PATH").split(":", -1))
                .noneMatch(folder -> Files.isExecutable(Path.of(folder, PROGRAM)))) {
            System.out.println("not measured: there is no " + PROGRAM + "; apt-get install percona-toolkit");
            return;
        }
        try (Server primary = Servers.startMariadb(List.of("--server-id=1", "--log-bin=binlog"));
                Server replica = Servers.startMariadb(List.of("--server-id=2", "--report-host=127.0.0.1"))) {
            new SqlChecksum(turns, primary, replica).run(new Orders(Engine.MARIADB, rows));
        }
    }

    private void run(Orders orders) throws Exception {
        ServerDatabase a = replicated(orders);
        ServerDatabase b = at(replica, a.name());
        Path defaults = Files.createTempFile("twinroot-bench", ".cnf");
        try {
            Files.writeString(defaults, "[client]\nuser=\"" + a.user() + "\"\npassword=\"" + a.password() + "\"\n");
            System.out.printf("MariaDB, %,d rows, %d turns%n", orders.rows(), turns);
            List<Double> checksums = new ArrayList<>();
            List<Double> syncs = new ArrayList<>();
            List<Double> strongs = new ArrayList<>();
            List<Double> alone = new ArrayList<>();
            List<Double> verifies = new ArrayList<>();
            for (int turn = 0; turn < turns; turn++) {
                ServerTimes.Cost floor = times.time(Orders.floor(a));
                ServerTimes.Cost verify = times.time(verify(a, b));
                ServerTimes.Cost checksum = times.time(checksum(defaults, a, "hosts"));
                ServerTimes.Cost named = times.time(sync(defaults, a));
                ServerTimes.Cost strong = times.time(checksum(defaults, a, "hosts", "--function=SHA1"));
                ServerTimes.Cost one = times.time(checksum(defaults, a, "none"));
                System.out.println("floor, one side               " + floor);
                System.out.println("twinroot verify               " + verify);
                System.out.println("pt-table-checksum             " + checksum + ", "
                        + chunksDiffering(checksum.output(), orders) + " chunks differ");
                System.out.println("pt-table-sync --print         " + named + ", " + statements(named.output())
                        + " of the 100 rows");
                System.out.println("pt-table-checksum, SHA1       " + strong);
                System.out.println("pt-table-checksum, no replica " + one);
                check(statements(named.output()) > 0, named.output());
                check(chunksDiffering(strong.output(), orders) > 0, strong.output());
                check(verify.output().contains("\"changed\":40,"), verify.output());
                check(verify.output().contains("\"only-in-a\":30,"), verify.output());
                check(verify.output().contains("\"only-in-b\":30,"), verify.output());
                check(chunksDiffering(checksum.output(), orders) > 0, checksum.output());
                check(chunksDiffering(one.output(), orders) == 0, one.output());
                verifies.add(verify.wall());
                checksums.add(checksum.wall());
                syncs.add(checksum.wall() + named.wall());
                strongs.add(strong.wall());
                alone.add(one.wall());
            }
            System.out.printf(
                    "verify, which names the 100 rows and compares SHA-256, takes %.2f of the wall time of pt-table-checksum"
                            + " with its replica, which names chunks and compares CRC32 (bar 1); %.2f of that with"
                            + " --function=SHA1; %.2f of pt-table-checksum and then pt-table-sync --print, which names"
                            + " the rows of these chunks, all or fewer; %.2f of two that checksum one server each%n",
                    median(verifies) / median(checksums),
                    median(verifies) / median(strongs),
                    median(verifies) / median(syncs),
                    median(verifies) / (2 * median(alone)));
        } finally {
            Files.delete(defaults);
        }
    }

    /** The table in both servers, made the same by replication and then different by hand. */
    private ServerDatabase replicated(Orders orders) throws Exception {
        ServerDatabase admin = replica.admin();
        admin.run(
                "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = "
                        + primary.admin().port()
                        + ", MASTER_USER = '" + primary.admin().user() + "', MASTER_PASSWORD = '"
                        + primary.admin().password().replace("'", "''")
                        + "', MASTER_SSL = 0, MASTER_USE_GTID = slave_pos",
                "START SLAVE");
        ServerDatabase a = orders.loaded(primary);
        catchUp(a);
        orders.differ(at(replica, a.name()));
        return a;
    }

    private void catchUp(ServerDatabase a) throws Exception {
        String position = first(a, "SELECT @@gtid_binlog_pos");
        String reached = first(replica.admin(), "SELECT MASTER_GTID_WAIT('" + position + "', 300)");
        check(reached.equals("0"), "the replica did not come to " + position + " in 300 s");
    }

    private static String first(ServerDatabase database, String select) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(select)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static ServerDatabase at(Server server, String name) {
        ServerDatabase admin = server.admin();
        return new ServerDatabase(admin.engine(), admin.host(), admin.port(), admin.user(), admin.password(), name);
    }

    private static List<String> verify(ServerDatabase a, ServerDatabase b) {
        return List.of(
                "target/twinroot/bin/twinroot",
                "verify",
                "--json",
                "--settle",
                "0s",
                a.address() + "?table=orders&sslMode=disable",
                b.address() + "?table=orders&sslMode=disable");
    }

    /** Names the rows of the chunks that the last checksum found to differ. */
    private static List<String> sync(Path defaults, ServerDatabase database) {
        return List.of(
                "pt-table-sync",
                "--print",
                "--no-version-check",
                "--no-check-child-tables",
                "--recursion-method=hosts",
                "--replicate=percona.checksums",
                "F=" + defaults + ",h=" + database.host() + ",P=" + database.port());
    }

    private static long statements(String output) {
        return output.lines()
                .filter(line -> line.startsWith("REPLACE INTO") || line.startsWith("DELETE FROM"))
                .count();
    }

    private static List<String> checksum(Path defaults, ServerDatabase database, String replicas, String... more) {
        List<String> command = new ArrayList<>(List.of(
                PROGRAM,
                "--no-version-check",
                "--no-check-replication-filters",
                "--no-check-binlog-format",
                "--recursion-method=" + replicas,
                "--databases=" + database.name(),
                "--tables=orders",
                "F=" + defaults + ",h=" + database.host() + ",P=" + database.port()));
        command.addAll(List.of(more));
        return command;
    }

    /** Of the line that ends with the table's name: TS ERRORS DIFFS ROWS DIFF_ROWS CHUNKS SKIPPED TIME TABLE. */
    private static int chunksDiffering(String output, Orders orders) {
        String[] fields = output.lines()
                .filter(line -> line.endsWith(".orders"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("it gave no result: " + output))
                .trim()
                .split("\\s+", -1);
        check(Integer.parseInt(fields[1]) == 0 && Integer.parseInt(fields[3]) == orders.rows(), output);
        return Integer.parseInt(fields[2]);
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
