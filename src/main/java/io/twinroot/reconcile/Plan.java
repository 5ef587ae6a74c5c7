package io.twinroot.reconcile;

import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Versions;
import java.util.List;
import java.util.Optional;

/**
 * What a repair would do.
 *
 * @param steps in the order of their UIDs
 */
public record Plan(Direction direction, List<Step> steps) {
    public Plan {
        steps = List.copyOf(steps);
    }

    /** One thing to do, or to leave. */
    public sealed interface Step {
        /**
         * The row that it is about.
         *
         * @throws IllegalStateException of a step about a whole range
         */
        Uid uid();

        /** Bring the other side's row to mine. */
        record Take(Uid uid, RowState mine, RowState theirs) implements Step {}

        /** Bring my row to the other side. */
        record Give(Uid uid, RowState mine, RowState theirs) implements Step {}

        /** Delete mine, because the other side's delete is newer. */
        record DeleteMine(Uid uid, RowState mine, RowState theirs) implements Step {}

        /** Delete the other side's, because my delete is newer. */
        record DeleteTheirs(Uid uid, RowState mine, RowState theirs) implements Step {}

        /** Take my row away, which lingers: the other side had this version and deleted it, and has no mark of that. */
        record DropMine(Uid uid, RowState mine, RowState theirs) implements Step {}

        /** Take the other side's row away, which lingers: my side deleted it. */
        record DropTheirs(Uid uid, RowState mine, RowState theirs) implements Step {}

        /** Bring each side's row to the other, where parts of both are merged. */
        record Merge(Uid uid, RowState mine, RowState theirs) implements Step {}

        /**
         * Write one side's row anew, so that it wins everywhere: the table's policy for rows that both sides changed.
         *
         * @param mineWins whether it is mine
         */
        record Settle(Uid uid, RowState mine, RowState theirs, boolean mineWins) implements Step {}

        /** Bring all rows of a range that I lack. */
        record TakeRange(UidRange range, long count) implements Step {
            @Override
            public Uid uid() {
                throw new IllegalStateException("a range is not one row: " + range);
            }
        }

        /** Give all rows of a range that the other side lacks. */
        record GiveRange(UidRange range, long count) implements Step {
            @Override
            public Uid uid() {
                throw new IllegalStateException("a range is not one row: " + range);
            }
        }

        /** Differs, and stays as it is. */
        record Leave(Difference difference, String why) implements Step {
            @Override
            public Uid uid() {
                if (difference instanceof Difference.OfRow row) {
                    return row.uid();
                }
                throw new IllegalStateException("a range is not one row: " + difference);
            }
        }
    }

    /** Decides about each difference by the two states alone: of two sides of which nothing else is known. */
    public static Plan of(List<Difference> differences, Direction direction) {
        return of(differences, new Decision.Ground(direction, ConflictPolicy.NEWEST, false, Meeting.STRANGERS));
    }

    /** Decides about each difference, long runs as a whole. {@link Proposal} also looks into these. */
    public static Plan of(List<Difference> differences, Decision.Ground ground) {
        return new Plan(
                ground.direction(),
                differences.stream().map(difference -> step(difference, ground)).toList());
    }

    static Step step(Difference difference, Decision.Ground ground) {
        return switch (difference) {
            case Difference.OfRow row ->
                Versions.sameContent(row.mine(), row.theirs())
                        ? alike(row, ground)
                        : step(row, Decision.of(row.mine(), row.theirs(), ground));
            case Difference.OnlyTheirs(UidRange range, long count) ->
                switch (Decision.of(new Relation(Relation.Kind.NEW, false), ground)) {
                    case Decision.Leave(String why) -> new Step.Leave(difference, why);
                    default -> new Step.TakeRange(range, count);
                };
            case Difference.OnlyMine(UidRange range, long count) ->
                switch (Decision.of(new Relation(Relation.Kind.NEW, true), ground)) {
                    case Decision.Leave(String why) -> new Step.Leave(difference, why);
                    default -> new Step.GiveRange(range, count);
                };
        };
    }

    /** Of two rows that digests can't tell apart, as some modes find them, the newer is brought to the other side. */
    private static Step alike(Difference.OfRow row, Decision.Ground ground) {
        Optional<Stamp> here = Versions.stamp(row.mine());
        Optional<Stamp> there = Versions.stamp(row.theirs());
        if (here.isEmpty() || there.isEmpty() || here.equals(there)) {
            return new Step.Leave(row, "both have this version; only fields that are left out of digests differ");
        }
        boolean isMine = here.get().compareTo(there.get()) > 0;
        return step(row, Decision.of(new Relation(Relation.Kind.NEWER, isMine), ground));
    }

