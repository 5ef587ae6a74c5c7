package io.twinroot.service;

import io.twinroot.source.Pacing;
import io.twinroot.source.sql.Strain;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * How tables of a database are read.
 *
 * @param environment variables of the process, for passwords
 * @param maxRate the most rows in a second, of each table
 * @param maxLagMs while replication of the server is further behind, reading pauses
 * @param maxRunning while more statements of others are executed on the server, reading pauses
 * @param resume a folder in which interrupted scans are remembered; empty to begin anew each time
 */
public record SqlOptions(
        Map<String, String> environment,
        OptionalLong maxRate,
        OptionalLong maxLagMs,
        OptionalInt maxRunning,
        Optional<Path> resume) {
    /** As fast as it goes, passwords from the environment of this process. */
    public static final SqlOptions DEFAULT = new SqlOptions(
            System.getenv(), OptionalLong.empty(), OptionalLong.empty(), OptionalInt.empty(), Optional.empty());

    public SqlOptions {
        environment = Map.copyOf(environment);
    }

    /** Only the settings, never the environment. */
    @Override
    public String toString() {
        return "SqlOptions[" + maxRate + ", " + maxLagMs + ", " + maxRunning + ", " + resume + "]";
    }

    /** @param strain asks the server that is read */
    Pacing pacing(Supplier<Strain> strain) {
        Pacing rate = RatePacing.of(maxRate);
        return maxLagMs.isEmpty() && maxRunning.isEmpty()
                ? rate
                : new StrainPacing(maxLagMs.orElse(Long.MAX_VALUE), maxRunning.orElse(Integer.MAX_VALUE), strain, rate);
    }
}
