package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.peer.RepairRequest;
import io.twinroot.peer.RepairView;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.store.Store;
import io.twinroot.store.StoreException;
import io.twinroot.table.TableName;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has damaged tables repaired from the peers, at once and until they are whole, on a thread of its own. It only
 * pulls: what is missing here is nobody's wish.
 */
final class Healing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Healing.class);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LAST_RETRY = Duration.ofMinutes(5);

    private final Store store;
    private final RepairBoard board;
    private final List<Config.Peer> peers;
    private final Runnable onHealed;
    private final Thread thread;

    // guarded by this
    private boolean news = true;
    private boolean closed;

    /** @param onHealed is told when a table that was damaged is whole */
    Healing(Store store, RepairBoard board, Config config, Runnable onHealed) {
        this.store = store;
        this.board = board;
        this.peers = config.peers().stream()
                .filter(peer -> RepairBoard.direction(peer).pulls())
                .toList();
        this.onHealed = onHealed;
        this.thread = Thread.ofVirtual().name("healing").unstarted(this::loop);
    }

    void begin() {
        thread.start();
    }

    /** There may be new damage. Returns at once. */
    synchronized void look() {
        news = true;
        notifyAll();
    }

    /** A repair ended; where the copies were the same, nothing is missing here. */
    void repaired(RepairView repair) {
        if (!Boolean.TRUE.equals(repair.same())) {
            return;
        }
        try {
            TableName table = repair.request().table();
            boolean damaged = store.isReadOnly(table);
            store.provenEqual(table);
            if (damaged && !store.isReadOnly(table)) {
                LOG.info(
                        "table {} is whole again, as {} has it",
                        table,
                        repair.request().peer());
                onHealed.run();
            }
        } catch (StoreException e) {
            LOG.debug("after the repair {}: {}", repair.id(), e.getMessage());
        }
    }

    private List<TableName> damaged() {
        return store.counts().keySet().stream().filter(store::isReadOnly).toList();
    }

    private void loop() {
        Duration retry = FIRST_RETRY;
        try {
            while (true) {
                boolean isNew = awaitNews(retry);
                synchronized (this) {
                    if (closed) {
                        return;
                    }
                }
                retry = isNew ? FIRST_RETRY : retry.multipliedBy(2);
                retry = retry.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : retry;
                heal();
            }
        } catch (InterruptedException e) {
            LOG.debug("healing ends");
        } catch (StoreException e) {
            LOG.debug("healing ends: {}", e.getMessage());
        }
    }

    /** Waits for news; where damage is left, at most so long. Says whether there were any. */
    private boolean awaitNews(Duration retry) throws InterruptedException {
        long end = System.nanoTime() + retry.toNanos();
        boolean open = !peers.isEmpty() && !damaged().isEmpty(); // news come under the store's locks: not under ours
        synchronized (this) {
            while (!news && !closed) {
                long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
                if (open && left <= 0) {
                    return false;
                }
                wait(open ? left : 0);
            }
            boolean was = news;
            news = false;
            return was;
        }
    }

    private void heal() throws InterruptedException {
        for (TableName table : damaged()) {
            for (Config.Peer peer : peers) {
                if (peer.covers(table) && store.isReadOnly(table)) {
                    heal(table, peer);
                }
            }
        }
    }

    private void heal(TableName table, Config.Peer peer) throws InterruptedException {
        try {
            RepairView view = board.runToEnd(new RepairRequest(table, peer.name(), Direction.PULL, true, null, null));
            if (view.trouble() != null) {
                LOG.warn("healing {} from {}: {}", table, peer.name(), view.trouble());
            }
        } catch (ReplicaException e) { // it is being repaired already, or the node is stopping
            LOG.debug("healing {} from {}: {}", table, peer.name(), e.getMessage());
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        thread.interrupt();
    }
}
