package io.twinroot.reconcile;

import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a replica finds out about itself from what another one has seen: that it was set back to an older copy of
 * itself. It lost writes of its own then, which the other remembers, and may write others under the same numbers.
 *
 * @param behind whether it lacks writes of its own
 * @param needsNewIncarnation whether some of them are of the life that it has now: it must begin another before its
 *     next write
 * @param notes for people: what was found
 */
public record Setback(boolean behind, boolean needsNewIncarnation, List<String> notes) {
    private static final Setback NONE = new Setback(false, false, List.of());

    public Setback {
        notes = List.copyOf(notes);
    }

    /**
     * What a replica knows of itself.
     *
     * @param address for people
     * @param node the name of its node's identity; empty for none
     * @param incarnation under which it writes now
     * @param lives its earlier incarnations
     * @param context of this table, as its own data tells; empty where rows may be missing through damage
     * @param damaged whether they may
     * @param wrote whether a stamp of its incarnation is one that it gave away itself
     */
    public record Self(
            String address,
            String node,
            @Nullable Incarnation incarnation,
            Collection<Incarnation> lives,
            Context context,
            boolean damaged,
            Predicate<Stamp> wrote) {}

    /**
     * Looks.
     *
     * @throws ReplicaException of kind {@link ReplicaException.Kind#IDENTITY_CONFLICT} where the other one passes for
     *     the same node, but is not the same process
     */
    public static Setback find(Self self, Knowledge other) {
        boolean strange = other.latest().stream()
                .anyMatch(stamp -> stamp.incarnation().equals(self.incarnation) && !self.wrote.test(stamp));
        boolean twin = !self.node.isEmpty() && self.node.equals(other.node());
        if (twin && (strange || !java.util.Objects.equals(self.incarnation, other.incarnation()))) {
            throw new ReplicaException(
                    ReplicaException.Kind.IDENTITY_CONFLICT,
                    self.address + " was to be repaired with a node that has the same identity, " + self.node
                            + ": one of the two is a copy of the other; stop the copy and run twinroot identity --renew"
                            + " on its folder,"
                            + " then repair again");
        }
        if (self.damaged) { // its context is empty, so it tells nothing of what was lost; it only takes anyway
            return strange ? new Setback(true, true, List.of(note(self, 0))) : NONE;
        }
        Set<Incarnation> mine = new LinkedHashSet<>(self.lives);
        long lost = 0;
        boolean current = strange;
        for (Incarnation life : mine) {
            lost += beyond(self, other, life);
        }
        if (self.incarnation != null && !mine.contains(self.incarnation)) {
            long now = beyond(self, other, self.incarnation);
            current |= now > 0;
            lost += now;
        }
        return lost == 0 && !current ? NONE : new Setback(true, current, List.of(note(self, lost)));
    }

    /** How many of a life's last writes the other has seen and this replica has not, at most. */
    private static long beyond(Self self, Knowledge other, Incarnation life) {
        return Math.max(0, other.context().last(life) - self.context.last(life));
    }

    private static String note(Self self, long lost) {
        return self.address + " was restored from an older copy"
                + (lost == 0
                        ? ", or a copy of it is running elsewhere"
                        : ": it lacks up to " + lost + (lost == 1 ? " write" : " writes") + " of its own")
                + "; it takes what it lacks before it gives anything";
    }
}
