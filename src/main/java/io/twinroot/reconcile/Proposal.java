package io.twinroot.reconcile;

import io.twinroot.table.TableRules;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What a repair is to do, and what it may conclude when it is done.
 *
 * @param meeting of the two sides, before they were compared
 * @param found whether all differences were found
 */
public record Proposal(Meeting meeting, Terms terms, Plan plan, Found found, boolean byField) {
    /** How far a comparison can be relied on. */
    public enum Found {
        /** These are all differences that there were. */
        ALL,
        /** These are all if, and only if, the roots are equal afterwards. */
        ALL_IF_SAME,
        /** There may be more. */
        SOME
    }

    /** Meets, compares and plans. Nothing of a row is changed. */
    public static Proposal make(
            Replica mine,
            Replica theirs,
            Terms terms,
            Verify.Options options,
            LongSupplier random,
            Progress progress,
            Pause pause) {
        Meeting meeting = Meeting.of(mine, theirs);
        return of(mine, theirs, meeting, Verify.run(mine, theirs, options, random, progress, pause), terms, progress);
    }

    /**
     * Plans what to do about the differences that were found.
     *
     * @param meeting held before the comparison began
     * @throws ReplicaException of kind {@link ReplicaException.Kind#BUSY} where a side was started anew since
     */
    public static Proposal of(
            Replica mine, Replica theirs, Meeting meeting, Comparison comparison, Terms terms, Progress progress) {
        meeting.check(mine, theirs);
        boolean byField = comparison.mine().rules().merge() == TableRules.Merge.FIELDS;
        List<Difference> differences =
                comparison instanceof Comparison.Different different ? different.differences() : List.of();
        Decision.Ground ground = new Decision.Ground(terms.direction(), terms.policy(), byField, meeting);
        Plan plan = new Planning(mine, theirs, ground, progress).plan(differences);
        return new Proposal(meeting, terms, plan, found(comparison), byField);
    }

    private static Found found(Comparison comparison) {
        return switch (comparison) {
            case Comparison.Same ignored -> Found.ALL;
            case Comparison.Unsettled ignored -> Found.SOME;
            case Comparison.NoneFound none -> none.scope().isWhole() ? Found.ALL_IF_SAME : Found.SOME;
            case Comparison.Different different ->
                different.truncated()
                                || !different.unsettled().isEmpty()
                                || !different.scope().isWhole()
                        ? Found.SOME
                        : different.proven() ? Found.ALL : Found.ALL_IF_SAME;
        };
    }

    /** By what is decided about its rows, with what the two sides have seen by now. */
    Decision.Ground ground(Meeting now) {
        return new Decision.Ground(terms.direction(), terms.policy(), byField, now);
    }
}
