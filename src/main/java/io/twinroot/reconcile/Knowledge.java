package io.twinroot.reconcile;

import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a replica says of itself, and of what it has seen, to another one.
 *
 * @param node the name of its node's identity; empty for one that has none
 * @param incarnation under which it writes now; null for one that makes no stamps
 * @param lives its earlier incarnations as far as its own data tells, the last first; at most {@value #LIVES_MAX}
 * @param context of this table; empty where it is damaged or has no history, so that nothing is inferred from it
 * @param clock the largest clock of any stamp that it has seen
 * @param latest the last write of each incarnation that it has seen lately, the newest first; at most
 *     {@value #LIVES_MAX}
 * @param damaged whether rows may be missing through damage: it takes rows and gives no absence away
 */
public record Knowledge(
        String node,
        @Nullable Incarnation incarnation,
        List<Incarnation> lives,
        Context context,
        long clock,
        List<Stamp> latest,
        boolean damaged) {
    public static final int LIVES_MAX = 100;

    /** Of a replica that keeps no history. */
    public static final Knowledge NONE = new Knowledge("", null, List.of(), Context.EMPTY, 0, List.of(), false);

    public Knowledge {
        lives = List.copyOf(lives);
        latest = List.copyOf(latest);
        if (lives.size() > LIVES_MAX || latest.size() > LIVES_MAX) {
            throw new IllegalArgumentException("a replica names " + lives.size() + " lives and " + latest.size()
                    + " writes; the most is " + LIVES_MAX);
        }
    }
}
