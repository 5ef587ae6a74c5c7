package io.twinroot.store;

import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What this process wrote under its incarnation, and the last write of each other one that came by. Without a disk: it
 * tells two processes apart that pass for one. For many threads.
 */
final class OwnWrites {
    /** The clocks of so many last writes are remembered. */
    static final int CLOCKS = 1 << 16;

    /** The most incarnations of which the last write is remembered. */
    static final int LATEST_MAX = 100;

    private final long[] clocks = new long[CLOCKS];
    private final Map<Incarnation, Stamp> latest = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Incarnation, Stamp> eldest) {
            return size() > LATEST_MAX;
        }
    };
    private Incarnation incarnation;
    private long before;
    private long seq;

    /** @param seq that of the last write before this */
    OwnWrites(Incarnation incarnation, long seq) {
        this.incarnation = incarnation;
        this.seq = seq;
        this.before = seq;
    }

    synchronized Incarnation incarnation() {
        return incarnation;
    }

    /** Writes that were committed just now, its own and others', in their order. */
    synchronized void wrote(List<Stamp> stamps) {
        for (Stamp stamp : stamps) {
            if (stamp.incarnation().equals(incarnation) && stamp.seq() == seq + 1) {
                seq++;
                clocks[(int) (seq % CLOCKS)] = stamp.clock();
            }
            latest.merge(stamp.incarnation(), stamp, (one, other) -> one.seq() >= other.seq() ? one : other);
        }
    }

    synchronized void renewed(Incarnation fresh) {
        incarnation = fresh;
        seq = 0;
        before = 0;
    }

    /** The last write of each incarnation that came by since the start, the newest first. */
    synchronized List<Stamp> latest() {
        return latest.values().stream()
                .sorted(java.util.Comparator.reverseOrder())
                .toList();
    }

    /**
     * Whether a stamp that is of the current incarnation was not made here: this process gave its seq another clock, or
     * has not got so far. False where that is not known any more.
     */
    synchronized boolean wroteDifferently(Stamp stamp) {
        if (!stamp.incarnation().equals(incarnation)) {
            return false;
        }
        boolean isRemembered = stamp.seq() > Math.max(before, seq - CLOCKS);
        return stamp.seq() > seq || (isRemembered && clocks[(int) (stamp.seq() % CLOCKS)] != stamp.clock());
    }
}
