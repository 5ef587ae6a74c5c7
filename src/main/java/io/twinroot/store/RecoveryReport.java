package io.twinroot.store;

import io.twinroot.log.TailCut;
import java.util.List;

/**
 * What was found when a store was opened.
 *
 * @param findings what was not as it should be, for people; empty after a clean close
 * @param rebuilt whether the view was made again from the whole log
 * @param framesReplayed how many frames of the log were read to bring the view up to date
 * @param cut what was cut off the end of the log: the rest of a write that was never acknowledged
 */
public record RecoveryReport(List<String> findings, boolean rebuilt, long framesReplayed, TailCut cut) {
    public RecoveryReport {
        findings = List.copyOf(findings);
    }
}
