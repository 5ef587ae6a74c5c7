package io.twinroot.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One commit for many writers, for engines that leave that to their user: of the writers that wait, one commits
 * what all of them brought until then; who comes meanwhile is in the next commit. A lone writer commits by
 * itself, without another thread.
 */
final class GroupCommit<T> {
    private final Consumer<List<T>> commit;
    private List<T> waiting = new ArrayList<>();
    private long asked;
    private long done;
    private boolean committing;

    /** @param commit returns when what it was given would outlast a loss of power */
    GroupCommit(Consumer<List<T>> commit) {
        this.commit = commit;
    }

    /** Returns once the write is committed. */
    void write(T write) throws InterruptedException {
        List<T> all;
        long last;
        synchronized (this) {
            waiting.add(write);
            long mine = ++asked;
            while (committing && done < mine) {
                wait();
            }
            if (done >= mine) {
                return;
            }
            committing = true;
            all = waiting;
            waiting = new ArrayList<>();
            last = asked;
        }
        boolean committed = false;
        try {
            commit.accept(all);
            committed = true;
        } finally {
            synchronized (this) {
                committing = false;
                done = committed ? last : done;
                notifyAll();
            }
        }
    }
}
