package io.twinroot.reconcile;

import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Outcome;
import io.twinroot.table.TableRules;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One of the two sides of a repair: what it may take, what was done to it, and whether it has all that it was to take. */
final class Side {
    /** So many batches may be of unknown outcome before the side is given up. */
    private static final int UNKNOWN_MAX = 3;

    final Replica replica;

    /** What it had seen when the two met; nothing where it is damaged. */
    final Context context;

    /** The table's, the same for both sides. */
    final TableRules rules;

    final boolean mayChange;
    private final Met met;
    private @Nullable String ticket;
    private boolean complete = true;
    private int unknown;
    private long added;
    private long changed;
    private long deleted;

    Side(Replica replica, Met met, Context context, boolean mayChange, TableRules rules) {
        this.replica = replica;
        this.met = met;
        this.context = context;
        this.mayChange = mayChange;
        this.rules = rules;
    }

    /** Whether it was set back, and so takes before it gives. */
    boolean isBehind() {
        return met.standing() == Met.Standing.BEHIND;
    }

    /** Whether nothing that the other side has was left out here. */
    boolean isComplete() {
        return complete;
    }

    /** Something that the other side has is not here, and does not come with this repair. */
    void lacksSome() {
        complete = false;
    }

    void countAdded() {
        added++;
    }

    void countChanged() {
        changed++;
    }

    void countDeleted() {
        deleted++;
    }

    /** What was done to it until now. */
    Plan.Effect effect() {
        return new Plan.Effect(added, changed, deleted);
    }

    /**
     * Tells it what is about to be done to it, if that is anything.
     *
     * @throws GuardException where it goes beyond its guards
     */
    void announce(Intent intent) {
        boolean nothing = intent.changed().isEmpty() && intent.deleted().isEmpty() && intent.added() == 0;
        if (!nothing) {
            ticket = replica.announce(intent);
        }
    }

    /**
     * Applies changes.
     *
     * @param changes at least one
     * @param seen what the side that they come from has seen
     * @return their outcomes; none where they are not known
     */
    List<Outcome> apply(List<? extends Change> changes, Context seen) {
        try {
            List<Outcome> outcomes = replica.apply(List.copyOf(changes), Sender.repair(seen, ticket));
            if (outcomes.size() != changes.size()) {
                throw Walk.bad(replica, "gave " + outcomes.size() + " outcomes for " + changes.size() + " changes");
            }
            return outcomes;
        } catch (ReplicaException e) {
            if (e.kind() != ReplicaException.Kind.UNKNOWN_OUTCOME || ++unknown > UNKNOWN_MAX) {
                throw e;
            }
            return List.of();
        }
    }

    /** Takes over what the other side had seen, if all of that is here. */
    void absorb(Context seen) {
        if (mayChange && complete && !context.coversAll(seen)) {
            replica.absorb(seen, met.knowledge().incarnation());
        }
    }
}
