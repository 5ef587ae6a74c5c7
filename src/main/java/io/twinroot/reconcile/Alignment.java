package io.twinroot.reconcile;

import io.twinroot.wire.Hashes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lines two sequences of hashes up without keys: equal hashes in the same order match, and what lies between
 * two matches is a gap that names what differs.
 *
 * <pre>
 * mine     a b c d e f g          gaps: (c | x y), (f | nothing)
 *          | |     | |   |
 * theirs   a b x y d e   g
 * </pre>
 *
 * <p>Equal ends are taken off first, sequences of one length that mostly agree place by place are matched
 * that way, and the rest by the longest ascending chain of hashes that occur once (patience sorting), in
 * n log n steps whatever a peer sends.
 */
final class Alignment {
    /** A longer gap is cut in pieces of about this many items, by guess. */
    static final int LONGEST_GAP = 64;

    /** Among more pairs of items than this, one lone equality of short hashes is not believed. */
    private static final long LONE_PAIRS = 2_000;

    /** Where one side has so many times what the other has, a gap is not cut. */
    static final int LOPSIDED = 64;

    /**
     * Mine from {@code i1} to {@code i2} stand against theirs from {@code j1} to {@code j2}; one may be none.
     *
     * @param guessed whether it is a piece of a longer one
     */
    record Gap(int i1, int i2, int j1, int j2, boolean guessed) {
        int mine() {
            return i2 - i1;
        }

        int theirs() {
            return j2 - j1;
        }

        int longer() {
            return Math.max(mine(), theirs());
        }

        /** Whether one side has far more of what surely stands against each other. */
        boolean isLopsided() {
            return !guessed && Alignment.isLopsided(longer(), Math.min(mine(), theirs()));
        }
    }

    /** @param cut whether a gap was cut by guess, so that its pieces need not cover the same UIDs */
    record Result(List<Gap> gaps, boolean cut) {}

    private final Hashes mine;
    private final Hashes theirs;
    private final List<Gap> gaps = new ArrayList<>();
    private boolean cut;

    private Alignment(Hashes mine, Hashes theirs) {
        this.mine = mine;
        this.theirs = theirs;
    }

    static Result of(Hashes mine, Hashes theirs) {
        Alignment alignment = new Alignment(mine, theirs);
        alignment.align();
        return new Result(alignment.gaps, alignment.cut);
    }

    private void align() {
        int start = 0;
        int shorter = Math.min(mine.size(), theirs.size());
        while (start < shorter && mine.get(start) == theirs.get(start)) {
            start++;
        }
        int end = 0;
        while (end < shorter - start && mine.get(mine.size() - 1 - end) == theirs.get(theirs.size() - 1 - end)) {
            end++;
        }
        int i2 = mine.size() - end;
        int j2 = theirs.size() - end;
        if (start == i2 || start == j2) {
            gap(start, i2, start, j2);
        } else if (i2 == j2 && agreements(start, i2) * 2 >= i2 - start) {
            alignInPlace(start, i2);
        } else {
            alignByChain(start, i2, j2);
        }
    }

    private int agreements(int from, int to) {
        int agreements = 0;
        for (int i = from; i < to; i++) {
            agreements += mine.get(i) == theirs.get(i) ? 1 : 0;
        }
        return agreements;
    }

    private void alignInPlace(int from, int to) {
        int open = from;
        for (int i = from; i < to; i++) {
            if (mine.get(i) == theirs.get(i)) {
                gap(open, i, open, i);
                open = i + 1;
            }
        }
        gap(open, to, open, to);
    }

    private void alignByChain(int start, int i2, int j2) {
        Map<Long, Integer> places = new HashMap<>();
        for (int j = start; j < j2; j++) {
            places.merge(theirs.get(j), j, (one, other) -> -1);
        }
        int[] match = new int[i2 - start];
        for (int i = start; i < i2; i++) {
            match[i - start] = places.getOrDefault(mine.get(i), -1);
        }
        int[] chain = longestChain(match);
        int i = start;
        int j = start;
        for (int at = 0; at < chain.length; at++) {
            int k = chain[at];
            boolean follows = at > 0 && chain[at - 1] == k - 1 && match[k - 1] == match[k] - 1;
            boolean leads = at + 1 < chain.length && chain[at + 1] == k + 1 && match[k + 1] == match[k] + 1;
            if (follows || leads || isCredible(chain, match, at, i2 - start, j2)) {
                gap(i, start + k, j, match[k]);
                i = start + k + 1;
                j = match[k] + 1;
            }
        }
        gap(i, i2, j, j2);
    }

    /**
     * Whether a lone match is more than chance. Between its neighbours in the chain there are so many pairs of
     * different items that one of them may well have equal short hashes; leaving a true match out costs a few
     * bytes, taking a false one costs another narrowing.
     */
    private boolean isCredible(int[] chain, int[] match, int at, int mineEnd, int theirsEnd) {
        int mineBetween = (at + 1 < chain.length ? chain[at + 1] : mineEnd) - (at > 0 ? chain[at - 1] : 0);
        int theirsBetween =
                (at + 1 < chain.length ? match[chain[at + 1]] : theirsEnd) - (at > 0 ? match[chain[at - 1]] : 0);
        return (long) mineBetween * theirsBetween <= LONE_PAIRS;
    }

    /** The positions of a longest strictly ascending choice of the values that are not negative. */
    private static int[] longestChain(int[] values) {
        int[] tails = new int[values.length];
        int[] previous = new int[values.length];
        int length = 0;
        for (int k = 0; k < values.length; k++) {
            if (values[k] < 0) {
                continue;
            }
            int low = 0;
            int high = length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (values[tails[middle]] < values[k]) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            previous[k] = low == 0 ? -1 : tails[low - 1];
            tails[low] = k;
            length = Math.max(length, low + 1);
        }
        int[] chain = new int[length];
        for (int at = length - 1, k = length == 0 ? -1 : tails[length - 1]; at >= 0; at--, k = previous[k]) {
            chain[at] = k;
        }
        return chain;
    }

    private static boolean isLopsided(int longer, int shorter) {
        return shorter > 0 && longer / shorter >= LOPSIDED;
    }

    private void gap(int i1, int i2, int j1, int j2) {
        int longer = Math.max(i2 - i1, j2 - j1);
        int shorter = Math.min(i2 - i1, j2 - j1);
        if (longer == 0) {
            return;
        }
        int pieces = shorter == 0 || isLopsided(longer, shorter) ? 1 : (longer + LONGEST_GAP - 1) / LONGEST_GAP;
        pieces = Math.min(pieces, Math.max(1, shorter));
        cut |= pieces > 1;
        for (int piece = 0; piece < pieces; piece++) {
            gaps.add(new Gap(
                    share(i1, i2, piece, pieces),
                    share(i1, i2, piece + 1, pieces),
                    share(j1, j2, piece, pieces),
                    share(j1, j2, piece + 1, pieces),
                    pieces > 1));
        }
    }

    private static int share(int from, int to, int piece, int pieces) {
        return from + (int) ((long) (to - from) * piece / pieces);
    }
}
