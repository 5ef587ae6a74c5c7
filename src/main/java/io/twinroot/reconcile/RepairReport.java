package io.twinroot.reconcile;

import io.twinroot.table.Uid;
import java.util.List;

/**
 * What a repair did.
 *
 * @param mine what changed on my side
 * @param theirs what changed on the other side
 * @param meanwhile rows that changed since the plan was made; they were left for the next repair
 * @param refused rows that a side did not accept, and why
 * @param same whether the two roots were equal afterwards
 */
public record RepairReport(
        Plan.Effect mine, Plan.Effect theirs, List<Uid> meanwhile, List<Refusal> refused, boolean same) {
    /** @param by the address of the side that refused it */
    public record Refusal(Uid uid, String by, String why) {}

    public RepairReport {
        meanwhile = List.copyOf(meanwhile);
        refused = List.copyOf(refused);
    }
}
