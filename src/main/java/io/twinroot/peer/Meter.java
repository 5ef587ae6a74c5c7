package io.twinroot.peer;

import io.twinroot.reconcile.Traffic;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Counts traffic, also for the meter above it. For many threads. */
final class Meter {
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong roundTrips = new AtomicLong();
    private final @Nullable Meter above;

    Meter(@Nullable Meter above) {
        this.above = above;
    }

    void sent(int bytes) {
        sent.addAndGet(bytes);
        if (above != null) {
            above.sent(bytes);
        }
    }

    void received(int bytes) {
        received.addAndGet(bytes);
        if (above != null) {
            above.received(bytes);
        }
    }

    void roundTrip() {
        roundTrips.incrementAndGet();
        if (above != null) {
            above.roundTrip();
        }
    }

    Traffic reading() {
        return new Traffic(sent.get(), received.get(), roundTrips.get());
    }
}
