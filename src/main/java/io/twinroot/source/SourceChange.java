package io.twinroot.source;

import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import org.jspecify.annotations.Nullable;

/**
 * A change of one row of a source.
 *
 * @param expected the digest of the row that is there now; null where none is to be there
 * @param wanted the row that is to be there; null to delete it
 */
public record SourceChange(Uid uid, @Nullable Digest expected, Value.@Nullable Mapping wanted) {
    /** The digest of the row that is to be there; null where none is. */
    public @Nullable Digest wantedDigest() {
        return wanted == null ? null : Digest.sha256(CanonicalCbor.encode(wanted));
    }
}
