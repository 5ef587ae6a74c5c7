package io.twinroot.store;

import java.io.IOException;
import java.util.List;

/**
 * Several sorted runs as one: of rows with the same key the one of the newest run counts.
 *
 * <p>A heap of the runs, the one with the least key on top. Most comparisons are of two numbers: the eight bytes
 * after what all keys begin with.
 */
final class RowMerge extends SortedRows {
    /** A run, and the word of its row. */
    private static final class Input {
        final SortedRows rows;
        final int age;
        long word;

        Input(SortedRows rows, int age) {
            this.rows = rows;
            this.age = age;
        }
    }

    private final Input[] heap;
    private final int common;
    private int size;
    private boolean begun;

    /**
     * @param oldestFirst the runs
     * @param common so many bytes at the beginning of all keys are the same, at least
     */
    RowMerge(List<SortedRows> oldestFirst, int common) throws IOException {
        this.common = common;
        heap = new Input[oldestFirst.size()];
        for (int i = 0; i < heap.length; i++) {
            Input input = new Input(oldestFirst.get(i), heap.length - i);
            if (advance(input)) {
                heap[size++] = input;
            }
        }
        for (int i = size / 2 - 1; i >= 0; i--) {
            sink(i);
        }
    }

    @Override
    boolean next() throws IOException {
        if (begun) {
            Input top = heap[0];
            // The row stays where it is until its own run goes on, which is the last to do so.
            while (size > 1 && isSameKey(top, secondIndex())) {
                drop(secondIndex());
            }
            drop(0);
        }
        begun = true;
        if (size == 0) {
            return false;
        }
        bytes = heap[0].rows.bytes;
        start = heap[0].rows.start;
        return true;
    }

    private int secondIndex() {
        return size > 2 && isBefore(heap[2], heap[1]) ? 2 : 1;
    }

    private boolean isSameKey(Input top, int index) {
        Input other = heap[index];
        return top.word == other.word && sameKey(top.rows.bytes, top.rows.start, other.rows.bytes, other.rows.start);
    }

    /** Has a run go on, and finds its new place. */
    private void drop(int index) throws IOException {
        if (!advance(heap[index])) {
            heap[index] = heap[--size];
        }
        if (index < size) {
            sink(index);
        }
    }

    private boolean advance(Input input) throws IOException {
        if (!input.rows.next()) {
            return false;
        }
        input.word = word(input.rows.bytes, input.rows.start, common);
        return true;
    }

    private void sink(int index) {
        Input moved = heap[index];
        int at = index;
        for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && isBefore(heap[child + 1], heap[child])) {
                child++;
            }
            if (!isBefore(heap[child], moved)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = moved;
    }

    private boolean isBefore(Input left, Input right) {
        if (left.word != right.word) {
            return Long.compareUnsigned(left.word, right.word) < 0;
        }
        int order = compare(left.rows.bytes, left.rows.start, right.rows.bytes, right.rows.start, common);
        return order != 0 ? order < 0 : left.age < right.age;
    }
}
