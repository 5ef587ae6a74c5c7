package io.twinroot.store;

import java.util.Arrays;

/**
 * Sorts rows by their keys, those of the same key in the order in which they were. For one thread.
 *
 * <p>Keys are long and begin alike, so comparing them two by two costs a walk over the same bytes each time. Here
 * the beginning that all have is found once, the eight bytes after it become a number, and the numbers are sorted
 * digit by digit, the last one first (radix sort). Rows with the same number are sorted by what follows in the
 * same way:
 *
 * <pre>
 * customer/000017      the same      "customer/0000"
 * customer/000018      number               17, 18, 21
 * customer/000021
 * </pre>
 */
final class KeySort {
    /** What it takes for each row, in bytes. */
    static final int ROW_BYTES = 2 * Long.BYTES + Integer.BYTES;

    /** So few are sorted by insertion. */
    private static final int FEW = 24;

    private static final int RADIX = 256;

    private final byte[] bytes;
    private final int[] starts;
    private final int[] otherStarts;
    private final long[] words;
    private final long[] otherWords;
    private final int[] places = new int[RADIX];

    /**
     * @param bytes where the rows lie
     * @param starts where each begins; this is what gets sorted
     */
    KeySort(byte[] bytes, int[] starts) {
        this.bytes = bytes;
        this.starts = starts;
        otherStarts = new int[starts.length];
        words = new long[starts.length];
        otherWords = new long[starts.length];
    }

    /** Sorts the first so many rows. */
    void sort(int size) {
        sort(0, size, 0);
    }

    /** Sorts some rows whose keys are the same before a byte, and all reach to it. */
    private void sort(int from, int to, int same) {
        if (to - from <= FEW) {
            insert(from, to, same);
            return;
        }
        int at = same + commonFrom(from, to, same);
        for (int i = from; i < to; i++) {
            words[i] = SortedRows.word(bytes, starts[i], at);
        }
        radix(from, to);
        int first = from;
        for (int i = from + 1; i <= to; i++) {
            if (i == to || words[i] != words[first]) {
                if (i - first > 1) {
                    sortSameWord(first, i, at);
                }
                first = i;
            }
        }
    }

    /** Rows with one word; where a key ends in it, those that go on have zeros there. */
    private void sortSameWord(int from, int to, int at) {
        int least = Integer.MAX_VALUE;
        int most = 0;
        for (int i = from; i < to; i++) {
            int length = SortedRows.keyEnd(bytes, starts[i]) - SortedRows.keyStart(starts[i]);
            least = Math.min(least, length);
            most = Math.max(most, length);
        }
        if (least >= at + Long.BYTES) {
            sort(from, to, at + Long.BYTES);
        } else if (least < most) {
            merge(from, to, at);
        }
    }

    /** How many bytes all keys have in common from a byte on. */
    private int commonFrom(int from, int to, int same) {
        int first = SortedRows.keyStart(starts[from]) + same;
        int end = SortedRows.keyEnd(bytes, starts[from]);
        for (int i = from + 1; i < to && end > first; i++) {
            int other = SortedRows.keyStart(starts[i]) + same;
            int differs = Arrays.mismatch(bytes, first, end, bytes, other, SortedRows.keyEnd(bytes, starts[i]));
            if (differs >= 0) {
                end = first + differs;
            }
        }
        return end - first;
    }

    /** Sorts by the words. A digit that is the same in all is left out. */
    private void radix(int from, int to) {
        long ones = 0;
        long zeros = 0;
        for (int i = from; i < to; i++) {
            ones |= words[i];
            zeros |= ~words[i];
        }
        long varies = ones & zeros;
        boolean areElsewhere = false;
        long[] fromWords = words;
        long[] toWords = otherWords;
        int[] fromStarts = starts;
        int[] toStarts = otherStarts;
        for (int shift = 0; shift < Long.SIZE; shift += 8) {
            if ((varies >>> shift & 0xff) == 0) {
                continue;
            }
            Arrays.fill(places, 0);
            for (int i = from; i < to; i++) {
                places[(int) (fromWords[i] >>> shift) & 0xff]++;
            }
            int place = from;
            for (int digit = 0; digit < RADIX; digit++) {
                int count = places[digit];
                places[digit] = place;
                place += count;
            }
            for (int i = from; i < to; i++) {
                int target = places[(int) (fromWords[i] >>> shift) & 0xff]++;
                toWords[target] = fromWords[i];
                toStarts[target] = fromStarts[i];
            }
            areElsewhere = !areElsewhere;
            long[] usedWords = fromWords;
            fromWords = toWords;
            toWords = usedWords;
            int[] usedStarts = fromStarts;
            fromStarts = toStarts;
            toStarts = usedStarts;
        }
        if (areElsewhere) {
            System.arraycopy(fromWords, from, words, from, to - from);
            System.arraycopy(fromStarts, from, starts, from, to - from);
        }
    }

    private void insert(int from, int to, int same) {
        for (int i = from + 1; i < to; i++) {
            int start = starts[i];
            int j = i;
            while (j > from && SortedRows.compare(bytes, starts[j - 1], bytes, start, same) > 0) {
                starts[j] = starts[j - 1];
                j--;
            }
            starts[j] = start;
        }
    }

    /** Sorts by comparing, from the bottom up. */
    private void merge(int from, int to, int same) {
        for (int i = from; i < to; i += FEW) {
            insert(i, Math.min(to, i + FEW), same);
        }
        for (int width = FEW; width < to - from; width *= 2) {
            for (int left = from; left + width < to; left += 2 * width) {
                merge(left, left + width, Math.min(to, left + 2 * width), same);
            }
        }
    }

    private void merge(int from, int middle, int to, int same) {
        System.arraycopy(starts, from, otherStarts, from, middle - from);
        int left = from;
        int right = middle;
        for (int target = from; left < middle; target++) {
            boolean takesRight =
                    right < to && SortedRows.compare(bytes, otherStarts[left], bytes, starts[right], same) > 0;
            starts[target] = takesRight ? starts[right++] : otherStarts[left++];
        }
    }
}
