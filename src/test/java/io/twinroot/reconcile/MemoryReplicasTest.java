package io.twinroot.reconcile;

final class MemoryReplicasTest extends ReplicaContract {
    @Override
    protected Replicas open() {
        return MemoryReplicas.numbered(1);
    }
}
