package io.twinroot.service;

import io.twinroot.source.SourceMark;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * That a database was perhaps set back: nothing goes between it and its mirror until a person decides.
 *
 * @param id of the problem
 * @param why a sentence without its full stop
 * @param counts how it differed when it was last looked at
 * @param mark where the server stood then; null where it does not say
 * @param verdict what a person decided
 */
record Suspicion(
        String id,
        Instant since,
        String why,
        MirrorCounts counts,
        @Nullable SourceMark mark,
        Verdict verdict) {
    /** Which side is right. */
    enum Verdict {
        OPEN,
        /** What the database has is taken over, as far as it is what was seen. */
        DATABASE,
        /** What the mirror has is written back to the database. */
        MIRROR
    }

    Suspicion decided(Verdict decision) {
        return new Suspicion(id, since, why, counts, mark, decision);
    }
}
