package io.twinroot.peer;

import io.twinroot.table.TableName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How the feed of one table from one peer stands. Since this node was started.
 *
 * @param peer its configured name
 * @param on whether changes are followed
 * @param applied rows that came and were newer than what was held
 * @param refused rows that came and were not acceptable here; the next repair tries them again
 * @param lastApplied when a row was last applied
 * @param lagMs for how long there has been something that is not here yet; 0 when all is, null when that was
 *     never known
 * @param begunAnew when the cursor was gone last, because the peer's log no longer had what follows it, and the
 *     tables were repaired instead; null where that has not been
 * @param trouble why nothing comes, or what was refused; null where all is well
 */
public record FeedView(
        String peer,
        TableName table,
        boolean on,
        long applied,
        long refused,
        @Nullable Instant lastApplied,
        @Nullable Long lagMs,
        @Nullable Instant begunAnew,
        @Nullable String trouble) {}
