package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.TableName;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repairs the tables of one peer, each when it is due, one after the other. It runs on a thread of its own
 * until that is interrupted.
 */
final class Schedule implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Schedule.class);

    /** How often at least it looks for new tables. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private final RepairBoard board;
    private final Config.Peer peer;
    private final InstantSource clock;
    private final LongSupplier random;

    /** The peer as a whole, for when not even its tables can be listed. */
    private Link whole;

    Schedule(RepairBoard board, Config.Peer peer, InstantSource clock, LongSupplier random) {
        this.board = board;
        this.peer = peer;
        this.clock = clock;
        this.random = random;
        this.whole = newWhole();
    }

    private Link newWhole() {
        return new Link(new Link.Key(peer.name(), new TableName("all")));
    }

    @Override
    public void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(turn());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Repairs the table that is most overdue; says how long to wait until the next. */
    private Duration turn() throws InterruptedException {
        Set<TableName> tables;
        try {
            tables = board.scheduled(peer);
        } catch (ReplicaException e) {
            whole.failed(String.valueOf(e.getMessage()), clock.instant(), peer, random);
            board.unreachable(peer, String.valueOf(e.getMessage()));
            LOG.warn("peer {}: {}", peer.name(), e.getMessage());
            return until(whole.next());
        }
        whole = newWhole();
        Optional<TableName> due = tables.stream().min(Comparator.comparing(this::nextOf));
        if (due.isEmpty()) {
            return shorter(peer.every(), LONGEST_WAIT);
        }
        Duration wait = until(nextOf(due.get()));
        if (wait.isPositive()) {
            return shorter(wait, LONGEST_WAIT);
        }
        repair(due.get());
        return Duration.ZERO;
    }

    private Instant nextOf(TableName table) {
        Instant next = board.link(peer.name(), table).next();
        return next == null ? Instant.MIN : next;
    }

    private Duration until(@Nullable Instant then) {
        if (then == null || then.equals(Instant.MIN)) {
            return Duration.ZERO;
        }
        Duration wait = Duration.between(clock.instant(), then);
        return wait.isNegative() ? Duration.ZERO : wait;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private void repair(TableName table) throws InterruptedException {
        try {
            var view = board.runToEnd(board.onSchedule(peer, table));
            if (view.trouble() != null) {
                LOG.warn("repair of {} with {}: {}", table, peer.name(), view.trouble());
            } else if (view.differing() > 0) {
                LOG.info(
                        "repair of {} with {}: {} rows differed; {} written here, {} there",
                        table,
                        peer.name(),
                        view.differing(),
                        view.changedHere(),
                        view.changedThere());
            }
        } catch (ReplicaException e) {
            // the table is being repaired with another peer or by hand, or the node is stopping
            LOG.debug("repair of {} with {}: {}", table, peer.name(), e.getMessage());
            board.postpone(peer, table);
        }
    }
}
