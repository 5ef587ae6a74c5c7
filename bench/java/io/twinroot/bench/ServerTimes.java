package io.twinroot.bench;

import io.twinroot.source.sql.Server;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What it takes to run a program that talks to database servers: its own time, and the servers'.
 *
 * @param servers whose processor time is counted; their passwords are in the program's environment
 */
record ServerTimes(List<Server> servers) {
    /** What a process took: seconds of wall time, of its own processor time, and of the server's. */
    record Cost(double wall, double client, double server, String output) {
        double cpu() {
            return client + server;
        }

        @Override
        public String toString() {
            return String.format("%6.2f s wall, %5.2f s client + %5.2f s server CPU", wall, client, server);
        }
    }

    /** Runs a program to its end, whatever its exit code is. */
    Cost time(List<String> command) throws IOException, InterruptedException {
        List<String> timed = new ArrayList<>(List.of(
                "bash", "-c", "TIMEFORMAT='times %R %U %S'; exec 3>&1; time \"$@\" >\"$OUT\" 2>&3; exit 0", "bash"));
        timed.addAll(command);
        Path out = Files.createTempFile("twinroot-bench", ".out");
        boolean kept = !command.getFirst().equals("psql") && !command.getFirst().equals("mariadb");
        ProcessBuilder builder = new ProcessBuilder(timed).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.put("OUT", kept ? out.toString() : "/dev/null");
        environment.put("PGPASSWORD", servers.getFirst().admin().password());
        environment.put("MYSQL_PWD", servers.getFirst().admin().password());
        double before = cpu();
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        String[] times = said.lines()
                .filter(line -> line.startsWith("times "))
                .findFirst()
                .orElseThrow(() -> new IOException(said))
                .split(" ", -1);
        String output = Files.readString(out) + said;
        Files.delete(out);
        return new Cost(
                Double.parseDouble(times[1]),
                Double.parseDouble(times[2]) + Double.parseDouble(times[3]),
                cpu() - before,
                output);
    }

    /** Seconds of processor time of all processes of the servers, those that ended among them. */
    double cpu() throws IOException {
        double ticks = 0;
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process : processes.toList()) {
                Optional<String> stat = ofServer(process);
                if (stat.isPresent()) {
                    String[] fields = stat.get()
                            .substring(stat.get().lastIndexOf(')') + 2)
                            .split(" ", -1);
                    for (int i = 11; i <= 14; i++) {
                        ticks += Long.parseLong(fields[i]);
                    }
                }
            }
        }
        return ticks / 100;
    }

    private Optional<String> ofServer(Path process) {
        try {
            Path folder = Files.readSymbolicLink(process.resolve("cwd"));
            return servers.stream().anyMatch(server -> folder.startsWith(server.data()))
                    ? Optional.of(Files.readString(process.resolve("stat")))
                    : Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.empty(); // not a process, or it ended
        }
    }
}
