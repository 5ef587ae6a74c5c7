package io.twinroot.cli;

import io.twinroot.reconcile.Difference;
import io.twinroot.table.RowState;
import java.util.List;

/** How a row differs, as people call it. */
enum Kind {
    CHANGED("changed"),
    ONLY_IN_A("only in A"),
    ONLY_IN_B("only in B");

    private final String text;

    Kind(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }

    /** As it stands in JSON. */
    String json() {
        return text.toLowerCase(java.util.Locale.ROOT).replace(' ', '-');
    }

    static Kind of(Difference difference) {
        return switch (difference) {
            case Difference.OfRow(var uid, RowState mine, RowState theirs) ->
                !(theirs instanceof RowState.Live) ? ONLY_IN_A : mine instanceof RowState.Live ? CHANGED : ONLY_IN_B;
            case Difference.OnlyMine(var range, var count) -> ONLY_IN_A;
            case Difference.OnlyTheirs(var range, var count) -> ONLY_IN_B;
        };
    }

    /** "25 changed, 82 only in A (40 deleted in B)". */
    static String summary(List<Difference> differences) {
        long changed = count(differences, CHANGED);
        long onlyA = count(differences, ONLY_IN_A);
        long onlyB = count(differences, ONLY_IN_B);
        long deletedInA = deleted(differences, ONLY_IN_B);
        long deletedInB = deleted(differences, ONLY_IN_A);
        StringBuilder text = new StringBuilder();
        append(text, changed, "changed", "");
        append(text, onlyA, "only in A", deletedInB == 0 ? "" : " (" + Figures.count(deletedInB) + " deleted in B)");
        append(text, onlyB, "only in B", deletedInA == 0 ? "" : " (" + Figures.count(deletedInA) + " deleted in A)");
        return text.toString();
    }

    private static void append(StringBuilder text, long count, String what, String more) {
        if (count > 0) {
            text.append(text.isEmpty() ? "" : ", ")
                    .append(Figures.count(count))
                    .append(' ')
                    .append(what)
                    .append(more);
        }
    }

    static long count(List<Difference> differences, Kind kind) {
        return differences.stream()
                .filter(difference -> of(difference) == kind)
                .mapToLong(Difference::rows)
                .sum();
    }

    private static long deleted(List<Difference> differences, Kind kind) {
        return differences.stream()
                .filter(difference -> of(difference) == kind
                        && difference instanceof Difference.OfRow(var uid, RowState mine, RowState theirs)
                        && (mine instanceof RowState.Deleted || theirs instanceof RowState.Deleted))
                .count();
    }
}
