package io.twinroot.source;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;

/**
 * A row as a source has it now.
 *
 * @param digest SHA-256 of the canonical encoding of the fields
 */
public record SourceRow(Uid uid, Digest digest, Value.Mapping fields) {}
