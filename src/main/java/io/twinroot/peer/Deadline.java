package io.twinroot.peer;

import java.time.Duration;

/** The moment by which something must be over, on the clock of {@link System#nanoTime}. */
record Deadline(long nanos) {
    static Deadline after(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    long remainingNanos() {
        return Math.max(0, nanos - System.nanoTime());
    }

    /** This deadline, or one so far from now where that is earlier. */
    Deadline atMost(Duration time) {
        return time.toNanos() < remainingNanos() ? after(time) : this;
    }
}
