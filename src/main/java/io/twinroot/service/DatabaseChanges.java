package io.twinroot.service;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.source.sql.ChangeCapture;
import io.twinroot.source.sql.Database;
import io.twinroot.source.sql.SqlAddress;
import java.util.List;
import java.util.Map;

/**
 * What notes changes of a table in its database, set up and removed by who looks after it. Each call throws
 * {@link ReplicaException}. For one thread.
 */
public final class DatabaseChanges implements AutoCloseable {
    private final Database database;
    private final String table;

    private DatabaseChanges(Database database, String table) {
        this.database = database;
        this.table = table;
    }

    /**
     * Connects.
     *
     * @param address of a table
     * @param environment the variables of the process, for passwords
     */
    public static DatabaseChanges open(String address, Map<String, String> environment) {
        SqlAddress parsed;
        try {
            parsed = SqlAddress.parse(address);
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()), e);
        }
        String table = parsed.table()
                .orElseThrow(() -> bad(address + " names no table; add ?table=TABLE", new IllegalArgumentException()));
        return SqlReplicas.guarded(() -> new DatabaseChanges(Database.open(parsed, environment), table));
    }

    private static ReplicaException bad(String why, Exception cause) {
        return new ReplicaException(ReplicaException.Kind.BAD_REQUEST, why, cause);
    }

    /** The statements that set up triggers, in their order. */
    public List<String> installTriggers() {
        return install(ChangeCapture.Kind.TRIGGERS);
    }

    /** The statements that set up a slot, in their order. */
    public List<String> installSlot() {
        return install(ChangeCapture.Kind.SLOT);
    }

    private List<String> install(ChangeCapture.Kind kind) {
        return SqlReplicas.guarded(() -> database.table(table).changes(kind).install());
    }

    /** The statements that remove what is there, of either kind. */
    public List<String> remove() {
        return SqlReplicas.guarded(() -> ChangeCapture.remove(database, table));
    }

    /** Executes statements, each in a transaction of its own. */
    public void apply(List<String> statements) {
        SqlReplicas.guarded(() -> {
            ChangeCapture.apply(database, statements);
            return true;
        });
    }

    @Override
    public void close() {
        database.close();
    }
}
