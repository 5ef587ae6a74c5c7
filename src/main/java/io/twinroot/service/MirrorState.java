package io.twinroot.service;

import io.twinroot.source.SourceMark;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a mirror.
 *
 * @param address of the database's table, as it was configured
 * @param built whether all rows were read once
 * @param mark where the server stood at the last scan after which mirror and database agreed; null where it does not say
 * @param scanned when that began; null for never
 * @param suspicion null for none
 */
record MirrorState(
        String address,
        boolean built,
        @Nullable SourceMark mark,
        @Nullable Instant scanned,
        @Nullable Suspicion suspicion) {
    static MirrorState fresh(String address) {
        return new MirrorState(address, false, null, null, null);
    }

    MirrorState suspects(Suspicion found) {
        return new MirrorState(address, built, mark, scanned, found);
    }

    /** They agree: all that differs was brought to the other side. */
    MirrorState agreed(@Nullable SourceMark now, Instant began) {
        return new MirrorState(address, true, now, began, null);
    }
}
