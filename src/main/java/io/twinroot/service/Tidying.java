package io.twinroot.service;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.store.Store;
import io.twinroot.store.StoreException;
import io.twinroot.table.TableName;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go of what all others have seen and nobody needs any more, on a thread of its own: marks of deletes, and lives
 * of this store that are long over.
 */
final class Tidying implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tidying.class);

    static final Rounds.Pace PACE = new Rounds.Pace(Duration.ofHours(1), Duration.ofMinutes(10));

    private final Store store;
    private final Meetings meetings;
    private final Rounds rounds;

    Tidying(Store store, Meetings meetings, Rounds.Pace pace) {
        this.store = store;
        this.meetings = meetings;
        this.rounds = new Rounds("tidying", pace, this::tidy);
    }

    void begin() {
        rounds.begin();
    }

    /** Another node has seen more. Returns at once. */
    void look() {
        rounds.look();
    }

    private void tidy() {
        try {
            store.counts().keySet().forEach(this::tidy);
        } catch (StoreException e) {
            LOG.debug("tables could not be tidied: {}", e.getMessage());
        }
    }

    private void tidy(TableName table) {
        try {
            long forgotten = meetings.clean(table);
            int folded = meetings.fold(table);
            if (forgotten > 0 || folded > 0) {
                LOG.info(
                        "table {}: {} deletes are forgotten and {} earlier lives are one, as all others know them",
                        table,
                        forgotten,
                        folded);
            }
        } catch (StoreException | ReplicaException e) {
            LOG.warn("table {} could not be tidied: {}", table, e.getMessage());
        } catch (RuntimeException e) { // a mistake of ours must not end it for all tables
            LOG.error("table {} could not be tidied", table, e);
        }
    }

    @Override
    public void close() {
        rounds.close();
    }
}
