package io.twinroot.store;

import io.twinroot.log.Damage;
import io.twinroot.log.TailCut;
import java.util.ArrayList;
import java.util.List;

/**
 * What was found when a store was opened.
 *
 * @param findings what was not as it should be, for people; empty after a clean close
 * @param rebuilt whether the view was made again from the whole log
 * @param framesReplayed how many frames of the log were read to bring the view up to date
 * @param cut what was cut off the end of the log: the rest of a write that was never acknowledged
 * @param damages places of the log that were damaged, among those that were read
 */
public record RecoveryReport(
        List<String> findings, boolean rebuilt, long framesReplayed, TailCut cut, List<Damage> damages) {
    public RecoveryReport {
        findings = List.copyOf(findings);
        damages = List.copyOf(damages);
    }

    RecoveryReport with(String finding) {
        List<String> more = new ArrayList<>(findings);
        more.add(finding);
        return new RecoveryReport(more, rebuilt, framesReplayed, cut, damages);
    }
}
