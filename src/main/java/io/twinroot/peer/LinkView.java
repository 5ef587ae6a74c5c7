package io.twinroot.peer;

import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Mode;
import io.twinroot.table.TableName;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How one table stands with one peer.
 *
 * @param peer its configured name
 * @param address its URL
 * @param every how often it is repaired; null where only on demand
 * @param mode what is compared on its schedule
 * @param lastSync when the last repair began, by the node's clock, after which nothing was left out; kept over restarts
 * @param verified when the two copies were last seen to be the same
 * @param tried when a repair last started
 * @param next when the next is due
 * @param failures in a row
 * @param trouble of the last failure; null when the last went well
 * @param running the id of the repair that runs now
 */
public record LinkView(
        TableName table,
        String peer,
        String address,
        Direction direction,
        @Nullable Duration every,
        Mode mode,
        @Nullable Instant lastSync,
        @Nullable Instant verified,
        @Nullable Instant tried,
        @Nullable Instant next,
        int failures,
        @Nullable String trouble,
        @Nullable String running) {}
