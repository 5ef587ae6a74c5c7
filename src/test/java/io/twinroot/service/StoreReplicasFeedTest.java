package io.twinroot.service;

import io.twinroot.reconcile.FeedContract;
import io.twinroot.tree.Salt;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The feed of an embedded store. */
class StoreReplicasFeedTest extends FeedContract {
    @TempDir
    private Path directory;

    @Override
    protected Place open() {
        return Place.of(StoreReplicas.open(directory, StoreReplicas.options(Salt.PUBLISHED)));
    }
}
