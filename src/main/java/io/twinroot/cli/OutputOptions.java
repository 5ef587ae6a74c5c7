package io.twinroot.cli;

import picocli.CommandLine.Option;

/** Options of every command. */
final class OutputOptions {
    @Option(
            names = "--json",
            description = "Answer in JSON lines (docs/cli.md) and print nothing else on standard output.")
    boolean json;

    @Option(
            names = {"-q", "--quiet"},
            description = "No summary and no progress: the exit code tells.")
    boolean quiet;
}
