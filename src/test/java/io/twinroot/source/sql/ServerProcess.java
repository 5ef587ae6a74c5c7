package io.twinroot.source.sql;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server's process. A small shell stands between it and this JVM: when the shell's input ends, because the server is
 * to stop or because this JVM is gone, killed or not, it ends the server and removes its data.
 */
final class ServerProcess {
    private static final String WATCH = """
            signal=$1; data=$2; shift 2
            exec 3<&0
            "$@" </dev/null &
            server=$!
            (cat <&3 >/dev/null; kill -$signal $server 2>/dev/null) &
            wait $server
            rm -rf "$data"
            """;

    private static final Duration START = Duration.ofSeconds(60);

    /** Whether the server takes a connection; an exception where it does not yet. */
    @FunctionalInterface
    interface Ready {
        void check() throws Exception;
    }

    private final Process shell;
    private final Path data;
    private final Path log;

    private ServerProcess(Process shell, Path data, Path log) {
        this.shell = shell;
        this.data = data;
        this.log = log;
    }

    /**
     * Starts a server and waits until it is ready.
     *
     * @param signal that ends it at once
     * @param data removed when it ends; it must have a folder {@code log} beside the server's own files
     */
    static ServerProcess start(String signal, Path data, List<String> command, Ready ready) {
        Path log = data.resolve("twinroot.log");
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", WATCH, "sh", signal, data.toString()));
        words.addAll(command);
        try {
            Process shell = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            ServerProcess process = new ServerProcess(shell, data, log);
            process.await(ready, command);
            return process;
        } catch (IOException e) {
            throw new AssertionError("cannot run " + command.getFirst() + ": " + e.getMessage(), e);
        }
    }

    private void await(Ready ready, List<String> command) throws IOException {
        long end = System.nanoTime() + START.toNanos();
        while (true) {
            try {
                ready.check();
                return;
            } catch (Exception e) {
                boolean dead = !shell.isAlive();
                if (dead || System.nanoTime() > end) {
                    String said = Files.exists(log)
                            ? Files.readString(log, StandardCharsets.UTF_8)
                            : "nothing (its data is gone)";
                    stop();
                    throw new AssertionError(
                            command + (dead ? " ended" : " was not ready after " + START)
                                    + ". Run it by hand to see why;" + " it said: " + said,
                            e);
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while a server started", e);
        }
    }

    Path data() {
        return data;
    }

    Path log() {
        return log;
    }

    void stop() {
        try {
            shell.getOutputStream().close();
            if (!shell.waitFor(20, TimeUnit.SECONDS)) {
                shell.descendants().forEach(ProcessHandle::destroyForcibly);
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("cannot stop the server of " + data, e);
        }
    }

    /** Runs a program to its end; its input comes from a file. */
    static void run(List<String> command, Path input) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(input.toFile())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(command + " failed; it said: " + said);
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("cannot run " + command.getFirst() + ": " + e.getMessage(), e);
        }
    }

    /** A port of the loopback that is free now. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError("no free port on the loopback", e);
        }
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    static boolean hasProgram(String name) {
        return Stream.of("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin")
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }
}
