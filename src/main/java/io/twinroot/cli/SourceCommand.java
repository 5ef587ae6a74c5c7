package io.twinroot.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code twinroot source}, which is nothing without one of its commands. */
@Command(
        name = "source",
        description = "Sets up in a database what tells a node which rows changed, and removes it.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class SourceCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run()
    private CommandSpec spec;

    private SourceCommand() {}

    static CommandLine line(Screen screen) {
        return new CommandLine(new SourceCommand())
                .addSubcommand(new SourceInstallCommand(screen))
                .addSubcommand(new SourceRemoveCommand(screen));
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Missing command: one of "
                        + String.join(", ", spec.subcommands().keySet()) + ".");
    }
}
