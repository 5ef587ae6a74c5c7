package io.twinroot.service;

import io.twinroot.reconcile.ReplicaContract;
import io.twinroot.reconcile.Replicas;
import io.twinroot.store.StoreOptions;
import io.twinroot.table.Incarnation;
import io.twinroot.tree.Salt;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The embedded store keeps what every replica keeps. */
class StoreReplicasTest extends ReplicaContract {
    @TempDir
    private Path directory;

    @Override
    protected Replicas open() {
        // the contract uses stamps later than any clock, which a store refuses under the real one
        StoreOptions options = StoreOptions.of(() -> 0xffff_0000_0000L - 60_000, new Incarnation(1, 1), Salt.PUBLISHED);
        return StoreReplicas.open(directory, options.force(false));
    }
}
