package io.twinroot.peer;

import io.twinroot.reconcile.MemoryReplicas;
import io.twinroot.reconcile.ReplicaContract;
import io.twinroot.reconcile.Replicas;

/** The contract over HTTP, with memory behind it. */
final class HttpReplicasTest extends ReplicaContract {
    private TestNode node;

    @Override
    protected Replicas open() throws Exception {
        node = TestNode.over(MemoryReplicas.numbered(1));
        return node.client();
    }

    @Override
    protected void release() {
        node.close();
    }
}
