package io.twinroot.reconcile;

/** Is told how a long job comes along, often; it decides what to show. */
@FunctionalInterface
public interface Progress {
    /** Tells nobody. */
    Progress NONE = (what, done, total) -> {};

    /**
     * @param what the step, in a few words
     * @param total of the step, -1 where it is not known
     * @throws java.util.concurrent.CancellationException to stop the job between two batches
     */
    void at(String what, long done, long total);
}
