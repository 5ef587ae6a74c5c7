package io.twinroot.reconcile;

import io.twinroot.table.ConflictPolicy;

/**
 * On what terms a repair is made.
 *
 * @param from for people on the other side: who repairs, and against what
 * @param rounds how often rows that changed meanwhile are looked at again, 0 to {@value #ROUNDS_MAX}; 0 to do exactly
 *     what the plan says and nothing else
 */
public record Terms(Direction direction, ConflictPolicy policy, Guards guards, String from, int rounds) {
    public static final int ROUNDS_MAX = 3;

    public Terms {
        if (rounds < 0 || rounds > ROUNDS_MAX) {
            throw new IllegalArgumentException("rows are looked at again 0 to " + ROUNDS_MAX + " times, not " + rounds);
        }
    }

    /** The newest write wins, and what changes meanwhile is looked at again. */
    public static Terms of(Direction direction, Guards guards, String from) {
        return new Terms(direction, ConflictPolicy.NEWEST, guards, from, ROUNDS_MAX);
    }

    public Terms with(ConflictPolicy newPolicy) {
        return new Terms(direction, newPolicy, guards, from, rounds);
    }

    public Terms exactly() {
        return new Terms(direction, policy, guards, from, 0);
    }
}
