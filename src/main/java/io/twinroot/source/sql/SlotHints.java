package io.twinroot.source.sql;

import io.twinroot.source.ChangeHints;
import io.twinroot.table.Uid;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/**
 * The keys in PostgreSQL's log, by a slot. What was taken is confirmed at the end of a transaction; after a failure the
 * server sends again what was not.
 */
final class SlotHints implements ChangeHints {
    private static final int KEYS = 1_000;
    private static final long READING_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long VISIBLE_NS = TimeUnit.MILLISECONDS.toNanos(200);

    /** The server ends a connection that says nothing for long. */
    private static final long IDLE_NS = TimeUnit.SECONDS.toNanos(10);

    private final Database database;
    private final Shape keys;
    private final SlotSql sql;
    private final long maxBacklog;
    private PgOutput output;
    private @Nullable Connection connection;
    private @Nullable PGReplicationStream stream;
    private boolean drained;
    private long steppedNs;

    /** @param maxBacklog bytes of the server's log that may wait */
    SlotHints(Database database, Shape shape, long maxBacklog) {
        this.database = database;
        this.maxBacklog = maxBacklog;
        keys = ChangedKeys.of(shape, shape.table());
        sql = new SlotSql(database, shape);
        output = newOutput();
        boolean published = database.with("looking for the publication of " + shape.table(), catalog -> {
            sql.checkIdentity(catalog);
            return sql.isPublished(catalog);
        });
        if (!published) {
            throw ChangeCapture.missing(database, shape, ChangeCapture.Kind.SLOT);
        }
    }

    private PgOutput newOutput() {
        return new PgOutput(
                keys.table(), keys.columns().stream().map(Column::name).toList());
    }

    @Override
    public Step step(Taker taker) {
        if (stream != null && System.nanoTime() - steppedNs > IDLE_NS) {
            close();
        }
        steppedNs = System.nanoTime();
        try {
            PGReplicationStream open = stream == null ? open() : stream;
            if (open == null) {
                return Step.ALL;
            }
            read(open);
            boolean all = output.isAll();
            boolean some = !output.keys().isEmpty();
            if (all || some) {
                if (!isVisible()) {
                    return Step.NOTHING; // it is held, and looked at next time
                }
                if (some && !taker.take(uids())) {
                    return Step.REFUSED;
                }
            }
            output.forget();
            confirm(open);
            return all ? Step.ALL : some ? Step.SOME : Step.NOTHING;
        } catch (SQLException e) {
            close();
            throw database.failure("reading which rows of " + keys.table() + " changed", e);
        }
    }

    /** @return null where there was no slot, or none that can be used: it is there now, and begins here */
    private @Nullable PGReplicationStream open() throws SQLException {
        boolean usable = database.with("looking for the slot of " + keys.table(), catalog -> {
            sql.awaitFree(catalog);
            return sql.isUsable(catalog);
        });
        if (!usable) {
            renew();
            return null;
        }
        Connection replication = database.replication();
        try {
            PGReplicationStream opened = replication
                    .unwrap(PGConnection.class)
                    .getReplicationAPI()
                    .replicationStream()
                    .logical()
                    .withSlotName(sql.name())
                    .withSlotOption("proto_version", 1)
                    .withSlotOption("publication_names", sql.name())
                    .withStatusInterval(10, TimeUnit.SECONDS)
                    .withAutomaticFlush(false)
                    .start();
            connection = replication;
            stream = opened;
            return opened;
        } catch (SQLException e) {
            replication.close();
            throw e;
        }
    }

    private void renew() {
        database.run("making the slot of " + keys.table(), sql::renew);
    }

    private void read(PGReplicationStream open) throws SQLException {
        long end = System.nanoTime() + READING_NS;
        drained = false;
        while (!drained && output.keys().size() < KEYS && !output.isAll() && System.nanoTime() < end) {
            ByteBuffer message = open.readPending();
            if (message == null) {
                drained = true;
            } else {
                output.take(message);
            }
        }
    }

    /** A transaction is in the log a moment before others see what it did, with synchronous replicas a long one. */
    private boolean isVisible() {
        return database.with("looking which transactions have ended", catalog -> {
            long end = System.nanoTime() + VISIBLE_NS;
            boolean visible;
            do {
                visible = output.transactions().stream().allMatch(SlotSql.open(catalog)::sees);
            } while (!visible && System.nanoTime() < end);
            return visible;
        });
    }

    /** The server reads the texts that it wrote, so that a key has one UID, whatever its type. */
    private List<Uid> uids() {
        StringJoiner rows = new StringJoiner(", ");
        for (List<String> key : output.keys()) {
            StringJoiner row = new StringJoiner(", ", "(", ")");
            key.forEach(value -> row.add(PostgresText.literal(value)));
            rows.add(row.toString());
        }
        StringJoiner names = new StringJoiner(", ", " v(", ")");
        StringJoiner typed = new StringJoiner(", ");
        for (int i = 0; i < keys.columns().size(); i++) {
            names.add("c" + i);
            typed.add("c" + i + "::" + keys.columns().get(i).type() + " AS "
                    + PostgresText.quoted(keys.columns().get(i).name()));
        }
        String from = "(SELECT " + typed + " FROM (VALUES " + rows + ")" + names + ") k";
        Set<Uid> uids = new LinkedHashSet<>();
        database.run(
                "reading keys of " + keys.table(),
                reading -> new PostgresReader(keys, (uid, digest, canonical, length, bytes) -> uids.add(uid))
                        .readFrom(reading, from));
        return new ArrayList<>(uids);
    }

    private void confirm(PGReplicationStream open) throws SQLException {
        LogSequenceNumber done = drained && !output.inTransaction()
                ? open.getLastReceiveLSN()
                : LogSequenceNumber.valueOf(output.committed());
        LogSequenceNumber known = open.getLastFlushedLSN();
        if (done.asLong() != 0 && Long.compareUnsigned(done.asLong(), known == null ? 0 : known.asLong()) > 0) {
            open.setAppliedLSN(done);
            open.setFlushedLSN(done);
            open.forceUpdateStatus();
        }
    }

    @Override
    public boolean cut() {
        long waiting = database.with("asking how much of the log waits", sql::waiting);
        if (waiting <= maxBacklog) {
            return false;
        }
        close();
        renew();
        return true;
    }

    /** Also after a failure: the next step begins anew. */
    @Override
    public void close() {
        Connection open = connection;
        connection = null;
        stream = null;
        output = newOutput();
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                throw database.failure("closing the slot of " + keys.table(), e);
            }
        }
    }
}
