package io.twinroot.reconcile;

import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Versions;
import io.twinroot.tree.TreeFormat;
import io.twinroot.wire.Message;
import io.twinroot.wire.MessageCodec;
import io.twinroot.wire.MessageException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Does what a {@link Plan} says and nothing else: each change is guarded by the state that the plan saw on
 * both sides, deletes go first, and a row that changed meanwhile is left for the next repair. It may be
 * stopped and run again at any point: what was done already is then found to be the same.
 */
public final class Repair {
    /** Rows in one batch of changes, at most; several of them come in one stream, so that both sides have work. */
    private static final int BATCH = 2_000;

    /** A batch ends with the row that takes it above this many bytes, about. */
    private static final long BATCH_BYTES = 4 << 20;

    private final Plan plan;
    private final Replica mine;
    private final Replica theirs;
    private final Progress progress;
    private final List<Uid> meanwhile = new ArrayList<>();
    private final List<RepairReport.Refusal> refused = new ArrayList<>();
    private final Tally onMine = new Tally();
    private final Tally onTheirs = new Tally();
    private final long total;
    private long done;

    private static final class Tally {
        long added;
        long changed;
        long deleted;

        Plan.Effect effect() {
            return new Plan.Effect(added, changed, deleted);
        }
    }

    private Repair(Plan plan, Replica mine, Replica theirs, Progress progress) {
        this.plan = plan;
        this.mine = mine;
        this.theirs = theirs;
        this.progress = progress;
        this.total = plan.onMine().all() + plan.onTheirs().all();
    }

    /**
     * Applies a plan.
     *
     * @throws GuardException before the first change, when the plan goes beyond the guards
     * @throws ReplicaException when a side fails; what was applied until then stays
     */
    public static RepairReport apply(Plan plan, Replica mine, Replica theirs, Guards guards, Progress progress) {
        check(plan.onMine(), mine, guards);
        check(plan.onTheirs(), theirs, guards);
        return new Repair(plan, mine, theirs, progress).apply();
    }

    /** @throws GuardException when a plan would do more to a side than its guards allow */
    public static void check(Plan.Effect effect, Replica side, Guards guards) {
        if (effect.changed() > guards.maxChanges()) {
            throw new GuardException("would replace " + effect.changed() + " rows of " + side.address()
                    + ", more than the " + guards.maxChanges() + " that maxChanges allows; nothing was changed");
        }
        if (effect.deleted() > 0) {
            TableInfo info = side.info();
            long most = guards.deletesOf(info.count());
            if (effect.deleted() > most) {
                throw new GuardException("would delete " + effect.deleted() + " of the " + info.count() + " rows of "
                        + side.address() + ", more than the " + most + " that maxDeletes allows; nothing was changed");
            }
        }
    }

    /** One row to bring from one side to the other, with what the plan saw on both. */
    private record Move(Uid uid, RowState from, RowState to) {}

    private RepairReport apply() {
        List<Move> deletesHere = new ArrayList<>();
        List<Move> deletesThere = new ArrayList<>();
        List<Move> takes = new ArrayList<>();
        List<Move> gives = new ArrayList<>();
        List<UidRange> rangesToTake = new ArrayList<>();
        List<UidRange> rangesToGive = new ArrayList<>();
        for (Plan.Step step : plan.steps()) {
            switch (step) {
                case Plan.Step.DeleteMine(Uid uid, var here, var there) -> deletesHere.add(new Move(uid, there, here));
                case Plan.Step.DeleteTheirs(Uid uid, var here, var there) ->
                    deletesThere.add(new Move(uid, here, there));
                case Plan.Step.Take(Uid uid, var here, var there) -> takes.add(new Move(uid, there, here));
                case Plan.Step.Give(Uid uid, var here, var there) -> gives.add(new Move(uid, here, there));
                case Plan.Step.TakeRange(UidRange range, long count) -> rangesToTake.add(range);
                case Plan.Step.GiveRange(UidRange range, long count) -> rangesToGive.add(range);
                case Plan.Step.DropMine ignored -> {}
                case Plan.Step.DropTheirs ignored -> {}
                case Plan.Step.Merge ignored -> {}
                case Plan.Step.Settle ignored -> {}
                case Plan.Step.Leave ignored -> {}
            }
        }
        move(deletesHere, theirs, mine, onMine);
        move(deletesThere, mine, theirs, onTheirs);
        move(takes, theirs, mine, onMine);
        rangesToTake.forEach(range -> copy(range, theirs, mine, onMine));
        move(gives, mine, theirs, onTheirs);
        rangesToGive.forEach(range -> copy(range, mine, theirs, onTheirs));
        return new RepairReport(onMine.effect(), onTheirs.effect(), meanwhile, refused, rootsAreEqual());
    }

