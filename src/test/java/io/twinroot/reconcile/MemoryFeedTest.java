package io.twinroot.reconcile;

/** The feed of tables in memory. */
final class MemoryFeedTest extends FeedContract {
    @Override
    protected Place open() {
        return Place.of(MemoryReplicas.numbered(1));
    }
}
