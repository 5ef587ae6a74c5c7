package io.twinroot.config;

import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a node. The names of the components are the keys in the file.
 *
 * @param data the folder of the node's data
 * @param salt the 16 bytes that the peers share; null for the published ones
 * @param tables tables that the node makes where they are missing; it may hold others
 * @param peers the nodes that this one is compared with on a schedule
 * @param guards what repairs that others make may do here
 */
public record Config(
        Path data,
        Listen listen,
        @Nullable Secret salt,
        List<Table> tables,
        List<Peer> peers,
        Limits limits,
        Store store,
        Scrub scrub,
        Guards guards) {
    public static final int DEFAULT_PORT = 7400;

    /** With the usual guards. */
    public Config(
            Path data,
            Listen listen,
            @Nullable Secret salt,
            List<Table> tables,
            List<Peer> peers,
            Limits limits,
            Store store,
            Scrub scrub) {
        this(data, listen, salt, tables, peers, limits, store, scrub, Guards.DEFAULT);
    }

    public Config {
        tables = List.copyOf(tables);
        peers = List.copyOf(peers);
    }

    /** A node with defaults: these tables, no peers. */
    public static Config of(Path data, int port, List<TableName> tables) {
        return new Config(
                data,
                new Listen(Listen.DEFAULT.host(), port),
                null,
                tables.stream()
                        .map(name -> new Table(name, TableRules.DEFAULT, true, ConflictPolicy.NEWEST))
                        .toList(),
                List.of(),
                Limits.DEFAULT,
                Store.DEFAULT,
                Scrub.DEFAULT);
    }

    /**
     * Where the node listens.
     *
     * @param host a loopback address
     * @param port 0 for any that is free
     */
    public record Listen(String host, int port) {
        public static final Listen DEFAULT = new Listen("127.0.0.1", DEFAULT_PORT);
    }

    /**
     * @param rules in the file {@code digestExcludes}, fields that are not compared, {@code merge} and {@code schema}
     * @param repair whether the schedules of peers touch it; by hand it can always be repaired
     * @param policy what becomes of a row that was changed on two sides
     * @param source the table of a database that this one mirrors; null for one that lives here
     */
    public record Table(
            TableName name,
            TableRules rules,
            boolean repair,
            ConflictPolicy policy,
            @Nullable Source source) {
        /** One that lives here. */
        public Table(TableName name, TableRules rules, boolean repair, ConflictPolicy policy) {
            this(name, rules, repair, policy, null);
        }
    }

    /**
     * A table of a database.
     *
     * @param address where it is, as {@code postgresql://user@host/database?table=orders}; without a password
     * @param passwordFile a file whose first line is the password; null where the address or the engine's usual places say
     * @param scan from the start of one reading of all its rows to the start of the next
     * @param changes how it is known meanwhile which rows changed
     * @param maxRate rows that are read in a second at most; 0 for as many as it gives
     * @param maxDeletes rows that may be found gone at one time before a person must say yes; empty, {@code "auto"} in
     *     the file, for 100, or a tenth of the rows where that is less
     * @param maxChanges rows that may be found changed at one time before a person must say yes
     * @param maxBacklogMiB how much the database may keep of changes that were not looked at yet, in MiB
     */
    public record Source(
            String address,
            @Nullable Path passwordFile,
            Duration scan,
            Changes changes,
            long maxRate,
            OptionalLong maxDeletes,
            long maxChanges,
            long maxBacklogMiB) {
        public static final Duration DEFAULT_SCAN = Duration.ofHours(24);
        public static final long DEFAULT_MAX_BACKLOG_MIB = 1024;

        /** With the usual backlog. */
        public Source(
                String address,
                @Nullable Path passwordFile,
                Duration scan,
                Changes changes,
                long maxRate,
                OptionalLong maxDeletes,
                long maxChanges) {
            this(address, passwordFile, scan, changes, maxRate, maxDeletes, maxChanges, DEFAULT_MAX_BACKLOG_MIB);
        }

        /** How changes are found between two scans. */
        public enum Changes {
            /** Not at all. */
            SCAN,
            /** From PostgreSQL's logical replication slot. */
            SLOT,
            /** From what triggers wrote down. */
            TRIGGERS
        }

        /** With the usual settings. */
        public static Source of(String address) {
            return new Source(
                    address, null, DEFAULT_SCAN, Changes.SCAN, 0, OptionalLong.empty(), Peer.DEFAULT_MAX_CHANGES);
        }
    }

    /**
     * What a repair by whomever may do to each table of this node; beyond that it changes nothing.
     *
     * @param maxDeletes rows that may be deleted; empty, {@code "auto"} in the file, for 100, or a tenth of the
     *     table's rows where that is less
     * @param maxChanges rows that may be replaced
     */
    public record Guards(OptionalLong maxDeletes, long maxChanges) {
        public static final Guards DEFAULT = new Guards(OptionalLong.empty(), Peer.DEFAULT_MAX_CHANGES);
    }

    /** What becomes of a row of a table that was changed on two sides. */
    public ConflictPolicy policy(TableName name) {
        return tables.stream()
                .filter(table -> table.name().equals(name))
                .map(Table::policy)
                .findFirst()
                .orElse(ConflictPolicy.NEWEST);
    }

    /** What of two copies is compared; docs/repairing.md says what each looks at. */
    public enum Mode {
        TREE,
        FULL,
        PARTIAL,
        INCREMENTAL
    }

    /** Which way rows go: pull is from the peer to here, push from here to the peer. */
    public enum Direction {
        PULL,
        PUSH,
        BOTH
    }

    /**
     * Another node, and how it is repaired against.
     *
     * @param name for messages and status
     * @param url {@code http://host:port}
     * @param tables which ones; empty for all that both have
     * @param every from the end of one repair to the start of the next
     * @param jitter the fraction of {@code every} by which each wait is made shorter or longer at random
     * @param settle how long a differing row is left alone before it is looked at again
     * @param retry the waits after failures
     * @param maxDeletes a repair that would delete more rows on either side changes nothing; empty, {@code "auto"}
     *     in the file, for 100, or a tenth of the side's rows where that is less
     * @param maxChanges a repair that would replace more rows on either side changes nothing
     * @param mode what is compared on the schedule
     * @param feed whether its changes are followed live where something is pulled; a switch of a table at run
     *     time wins
     */
    public record Peer(
            String name,
            URI url,
            List<TableName> tables,
            Direction direction,
            Duration every,
            double jitter,
            Duration settle,
            Retry retry,
            OptionalLong maxDeletes,
            long maxChanges,
            boolean feed,
            Mode mode) {
        public static final Duration DEFAULT_EVERY = Duration.ofMinutes(15);
        public static final double DEFAULT_JITTER = 0.1;
        public static final Duration DEFAULT_SETTLE = Duration.ofSeconds(1);
        public static final long DEFAULT_MAX_CHANGES = 100_000;

        /** In the mode that compares all. */
        public Peer(
                String name,
                URI url,
                List<TableName> tables,
                Direction direction,
                Duration every,
                double jitter,
                Duration settle,
                Retry retry,
                OptionalLong maxDeletes,
                long maxChanges,
                boolean feed) {
            this(name, url, tables, direction, every, jitter, settle, retry, maxDeletes, maxChanges, feed, Mode.TREE);
        }

        public Peer {
            tables = List.copyOf(tables);
        }

        /** Whether this table is to be repaired with this peer. */
        public boolean covers(TableName table) {
            return tables.isEmpty() || tables.contains(table);
        }
    }

    /** The wait after a failure: the first, doubled each time, up to the largest. */
    public record Retry(Duration first, Duration max) {
        public static final Retry DEFAULT = new Retry(Duration.ofSeconds(5), Duration.ofMinutes(10));
    }

    /**
     * What the node puts up with from those who call it.
     *
     * @param connections open at one time
     * @param requests at one time; one more is told to come later
     * @param request the longest that a request may take, beside streams of rows and blobs
     * @param stream the longest that one of those may take
     * @param leastBytesPerSecond a request or answer that moves slower is ended
     */
    public record Limits(int connections, int requests, Duration request, Duration stream, int leastBytesPerSecond) {
        public static final Limits DEFAULT =
                new Limits(1_000, 64, Duration.ofSeconds(30), Duration.ofMinutes(10), 1_024);
    }

    /**
     * The embedded database.
     *
     * @param overlayMiB how much newer data is held in memory before it is merged into the view
     * @param segmentMiB the size at which a new segment of the log is begun
     * @param fsync when a write is forced to the disk
     * @param fsyncEvery how often, where that is at intervals
     * @param compactPercent the log is compacted when it has so many percent of what its rows need; 0: never
     * @param compactMiBPerSecond how fast the log is compacted
     * @param retention how long the log is kept for a peer that does not come to read it
     * @param tombstoneRetention how long deletes are remembered for nodes that are away
     * @param trashRetention how long deleted and overwritten rows are kept aside
     * @param trashMiB how much of them is kept; 0 for nothing
     */
    public record Store(
            int overlayMiB,
            int segmentMiB,
            Fsync fsync,
            Duration fsyncEvery,
            int compactPercent,
            int compactMiBPerSecond,
            Duration retention,
            Duration tombstoneRetention,
            Duration trashRetention,
            int trashMiB) {
        public static final Store DEFAULT = new Store(
                64,
                64,
                Fsync.ALWAYS,
                Duration.ofSeconds(1),
                150,
                32,
                Duration.ofDays(7),
                Duration.ofDays(30),
                Duration.ofDays(30),
                1_024);

        /** When writes are forced to the disk. */
        public enum Fsync {
            /** Before they are acknowledged. */
            ALWAYS,
            /** Every so often. */
            INTERVAL
        }
    }

    /**
     * When all bytes of the embedded database are read again and checked.
     *
     * @param every from the start of one to the start of the next; null, {@code "off"} in the file, for only on
     *     demand
     * @param bytesPerSecond how fast it reads
     */
    public record Scrub(@Nullable Duration every, int bytesPerSecond) {
        public static final Scrub DEFAULT = new Scrub(Duration.ofDays(7), 16 << 20);
    }
}
