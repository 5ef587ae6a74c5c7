package io.twinroot.wire;

/**
 * A run of the receiver's items, by their positions in the message that the receiver sent last before.
 *
 * @param position of the first item; all positions of one message count through all of its blocks
 * @param length how many items
 */
public record Span(int position, int length) {
    public Span {
        if (position < 0 || length < 0) {
            throw new IllegalArgumentException("a span at " + position + " of " + length);
        }
    }

    public int end() {
        return position + length;
    }
}
