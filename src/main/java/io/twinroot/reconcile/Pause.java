package io.twinroot.reconcile;

/** Waits; the reconciler has no clock of its own. */
@FunctionalInterface
public interface Pause {
    void forMillis(long millis);
}