    static Step step(Difference.OfRow row, Decision decision) {
        return switch (decision) {
            case Decision.Take() -> new Step.Take(row.uid(), row.mine(), row.theirs());
            case Decision.Give() -> new Step.Give(row.uid(), row.mine(), row.theirs());
            case Decision.DeleteMine() -> new Step.DeleteMine(row.uid(), row.mine(), row.theirs());
            case Decision.DeleteTheirs() -> new Step.DeleteTheirs(row.uid(), row.mine(), row.theirs());
            case Decision.DropMine() -> new Step.DropMine(row.uid(), row.mine(), row.theirs());
            case Decision.DropTheirs() -> new Step.DropTheirs(row.uid(), row.mine(), row.theirs());
            case Decision.Merge() -> new Step.Merge(row.uid(), row.mine(), row.theirs());
            case Decision.Settle(boolean mineWins) -> new Step.Settle(row.uid(), row.mine(), row.theirs(), mineWins);
            case Decision.Leave(String why) -> new Step.Leave(row, why);
        };
    }

    /**
     * The numbers that people and guards look at, for one side.
     *
     * @param added rows that come new to it
     * @param changed live rows that are replaced
     * @param deleted live rows that go
     */
    public record Effect(long added, long changed, long deleted) {
        public long all() {
            return added + changed + deleted;
        }

        public Effect plus(Effect other) {
            return new Effect(added + other.added, changed + other.changed, deleted + other.deleted);
        }
    }

    /** What it would do to my side. */
    public Effect onMine() {
        long added = 0;
        long changed = 0;
        long deleted = 0;
        for (Step step : steps) {
            switch (step) {
                case Step.Take(var uid, RowState mine, var theirs) when mine instanceof RowState.Live -> changed++;
                case Step.Take ignored -> added++;
                case Step.DeleteMine ignored -> deleted++;
                case Step.DropMine ignored -> deleted++;
                case Step.DropTheirs ignored -> {}
                case Step.Merge ignored -> changed++;
                case Step.Settle(var uid, RowState mine, RowState theirs, boolean mineWins) -> {
                    boolean wasThere = mine instanceof RowState.Live;
                    if (!mineWins) {
                        added += wasThere ? 0 : 1;
                        deleted += theirs instanceof RowState.Live ? 0 : 1;
                        changed += wasThere && theirs instanceof RowState.Live ? 1 : 0;
                    }
                }
                case Step.TakeRange(var range, long count) -> added += count;
                case Step.Give ignored -> {}
                case Step.DeleteTheirs ignored -> {}
                case Step.GiveRange ignored -> {}
                case Step.Leave ignored -> {}
            }
        }
        return new Effect(added, changed, deleted);
    }

    /** What it would do to the other side. */
    public Effect onTheirs() {
        return flipped().onMine();
    }

    /** The same plan seen from the other side. */
    Plan flipped() {
        return new Plan(direction, steps.stream().map(Plan::flipped).toList());
    }

    private static Step flipped(Step step) {
        return switch (step) {
            case Step.Take(var uid, var mine, var theirs) -> new Step.Give(uid, /* mine= */ theirs, /* theirs= */ mine);
            case Step.Give(var uid, var mine, var theirs) -> new Step.Take(uid, /* mine= */ theirs, /* theirs= */ mine);
            case Step.DeleteMine(var uid, var mine, var theirs) ->
                new Step.DeleteTheirs(uid, /* mine= */ theirs, /* theirs= */ mine);
            case Step.DeleteTheirs(var uid, var mine, var theirs) ->
                new Step.DeleteMine(uid, /* mine= */ theirs, /* theirs= */ mine);
            case Step.DropMine(var uid, var mine, var theirs) ->
                new Step.DropTheirs(uid, /* mine= */ theirs, /* theirs= */ mine);
            case Step.DropTheirs(var uid, var mine, var theirs) ->
                new Step.DropMine(uid, /* mine= */ theirs, /* theirs= */ mine);
            case Step.Merge(var uid, var mine, var theirs) ->
                new Step.Merge(uid, /* mine= */ theirs, /* theirs= */ mine);
            case Step.Settle(var uid, var mine, var theirs, boolean mineWins) ->
                new Step.Settle(uid, /* mine= */ theirs, /* theirs= */ mine, !mineWins);
            case Step.TakeRange(var range, long count) -> new Step.GiveRange(range, count);
            case Step.GiveRange(var range, long count) -> new Step.TakeRange(range, count);
            case Step.Leave leave -> leave;
        };
    }

    /** How many differences it leaves as they are. */
    public long left() {
        return steps.stream()
                .filter(step -> step instanceof Step.Leave)
                .mapToLong(step -> ((Step.Leave) step).difference().rows())
                .sum();
    }
}
