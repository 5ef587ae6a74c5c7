package io.twinroot.cli;

import io.twinroot.reconcile.Comparison;
import io.twinroot.table.Uid;
import java.util.List;
import java.util.Map;

/** What comparing one pair of tables gave. */
sealed interface Finding {
    Pair pair();

    /** @param fields the changed fields of the first changed rows */
    record Compared(Pair pair, Comparison comparison, Map<Uid, List<FieldChange>> fields) implements Finding {}

    /** One place lacks the table. */
    record Missing(Pair pair) implements Finding {
        boolean inA() {
            return pair.inA() == null;
        }

        /** The rows of the copy that is there. */
        long rows() {
            var info = pair.inA() == null ? pair.inB() : pair.inA();
            return info == null ? 0 : info.count();
        }
    }

    /** The exit code that this alone would give. */
    default int exit() {
        return switch (this) {
            case Missing missing -> Exit.DIFFERENT;
            case Compared(var pair, Comparison.Same same, var fields) -> Exit.SAME;
            case Compared(var pair, Comparison.Different different, var fields) -> Exit.DIFFERENT;
            case Compared(var pair, Comparison.Unsettled unsettled, var fields) -> Exit.TROUBLE;
        };
    }

    /** The rows that differ, as far as they were counted. */
    default long rowsDifferent() {
        return switch (this) {
            case Missing missing -> missing.rows();
            case Compared(var pair, Comparison.Different different, var fields) -> different.rows();
            case Compared same -> 0;
        };
    }
}