    private void move(List<Move> moves, Replica from, Replica to, Tally tally) {
        for (int at = 0; at < moves.size(); at += Replica.MAX_BATCH) {
            List<Move> batch = moves.subList(at, Math.min(moves.size(), at + Replica.MAX_BATCH));
            Map<Uid, Move> open = new HashMap<>();
            batch.forEach(move -> open.put(move.uid, move));
            Batch changes = new Batch(to, tally);
            try (RowCursor rows = from.fetch(batch.stream().map(Move::uid).toList())) {
                while (rows.hasNext()) {
                    RowData data = rows.next();
                    Move move = open.remove(data.row().uid());
                    if (move == null) {
                        throw new ReplicaException(
                                ReplicaException.Kind.BAD_ANSWER,
                                from.address() + " sent the row " + data.row().uid() + ", which was not asked for");
                    }
                    if (isStill(data.row(), move.from)) {
                        changes.add(data, move.to);
                    } else {
                        skip(move.uid);
                    }
                }
            }
            open.keySet().forEach(this::skip);
            changes.apply();
        }
    }

    /** Changes on their way to one side. */
    private final class Batch {
        private final Replica to;
        private final Tally tally;
        private final List<Change> changes = new ArrayList<>();
        private long bytes;

        Batch(Replica to, Tally tally) {
            this.to = to;
            this.tally = tally;
        }

        void add(RowData data, @Nullable RowState expected) {
            changes.add(new Change.Replicate(data, expected));
            bytes += data.weight();
            if (changes.size() == BATCH || bytes > BATCH_BYTES) {
                apply();
            }
        }

        void apply() {
            Repair.this.apply(changes, to, tally);
            changes.clear();
            bytes = 0;
        }
    }

    /** Whether a row that was read is in the version that the plan saw. */
    private static boolean isStill(Row row, RowState planned) {
        return row instanceof Row.Live == planned instanceof RowState.Live
                && Versions.stamp(planned).filter(row.stamp()::equals).isPresent();
    }

    private void skip(Uid uid) {
        meanwhile.add(uid);
        step(1);
    }

    private void copy(UidRange range, Replica from, Replica to, Tally tally) {
        try (RowCursor rows = from.rows(range)) {
            Batch changes = new Batch(to, tally);
            while (rows.hasNext()) {
                changes.add(rows.next(), null);
            }
            changes.apply();
        }
    }

    private void apply(List<Change> changes, Replica to, Tally tally) {
        if (changes.isEmpty()) {
            return;
        }
        List<Outcome> outcomes = to.apply(changes);
        for (int i = 0; i < changes.size(); i++) {
            Change.Replicate change = (Change.Replicate) changes.get(i);
            switch (outcomes.get(i)) {
                case Outcome.Applied ignored -> {
                    if (change.data().row() instanceof Row.Tombstone) {
                        tally.deleted++;
                    } else if (change.expected() instanceof RowState.Live) {
                        tally.changed++;
                    } else {
                        tally.added++;
                    }
                }
                case Outcome.Same ignored -> {}
                case Outcome.Older ignored -> meanwhile.add(change.uid());
                case Outcome.ChangedMeanwhile ignored -> meanwhile.add(change.uid());
                case Outcome.Lingering ignored -> meanwhile.add(change.uid());
                case Outcome.Parked(String why) ->
                    refused.add(new RepairReport.Refusal(change.uid(), to.address(), why));
                case Outcome.Refused(String why) ->
                    refused.add(new RepairReport.Refusal(change.uid(), to.address(), why));
            }
        }
        step(changes.size());
    }

    private void step(int rows) {
        done += rows;
        progress.at("repairing", done, Math.max(done, total));
    }

    /** Asks one side whether it has the other's root; a narrowing that ends with its first answer. */
    private boolean rootsAreEqual() {
        byte[] open = MessageCodec.encode(
                new Message.Open(
                        TreeFormat.FORMAT, Narrowing.SHORT, 0, mine.info().root()),
                Narrowing.SHORT);
        try {
            return MessageCodec.decode(theirs.narrow(open), Narrowing.SHORT) instanceof Message.Same;
        } catch (MessageException e) {
            throw new ReplicaException(ReplicaException.Kind.BAD_ANSWER, theirs.address() + ": " + e.getMessage(), e);
        }
    }
}
