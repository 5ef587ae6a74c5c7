package io.twinroot.cli;

import io.twinroot.service.DatabaseChanges;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code twinroot source install}. */
@Command(
        name = "install",
        description =
                "Shows the SQL that has a database note which rows of a table change, and executes it with --apply.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SourceInstallCommand implements Callable<Integer> {
    private final Screen screen;

    @Mixin
    private final SourceStatements statements = new SourceStatements();

    @Option(
            names = "--changes",
            required = true,
            paramLabel = "HOW",
            description =
                    "slot: a publication and a logical replication slot of PostgreSQL. triggers: a table of changed"
                            + " keys, and triggers that fill it; PostgreSQL and MariaDB.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private How changes;

    /** As in the node's configuration. */
    private enum How {
        SLOT,
        TRIGGERS
    }

    SourceInstallCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() {
        try (DatabaseChanges database = statements.open()) {
            statements.run(
                    screen,
                    database,
                    switch (changes) {
                        case SLOT -> database.installSlot();
                        case TRIGGERS -> database.installTriggers();
                    });
        }
        return Exit.SAME;
    }
}
