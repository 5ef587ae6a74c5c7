package io.twinroot.peer;

import io.twinroot.reconcile.FeedContract;
import io.twinroot.reconcile.MemoryReplicas;

/** The feed over HTTP, with memory behind it. */
final class HttpFeedTest extends FeedContract {
    private TestNode node;

    @Override
    protected Place open() throws Exception {
        node = TestNode.over(MemoryReplicas.numbered(1));
        return Place.of(node.client());
    }

    @Override
    protected void release() {
        node.close();
    }
}
