package io.twinroot.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A node in a process of its own, started as a user starts it: {@code twinroot serve}. */
final class NodeProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration STOP = Duration.ofSeconds(15);

    private final Process process;
    private final Path log;

    private NodeProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Starts a node.
     *
     * @param log gets what the node says on standard error
     */
    static NodeProcess launch(Path folder, Path log, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(launcher());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("TWINROOT_JAVA_HOME", System.getProperty("java.home"));
        builder.environment()
                .computeIfPresent("TWINROOT_JAVA_OPTS", (name, options) -> options.contains("AOT") ? "" : options);
        return new NodeProcess(builder.start(), log);
    }

    /** The built distribution's launcher; without one, this JVM again. */
    private static List<String> launcher() {
        Path code = Path.of(
                Main.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        Path launcher = code.resolveSibling("../bin/twinroot").normalize();
        if (Files.isExecutable(launcher)) {
            return List.of(launcher.toString());
        }
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
    }

    /** Waits until it listens, and gives up with what it said where it does not. */
    void awaitListening() throws IOException, InterruptedException {
        BufferedReader out = process.inputReader();
        FutureTask<@Nullable String> first = new FutureTask<>(out::readLine);
        reader(first);
        try {
            String line = first.get(START.toMillis(), TimeUnit.MILLISECONDS);
            if (line == null) {
                throw new Trouble("the node ended instead of listening: " + tail());
            }
        } catch (ExecutionException | TimeoutException e) {
            close();
            throw new Trouble("the node did not listen within " + START.toSeconds() + " s: " + tail(), e);
        }
        reader(() -> drain(out));
    }

    /** To wait for a pipe holds the thread beneath a virtual one, and of those there are as few as processors. */
    private static void reader(Runnable work) {
        Thread.ofPlatform().daemon().name("node-output").start(work);
    }

    private static void drain(BufferedReader out) {
        out.lines().forEach(line -> {});
    }

    private String tail() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return lines.isEmpty()
                ? "it said nothing"
                : String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    }

    /** Stops it as Ctrl-C does, and waits until it is gone. */
    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
            close();
            throw new Trouble("the node did not stop within " + STOP.toSeconds() + " s");
        }
    }

    /** Kills it and what it started. */
    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
