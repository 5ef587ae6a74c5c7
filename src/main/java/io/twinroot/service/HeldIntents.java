package io.twinroot.service;

import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Intent;
import io.twinroot.service.HeldBatch.What;
import io.twinroot.table.Digest;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.util.List;
import java.util.function.Supplier;

/** Holds what others announced to do here and this node's guards stopped, and lets through what was approved. */
final class HeldIntents implements Gate {
    private final HeldBatches held;
    private final Supplier<String> url;

    /** @param url where this node is reached by its owner */
    HeldIntents(HeldBatches held, Supplier<String> url) {
        this.held = held;
        this.url = url;
    }

    @Override
    public void beyond(TableName table, Intent intent, String why) {
        Digest digest = intent.digest();
        if (held.isApproved(table, digest)) {
            return;
        }
        What.OfIntent what = new What.OfIntent(
                intent.from(),
                intent.deleted().size(),
                intent.changed().size(),
                intent.added(),
                first(intent.deleted()),
                first(intent.changed()));
        String id = held.holdIntent(table, what, why, digest).id();
        throw new GuardException(
                why + "; it is held there as " + id + ", and may be tried again when its owner has approved it: "
                        + HeldProblems.approve(id, url.get()),
                true);
    }

    private static List<Uid> first(List<Uid> uids) {
        return uids.stream().sorted().distinct().limit(What.OfIntent.FIRST).toList();
    }
}
