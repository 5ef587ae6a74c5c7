package io.twinroot.peer;

import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Mode;
import io.twinroot.reconcile.Scope;
import io.twinroot.table.TableName;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What to repair.
 *
 * @param peer the configured name of a peer
 * @param direction null for what is configured for the peer; mine is this node's side
 * @param apply whether to change anything; false to verify only
 * @param maxDeletes more deletes than this stop the repair before its first change; null for what is configured
 * @param maxChanges more changes than this stop it likewise; null for what is configured
 * @param mode what is compared
 * @param since of the mode {@link Mode#INCREMENTAL}, from when on; null for the last sync
 */
public record RepairRequest(
        TableName table,
        String peer,
        @Nullable Direction direction,
        boolean apply,
        @Nullable Long maxDeletes,
        @Nullable Long maxChanges,
        Mode mode,
        @Nullable Instant since) {
    /** In the mode that compares all. */
    public RepairRequest(
            TableName table,
            String peer,
            @Nullable Direction direction,
            boolean apply,
            @Nullable Long maxDeletes,
            @Nullable Long maxChanges) {
        this(table, peer, direction, apply, maxDeletes, maxChanges, Mode.TREE, null);
    }

    /** What is compared; since must be given where the mode needs it. */
    public Scope scope() {
        return switch (mode) {
            case TREE -> Scope.TREE;
            case FULL -> Scope.FULL;
            case PARTIAL -> Scope.PARTIAL;
            case INCREMENTAL -> Scope.since(Objects.requireNonNull(since));
        };
    }

    /** The same in another mode. */
    public RepairRequest in(Mode newMode, @Nullable Instant newSince) {
        return new RepairRequest(table, peer, direction, apply, maxDeletes, maxChanges, newMode, newSince);
    }
}
