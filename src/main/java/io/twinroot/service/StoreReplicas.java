package io.twinroot.service;

import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Logged;
import io.twinroot.reconcile.NarrowingHost;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.reconcile.Replicas;
import io.twinroot.store.FeedItem;
import io.twinroot.store.FeedPage;
import io.twinroot.store.FeedQuery;
import io.twinroot.store.Store;
import io.twinroot.store.StoreException;
import io.twinroot.store.StoreOptions;
import io.twinroot.store.StoreTable;
import io.twinroot.table.Incarnation;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.tree.Salt;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The tables of an embedded store, as the reconciler and the routes see them. May be used by many threads. */
public final class StoreReplicas implements Replicas, ChangeFeed {
    /** How long deletes are remembered for those who are away, where nothing else is said. */
    static final Duration TOMBSTONE_RETENTION = Duration.ofDays(30);

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Store store;
    private final String address;
    private final Identity identity;
    private final Meetings meetings;
    private final NarrowingHost narrowings =
            new NarrowingHost(RANDOM::nextLong, () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));

    private volatile @Nullable Announcements announcements;
    private volatile Gate gate = Gate.SHUT;

    private StoreReplicas(Store store, Identity identity, Duration retention, LongSupplier nowMs) {
        this.store = store;
        this.address = "store:" + store.directory();
        this.identity = identity;
        this.meetings = new Meetings(
                store, identity, new PeerBook(store.directory()), retention.toMillis(), nowMs, this::newLife);
    }

    /** The options for opening a store now: the system's clock, a new incarnation. */
    public static StoreOptions options(Salt salt) {
        long now = System.currentTimeMillis();
        return StoreOptions.of(
                System::currentTimeMillis, Incarnation.of(RANDOM.nextLong(), now, RANDOM.nextInt()), salt);
    }

    /**
     * Opens a store, for as long as these replicas are not closed.
     *
     * @throws ReplicaException of kind {@link Kind#STORAGE} when it can't be opened
     */
    public static StoreReplicas open(Path directory, StoreOptions options) {
        return open(directory, options, TOMBSTONE_RETENTION);
    }

    /**
     * The same.
     *
     * @param retention how long deletes are remembered for those who are away
     */
    static StoreReplicas open(Path directory, StoreOptions options, Duration retention) {
        Optional<Identity> known = Identity.of(directory);
        long line = known.map(Identity::line).orElse(options.incarnation().high());
        Incarnation life = new Incarnation(line, options.incarnation().low());
        Store store = guarded(() -> Store.open(directory, options.incarnation(life)));
        try {
            Identity identity = known.orElseGet(() -> Identity.make(directory, line));
            Mirrors.close(store);
            return new StoreReplicas(store, identity, retention, options.nowMs());
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    /** What this store and others have told each other. */
    Meetings meetings() {
        return meetings;
    }

    /** A line for a new identity. */
    static long newLine() {
        return RANDOM.nextLong();
    }

    /** The name for a new life of this store. */
    Incarnation newLife() {
        return Incarnation.of(identity.line(), System.currentTimeMillis(), RANDOM.nextInt());
    }

    /**
     * From now on a repair may do here what it announced, within these guards, and nothing else.
     *
     * @param others is asked when others would go beyond the guards
     */
    void guardBy(Guards guards, Gate others) {
        gate = others;
        announcements =
                new Announcements(guards, () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()), RANDOM::nextLong);
    }

    /** The store beneath, for what only its owner may ask. */
    Store store() {
        return store;
    }

    @Override
    public List<TableInfo> tables() {
        return guarded(() -> store.tables().stream().map(StoreTable::info).toList());
    }

    @Override
    public Replica table(TableName name) {
        return table(name, gate);
    }

    private Replica table(TableName name, Gate asked) {
        return guarded(() -> replica(store.table(name), asked));
    }

    @Override
    public Replica create(TableName name, TableRules rules) {
        return create(name, rules, gate);
    }

    /**
     * A table as the configuration has it: it is made, or its schema version raised.
     *
     * @throws io.twinroot.reconcile.ReplicaException of kind INCOMPATIBLE where it is there with other rules
     */
    void configure(TableName name, TableRules rules) {
        var _ = guarded(() -> store.configureTable(name, rules));
    }

    private Replica create(TableName name, TableRules rules, Gate asked) {
        return guarded(() -> replica(store.createTable(name, rules), asked));
    }

    /** The same tables, for repairs that ask another gate when they would go beyond the guards. */
    Replicas through(Gate another) {
        return new Gated(this, another);
    }

    private record Gated(StoreReplicas all, Gate gate) implements Replicas {
        @Override
        public List<TableInfo> tables() {
            return all.tables();
        }

        @Override
        public Replica table(TableName name) {
            return all.table(name, gate);
        }

        @Override
        public Replica create(TableName name, TableRules rules) {
            return all.create(name, rules, gate);
        }

        /** The store belongs to the others too. */
        @Override
        public void close() {}
    }

    @Override
    public ChangePage changes(Query query) {
        return guarded(() -> page(store.changes(new FeedQuery(
                query.since(), query.tables(), query.reader(), query.limit(), query.waitMs(), query.contexts()))));
    }

    private static ChangePage page(FeedPage page) {
        List<Logged> items = page.items().stream()
                .<Logged>map(item -> switch (item) {
                    case FeedItem.Table(var table, var rules) -> new Logged.Table(table, rules);
                    case FeedItem.OfRow(var table, var data) -> new Logged.OfRow(table, data);
                })
                .toList();
        return new ChangePage(items, page.next(), page.more(), page.gaps(), page.contexts());
    }

    @Override
    public String cursorAt(long sinceMs) {
        return guarded(() -> store.cursorAt(sinceMs));
    }

    private Replica replica(StoreTable table, Gate asked) {
        return new StoreReplica(meetings, table, address + "?table=" + table.name(), narrowings, announcements, asked);
    }

    @Override
    public void close() {
        try {
            meetings.close();
        } finally {
            store.close();
        }
    }

    /** Turns the store's failures into the reconciler's. */
    static <T> T guarded(Supplier<T> action) {
        try {
            return action.get();
        } catch (StoreException e) {
            throw new ReplicaException(kind(e), String.valueOf(e.getMessage()), e);
        }
    }

    private static Kind kind(StoreException e) {
        return switch (e.kind()) {
            case UNKNOWN_TABLE -> Kind.UNKNOWN_TABLE;
            case CURSOR_GONE -> Kind.CURSOR_GONE;
            case RULES -> Kind.INCOMPATIBLE;
            case LOCKED, ABSENT, FORMAT, NOT_WRITABLE, FULL, IO, DAMAGED, CLOSED -> Kind.STORAGE;
        };
    }
}
