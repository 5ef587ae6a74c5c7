package io.twinroot.source.sql;

import io.twinroot.source.SourceException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** The publication and the slot of a table of PostgreSQL; both have one name. */
final class SlotSql {
    private static final String PUBLICATION = "SELECT pubname::text FROM pg_catalog.pg_publication WHERE pubname = ?";
    private static final String SLOT =
            "SELECT slot_name::text FROM pg_catalog.pg_replication_slots WHERE slot_name = ?";
    private static final String USABLE =
            SLOT + " AND plugin = 'pgoutput' AND database = current_database() AND restart_lsn IS NOT NULL"
                    + " AND coalesce(to_jsonb(pg_replication_slots) ->> 'wal_status', '') <> 'lost'";
    private static final String WAITING = """
            SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), confirmed_flush_lsn)::bigint::text
            FROM pg_catalog.pg_replication_slots WHERE slot_name = ?""";

    /** Who tells the columns of a deleted row; and the names of those of the primary key. */
    private static final String IDENTITY = """
            SELECT c.relreplident::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ?""";

    private static final String PRIMARY = """
            SELECT a.attname::text FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
            WHERE i.indisprimary AND n.nspname = ? AND c.relname = ?""";

    private static final long FREE_NS = 5_000_000_000L;

    private final Database database;
    private final Shape shape;
    private final String name;

    SlotSql(Database database, Shape shape) {
        this.database = database;
        this.shape = shape;
        this.name = CaptureNames.ofSlot(database.address().database(), shape.schema(), shape.table());
    }

    String name() {
        return name;
    }

    List<String> install(Connection connection) throws SQLException {
        checkIdentity(connection);
        String level = CatalogQuery.texts(connection, "SHOW wal_level").getFirst();
        if (!level.equals("logical")) {
            throw unfit("the server's wal_level is " + level
                    + "; a slot needs wal_level = logical in its configuration and a restart, or use triggers");
        }
        return List.of(
                "CREATE PUBLICATION " + PostgresText.quoted(name) + " FOR TABLE " + database.quoted(shape)
                        + " WITH (publish = 'insert, update, delete, truncate')",
                createSlot());
    }

    private String createSlot() {
        return "SELECT pg_catalog.pg_create_logical_replication_slot(" + PostgresText.literal(name) + ", 'pgoutput')";
    }

    /** Without that a table that is published refuses its UPDATEs, or does not say which row was deleted. */
    void checkIdentity(Connection connection) throws SQLException {
        String identity = CatalogQuery.texts(connection, IDENTITY, shape.schema(), shape.table())
                .getFirst();
        List<String> primary = CatalogQuery.texts(connection, PRIMARY, shape.schema(), shape.table());
        for (int i = 0; i < shape.key().size(); i++) {
            if (!identity.equals("f")
                    && !(identity.equals("d")
                            && primary.contains(shape.keyColumn(i).name()))) {
                throw unfit("its replica identity does not tell column "
                        + shape.keyColumn(i).name()
                        + " of a deleted row; the slot needs REPLICA IDENTITY DEFAULT and the primary key as the key, or"
                        + " REPLICA IDENTITY FULL; or use triggers");
            }
        }
        if (primary.isEmpty() && !identity.equals("f")) {
            throw unfit("it has no primary key; use triggers");
        }
    }

    private SourceException unfit(String why) {
        return new SourceException(
                SourceException.Kind.UNSUPPORTED,
                database.address().shortly() + ": table " + shape.table() + ": " + why);
    }

    static List<String> remove(Connection connection, String name) throws SQLException {
        List<String> statements = new ArrayList<>();
        if (!CatalogQuery.texts(connection, SLOT, name).isEmpty()) {
            statements.add(dropSlot(name));
        }
        if (!CatalogQuery.texts(connection, PUBLICATION, name).isEmpty()) {
            statements.add("DROP PUBLICATION " + PostgresText.quoted(name));
        }
        return statements;
    }

    private static String dropSlot(String name) {
        return "SELECT pg_catalog.pg_drop_replication_slot(" + PostgresText.literal(name) + ")";
    }

    boolean isPublished(Connection connection) throws SQLException {
        return !CatalogQuery.texts(
                        connection,
                        PUBLICATION + " AND EXISTS (SELECT FROM pg_catalog.pg_publication_rel r"
                                + " WHERE r.prpubid = pg_publication.oid AND r.prrelid = "
                                + PostgresText.literal(database.quoted(shape)) + "::regclass)",
                        name)
                .isEmpty();
    }

    boolean isUsable(Connection connection) throws SQLException {
        return !CatalogQuery.texts(connection, USABLE, name).isEmpty();
    }

    /** Bytes of the log that were written since what was taken last; 0 where there is no slot. */
    long waiting(Connection connection) throws SQLException {
        return CatalogQuery.texts(connection, WAITING, name).stream()
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }

    /** Makes the slot, in place of one that is there. */
    void renew(Connection connection) throws SQLException {
        awaitFree(connection);
        boolean exists = !CatalogQuery.texts(connection, SLOT, name).isEmpty();
        connection.rollback(); // a slot can't be made in a transaction that has written
        try (Statement statement = connection.createStatement()) {
            if (exists) {
                boolean _ = statement.execute(dropSlot(name));
                connection.commit();
            }
            boolean _ = statement.execute(createSlot());
        }
        connection.commit();
    }

    /** The server sees a moment later that its reader has gone. */
    void awaitFree(Connection connection) throws SQLException {
        long end = System.nanoTime() + FREE_NS;
        boolean active = true;
        while (active && System.nanoTime() < end) {
            active = !CatalogQuery.texts(connection, SLOT + " AND active", name).isEmpty();
            connection.rollback();
            if (active) {
                LockSupport.parkNanos(FREE_NS / 500);
            }
        }
    }

    /** The numbers of transactions that are not visible yet to who asks now, and the first that has not begun. */
    record Open(Set<Long> running, long next) {
        /** @param xid without its epoch, as the log has it */
        boolean sees(int xid) {
            long full = (next & ~0xffffffffL) | (xid & 0xffffffffL);
            if (full - next > 1L << 31) {
                full -= 1L << 32;
            } else if (next - full > 1L << 31) {
                full += 1L << 32;
            }
            return full < next && !running.contains(full);
        }
    }

    static Open open(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT txid_snapshot_xmax(s), ARRAY(SELECT txid_snapshot_xip(s))"
                                + " FROM txid_current_snapshot() s")) {
            boolean _ = row.next();
            Set<Long> running = Set.of((Long[]) row.getArray(2).getArray());
            return new Open(running, row.getLong(1));
        }
    }
}
