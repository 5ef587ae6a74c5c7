package io.twinroot.cli;

import io.twinroot.config.Config;
import io.twinroot.config.ConfigException;
import io.twinroot.config.ConfigReader;
import io.twinroot.service.Node;
import io.twinroot.table.TableName;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code twinroot serve}. */
@Command(
        name = "serve",
        description = "Runs a node: serves its tables over HTTP, and repairs them with its peers on schedule.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {"", "It runs until it is interrupted. Without --config it has no peers."})
final class ServeCommand implements Callable<Integer> {
    private final Screen screen;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", description = "Settings; config.example.json has them all.")
    private @Nullable Path config;

    @Option(names = "--data", paramLabel = "DIR", description = "The folder of the node's data; made where missing.")
    private @Nullable Path data;

    @Option(names = "--port", paramLabel = "N", description = "The port on 127.0.0.1; 0 for any. Default: 7400.")
    private @Nullable Integer port;

    @Option(names = "--table", paramLabel = "TABLE", description = "A table to make where it is missing; repeatable.")
    private List<String> tables = List.of();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    ServeCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws ConfigException, InterruptedException {
        Node node = Node.start(config());
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            node.close();
            stopped.countDown();
            Runtime.getRuntime().halt(Exit.SAME);
        }));
        announce(node);
        stopped.await();
        return Exit.SAME;
    }

    private Config config() throws ConfigException {
        if (config != null) {
            if (data != null || port != null || !tables.isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(), "--config says it all: leave out --data, --port and --table.");
            }
            return ConfigReader.read(config);
        }
        if (data == null) {
            throw new ParameterException(spec.commandLine(), "serve needs --config FILE or --data DIR.");
        }
        int on = port == null ? Config.DEFAULT_PORT : port;
        if (on < 0 || on > 65_535) {
            throw new ParameterException(spec.commandLine(), "--port " + on + " is not one of 0 to 65535.");
        }
        try {
            return Config.of(
                    data.toAbsolutePath(),
                    on,
                    tables.stream().map(TableName::new).toList());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--table: " + e.getMessage(), e);
        }
    }

    private void announce(Node node) {
        String url = "http://127.0.0.1:" + node.port();
        if (output.json) {
            new JsonLines(screen.out()).line("listening", json -> {
                json.writeStringField("url", url);
                json.writeNumberField("pid", ProcessHandle.current().pid());
            });
        } else if (!output.quiet) {
            screen.out().println("Listening on " + url + " (stop with Ctrl-C)");
        }
    }
}
