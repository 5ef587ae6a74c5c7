package io.twinroot.store;

import io.twinroot.log.ChangeLog;
import io.twinroot.log.Frame;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The batches that are forced to the disk together: decides the outcome of each change, in their order, and
 * makes the frames. Later changes see the earlier ones. Nothing outside is changed before {@link #apply}.
 */
final class CommitGroup {
    private record Step(TableWork table, Uid uid, @Nullable IndexRow held, IndexRow row) {}

    private final StoreOptions options;
    private final DamageBook damage;
    private final Function<IndexRow, @Nullable Digest> lostDigest;
    private final long nowMs;
    private final Map<TableWork, Map<Uid, IndexRow>> pending = new HashMap<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<List<Frame>> batches = new ArrayList<>();
    private long clock;
    private long seq;

    /**
     * @param lostDigest gives the digest that a lost row had; null where that is not known
     * @param clock the largest clock of any stamp so far
     * @param seq that of the last stamp made here
     */
    CommitGroup(
            StoreOptions options,
            DamageBook damage,
            Function<IndexRow, @Nullable Digest> lostDigest,
            long clock,
            long seq) {
        this.options = options;
        this.lostDigest = lostDigest;
        this.damage = damage;
        this.nowMs = options.nowMs().getAsLong();
        this.clock = clock;
        this.seq = seq;
    }

    long clock() {
        return clock;
    }

    long seq() {
        return seq;
    }

    /** The frames of the batches that have any. */
    List<List<Frame>> batches() {
        return batches;
    }

    /** Decides a batch. */
    List<Outcome> add(TableWork table, List<Staged> changes) {
        List<Frame> frames = new ArrayList<>(changes.size());
        List<Outcome> outcomes = new ArrayList<>(changes.size());
        Map<Uid, IndexRow> mine = pending.computeIfAbsent(table, t -> new HashMap<>());
        boolean readOnly = table.hasLost() || damage.isOpen(table.name());
        for (Staged staged : changes) {
            boolean isOwn = !(staged.change() instanceof Change.Replicate);
            outcomes.add(
                    readOnly && isOwn
                            ? new Outcome.Refused("table " + table.name() + " is damaged and read-only until it is"
                                    + " repaired from another copy, or what was lost is given up: see the problems")
                            : decide(table, mine, staged, frames));
        }
        if (!frames.isEmpty()) {
            batches.add(frames);
        }
        return outcomes;
    }

    private Outcome decide(TableWork table, Map<Uid, IndexRow> mine, Staged staged, List<Frame> frames) {
        if (staged.refusal() != null) {
            return new Outcome.Refused(staged.refusal());
        }
        Uid uid = staged.change().uid();
        IndexRow held = mine.get(uid);
        if (held == null) {
            held = table.held(uid);
        }
        RowState state = IndexRow.state(held);
        RowState expected = staged.change().expected();
        boolean meanwhile = expected != null && !expected.equals(state);
        Stamp stamp;
        switch (staged.change()) {
            case Change.Put put -> {
                if (meanwhile) {
                    return new Outcome.ChangedMeanwhile(state);
                }
                stamp = nextStamp();
            }
            case Change.Delete delete -> {
                if (meanwhile) {
                    return new Outcome.ChangedMeanwhile(state);
                }
                if (!(state instanceof RowState.Live)) {
                    return new Outcome.Same();
                }
                stamp = nextStamp();
            }
            case Change.Flag flag -> {
                return new Outcome.Refused("flags are not kept here");
            }
            case Change.Drop drop -> {
                return new Outcome.Refused("rows are not dropped here");
            }
            case Change.Replicate replicate -> {
                Row row = replicate.data().row();
                stamp = row.stamp();
                if (stamp.millis() > nowMs + options.maxClockSkewMs()) {
                    return new Outcome.Refused("its stamp " + stamp + " is " + (stamp.millis() - nowMs)
                            + " ms ahead of the clock here; the limit is " + options.maxClockSkewMs() + " ms");
                }
                if (isLostContent(held, stamp, staged)) {
                    stamp = java.util.Objects.requireNonNull(held).stamp();
                } else if (held != null && held.isLost() && stamp.compareTo(held.stamp()) < 0) {
                    return new Outcome.Refused("damage took a newer version of this row here, that of " + held.stamp()
                            + "; give that up first: see the problems");
                }
                RowState offered = IndexRow.state(IndexRow.of(stamp, staged.digest(), 0, 0));
                if (offered.equals(state)) {
                    return new Outcome.Same();
                }
                if (meanwhile) {
                    return new Outcome.ChangedMeanwhile(state);
                }
                if (!Versions.supersedes(offered, state)) {
                    return new Outcome.Older(state);
                }
                clock = Long.compareUnsigned(stamp.clock(), clock) > 0 ? stamp.clock() : clock;
            }
        }
        IndexRow row = IndexRow.of(stamp, staged.digest(), 0, 0);
        frames.add(frame(table.id(), uid, stamp, staged));
        steps.add(new Step(table, uid, held, row));
        mine.put(uid, row);
        return new Outcome.Applied(stamp);
    }

    /** Whether an older version has what the lost one had: then it is that one which comes back. */
    private boolean isLostContent(@Nullable IndexRow held, Stamp stamp, Staged staged) {
        Digest digest = staged.digest();
        return digest != null
                && held != null
                && held.isLost()
                && stamp.compareTo(held.stamp()) < 0
                && digest.equals(lostDigest.apply(held));
    }

    private Stamp nextStamp() {
        clock = Stamp.nextClock(nowMs, clock);
        seq++;
        return new Stamp(clock, options.incarnation(), seq);
    }

    private static Frame frame(int table, Uid uid, Stamp stamp, Staged staged) {
        byte[] body = staged.body();
        return body == null
                ? new Frame.Delete(table, uid, stamp)
                : new Frame.Put(table, uid, stamp, body, staged.inline());
    }

    /** Puts the rows into the tables, once their frames are in the log. */
    void apply(ChangeLog.Placed placed) {
        for (int i = 0; i < placed.positions().length; i++) {
            Step step = steps.get(i);
            IndexRow held = step.held();
            // Of a row that the group changes twice, the frame of the first change is known by now.
            IndexRow before = held != null && held.bytes() == 0 ? step.table().held(step.uid()) : held;
            step.table().put(step.uid(), before, step.row().at(placed.positions()[i], placed.bytes()[i]));
            if (held != null && held.isLost()) {
                damage.healed(step.table().name(), step.uid());
            }
        }
        for (TableWork table : pending.keySet()) {
            table.publish();
        }
    }

    Iterable<TableWork> tables() {
        return pending.keySet();
    }
}
