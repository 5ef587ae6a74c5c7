package io.twinroot.reconcile;

import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.List;

/**
 * What a repair is about to do to a replica. It does nothing else: a change outside of this is refused.
 *
 * @param from for people: who repairs, and against what
 * @param changed UIDs of live rows that are to be replaced
 * @param deleted UIDs of live rows that are to be deleted or dropped
 * @param added how many rows are to come new, {@code ranges} included
 * @param ranges of which rows are to be copied
 */
public record Intent(String from, List<Uid> changed, List<Uid> deleted, long added, List<UidRange> ranges) {
    public Intent {
        changed = List.copyOf(changed);
        deleted = List.copyOf(deleted);
        ranges = List.copyOf(ranges);
    }

    /** What a plan does to my side. */
    public static Intent onMine(String from, Plan plan) {
        return Agenda.intent(from, plan);
    }

    /** What a plan does to the other side. */
    public static Intent onTheirs(String from, Plan plan) {
        return Agenda.intent(from, plan.flipped());
    }
}
