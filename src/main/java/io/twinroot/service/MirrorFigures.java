package io.twinroot.service;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How the scans of a mirror go.
 *
 * @param tried when the last one began or, if it failed, ended; null for never
 * @param running whether one goes on
 * @param rows that the last one has read so far
 * @param took how long the last whole one took
 * @param found what that found; null where none was whole since the start
 */
record MirrorFigures(
        @Nullable Instant tried,
        boolean running,
        long rows,
        Duration took,
        @Nullable MirrorCounts found) {
    static final MirrorFigures NONE = new MirrorFigures(null, false, 0, Duration.ZERO, null);

    MirrorFigures began(Instant now) {
        return new MirrorFigures(now, true, 0, took, found);
    }

    MirrorFigures read(long so) {
        return new MirrorFigures(tried, running, so, took, found);
    }

    MirrorFigures ended(Instant now) {
        return new MirrorFigures(now, false, rows, took, found);
    }

    MirrorFigures scanned(Instant now, MirrorCounts counts) {
        return new MirrorFigures(
                tried, false, rows, tried == null ? Duration.ZERO : Duration.between(tried, now), counts);
    }

    /** Rows a second of the last whole scan; 0 where there was none. */
    long rate() {
        return took.isPositive() ? Math.round(rows * 1e9 / took.toNanos()) : 0;
    }
}
