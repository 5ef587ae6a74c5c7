package io.twinroot.service;

import io.twinroot.reconcile.NarrowingHost;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Replicas;
import io.twinroot.source.SourceException;
import io.twinroot.source.sql.Database;
import io.twinroot.source.sql.SqlAddress;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The tables of a database, as the reconciler sees them. May be used by many threads. */
public final class SqlReplicas implements Replicas {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Database database;
    private final SqlOptions options;
    private final NarrowingHost narrowings =
            new NarrowingHost(RANDOM::nextLong, () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));

    /** A table is scanned once for all who ask for it. */
    private final Map<TableName, SqlReplica> replicas = new ConcurrentHashMap<>();

    private SqlReplicas(Database database, SqlOptions options) {
        this.database = database;
        this.options = options;
    }

    /** @throws ReplicaException where it can't be reached */
    static SqlReplicas open(SqlAddress address, SqlOptions options) {
        return guarded(() -> new SqlReplicas(Database.open(address, options.environment()), options));
    }

    @Override
    public List<TableName> names() {
        return guarded(
                () -> database.tables().stream().map(SqlNames::of).sorted().toList());
    }

    /** Reads all of them. */
    @Override
    public List<TableInfo> tables() {
        return names().stream().map(name -> table(name).info()).toList();
    }

    @Override
    public Replica table(TableName name) {
        return replicas.computeIfAbsent(name, this::open);
    }

    private SqlReplica open(TableName name) {
        return guarded(() -> {
            String found = SqlNames.find(name, database.tables())
                    .orElseThrow(() -> new SourceException(
                            SourceException.Kind.UNKNOWN,
                            database.address().shortly() + " has no table " + name + " that its address means"));
            return new SqlReplica(name, database.table(found), options, narrowings);
        });
    }

    @Override
    public List<TableName> parentsFirst(List<TableName> names) {
        return guarded(() -> {
            List<String> all = database.tables();
            List<String> known = names.stream()
                    .flatMap(name -> SqlNames.find(name, all).stream())
                    .toList();
            return database.parentsFirst(known).stream().map(SqlNames::of).toList();
        });
    }

    @Override
    public Replica create(TableName name, TableRules rules) {
        if (SqlNames.find(name, guarded(database::tables)).isPresent()) {
            return table(name);
        }
        throw new ReplicaException(
                ReplicaException.Kind.BAD_REQUEST,
                database.address().shortly() + " has no table " + name
                        + ", and tables of a database are not made: create it first, as the other side has it");
    }

    @Override
    public void close() {
        database.close();
    }

    /** Turns the source's failures into the reconciler's. */
    static <T> T guarded(Supplier<T> action) {
        try {
            return action.get();
        } catch (SourceException e) {
            throw new ReplicaException(
                    switch (e.kind()) {
                        case UNREACHABLE -> ReplicaException.Kind.UNREACHABLE;
                        case UNKNOWN -> ReplicaException.Kind.UNKNOWN_TABLE;
                        case UNSUPPORTED -> ReplicaException.Kind.INCOMPATIBLE;
                        case ACCESS, STATEMENT -> ReplicaException.Kind.STORAGE;
                    },
                    String.valueOf(e.getMessage()),
                    e);
        }
    }
}
