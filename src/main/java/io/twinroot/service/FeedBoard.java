package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.peer.FeedControl;
import io.twinroot.peer.FeedView;
import io.twinroot.peer.HttpReplicas;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.reconcile.Replicas;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** All feeds that a node follows, one for each peer that something is pulled from. May be used by many threads. */
final class FeedBoard implements FeedControl {
    private final Replicas local;
    private final RepairBoard repairs;
    private final FeedStates states;
    private final InstantSource clock;
    private final Map<String, Followed> followed = new LinkedHashMap<>();
    private final List<Thread> threads = new ArrayList<>();

    private record Followed(Config.Peer peer, Follower follower, FeedProgress progress) {}

    FeedBoard(
            Replicas local,
            Config config,
            Map<String, HttpReplicas> peers,
            RepairBoard repairs,
            FeedStates states,
            InstantSource clock,
            LongSupplier random) {
        this.local = local;
        this.repairs = repairs;
        this.states = states;
        this.clock = clock;
        for (Config.Peer peer : config.peers()) {
            if (RepairBoard.direction(peer).pulls()) {
                FeedProgress progress = new FeedProgress();
                Follower follower = new Follower(
                        peer,
                        local,
                        Objects.requireNonNull(peers.get(peer.name())),
                        repairs,
                        states,
                        table -> follows(peer, table),
                        new PageWriter(local, progress, clock),
                        progress,
                        clock,
                        random);
                followed.put(peer.name(), new Followed(peer, follower, progress));
            }
        }
    }

    private boolean follows(Config.Peer peer, TableName table) {
        return peer.covers(table) && repairs.isRepaired(table) && isOn(peer, table);
    }

    private boolean isOn(Config.Peer peer, TableName table) {
        return states.switched(peer.name(), table).orElse(peer.feed());
    }

    void start() {
        repairs.onComplete((request, began) -> {
            Followed one = followed.get(request.peer());
            if (one != null) {
                one.follower.aligned(request.table(), began);
            }
        });
        forgetWhatIsLost();
        followed.forEach((name, one) ->
                threads.add(Thread.ofVirtual().name("feed-" + name).start(one.follower)));
    }

    /** What damage may have taken is no longer known to be here. */
    private void forgetWhatIsLost() {
        for (TableInfo table : local.tables()) {
            try (Replica here = local.table(table.name())) {
                if (here.knowledge().damaged()) {
                    followed.keySet().forEach(peer -> states.aligned(peer, table.name(), false));
                }
            }
        }
    }

    /** Asks all to end. */
    void stop() {
        followed.values().forEach(one -> one.follower.stop());
    }

    /** Waits until all have ended. */
    void join() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Override
    public List<FeedView> feeds() {
        List<TableName> tables =
                local.tables().stream().map(table -> table.name()).toList();
        List<FeedView> views = new ArrayList<>();
        for (Followed one : followed.values()) {
            for (TableName table : tables) {
                if (one.peer.covers(table) && repairs.isRepaired(table)) {
                    views.add(view(one, table));
                }
            }
        }
        return views;
    }

    private FeedView view(Followed one, TableName table) {
        return one.progress.view(one.peer.name(), table, isOn(one.peer, table), clock.instant());
    }

    @Override
    public FeedView turn(String name, TableName table, boolean on) {
        @Nullable Followed one = followed.get(name);
        if (one == null) {
            throw new ReplicaException(
                    Kind.BAD_REQUEST,
                    "there is no feed of a peer named '" + name + "'; there are " + followed.keySet());
        }
        local.table(table).close();
        if (!one.peer.covers(table) || !repairs.isRepaired(table)) {
            throw new ReplicaException(
                    Kind.BAD_REQUEST, "table " + table + " is not among those that the configuration has for " + name);
        }
        boolean before = isOn(one.peer, table);
        states.turn(name, table, on);
        if (on && !before) {
            one.follower.turnedOn(table);
        }
        return view(one, table);
    }
}
