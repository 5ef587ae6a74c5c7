package io.twinroot.service;

import io.twinroot.reconcile.Guards;
import io.twinroot.source.SourceChange;
import io.twinroot.source.SourceOutcome;
import io.twinroot.source.SourceRow;
import io.twinroot.source.SourceTable;
import io.twinroot.store.Origin;
import io.twinroot.store.StoreTable;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings rows of a database and its mirror together, one way or the other. Every row is read again just before. Call it
 * with the mirror's lock held.
 */
final class MirrorIntake {
    /** Rows that are taken one by one between two scans, because changes of them came. */
    private static final int FEW = 100;

    private final StoreTable mirror;
    private final EarlierContents earlier;
    private final Guards guards;
    private long weight;
    private long goneSinceScan;
    private long backSinceScan;
    private long changedSinceScan;
    private long singlySinceScan;

    /** @param guards how many rows may be gone, or changed, without anybody being asked */
    MirrorIntake(StoreTable mirror, EarlierContents earlier, Guards guards) {
        this.mirror = mirror;
        this.earlier = earlier;
        this.guards = guards;
    }

    /**
     * What became of rows.
     *
     * @param done how many were written
     * @param refused how many would not be taken
     * @param why the first of those was not; empty where all were
     */
    record Done(long done, long refused, String why) {
        static final Done NOTHING = new Done(0, 0, "");

        Done and(Done other) {
            return new Done(done + other.done, refused + other.refused, why.isEmpty() ? other.why : why);
        }
    }

    /**
     * A row that the database has otherwise.
     *
     * @param content that it has; null where it has none
     */
    private record Moved(
            Change change, RowState before, @Nullable Digest content) {
        private Uid uid() {
            return change.uid();
        }
    }

    /** Takes what the database has now of these rows as writes of this node. */
    Done take(SourceTable database, List<Uid> uids) {
        return write(moved(database, uids));
    }

    /**
     * The same, but nothing where it is too much since the last scan to be believed without another one.
     *
     * @return empty where it is
     */
    Optional<Done> takeHinted(SourceTable database, List<Uid> uids) {
        List<Moved> moved = moved(database, uids);
        long gone = moved.stream().filter(row -> row.content == null).count();
        long back = moved.stream().filter(this::isBack).count();
        long few = guards.deletesOf(mirror.info().count());
        if (goneSinceScan + gone > few
                || backSinceScan + back > few
                || changedSinceScan + moved.size() - gone > guards.maxChanges()) {
            return Optional.empty();
        }
        goneSinceScan += gone;
        backSinceScan += back;
        changedSinceScan += moved.size() - gone;
        return Optional.of(write(moved));
    }

    /**
     * The same, but only of rows with contents that they never had, and few of those since the last scan: a database that
     * was set back is not believed row by row.
     *
     * @return those that were left
     */
    Set<Uid> takeFew(SourceTable database, List<Uid> uids) {
        List<Moved> moved = moved(database, uids);
        List<Moved> believed = moved.stream()
                .filter(row -> row.content != null && !isBack(row))
                .toList();
        boolean many = singlySinceScan + believed.size() > FEW;
        List<Moved> taken = many ? List.of() : believed;
        singlySinceScan += taken.size();
        var _ = write(taken);
        Set<Uid> left = new HashSet<>();
        moved.forEach(row -> left.add(row.uid()));
        taken.forEach(row -> left.remove(row.uid()));
        return left;
    }

    /** Whether a row has a content again that it had, or is back after a delete. */
    private boolean isBack(Moved row) {
        return row.content != null && (row.before instanceof RowState.Deleted || earlier.had(row.uid(), row.content));
    }

    /** A row is to have another content than this one from now on. */
    void left(Uid uid, @Nullable Digest content) {
        if (content != null) {
            earlier.left(uid, content);
        }
    }

    /** All rows were compared, and brought together. */
    void scanned() {
        goneSinceScan = 0;
        backSinceScan = 0;
        changedSinceScan = 0;
        singlySinceScan = 0;
    }

