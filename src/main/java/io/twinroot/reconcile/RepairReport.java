package io.twinroot.reconcile;

import io.twinroot.table.Uid;
import java.util.List;

/**
 * What a repair did.
 *
 * @param mine what changed on my side
 * @param theirs what changed on the other side
 * @param meanwhile rows that changed since the plan was made, and changed again when they were looked at again; they
 *     were left for the next repair
 * @param refused rows that a side did not accept or put aside, and why
 * @param conflicts rows that both sides had changed; what lost is kept among the problems of the side that had it
 * @param dropped rows that lingered and went to the trash of the side that had them
 * @param notes for people: what was found out about the two sides, and what was left and why
 * @param complete whether each side that was to be changed has taken all that the other had
 * @param same whether the two roots were equal afterwards
 */
public record RepairReport(
        Plan.Effect mine,
        Plan.Effect theirs,
        List<Uid> meanwhile,
        List<Refusal> refused,
        List<Uid> conflicts,
        List<Uid> dropped,
        List<String> notes,
        boolean complete,
        boolean same) {
    /**
     * @param by the address of the side that refused it
     * @param parked whether that side keeps it aside, to try again
     */
    public record Refusal(Uid uid, String by, String why, boolean parked) {}

    public RepairReport {
        meanwhile = List.copyOf(meanwhile);
        refused = List.copyOf(refused);
        conflicts = List.copyOf(conflicts);
        dropped = List.copyOf(dropped);
        notes = List.copyOf(notes);
    }
}
