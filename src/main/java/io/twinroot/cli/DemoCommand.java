package io.twinroot.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code twinroot demo}. */
@Command(
        name = "demo",
        description = "Shows on real data how two copies drift apart, and are found out and repaired.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "It starts two nodes on free ports of 127.0.0.1, with data in a temporary folder, and removes both.",
            "Exit code: 0 when all went as it should, 2 when not."
        })
final class DemoCommand implements Callable<Integer> {
    private final Screen screen;

    @Option(names = "--keep", description = "Keep the data, and say where it is.")
    private boolean keep;

    @Option(names = "--small", hidden = true, description = "Far less data: to try it, and to warm up.")
    private boolean small;

    DemoCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        String temp = screen.environment().getOrDefault("TMPDIR", System.getProperty("java.io.tmpdir"));
        try (Demo demo = Demo.in(Path.of(temp), screen, keep, small)) {
            demo.run();
        }
        return Exit.SAME;
    }
}
