package io.twinroot.service;

import io.twinroot.store.Store;
import io.twinroot.store.StoreException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries parked rows again, now and then and when something has changed, on a thread of its own. */
final class ParkedRetries implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ParkedRetries.class);
    private static final Rounds.Pace PACE = new Rounds.Pace(Duration.ofMinutes(1), Duration.ZERO);

    private final Store store;
    private final Rounds rounds = new Rounds("parked-retries", PACE, this::retry);

    ParkedRetries(Store store) {
        this.store = store;
    }

    void begin() {
        rounds.begin();
    }

    /** What stood in the way may be gone. Returns at once. */
    void look() {
        rounds.look();
    }

    private void retry() {
        try {
            int over = store.kept().retryParked();
            if (over > 0) {
                LOG.info("{} parked rows are parked no more", over);
            }
        } catch (StoreException e) {
            LOG.debug("parked rows were not tried again: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        rounds.close();
    }
}
