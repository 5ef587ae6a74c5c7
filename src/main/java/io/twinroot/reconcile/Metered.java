package io.twinroot.reconcile;

/** A replica, or the replicas of a place, behind a network: counts what it moves. */
public interface Metered {
    /** All since it was opened; each reading is at least the one before. */
    Traffic traffic();
}
