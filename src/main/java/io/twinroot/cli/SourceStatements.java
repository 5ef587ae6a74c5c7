package io.twinroot.cli;

import io.twinroot.service.DatabaseChanges;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows statements for a database, and executes them where that is asked for. */
final class SourceStatements {
    @Parameters(
            paramLabel = "ADDRESS",
            description = "A table of a database: postgresql://USER@HOST/DATABASE?table=TABLE or mariadb://…")
    @SuppressWarnings("NullAway.Init") // set by picocli
    String address;

    @Option(names = "--apply", description = "Execute the statements. Without it they are only shown.")
    private boolean apply;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    DatabaseChanges open() {
        return DatabaseChanges.open(address, System.getenv());
    }

    void run(Screen screen, DatabaseChanges changes, List<String> statements) {
        if (output.json) {
            JsonLines lines = new JsonLines(screen.out());
            statements.forEach(sql -> lines.line("statement", json -> json.writeStringField("sql", sql)));
        } else if (!output.quiet) {
            statements.forEach(sql -> screen.out().println(script(sql)));
        }
        if (apply) {
            changes.apply(statements);
        }
        if (output.json) {
            new JsonLines(screen.out()).line("source", json -> {
                json.writeStringField("address", address);
                json.writeNumberField("statements", statements.size());
                json.writeBooleanField("applied", apply);
            });
        } else if (!output.quiet) {
            screen.err()
                    .println(
                            statements.isEmpty()
                                    ? "There is nothing to do."
                                    : apply
                                            ? statements.size() + " statements were executed."
                                            : "Nothing was changed; --apply executes these.");
        }
    }

    /** As the clients of the engines take it: MariaDB's would end a statement at a semicolon inside. */
    private static String script(String sql) {
        boolean hasBody = sql.contains(";\n") && !sql.contains("$twinroot$");
        return hasBody ? "DELIMITER $$\n" + sql + "$$\nDELIMITER ;" : sql + ";";
    }
}
