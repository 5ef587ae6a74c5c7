package io.twinroot.store;

import java.util.List;

/**
 * What a scrub found.
 *
 * @param beganMs when it began, in milliseconds since 1970
 * @param endedMs when it ended
 * @param complete whether it came to its end; otherwise the next goes on with what it left
 * @param rows that were read and checked
 * @param bytes that were read
 * @param damaged how many places were not as they should be, those known before among them
 * @param findings what and where, for people; at most {@value #FINDINGS_MAX}
 */
public record ScrubReport(
        long beganMs, long endedMs, boolean complete, long rows, long bytes, long damaged, List<String> findings) {
    static final int FINDINGS_MAX = 1_000;

    public ScrubReport {
        findings = List.copyOf(findings);
    }
}
