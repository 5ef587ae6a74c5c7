package io.twinroot.source;

import io.twinroot.table.Digest;
import org.jspecify.annotations.Nullable;

/** What became of a {@link SourceChange}. */
public sealed interface SourceOutcome {
    /** Done and durable. */
    record Applied() implements SourceOutcome {}

    /** Nothing to do: the source has exactly this already. */
    record Same() implements SourceOutcome {}

    /**
     * Not done: the row is not what was expected.
     *
     * @param now the digest of what is there; null where nothing is
     */
    record Changed(@Nullable Digest now) implements SourceOutcome {}

    /** Not done: the source would not take it, or made something else of it. */
    record Refused(String reason) implements SourceOutcome {}
}
