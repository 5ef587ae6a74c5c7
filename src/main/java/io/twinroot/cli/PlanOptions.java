package io.twinroot.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of repair for files: the plan, and the way back. */
final class PlanOptions {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write the plan into a new file, and change nothing.")
    @Nullable
    Path output;

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            description = "With --apply do exactly what that plan says, without comparing again; A and B are those"
                    + " of the plan unless they are given.")
    @Nullable
    Path plan;

    @Option(
            names = "--undo",
            paramLabel = "FILE",
            description = "With --apply write, before anything is changed, how each row was into a new file;"
                    + " twinroot undo FILE brings it back.")
    @Nullable
    Path undo;

    void check(boolean apply) {
        if (output != null && (apply || plan != null)) {
            throw new Trouble(
                    "--output writes a plan and changes nothing; it stands alone, without --apply and --plan");
        }
        if (undo != null && !apply) {
            throw new Trouble("--undo writes the way back of a repair that is done: give --apply too");
        }
    }
}
