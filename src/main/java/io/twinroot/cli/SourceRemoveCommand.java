package io.twinroot.cli;

import io.twinroot.service.DatabaseChanges;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code twinroot source remove}. */
@Command(
        name = "remove",
        description = "Shows the SQL that removes what source install made, and executes it with --apply.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SourceRemoveCommand implements Callable<Integer> {
    private final Screen screen;

    @Mixin
    private final SourceStatements statements = new SourceStatements();

    SourceRemoveCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() {
        try (DatabaseChanges database = statements.open()) {
            statements.run(screen, database, database.remove());
        }
        return Exit.SAME;
    }
}