    private List<Moved> moved(SourceTable database, List<Uid> uids) {
        Map<Uid, SourceRow> rows = fetch(database, uids);
        List<Moved> moved = new ArrayList<>();
        for (Uid uid : uids) {
            RowState held = mirror.state(uid);
            SourceRow row = rows.get(uid);
            Digest content = Versions.digest(held).orElse(null);
            if (row != null && !row.digest().equals(content) && !isMirrored(uid, row)) {
                Change put = new Change.Put(uid, new Body.Fields(row.fields()), null, held);
                moved.add(new Moved(put, held, row.digest()));
            } else if (row == null && content != null) {
                moved.add(new Moved(new Change.Delete(uid, held), held, null));
            }
        }
        return moved;
    }

    private Map<Uid, SourceRow> fetch(SourceTable database, List<Uid> uids) {
        Map<Uid, SourceRow> rows = new HashMap<>();
        Set<Uid> asked = new HashSet<>(uids);
        weight = 0;
        for (SourceRow row : database.fetch(uids)) {
            if (asked.contains(row.uid())) {
                rows.put(row.uid(), row);
                weight += row.fields().weight();
            }
        }
        return rows;
    }

    /** How many bytes the rows had that were read last, about. */
    long weight() {
        return weight;
    }

    /** Whether the mirror has just these fields, and flags that a database has not. */
    private boolean isMirrored(Uid uid, SourceRow row) {
        RowData held = mirror.row(uid);
        return held != null
                && held.row() instanceof Row.Live live
                && !live.marks().flags().isEmpty()
                && live.body().equals(new Body.Fields(row.fields()));
    }

    private Done write(List<Moved> moved) {
        List<Outcome> outcomes =
                mirror.applyHere(moved.stream().map(Moved::change).toList(), Origin.USER);
        long done = 0;
        long refused = 0;
        String why = "";
        for (int i = 0; i < outcomes.size(); i++) {
            Moved row = moved.get(i);
            if (outcomes.get(i) instanceof Outcome.Applied) {
                done++;
                left(row.uid(), Versions.digest(row.before).orElse(null));
            } else if (outcomes.get(i) instanceof Outcome.Refused(String reason)) {
                refused++;
                why = why.isEmpty() ? "row " + row.uid() + ": " + reason : why;
            } // else it moved: the next scan looks again
        }
        return new Done(done, refused, why);
    }

    /**
     * Writes what the mirror has of these rows to the database, each while the database still has what is read here. What
     * it has goes to the trash before.
     */
    Done restore(SourceTable database, List<Uid> uids) {
        Map<Uid, SourceRow> rows = fetch(database, uids);
        List<SourceChange> changes = new ArrayList<>();
        List<Row.Live> overwritten = new ArrayList<>();
        for (Uid uid : uids) {
            RowData held = mirror.row(uid);
            SourceRow row = rows.get(uid);
            Body.Fields wanted =
                    held != null && held.row() instanceof Row.Live live && live.body() instanceof Body.Fields fields
                            ? fields
                            : null;
            Digest content = Versions.digest(mirror.state(uid)).orElse(null);
            Digest there = row == null ? null : row.digest();
            if (!Objects.equals(content, there)) {
                changes.add(new SourceChange(uid, there, wanted == null ? null : wanted.fields()));
                if (row != null) {
                    overwritten.add(new Row.Live(uid, foreignStamp(held), new Body.Fields(row.fields())));
                }
            }
        }
        if (!overwritten.isEmpty()) {
            mirror.trash(overwritten, "the database had it, and its mirror was decided to be right");
        }
        return changes.isEmpty() ? Done.NOTHING : outcome(changes, database.apply(changes));
    }

    /** A stamp that no write has, just after the one that the mirror has. */
    private static Stamp foreignStamp(@Nullable RowData held) {
        long clock = held == null ? 0 : held.row().stamp().clock();
        return new Stamp(clock + 1, new Incarnation(0, 0), 1);
    }

    private static Done outcome(List<SourceChange> changes, List<SourceOutcome> outcomes) {
        long done = 0;
        long refused = 0;
        String why = "";
        for (int i = 0; i < changes.size(); i++) {
            switch (outcomes.get(i)) {
                case SourceOutcome.Applied applied -> done++;
                case SourceOutcome.Same same -> {}
                case SourceOutcome.Changed changed -> {} // it moved: the next scan looks again
                case SourceOutcome.Refused(String reason) -> {
                    refused++;
                    why = why.isEmpty() ? "row " + changes.get(i).uid() + ": " + reason : why;
                }
            }
        }
        return new Done(done, refused, why);
    }
}
