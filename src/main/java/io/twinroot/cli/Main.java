package io.twinroot.cli;

import io.twinroot.config.ConfigException;
import io.twinroot.reconcile.ReplicaException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code twinroot} command. Exit codes: 0 same or done, 1 different, 2 trouble. */
@Command(
        name = "twinroot",
        description = "Keeps copies of the same tables the same, and proves it.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "An address is  http://HOST:PORT/TABLE  or  store:PATH?table=TABLE;  without a table it means all of them.",
            "Exit codes: 0 same or done, 1 different, 2 trouble."
        })
public final class Main implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run()
    private CommandSpec spec;

    private Main() {}

    /** Runs one command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        Screen screen = Screen.ofProcess();
        int exit = run(screen, args);
        if (screen.out().checkError() && exit != Exit.TROUBLE) {
            screen.err().println("twinroot: the answer could not be written to standard output");
            exit = Exit.TROUBLE;
        }
        screen.err().flush();
        System.exit(exit);
    }

    /** Runs one command as {@code main} does, and gives its exit code. */
    static int run(Screen screen, String... args) {
        return commandLine(screen).execute(args);
    }

    static CommandLine commandLine(Screen screen) {
        CommandLine line = new CommandLine(new Main());
        line.addSubcommand(new ServeCommand(screen));
        line.addSubcommand(new VerifyCommand(screen));
        line.addSubcommand(new RepairCommand(screen));
        line.addSubcommand(new UndoCommand(screen));
        line.addSubcommand(new StatusCommand(screen));
        line.addSubcommand(new FeedCommand(screen));
        line.addSubcommand(new ScrubCommand(screen));
        line.addSubcommand(new ProblemsCommand(screen));
        line.addSubcommand(new ApproveCommand(screen));
        line.addSubcommand(new TrashCommand(screen));
        line.addSubcommand(new LoadCommand(screen));
        line.addSubcommand(new DumpCommand(screen));
        line.addSubcommand(new DeleteCommand(screen));
        line.addSubcommand(new FlagsCommand(screen));
        line.addSubcommand(new BackupCommand(screen));
        line.addSubcommand(LogCommand.line(screen));
        line.addSubcommand(SourceCommand.line(screen));
        line.addSubcommand(new IdentityCommand(screen));
        line.addSubcommand(new DemoCommand(screen));
        line.addSubcommand(new RehearseCommand(screen));
        line.setOut(new PrintWriter(screen.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(screen.err(), true, StandardCharsets.UTF_8));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(screen.coloured() ? Ansi.ON : Ansi.OFF));
        line.setUsageHelpWidth(Math.min(screen.width(), 120));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((wrong, given) -> misused(screen, wrong));
        line.setExecutionExceptionHandler((failure, command, parsed) -> failed(screen, failure, parsed));
        return line;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Missing command: one of "
                        + spec.subcommands().values().stream()
                                .map(CommandLine::getCommandSpec)
                                .filter(command -> !command.usageMessage().hidden())
                                .map(CommandSpec::name)
                                .collect(Collectors.joining(", "))
                        + ".");
    }

    private static int misused(Screen screen, ParameterException wrong) {
        StringBuilder message = new StringBuilder(Objects.requireNonNullElse(wrong.getMessage(), "wrong arguments"));
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            unmatched.getSuggestions().stream()
                    .findFirst()
                    .ifPresent(known ->
                            message.append(". Did you mean ").append(known).append('?'));
        }
        screen.err().println("twinroot: " + message);
        screen.err().println("See " + wrong.getCommandLine().getCommandSpec().qualifiedName() + " --help.");
        trace(screen, wrong);
        return Exit.TROUBLE;
    }

    private static int failed(Screen screen, Exception failure, ParseResult parsed) {
        String sentence = sentence(failure);
        screen.err().println("twinroot: " + sentence);
        trace(screen, failure);
        if (asksForJson(parsed)) {
            new JsonLines(screen.out()).line("error", json -> json.writeStringField("message", sentence));
        }
        return Exit.TROUBLE;
    }

    private static boolean asksForJson(ParseResult parsed) {
        return parsed.hasMatchedOption("--json") || (parsed.hasSubcommand() && asksForJson(parsed.subcommand()));
    }

    private static void trace(Screen screen, Exception failure) {
        if (screen.debug()) {
            failure.printStackTrace(screen.err());
        }
    }

    /** What a user needs to know of a failure. */
    private static String sentence(Throwable failure) {
        return switch (failure) {
            case Trouble trouble -> String.valueOf(trouble.getMessage());
            case ConfigException wrong -> String.valueOf(wrong.getMessage());
            case ReplicaException refused -> String.valueOf(refused.getMessage());
            case UncheckedIOException wrapped when wrapped.getCause() != null -> sentence(wrapped.getCause());
            case NoSuchFileException missing -> missing.getFile() + ": there is no such file or folder";
            case AccessDeniedException denied -> denied.getFile() + ": access is denied";
            case FileSystemException broken ->
                broken.getFile() + ": " + Objects.requireNonNullElse(broken.getReason(), "cannot be used");
            case IOException broken -> "input or output failed: " + broken.getMessage();
            default -> "an error inside twinroot: " + failure + " (TWINROOT_DEBUG=1 shows where)";
        };
    }

    /** The version that the build wrote into the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String built = Main.class.getPackage().getImplementationVersion();
            return new String[] {"twinroot " + Objects.requireNonNullElse(built, "(unpackaged)")};
        }
    }
}
