package io.twinroot.peer;

import io.twinroot.reconcile.Direction;
import io.twinroot.table.TableName;
import org.jspecify.annotations.Nullable;

/**
 * What to repair.
 *
 * @param peer the configured name of a peer
 * @param direction null for what is configured for the peer; mine is this node's side
 * @param apply whether to change anything; false to verify only
 * @param maxDeletes more deletes than this stop the repair before its first change; null for what is configured
 * @param maxChanges more changes than this stop it likewise; null for what is configured
 */
public record RepairRequest(
        TableName table,
        String peer,
        @Nullable Direction direction,
        boolean apply,
        @Nullable Long maxDeletes,
        @Nullable Long maxChanges) {}
