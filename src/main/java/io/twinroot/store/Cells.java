package io.twinroot.store;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A run as an iterator of values, without those that the function gives null for. */
final class Cells<V, T> implements Iterator<T> {
    private final Run<V> run;
    private final Function<Run<V>, @Nullable T> map;
    private @Nullable T next;
    private boolean ended;

    Cells(Run<V> run, Function<Run<V>, @Nullable T> map) {
        this.run = run;
        this.map = map;
    }

    @Override
    public boolean hasNext() {
        while (next == null && !ended) {
            if (run.next()) {
                next = map.apply(run);
            } else {
                ended = true;
            }
        }
        return next != null;
    }

    @Override
    public T next() {
        T value = hasNext() ? next : null;
        if (value == null) {
            throw new NoSuchElementException("the end was reached");
        }
        next = null;
        return value;
    }
}
