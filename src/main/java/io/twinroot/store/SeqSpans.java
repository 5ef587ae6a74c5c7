package io.twinroot.store;

import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;
import java.util.HashMap;
import java.util.Map;

/**
 * From which to which seq of each incarnation there is a write among some rows. Made by one thread, then only read.
 */
final class SeqSpans {
    private final Map<Incarnation, long[]> spans = new HashMap<>();

    void add(Stamp stamp) {
        long[] span = spans.computeIfAbsent(stamp.incarnation(), any -> new long[] {stamp.seq(), stamp.seq()});
        span[0] = Math.min(span[0], stamp.seq());
        span[1] = Math.max(span[1], stamp.seq());
    }

    /** Whether a context covers all that lies in the spans, so that no row has a write that it does not cover. */
    boolean areCoveredBy(Context known) {
        return spans.entrySet().stream()
                .allMatch(entry -> known.coversRun(entry.getKey(), entry.getValue()[0], entry.getValue()[1]));
    }
}
