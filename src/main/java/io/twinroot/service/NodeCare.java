package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.peer.Care;
import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.RepairView;
import io.twinroot.store.ScrubPart;
import io.twinroot.store.Store;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** How a node looks after its store: scrubs it, has damage healed, and says what a person must see. */
final class NodeCare implements AutoCloseable {
    private final Store store;
    private final RepairBoard repairs;
    private final ScrubRunner scrubs;
    private final Healing healing;
    private final ParkedRetries retries;
    private final NodeMetrics metrics;
    private final Meetings meetings;
    private final List<ProblemControl> others;
    private final Mirrors mirrors;
    private final Tidying tidying;
    private final SchemaProblems schemas;

    /** @param others problems that come up elsewhere: what the guards stopped, what keeps mirrors from their work */
    NodeCare(
            Store store,
            Meetings meetings,
            RepairBoard repairs,
            List<ProblemControl> others,
            Mirrors mirrors,
            Config config,
            InstantSource clock) {
        this.store = store;
        this.repairs = repairs;
        this.scrubs = new ScrubRunner(store, config.scrub(), clock, this::look);
        this.healing = new Healing(store, repairs, config, () -> scrubs.ask(ScrubPart.REST));
        this.retries = new ParkedRetries(store);
        this.metrics = new NodeMetrics(store, repairs, mirrors, clock);
        this.meetings = meetings;
        this.others = List.copyOf(others);
        this.mirrors = mirrors;
        this.schemas = new SchemaProblems(clock);
        this.tidying = new Tidying(store, meetings, Tidying.PACE);
    }

    /** Begins its work. */
    void begin() {
        repairs.damagedAre(store::isReadOnly);
        repairs.onEnd(this::repaired);
        repairs.onCompared(schemas::compared);
        store.onDamage(this::look);
        scrubs.begin();
        healing.begin();
        retries.begin();
        tidying.begin();
    }

    private void look() {
        healing.look();
    }

    private void repaired(RepairView repair) {
        metrics.repaired(repair);
        healing.repaired(repair);
        retries.look();
        if (Boolean.TRUE.equals(repair.same())) {
            tidying.look();
        }
    }

    /** What it shows to those who ask over HTTP. */
    Care served() {
        List<ProblemControl> problems = new ArrayList<>(List.of(
                new DamageProblems(store),
                new ConflictProblems(store),
                new ParkedProblems(store),
                meetings.problems(),
                schemas));
        problems.addAll(others);
        return new Care(
                new Problems(problems), new ScrubOfAll(scrubs, mirrors), new Trash(store), mirrors, metrics::scrape);
    }

    /** What keeps the node from its work; waits for nothing. */
    List<String> obstacles() {
        List<String> obstacles = new ArrayList<>();
        store.writeTrouble().ifPresent(why -> obstacles.add("the last write failed: " + why));
        store.viewTrouble().ifPresent(why -> obstacles.add("damaged files could not be made again yet: " + why));
        return obstacles;
    }

    @Override
    public void close() {
        healing.close();
        retries.close();
        tidying.close();
        scrubs.close();
        metrics.close();
    }
}
