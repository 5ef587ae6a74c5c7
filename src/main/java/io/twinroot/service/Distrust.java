package io.twinroot.service;

import io.twinroot.reconcile.Guards;
import io.twinroot.source.SourceMark;
import io.twinroot.table.Uid;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether what a scan found looks as if the database had been set back, emptied, or exchanged. A table that agrees
 * with its mirror never does.
 *
 * @param guards how many rows may be gone, or changed, without anybody being asked
 */
record Distrust(Guards guards) {
    /**
     * @param known what is remembered of the mirror
     * @param now where the server stood when the scan began; null where it does not say
     * @return why it is not believed, a sentence without its full stop; empty where it is
     */
    Optional<String> of(MirrorCounts found, @Nullable SourceMark now, MirrorState known) {
        if (found.isSame()) {
            return Optional.empty();
        }
        Suspicion suspicion = known.suspicion();
        if (suspicion != null && suspicion.verdict() == Suspicion.Verdict.OPEN) {
            return Optional.of(suspicion.why());
        }
        MirrorCounts allowed = suspicion == null ? MirrorCounts.NONE : suspicion.counts();
        SourceMark decidedAt = suspicion == null ? null : suspicion.mark();
        SourceMark before = decidedAt == null ? known.mark() : decidedAt;
        if (before != null && now != null) {
            Optional<String> setBack = setBack(before, now);
            if (setBack.isPresent()) {
                return setBack;
            }
        }
        long few = guards.deletesOf(found.rows());
        if (found.vanished() > allowed.vanished() + few) {
            return Optional.of("more rows are gone than the " + (allowed.vanished() + few) + " that maxDeletes allows");
        }
        if (found.changed() > allowed.changed() + guards.maxChanges()) {
            return Optional.of("more rows changed than the " + (allowed.changed() + guards.maxChanges())
                    + " that maxChanges allows");
        }
        long back = found.wentBack() + found.returned();
        boolean most = 2 * back > found.changed() + found.returned();
        if (most && back > allowed.wentBack() + allowed.returned() + few) {
            return Optional.of("most of the rows that changed are as they were before");
        }
        return Optional.empty();
    }

    private static Optional<String> setBack(SourceMark before, SourceMark now) {
        if (!before.server().equals(now.server())) {
            return Optional.of("it is another server than before");
        }
        if (!before.timeline().equals(now.timeline())) {
            return Optional.of(
                    "the server is on another timeline than before: it was restored, or a standby took over");
        }
        // positions order as their texts do where the server says so, and those have one length
        boolean ordered = before.position().length() == now.position().length();
        return ordered && before.position().compareTo(now.position()) > 0
                ? Optional.of("the server stands before where it stood when it was last read")
                : Optional.empty();
    }

    /** For problems: what the row of a refused change is, where that can't be decided by looking at it alone. */
    static String unread(Uid uid) {
        return "the database has not row " + uid + " as its mirror has it; all of it is read again first";
    }
}
