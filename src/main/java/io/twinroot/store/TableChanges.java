package io.twinroot.store;

import io.twinroot.table.Change;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Marks;
import io.twinroot.table.Merging;
import io.twinroot.table.Merging.Verdict;
import io.twinroot.table.Outcome;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Versions;
import java.util.List;
import java.util.function.Predicate;

/**
 * Decides the changes of one batch of a table, and tells the group what is to be written, kept aside and noted. What
 * becomes of another copy's row says {@link Merging}; here is what the store does about it.
 */
final class TableChanges {
    private final CommitGroup group;
    private final TableWork table;
    private final TableRules rules;
    private final Origin origin;
    private final boolean isDamaged;
    private final StoreOptions options;

    /** @param isDamaged whether rows may be missing; then users write nothing */
    TableChanges(CommitGroup group, TableWork table, Origin origin, boolean isDamaged, StoreOptions options) {
        this.group = group;
        this.table = table;
        this.rules = table.rules();
        this.origin = origin;
        this.isDamaged = isDamaged;
        this.options = options;
    }

    Outcome decide(Staged staged) {
        Change change = staged.change();
        if (isDamaged && !(change instanceof Change.Replicate || change instanceof Change.Drop)) {
            return new Outcome.Refused("table " + table.name() + " is damaged and read-only until it is"
                    + " repaired from another copy, or what was lost is given up: see the problems");
        }
        if (staged.refusal() != null) {
            return new Outcome.Refused(staged.refusal());
        }
        HeldRow held = group.held(table, change.uid());
        try {
            if (change instanceof Change.Replicate replicate) {
                return replicate(replicate, staged, held);
            }
            RowState state = held.state();
            if (change.expected() != null && !change.expected().equals(state)) {
                return new Outcome.ChangedMeanwhile(state);
            }
            return switch (change) {
                case Change.Put put -> put(put, staged, held);
                case Change.Delete delete -> delete(delete.uid(), held);
                case Change.Flag flag -> flag(flag, held);
                case Change.Drop drop -> drop(drop.uid(), held);
                case Change.Replicate other -> throw new IllegalStateException("decided above");
            };
        } catch (IllegalArgumentException e) {
            return new Outcome.Refused(String.valueOf(e.getMessage()));
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.DAMAGED) {
                throw e;
            }
            return new Outcome.Refused("what is held of row " + change.uid() + " is damaged: " + e.getMessage());
        }
    }

    private Outcome put(Change.Put put, Staged staged, HeldRow held) {
        for (Stamp settled : put.settles()) {
            if (aheadMs(settled) <= options.maxClockSkewMs()) {
                group.saw(settled.clock());
            }
        }
        boolean isRead = held.isLive() && (held.isMarked() || rules.merge() == TableRules.Merge.FIELDS);
        Row before = isRead ? held.row() : held.trace();
        Row.Live row = Merging.put(before, put.uid(), put.body(), group.nextStamp(), rules);
        if (!put.settles().isEmpty()) {
            Past past = row.past().seeing(group.incarnation(), put.settles());
            row = new Row.Live(row.uid(), row.stamp(), row.body(), past);
        }
        return write(held, Version.of(row, staged));
    }

    private Outcome delete(Uid uid, HeldRow held) {
        if (!held.isLive()) {
            return new Outcome.Same();
        }
        Stamp stamp = group.nextStamp();
        Past past = Past.of(stamp, List.of(java.util.Objects.requireNonNull(held.trace())));
        Row.Tombstone gone = new Row.Tombstone(uid, stamp, past);
        trash(KeptRow.Kind.DELETED, held, new RowState.Deleted(stamp), "it was deleted here");
        return write(held, Version.of(gone));
    }

    private Outcome flag(Change.Flag flag, HeldRow held) {
        if (!held.isLive()) {
            return new Outcome.Refused("there is no row " + flag.uid() + " to flag");
        }
        Version before = held.version();
        Row.Live row = Merging.flag((Row.Live) before.row(), flag, group.nextStamp());
        return write(held, before.with(row));
    }

    private Outcome drop(Uid uid, HeldRow held) {
        Row.Tombstone trace = java.util.Objects.requireNonNull(held.trace()); // what was expected is live
        Row lingering = held.isMarked() ? held.row() : trace;
        trash(
                KeptRow.Kind.DROPPED,
                held,
                new RowState.Absent(),
                "it lingered: another copy had this version and deleted it");
        group.note(table, lingering);
        group.forget(table, uid, held);
        return new Outcome.Applied(trace.stamp());
    }

    private Outcome write(HeldRow held, Version version) {
        group.write(table, held, version);
        return new Outcome.Applied(version.row().stamp());
    }

    private void trash(KeptRow.Kind kind, HeldRow held, RowState there, String why) {
        if (held.isLive() && options.trash().bytes() > 0) {
            group.keep(kind, table, held.version(), there, why);
        }
    }

    private long aheadMs(Stamp stamp) {
        return stamp.millis() - group.nowMs();
    }

    private Outcome replicate(Change.Replicate change, Staged staged, HeldRow held) {
        Version offered = Version.of(change.data().row(), staged);
        Stamp stamp = offered.row().stamp();
        RowState state = held.state();
        if (aheadMs(stamp) > options.maxClockSkewMs()) {
            return park(
                    offered,
                    state,
                    "its stamp " + stamp + " is " + aheadMs(stamp) + " ms ahead of the clock here; the limit is "
                            + options.maxClockSkewMs() + " ms");
        }
        if (group.isForged(offered.row())) {
            return new Outcome.Refused("it says that this store wrote it, as " + stamp
                    + ", and it did not: another process may pass for this one. Give one of them a new incarnation");
        }
        group.saw(stamp.clock());
        if (held.isLost()) {
            IndexRow lost = java.util.Objects.requireNonNull(held.index());
            if (isLostContent(lost, offered)) {
                offered = offered.with(restamped((Row.Live) offered.row(), lost.stamp()));
            } else if (stamp.compareTo(lost.stamp()) < 0) {
                return new Outcome.Refused("damage took a newer version of this row here, that of " + lost.stamp()
                        + "; give that up first: see the problems");
            }
        }
        RowState offeredState = offered.state();
        if (change.expected() != null && !change.expected().equals(state) && !offeredState.equals(state)) {
            return new Outcome.ChangedMeanwhile(state);
        }
        Verdict verdict;
        try {
            verdict = verdict(held, offered, offeredState);
        } catch (IllegalArgumentException e) { // what is merged would be beyond a limit
            return park(offered, state, "it cannot be merged: " + e.getMessage());
        }
        return act(verdict, held, offered);
    }

    /** Whether an older version has what the lost one had: then it is that one which comes back. */
    private boolean isLostContent(IndexRow lost, Version offered) {
        return offered.row().stamp().compareTo(lost.stamp()) < 0
                && offered.state() instanceof RowState.Live(var any, var digest)
                && digest.equals(group.lostDigest(lost));
    }

    private static Row.Live restamped(Row.Live row, Stamp stamp) {
        Marks marks = Marks.of(stamp, row.marks().parts());
        return new Row.Live(row.uid(), stamp, row.body(), row.past().with(marks));
    }

    private Verdict verdict(HeldRow held, Version offered, RowState offeredState) {
        boolean isLost = held.isLost(); // then what it has seen says nothing
        Predicate<Stamp> mine = stamp -> !isLost && group.covers(table, stamp);
        return Merging.of(held, offered.row(), offeredState, mine, origin.context()::covers, rules);
    }

    private Outcome act(Verdict verdict, HeldRow held, Version offered) {
        RowState state = held.state();
        return switch (verdict) {
            case Verdict.Same same -> {
                group.note(table, offered.row());
                yield new Outcome.Same();
            }
            case Verdict.Lingering lingering -> new Outcome.Lingering();
            case Verdict.Older(boolean loses) -> loses ? conflict(verdict, held, offered) : older(state, offered);
            case Verdict.Take(boolean loses) -> loses ? conflict(verdict, held, offered) : take(held, offered);
            case Verdict.Merge(Row.Live merged, List<Row.Live> losers) -> {
                Version joined;
                try {
                    joined = joined(merged, held, offered);
                } catch (IllegalArgumentException e) { // of both sides' fields it would be too large
                    yield park(offered, state, "it cannot be merged: " + e.getMessage());
                }
                yield losers.isEmpty() ? merge(held, joined) : conflict(verdict, held, offered);
            }
        };
    }

    private Outcome older(RowState state, Version offered) {
        group.note(table, offered.row());
        return new Outcome.Older(state);
    }

    private Outcome take(HeldRow held, Version offered) {
        RowState after = offered.state();
        if (after instanceof RowState.Deleted) {
            trash(KeptRow.Kind.DELETED, held, after, "it was deleted at another copy");
        } else if (isOverwritten(held, after)) {
            trash(KeptRow.Kind.OVERWRITTEN, held, after, "a repair brought another version");
        }
        return write(held, offered);
    }

    private boolean isOverwritten(HeldRow held, RowState after) {
        return origin.way() == Origin.Way.REPAIR && held.isLive() && !Versions.sameContent(held.state(), after);
    }

    private Outcome merge(HeldRow held, Version joined) {
        boolean keepsBody = held.row() instanceof Row.Live before
                && joined.row() instanceof Row.Live after
                && before.body().equals(after.body());
        if (!keepsBody && isOverwritten(held, joined.state())) {
            trash(KeptRow.Kind.OVERWRITTEN, held, joined.state(), "a repair merged it with another version");
        }
        return write(held, joined);
    }

    private Version joined(Row.Live merged, HeldRow held, Version offered) {
        for (Version side : List.of(offered, held.version())) {
            if (side.row() instanceof Row.Live live && live.body().equals(merged.body())) {
                return side.with(merged);
            }
        }
        return new Version(merged, merged.body().encoded(), merged.body().digest(rules), null);
    }

    /** Neither side had seen the other: the table's policy says what wins, and what loses is kept. */
    private Outcome conflict(Verdict verdict, HeldRow held, Version offered) {
        RowState state = held.state();
        ConflictPolicy policy =
                isDamaged ? ConflictPolicy.NEWEST : options.policies().apply(table.name());
        return switch (policy) {
            case NEWEST -> newest(verdict, held, offered);
            case HOLD -> {
                String why = "it was changed on two sides, and table " + table.name() + " holds such rows";
                group.keep(KeptRow.Kind.CONFLICT, table, offered, state, why);
                yield new Outcome.Parked(why + " until a person decides: see the problems");
            }
            case MINE -> settle(held, offered, true);
            case THEIRS -> settle(held, offered, false);
        };
    }

    private Outcome newest(Verdict verdict, HeldRow held, Version offered) {
        return switch (verdict) {
            case Verdict.Take take -> {
                lose(held.version(), offered.state());
                yield write(held, offered);
            }
            case Verdict.Merge(Row.Live merged, List<Row.Live> losers) -> {
                Version joined = joined(merged, held, offered);
                for (Version side : List.of(held.version(), offered)) {
                    if (side.row() instanceof Row.Live live && losers.contains(live)) {
                        lose(side, joined.state());
                    }
                }
                yield write(held, joined);
            }
            case Verdict.Older older -> {
                lose(offered, held.state());
                yield older(held.state(), offered);
            }
            case Verdict.Same same -> throw new IllegalStateException("equal rows are in no conflict");
            case Verdict.Lingering lingering -> throw new IllegalStateException("what lingers is in no conflict");
        };
    }

    private Outcome settle(HeldRow held, Version offered, boolean mineWins) {
        Version winner = mineWins ? held.version() : offered;
        Row row = Merging.settle(held.row(), offered.row(), mineWins, group.nextStamp(), rules);
        Version written = winner.with(row);
        lose(mineWins ? offered : held.version(), written.state());
        group.writeUndecided(table, held, written);
        group.note(table, offered.row());
        return new Outcome.Applied(row.stamp());
    }

    private void lose(Version loser, RowState there) {
        if (loser.row() instanceof Row.Live) {
            group.keep(
                    KeptRow.Kind.CONFLICT,
                    table,
                    loser,
                    there,
                    "it was changed on two sides, neither of which had seen the other's change");
        }
    }

    private Outcome park(Version offered, RowState state, String why) {
        group.keep(KeptRow.Kind.PARKED, table, offered, state, why);
        return new Outcome.Parked(why);
    }
}
