package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.peer.RepairRequest;
import io.twinroot.peer.RepairView;
import io.twinroot.reconcile.Replica;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A node whose only table mirrors one of a database, with what a bench needs to drive it. For one thread. */
public final class MirroredNode implements AutoCloseable {
    public static final TableName TABLE = new TableName("bench/orders");

    private static final String PEER = "other";
    private static final Duration NEVER = Duration.ofHours(100);

    private final Node node;

    private MirroredNode(Node node) {
        this.node = node;
    }

    /**
     * A scan that came to its end.
     *
     * @param differing rows of the database that the mirror had otherwise or not, or that were gone
     */
    public record Scan(double seconds, long rows, long differing) {}

    /**
     * Starts it, and with it the first scan.
     *
     * @param address of the database's table
     * @param changes how it learns of changes between two scans: {@code scan}, {@code slot}, {@code triggers}
     * @param peer that repairs are made with; null for none
     */
    public static MirroredNode start(Path data, String address, String changes, @Nullable URI peer) {
        Config plain = Config.of(data, 0, List.of());
        Config.Source source = new Config.Source(
                address,
                null,
                NEVER,
                Config.Source.Changes.valueOf(changes.toUpperCase(java.util.Locale.ROOT)),
                0,
                OptionalLong.empty(),
                Config.Peer.DEFAULT_MAX_CHANGES);
        List<Config.Peer> peers = peer == null
                ? List.of()
                : List.of(new Config.Peer(
                        PEER,
                        peer,
                        List.of(),
                        Config.Direction.BOTH,
                        NEVER,
                        0,
                        Duration.ofMillis(1),
                        new Config.Retry(NEVER, NEVER),
                        OptionalLong.empty(),
                        Config.Peer.DEFAULT_MAX_CHANGES,
                        false));
        return new MirroredNode(Node.start(new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                List.of(new Config.Table(TABLE, TableRules.DEFAULT, true, ConflictPolicy.NEWEST, source)),
                peers,
                plain.limits(),
                plain.store(),
                plain.scrub())));
    }

    public int port() {
        return node.port();
    }

    /** The mirror; changes to it go to the database first. */
    public Replica table() {
        return node.replicas().table(TABLE);
    }

    /** The end of the first scan. */
    public Scan built() throws InterruptedException {
        return scanned(Instant.EPOCH);
    }

    /** Reads the database whole and takes over what differs. */
    public Scan scan() throws InterruptedException {
        Instant before = mirror().state().scanned();
        mirror().ask();
        return scanned(before == null ? Instant.EPOCH : before);
    }

    private Mirror mirror() {
        return node.mirrors().all().getFirst();
    }

    private Scan scanned(Instant since) throws InterruptedException {
        await("a scan", () -> {
            mirror().trouble().ifPresent(trouble -> {
                throw new AssertionError(trouble.text());
            });
            if (mirror().state().suspicion() != null) {
                throw new AssertionError("suspect: " + mirror().state().suspicion());
            }
            Instant scanned = mirror().state().scanned();
            return scanned != null
                    && scanned.isAfter(since)
                    && !mirror().figures().running();
        });
        MirrorFigures figures = mirror().figures();
        MirrorCounts found = figures.found();
        return new Scan(figures.took().toNanos() / 1e9, figures.rows(), found == null ? 0 : found.differing());
    }

    /** Waits until the mirror has this root: until it has taken over what is known to have changed. */
    public void awaitRoot(String root) throws InterruptedException {
        await("root " + root, () -> table().info().root().hex().equals(root));
    }

    /** Brings mirror, database and peer together, both ways. */
    public RepairView repair() throws InterruptedException {
        await("the repairs before", () -> node.repairs().links().getFirst().running() == null);
        String id = node.repairs()
                .start(new RepairRequest(TABLE, PEER, null, true, null, null))
                .id();
        await(
                "the end of repair " + id,
                () -> node.repairs().get(id).orElseThrow().isOver()
                        && node.repairs().links().getFirst().running() == null);
        return node.repairs().get(id).orElseThrow();
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited in vain for " + what);
            }
            Thread.sleep(2);
        }
    }

    @Override
    public void close() {
        node.close();
    }
}
