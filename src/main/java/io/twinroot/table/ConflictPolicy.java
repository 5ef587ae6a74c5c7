package io.twinroot.table;

/** What becomes of a row that was changed on two sides, neither of which had seen the other's change. */
public enum ConflictPolicy {
    /** The newer write wins on both sides; the other is kept among the problems. The default. */
    NEWEST,
    /** What this side has wins, as a new write of it; the other is kept among the problems. */
    MINE,
    /** What the other side has wins, as a new write of it; what this side had is kept among the problems. */
    THEIRS,
    /** Both sides stay as they are until a person decides. */
    HOLD
}
