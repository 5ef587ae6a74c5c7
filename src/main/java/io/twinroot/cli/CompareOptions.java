package io.twinroot.cli;

import io.twinroot.config.Durations;
import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Metered;
import io.twinroot.reconcile.Mode;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Reading;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.Scope;
import io.twinroot.reconcile.Survey;
import io.twinroot.reconcile.Traffic;
import io.twinroot.reconcile.Verify;
import io.twinroot.service.Address;
import io.twinroot.service.Addresses;
import io.twinroot.service.SqlOptions;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** What commands that compare two places have in common. */
final class CompareOptions {
    /** More than a live feed is behind. */
    private static final long SETTLE_MS = 3_000;

    private static final SecureRandom RANDOM = new SecureRandom();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "A",
            description = "The first place.",
            converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    Address a;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "B",
            description = "The second place.",
            converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    Address b;

    @Option(
            names = "--settle",
            paramLabel = "TIME",
            description = "How long a row that differs is left alone before it is read again."
                    + " Default: 3s, between two stores 0.",
            converter = ToDuration.class)
    private @Nullable Duration settle;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "List so many rows of each table; 0 for all. Default: 20, with --json all.")
    private @Nullable Integer limit;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description = "What is compared. tree: all rows, by digests; full: every field; partial: stamps;"
                    + " incremental: stamps of what changed lately. Default: ${DEFAULT-VALUE}.",
            defaultValue = "tree")
    private Mode mode = Mode.TREE;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "With --mode incremental: from when on, as 2026-01-02T03:04:05Z or 2h for two hours ago."
                    + " Default: the last sync that a node remembers.")
    private @Nullable String since;

    @Option(
            names = "--max-rate",
            paramLabel = "ROWS",
            description = "Read at most so many rows of a table of a database in a second.")
    private @Nullable Long maxRate;

    @Option(
            names = "--max-lag",
            paramLabel = "TIME",
            description =
                    "Pause the reading of a table of a database while replication of its server is further behind.",
            converter = ToDuration.class)
    private @Nullable Duration maxLag;

    @Option(
            names = "--max-load",
            paramLabel = "N",
            description = "Pause it while more than N statements of others are running on the server.")
    private @Nullable Integer maxLoad;

    @Option(
            names = "--resume",
            paramLabel = "FOLDER",
            description = "Remember in this folder how far tables of a database were read, and go on there after an"
                    + " interruption.")
    private @Nullable Path resume;

    /** A table of a database that was read to be compared. */
    record TableReading(Pair pair, String side, Reading reading) {}

    private final List<TableReading> readings = new ArrayList<>();

    /** The tables of databases that were read. */
    List<TableReading> readings() {
        return List.copyOf(readings);
    }

    /** Whether a side is a database. */
    boolean isOfDatabase() {
        return a instanceof Address.Sql || b instanceof Address.Sql;
    }

    Replicas openA() {
        return Addresses.open(a, reading());
    }

    Replicas openB() {
        return Addresses.open(b, reading());
    }

    private SqlOptions reading() {
        if (maxRate != null && maxRate < 1) {
            throw new Trouble("--max-rate " + maxRate + " is not 1 or more");
        }
        if (maxLoad != null && maxLoad < 0) {
            throw new Trouble("--max-load " + maxLoad + " is negative");
        }
        return new SqlOptions(
                System.getenv(),
                maxRate == null ? OptionalLong.empty() : OptionalLong.of(maxRate),
                maxLag == null ? OptionalLong.empty() : OptionalLong.of(maxLag.toMillis()),
                maxLoad == null ? OptionalInt.empty() : OptionalInt.of(maxLoad),
                Optional.ofNullable(resume));
    }

    /** How a command line says in which mode to compare; empty for the usual one. */
    String modeWords() {
        return mode == Mode.TREE ? "" : " --mode " + mode.word() + (since == null ? "" : " --since " + since);
    }

    /** Makes sure that nothing is said of how to compare, where nothing is compared. */
    void needNoMode() {
        if (mode != Mode.TREE || since != null) {
            throw new Trouble("a plan is carried out without comparing: leave out --mode and --since");
        }
    }

    private Scope scope(Pair pair) {
        if (since != null && mode != Mode.INCREMENTAL) {
            throw new Trouble("--since goes with --mode incremental only");
        }
        return switch (mode) {
            case TREE -> Scope.TREE;
            case FULL -> Scope.FULL;
            case PARTIAL -> Scope.PARTIAL;
            case INCREMENTAL -> Scope.since(moment(pair));
        };
    }

    private Instant moment(Pair pair) {
        if (since == null) {
            return LastSync.of(pair.a(), pair.b())
                    .orElseThrow(() -> new Trouble("no node remembers when " + pair.name()
                            + " was last brought together between " + pair.a().place() + " and "
                            + pair.b().place() + "; say --since TIME, or use another mode"));
        }
        return switch (Since.parse(since, Instant.now())) {
            case Since.Time(Instant moment) -> moment;
            case Since.Cursor(String text) ->
                throw new Trouble(
                        "--since '" + text + "' is neither a time as 2026-01-02T03:04:05Z nor a duration as 2h");
        };
    }

    /** Whether both places are given; else none of them may be. */
    @SuppressWarnings("NullAway") // picocli may leave them null
    boolean isGiven() {
        if (a != null && b == null) {
            throw new Trouble("Missing required parameter: B, the place to compare " + a + " with");
        }
        return a != null;
    }

    /** Makes sure that both places are given. */
    void needBoth() {
        if (!isGiven()) {
            throw new Trouble("Missing required parameters: A and B, the addresses of the two places");
        }
    }

    /** How many rows to list of each table. */
    long limit(OutputOptions output) {
        if (limit == null) {
            return output.json ? Long.MAX_VALUE : 20;
        }
        if (limit < 0) {
            throw new Trouble("--limit " + limit + " is negative; 0 lists all");
        }
        return limit == 0 ? Long.MAX_VALUE : limit;
    }

    /**
     * Compares two copies.
     *
     * @param prove whether to prove that the differences are all; a repair compares the roots in the end
     */
    Comparison compare(Pair pair, Replica mine, Replica theirs, boolean prove, Progress progress) {
        boolean stores = a instanceof Address.Store && b instanceof Address.Store; // nobody else can write to them
        long settleMs = settle != null ? settle.toMillis() : stores ? 0 : SETTLE_MS;
        Preparing.both(mine, theirs, progress);
        mine.reading().ifPresent(reading -> readings.add(new TableReading(pair, "a", reading)));
        theirs.reading().ifPresent(reading -> readings.add(new TableReading(pair, "b", reading)));
        Verify.Options options = Verify.Options.DEFAULT.withSettle(settleMs);
        return Survey.run(
                mine,
                theirs,
                scope(pair),
                prove ? options : options.unproven(),
                RANDOM::nextLong,
                progress,
                CompareOptions::pause);
    }

    /**
     * What comparing one of several tables gives; one that can't be compared does not stop the others.
     *
     * @throws ReplicaException where the table is the only one
     */
    static <T> T orIncomparable(Pair pair, int tables, Supplier<T> comparing, Function<Finding.Incomparable, T> not) {
        try {
            return comparing.get();
        } catch (ReplicaException e) {
            if (e.kind() != ReplicaException.Kind.INCOMPATIBLE || tables == 1) {
                throw e;
            }
            return not.apply(new Finding.Incomparable(pair, String.valueOf(e.getMessage())));
        }
    }

    /** What was moved over the network to and from these places. */
    static Traffic traffic(Replicas... places) {
        long sent = 0;
        long received = 0;
        long roundTrips = 0;
        for (Replicas place : places) {
            if (place instanceof Metered metered) {
                Traffic traffic = metered.traffic();
                sent += traffic.sentBytes();
                received += traffic.receivedBytes();
                roundTrips += traffic.roundTrips();
            }
        }
        return new Traffic(sent, received, roundTrips);
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Trouble("interrupted while waiting for rows to settle", e);
        }
    }

    /** Reads durations as the configuration does. */
    static final class ToDuration implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return Durations.parse(text)
                    .orElseThrow(() ->
                            new TypeConversionException("'" + text + "' is not a duration, as 500ms, 30s, 15m or 2h"));
        }
    }
}
