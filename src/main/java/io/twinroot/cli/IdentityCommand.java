package io.twinroot.cli;

import io.twinroot.service.Identity;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code twinroot identity}. */
@Command(
        name = "identity",
        description = "Says who a node is among others, or makes the copy of a node's folder a node of its own.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Two nodes that pass for one, as a copy of a folder does that is started beside the first, are refused by",
            "all others until one of them is renewed. Its rows stay as they are."
        })
final class IdentityCommand implements Callable<Integer> {
    private final Screen screen;

    @Parameters(paramLabel = "FOLDER", description = "The node's folder of data.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path folder;

    @Option(names = "--renew", description = "Give it a new identity. The node must not run.")
    private boolean renew;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    IdentityCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() {
        Identity identity = renew
                ? Identity.renew(folder)
                : Identity.of(folder)
                        .orElseThrow(
                                () -> new Trouble(folder + " has no identity; a store gets one when it is opened"));
        if (output.json) {
            new JsonLines(screen.out()).line("identity", json -> {
                json.writeStringField("folder", folder.toString());
                json.writeStringField("node", identity.name());
                json.writeBooleanField("renewed", renew);
            });
        } else if (!output.quiet) {
            screen.out().println(folder + " is " + (renew ? "now " : "") + "the node " + screen.bold(identity.shown()));
        }
        return Exit.SAME;
    }
}
