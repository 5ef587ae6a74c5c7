package io.twinroot.store;

import io.twinroot.log.BlobFiles;
import io.twinroot.log.ChangeLog;
import io.twinroot.log.Frame;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The batches that are forced to the disk together: {@link TableChanges} decides each change, in their order, and the
 * frames are made here. Later changes see the earlier ones. Nothing outside is changed before {@link #apply}.
 */
final class CommitGroup {
    /** What the deciding needs of the store. */
    interface Sources {
        /** The frame of a live row. */
        Frame.Put frame(TableWork table, Uid uid, IndexRow row);

        /** The digest that a lost row had; null where that is not known. */
        @Nullable
        Digest lostDigest(IndexRow lost);
    }

    /** What a frame, once it is in the log, means for a table. */
    private sealed interface Step {
        /** @param version that the row has now; null where nothing is known of the UID any more */
        record OfRow(
                TableWork table,
                Uid uid,
                @Nullable IndexRow held,
                IndexRow row,
                @Nullable Version version) implements Step {}

        record Seen(TableWork table, Stamp stamp) implements Step {}
    }

    /** What the group has decided of a table so far. */
    private static final class Pending {
        final Map<Uid, Step.OfRow> rows = new HashMap<>();
        final Set<Stamp> seen = new HashSet<>();
        /** Rows of which the last write decides no conflict, although it has seen both sides. */
        final Set<Uid> undecided = new HashSet<>();
    }

    private final StoreOptions options;
    private final DamageBook damage;
    private final KeptRows kept;
    private final BlobFiles blobs;
    private final Sources sources;
    private final long nowMs;
    private final Incarnation incarnation;
    private final Map<TableWork, Pending> pending = new HashMap<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<List<Frame>> batches = new ArrayList<>();
    private final List<Keep> keeps = new ArrayList<>();
    private List<Frame> frames = new ArrayList<>();
    private long clock;
    private long seq;

    /**
     * @param clock the largest clock of any stamp so far
     * @param own the writes of this store so far
     */
    CommitGroup(
            StoreOptions options,
            DamageBook damage,
            KeptRows kept,
            BlobFiles blobs,
            Sources sources,
            long clock,
            OwnRun own) {
        this.options = options;
        this.damage = damage;
        this.kept = kept;
        this.blobs = blobs;
        this.sources = sources;
        this.nowMs = options.nowMs().getAsLong();
        this.clock = clock;
        this.incarnation = own.incarnation();
        this.seq = own.seq();
    }

    long clock() {
        return clock;
    }

    long seq() {
        return seq;
    }

    long nowMs() {
        return nowMs;
    }

    Incarnation incarnation() {
        return incarnation;
    }

    /** The frames of the batches that have any. */
    List<List<Frame>> batches() {
        return batches;
    }

    /** What is to be kept aside before the frames are written. */
    List<Keep> keeps() {
        return keeps;
    }

    /** Decides a batch. */
    List<Outcome> add(TableWork table, List<Staged> changes, Origin origin) {
        frames = new ArrayList<>(changes.size());
        boolean isDamaged = table.hasLost() || damage.isOpen(table.name());
        TableChanges decisions = new TableChanges(this, table, origin, isDamaged, options);
        List<Outcome> outcomes = new ArrayList<>(changes.size());
        pending(table);
        for (Staged staged : changes) {
            outcomes.add(decisions.decide(staged));
        }
        if (!frames.isEmpty()) {
            batches.add(frames);
        }
        return outcomes;
    }

    /** What the group has decided of a row, which one change of it concerns. */
    Foreseen foreseen(TableWork table, Uid uid, Outcome outcome) {
        RowState before = IndexRow.state(table.held(uid));
        Step.OfRow step = pending(table).rows.get(uid);
        if (step == null) {
            return new Foreseen(outcome, before, before, null);
        }
        Version version = step.version();
        return version == null
                ? new Foreseen(outcome, before, new RowState.Absent(), null)
                : new Foreseen(outcome, before, version.state(), version.row());
    }

    private Pending pending(TableWork table) {
        return pending.computeIfAbsent(table, any -> new Pending());
    }

    /** What is under a UID after all that was decided so far. */
    HeldRow held(TableWork table, Uid uid) {
        Step.OfRow before = pending(table).rows.get(uid);
        if (before == null) {
            IndexRow row = table.held(uid);
            return new HeldRow(table, uid, row, () -> sources.frame(table, uid, java.util.Objects.requireNonNull(row)));
        }
        Version version = before.version();
        return version == null
                ? new HeldRow(table, uid, null, () -> {
                    throw new IllegalStateException("there is no row " + uid);
                })
                : new HeldRow(table, before.row(), version);
    }

    @Nullable
    Digest lostDigest(IndexRow lost) {
        return sources.lostDigest(lost);
    }

    /** Whether the table has seen a write, with all that was decided so far. */
    boolean covers(TableWork table, Stamp stamp) {
        return isOwn(stamp) || table.covers(stamp) || pending(table).seen.contains(stamp);
    }

    /** Whether it is a write of this store under its incarnation of now. */
    private boolean isOwn(Stamp stamp) {
        return stamp.seq() <= seq && stamp.incarnation().equals(incarnation);
    }

    /** Whether a row says that this store wrote something of it that it did not write. */
    boolean isForged(Row row) {
        return stamps(row).anyMatch(this::isNext);
    }

    private boolean isNext(Stamp stamp) {
        return stamp.seq() > seq && stamp.incarnation().equals(incarnation);
    }

    /** The next stamps of this store are larger. */
    void saw(long otherClock) {
        clock = Long.compareUnsigned(otherClock, clock) > 0 ? otherClock : clock;
    }

    /** The stamp of the next own write, which counts once {@link #write} has it. */
    Stamp nextStamp() {
        return new Stamp(Stamp.nextClock(nowMs, clock), incarnation, seq + 1);
    }

    /** A row gets a version. */
    void write(TableWork table, HeldRow held, Version version) {
        Row row = version.row();
        if (isNext(row.stamp())) { // no other row may have such a one
            clock = row.stamp().clock();
            seq = row.stamp().seq();
        }
        frames.add(version.frame(table.id()));
        Pending mine = pending(table);
        Step.OfRow step = new Step.OfRow(table, row.uid(), held.index(), version.index(), version);
        steps.add(step);
        mine.rows.put(row.uid(), step);
        mine.undecided.remove(row.uid());
        stamps(row).filter(stamp -> !isOwn(stamp)).forEach(mine.seen::add);
    }

    /** The stamps of a row and of all its parts. */
    private static Stream<Stamp> stamps(Row row) {
        Marks marks = row.past().marks();
        Stamp body = marks.body();
        return body == null
                ? Stream.of(row.stamp())
                : Stream.concat(
                        Stream.of(row.stamp(), body),
                        marks.parts().values().stream().map(Marks.Mark::stamp));
    }

    /** A row gets a version that a policy chose; a person may still choose otherwise. */
    void writeUndecided(TableWork table, HeldRow held, Version version) {
        write(table, held, version);
        pending(table).undecided.add(version.row().uid());
    }

    /** Nothing is known of a UID any more. */
    void forget(TableWork table, Uid uid, HeldRow held) {
        frames.add(new Frame.Forget(table.id(), uid));
        Step.OfRow step = new Step.OfRow(table, uid, held.index(), IndexRow.GONE, null);
        steps.add(step);
        pending(table).rows.put(uid, step);
    }

    /** The writes that a row has are not needed any more, here or at all. */
    void note(TableWork table, Row row) {
        stamps(row).forEach(stamp -> note(table, stamp));
    }

    private void note(TableWork table, Stamp stamp) {
        if (!covers(table, stamp)) {
            frames.add(new Frame.Seen(table.id(), stamp));
            steps.add(new Step.Seen(table, stamp));
            pending(table).seen.add(stamp);
        }
    }

    /** A version is to be kept aside. */
    void keep(KeptRow.Kind kind, TableWork table, Version version, RowState there, String why) {
        keeps.add(new Keep(kind, table.name(), version.data(blobs), there, why));
    }

    /** Puts the rows into the tables, once their frames are in the log; gives the stamps that they have. */
    List<Stamp> apply(ChangeLog.Placed placed) {
        List<Stamp> stamps = new ArrayList<>(steps.size());
        for (int i = 0; i < placed.positions().length; i++) {
            switch (steps.get(i)) {
                case Step.OfRow step -> {
                    put(step, placed.positions()[i], placed.bytes()[i]);
                    if (step.version() != null) {
                        step.table().saw(step.version().row(), incarnation);
                        stamps.add(step.version().row().stamp());
                    }
                }
                case Step.Seen(TableWork table, Stamp stamp) -> {
                    table.saw(stamp, incarnation);
                    stamps.add(stamp);
                }
            }
        }
        return stamps;
    }

    /** Shows what was applied, and ends what it settled among the rows that are kept aside. */
    void publish() {
        pending.forEach((table, rows) -> {
            table.publish();
            List<Row> concerned = new ArrayList<>();
            rows.rows.forEach((uid, step) -> {
                if (step.version() != null && !rows.undecided.contains(uid) && kept.concerns(table.name(), uid)) {
                    concerned.add(step.version().row());
                }
            });
            if (!concerned.isEmpty()) {
                kept.written(table.name(), concerned);
            }
        });
    }

    private void put(Step.OfRow step, long position, int bytes) {
        IndexRow held = step.held();
        // Of a row that the group changes twice, the frame of the first change is known by now.
        IndexRow before = held != null && held.bytes() == 0 ? step.table().held(step.uid()) : held;
        step.table()
                .put(
                        step.uid(),
                        before,
                        step.version() == null ? step.row() : step.row().at(position, bytes));
        if (held != null && held.isLost()) {
            damage.healed(step.table().name(), step.uid());
        }
    }
}
