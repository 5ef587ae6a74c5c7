package io.twinroot.cli;

import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code twinroot log}, which is nothing without one of its commands. */
@Command(
        name = "log",
        description = "Carries changes from one place to another in a file.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class LogCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run()
    private CommandSpec spec;

    private LogCommand() {}

    static CommandLine line(Screen screen) {
        return new CommandLine(new LogCommand())
                .addSubcommand(new LogExportCommand(screen))
                .addSubcommand(new LogImportCommand(screen));
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Missing command: one of "
                        + spec.subcommands().keySet().stream().collect(Collectors.joining(", ")) + ".");
    }
}
