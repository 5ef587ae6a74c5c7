package io.twinroot.cli;

import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Mode;
import io.twinroot.reconcile.Scope;
import io.twinroot.table.Uid;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What comparing one pair of tables gave. */
sealed interface Finding {
    Pair pair();

    /** @param fields the changed fields of the first changed rows */
    record Compared(Pair pair, Comparison comparison, Map<Uid, List<FieldChange>> fields) implements Finding {}

    /**
     * One place lacks the table.
     *
     * @param rows of the copy that is there
     */
    record Missing(Pair pair, long rows) implements Finding {
        boolean inA() {
            return !pair.inA();
        }
    }

    /** The two copies can't be compared; others of the same places can. */
    record Incomparable(Pair pair, String why) implements Finding {}

    /** The exit code that this alone would give. */
    default int exit() {
        return switch (this) {
            case Missing missing -> Exit.DIFFERENT;
            case Incomparable incomparable -> Exit.TROUBLE;
            case Compared(var pair, Comparison.Same same, var fields) -> Exit.SAME;
            case Compared(var pair, Comparison.NoneFound none, var fields) -> Exit.SAME;
            case Compared(var pair, Comparison.Different different, var fields) -> Exit.DIFFERENT;
            case Compared(var pair, Comparison.Unsettled unsettled, var fields) -> Exit.TROUBLE;
        };
    }

    /**
     * Whether it can't be said that the copies are the same: no difference was found, and not all was looked at, or it was
     * written while one looked.
     */
    default boolean isPartial() {
        return this instanceof Compared(var pair, Comparison.NoneFound none, var fields);
    }

    /** Whether each row was seen to be equal, but the roots never were, as writes went on. */
    default boolean isOfMoving() {
        return this instanceof Compared(var pair, Comparison.NoneFound none, var fields)
                && none.scope().isWhole();
    }

    /** What was looked at, in this mode and others than the usual one. */
    static List<Scope> scopes(Stream<Finding> findings) {
        return findings.flatMap(finding -> finding instanceof Compared compared
                        ? Stream.of(compared.comparison().scope())
                        : Stream.of())
                .filter(scope -> scope.mode() != Mode.TREE)
                .distinct()
                .toList();
    }

    /** The rows that differ, as far as they were counted. */
    default long rowsDifferent() {
        return switch (this) {
            case Missing missing -> missing.rows();
            case Compared(var pair, Comparison.Different different, var fields) -> different.rows();
            case Compared same -> 0;
            case Incomparable incomparable -> 0;
        };
    }
}
