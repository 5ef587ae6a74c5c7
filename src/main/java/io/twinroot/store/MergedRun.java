package io.twinroot.store;

import io.twinroot.table.Uid;
import java.util.List;

/** Several runs as one: of entries with the same UID the one of the first run counts. */
final class MergedRun<V> implements Run<V> {
    private final Run<V>[] runs;
    private final boolean[] ended;
    private int current = -1;

    private MergedRun(List<Run<V>> parts) {
        @SuppressWarnings({"unchecked", "rawtypes"}) // holds nothing but these
        Run<V>[] array = parts.toArray(new Run[0]);
        runs = array;
        ended = new boolean[runs.length];
        for (int i = 0; i < runs.length; i++) {
            ended[i] = !runs[i].next();
        }
    }

    /** @param newestFirst the runs, that of the newest layer first */
    static <V> Run<V> of(List<Run<V>> newestFirst) {
        return newestFirst.size() == 1 ? newestFirst.getFirst() : new MergedRun<>(newestFirst);
    }

    @Override
    public boolean next() {
        if (current >= 0) {
            Uid done = uid();
            for (int i = current; i < runs.length; i++) {
                if (!ended[i] && (i == current || runs[i].uid().equals(done))) {
                    ended[i] = !runs[i].next();
                }
            }
        }
        current = -1;
        for (int i = 0; i < runs.length; i++) {
            if (!ended[i] && (current < 0 || runs[i].uid().compareTo(runs[current].uid()) < 0)) {
                current = i;
            }
        }
        return current >= 0;
    }

    @Override
    public Uid uid() {
        return runs[current].uid();
    }

    @Override
    public V value() {
        return runs[current].value();
    }
}
