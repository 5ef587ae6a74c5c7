package io.twinroot.reconcile;

import io.twinroot.table.Context;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Two replicas that have heard of each other what each has seen, before anything of them was compared. What each had
 * seen by then is what the other may be said to have seen when all differences are gone.
 *
 * @param mine what my side found out about itself
 * @param theirs what the other side found out about itself
 */
public record Meeting(Met mine, Met theirs) {
    /** Of two replicas of which nothing is known: no row counts as deleted anywhere. */
    public static final Meeting STRANGERS = new Meeting(
            new Met(Met.Standing.CURRENT, List.of(), Knowledge.NONE),
            new Met(Met.Standing.CURRENT, List.of(), Knowledge.NONE));

    /**
     * Brings them together.
     *
     * @throws ReplicaException of kind {@link ReplicaException.Kind#IDENTITY_CONFLICT} where they pass for one
     */
    public static Meeting of(Replica mine, Replica theirs) {
        Met there = theirs.meet(mine.knowledge());
        return new Meeting(mine.meet(there.knowledge()), there);
    }

    /** Whether nothing is known of the two, so that nothing can be concluded either. */
    boolean isOfStrangers() {
        return equals(STRANGERS);
    }

    /** Only asks both, so that neither is changed by it: for a plan that is not carried out. */
    public static Meeting glance(Replica mine, Replica theirs) {
        return new Meeting(seen(mine.knowledge()), seen(theirs.knowledge()));
    }

    private static Met seen(Knowledge knowledge) {
        return new Met(knowledge.damaged() ? Met.Standing.DAMAGED : Met.Standing.CURRENT, List.of(), knowledge);
    }

    /**
     * Whether both are what they were when they met: what they have seen is said of data that a restore may have set
     * back since, or damage have taken, and both begin another incarnation.
     */
    boolean holds(Replica here, Replica there) {
        return isOfStrangers() || isSame(mine, here) && isSame(theirs, there);
    }

    private static boolean isSame(Met met, Replica now) {
        return Objects.equals(met.knowledge().incarnation(), now.knowledge().incarnation());
    }

    /** @throws ReplicaException of kind {@link ReplicaException.Kind#BUSY} where it no longer {@link #holds} */
    void check(Replica here, Replica there) {
        if (!holds(here, there)) {
            throw new ReplicaException(
                    ReplicaException.Kind.BUSY,
                    here.address() + " or " + there.address()
                            + " was started anew while they were compared, perhaps from an older copy; repair again");
        }
    }

    /** The same two, with what they have seen by now. Their standing stays. */
    Meeting later(Replica here, Replica there) {
        return new Meeting(
                new Met(mine.standing(), mine.notes(), here.knowledge()),
                new Met(theirs.standing(), theirs.notes(), there.knowledge()));
    }

    /** What my side has seen; nothing where it is damaged. */
    public Context myContext() {
        return context(mine);
    }

    /** What the other side has seen; nothing where it is damaged. */
    public Context theirContext() {
        return context(theirs);
    }

    private static Context context(Met met) {
        return met.standing() == Met.Standing.DAMAGED
                ? Context.EMPTY
                : met.knowledge().context();
    }

    /** Whether my side may give anything away. */
    public boolean iMayGive() {
        return mine.standing() != Met.Standing.DAMAGED;
    }

    /** Whether the other side may give anything away. */
    public boolean theyMayGive() {
        return theirs.standing() != Met.Standing.DAMAGED;
    }

    /** For people: what was found out about both. */
    public List<String> notes() {
        return Stream.concat(mine.notes().stream(), theirs.notes().stream()).toList();
    }
}
