package io.twinroot.reconcile;

import java.time.Instant;

/**
 * What a comparison looks at, and what not.
 *
 * @param sinceMs in milliseconds since 1970, of the mode {@link Mode#INCREMENTAL}; else 0
 */
public record Scope(Mode mode, long sinceMs) {
    /** The clocks of writers may differ by this much; so much older rows are looked at too. */
    public static final long CLOCK_SKEW_MS = 300_000;

    public static final Scope TREE = new Scope(Mode.TREE, 0);
    public static final Scope FULL = new Scope(Mode.FULL, 0);
    public static final Scope PARTIAL = new Scope(Mode.PARTIAL, 0);

    public Scope {
        if (sinceMs < 0 || (sinceMs > 0 && mode != Mode.INCREMENTAL)) {
            throw new IllegalArgumentException("since " + sinceMs + " ms, in mode " + mode);
        }
    }

    public static Scope since(Instant moment) {
        return new Scope(Mode.INCREMENTAL, Math.max(0, moment.toEpochMilli()));
    }

    /** From when on rows are looked at, at least 1. */
    long fromMs() {
        return Math.max(1, sinceMs - CLOCK_SKEW_MS);
    }

    /** Whether all rows are looked at for what is in them, so that finding no difference says something of each. */
    public boolean isWhole() {
        return switch (mode) {
            case TREE, FULL -> true;
            case PARTIAL, INCREMENTAL -> false;
        };
    }

    /** For people: what is compared. */
    public String seen() {
        return switch (mode) {
            case TREE -> "all rows, by their digests";
            case FULL -> "every field of every row";
            case PARTIAL -> "the stamps of all rows";
            case INCREMENTAL ->
                "the stamps of rows changed since " + Instant.ofEpochMilli(sinceMs)
                        + ", and up to 5 minutes before it, as clocks may differ";
        };
    }

    /** For people: what is not. */
    public String unseen() {
        return switch (mode) {
            case TREE -> "fields that digestExcludes leaves out";
            case FULL -> "the bytes of blobs, but for their hashes (twinroot scrub reads them)";
            case PARTIAL -> "what is in the rows";
            case INCREMENTAL ->
                "all older rows, also where a restore or damage changed them or they came late from elsewhere;"
                        + " and what is in the rows";
        };
    }
}
