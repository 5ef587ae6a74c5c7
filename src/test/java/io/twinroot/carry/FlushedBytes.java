package io.twinroot.carry;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** A file in memory that remembers how long it was at each flush. */
final class FlushedBytes extends ByteArrayOutputStream {
    private final List<Integer> flushes = new ArrayList<>();

    @Override
    public void flush() {
        flushes.add(size());
    }

    /** The lengths at each flush; the last is that with the end. */
    List<Integer> flushes() {
        return List.copyOf(flushes);
    }
}
