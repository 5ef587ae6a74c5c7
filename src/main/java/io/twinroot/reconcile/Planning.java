package io.twinroot.reconcile;

import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Context;
import io.twinroot.table.Entry;
import io.twinroot.table.Merging;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes a plan of differences. It reads more of the two sides where the states of rows don't tell enough: whether rows
 * of a long run were deleted on the side that lacks them, and what the writers of two rows had seen.
 */
final class Planning {
    /** A shorter run of rows is planned row by row. */
    private static final int RUN_MIN = 64;

    /** Rows of which both versions are read at a time; each may have a megabyte. */
    private static final int CONFLICTS_AT_ONCE = 64;

    private static final RowState ABSENT = new RowState.Absent();

    private final Replica mine;
    private final Replica theirs;
    private final Decision.Ground ground;
    private final Progress progress;
    private final List<Plan.Step> steps = new ArrayList<>();
    private final List<Difference.OfRow> unsure = new ArrayList<>();
    private long listed;

    Planning(Replica mine, Replica theirs, Decision.Ground ground, Progress progress) {
        this.mine = mine;
        this.theirs = theirs;
        this.ground = ground;
        this.progress = progress;
    }

    Plan plan(List<Difference> differences) {
        for (Difference difference : differences) {
            switch (difference) {
                case Difference.OfRow row -> row(row);
                case Difference.OnlyMine(UidRange range, long count) -> {
                    Context seen = ground.meeting().theirContext();
                    if (seen.isEmpty()) {
                        steps.add(Plan.step(difference, ground));
                    } else {
                        split(range, true, seen);
                    }
                }
                case Difference.OnlyTheirs(UidRange range, long count) -> {
                    Context seen = ground.meeting().myContext();
                    if (seen.isEmpty()) {
                        steps.add(Plan.step(difference, ground));
                    } else {
                        split(range, false, seen);
                    }
                }
            }
        }
        settleUnsure();
        return new Plan(ground.direction(), steps);
    }

    private void row(Difference.OfRow row) {
        boolean conflict = ground.policy() != ConflictPolicy.NEWEST
                && ground.relation(row.mine(), row.theirs()).isConflict();
        if (conflict) {
            unsure.add(row);
            if (unsure.size() == CONFLICTS_AT_ONCE) {
                settleUnsure();
            }
            return;
        }
        if (!unsure.isEmpty()) {
            settleUnsure(); // the steps stay in the order of their UIDs
        }
        steps.add(Plan.step(row, ground));
    }

    /** A run that one side has: what the other has seen of it was deleted there, and is decided row by row. */
    private void split(UidRange range, boolean isMine, Context seen) {
        settleUnsure();
        Replica side = isMine ? mine : theirs;
        List<Entry> run = new ArrayList<>();
        UidRange piece = range; // begins with the run
        long length = 0;
        UidRange rest = range;
        while (true) {
            List<Entry> page = side.entries(rest, Replica.MAX_BATCH);
            for (Entry entry : page) {
                if (!rest.contains(entry.uid())) {
                    throw new ReplicaException(
                            ReplicaException.Kind.BAD_ANSWER,
                            side.address() + " listed the row " + entry.uid() + ", which was not asked for");
                }
                if (seen.covers(entry.stamp())) {
                    endRun(piece, entry.uid(), run, length, isMine);
                    run.clear();
                    length = 0;
                    single(entry, isMine);
                    piece = range.after(entry.uid());
                } else {
                    length++;
                    if (run.size() < RUN_MIN) {
                        run.add(entry);
                    }
                }
            }
            listed += page.size();
            progress.at("planning", listed, -1);
            if (page.size() < Replica.MAX_BATCH) {
                break;
            }
            rest = range.after(page.getLast().uid());
        }
        endRun(piece, range.stop(), run, length, isMine);
    }

    private void endRun(UidRange piece, @Nullable Uid stop, List<Entry> first, long length, boolean isMine) {
        if (length < RUN_MIN) {
            first.forEach(entry -> single(entry, isMine));
            return;
        }
        UidRange range = new UidRange(piece.start(), stop);
        steps.add(Plan.step(
                isMine ? new Difference.OnlyMine(range, length) : new Difference.OnlyTheirs(range, length), ground));
    }

    private void single(Entry entry, boolean isMine) {
        RowState live = new RowState.Live(entry.stamp(), entry.digest());
        steps.add(Plan.step(
                isMine
                        ? new Difference.OfRow(entry.uid(), live, ABSENT)
                        : new Difference.OfRow(entry.uid(), ABSENT, live),
                ground));
    }

    /** Reads both rows of what looks like conflicts, and decides. */
    private void settleUnsure() {
        if (unsure.isEmpty()) {
            return;
        }
        List<Uid> uids = unsure.stream().map(Difference.OfRow::uid).toList();
        Map<Uid, Row> here = rows(mine, uids);
        Map<Uid, Row> there = rows(theirs, uids);
        TableRules rules = mine.info().rules();
        for (Difference.OfRow row : unsure) {
            steps.add(step(row, here.get(row.uid()), there.get(row.uid()), rules));
        }
        unsure.clear();
    }

    private Plan.Step step(Difference.OfRow pair, @Nullable Row here, @Nullable Row there, TableRules rules) {
        if (here == null
                || there == null
                || !isOf(here, pair.mine())
                || !isOf(there, pair.theirs())) { // changed meanwhile, as the repair will find
            return Plan.step(pair, ground);
        }
        boolean seen =
                here.past().saw(here.stamp(), there.stamp()) || there.past().saw(there.stamp(), here.stamp());
        boolean apart = here instanceof Row.Live one
                && there instanceof Row.Live other
                && !Merging.join(one, other, rules).clash();
        Relation relation = ground.relation(pair.mine(), pair.theirs());
        if (apart) {
            relation = new Relation(Relation.Kind.TWIN, relation.isMine());
        } else if (seen) {
            relation = relation.seen();
        }
        return Plan.step(pair, Decision.of(relation, ground));
    }

    private static boolean isOf(Row row, RowState state) {
        return Versions.stamp(state).equals(Optional.of(row.stamp()));
    }

    private static Map<Uid, Row> rows(Replica side, List<Uid> uids) {
        Map<Uid, Row> rows = new HashMap<>();
        try (RowCursor cursor = side.fetch(uids)) {
            while (cursor.hasNext() && rows.size() <= uids.size()) {
                RowData data = cursor.next();
                rows.put(data.row().uid(), data.row());
            }
        }
        return rows;
    }
}
