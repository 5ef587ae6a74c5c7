package io.twinroot.service;

import io.twinroot.source.SourceChange;
import io.twinroot.source.SourceException;
import io.twinroot.source.SourceOutcome;
import io.twinroot.source.SourceTable;
import io.twinroot.store.Foreseen;
import io.twinroot.store.Origin;
import io.twinroot.store.StoreException;
import io.twinroot.store.StoreTable;
import io.twinroot.store.WriteThrough;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
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
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;

/**
 * Brings all changes of a mirror to its database first, and to the mirror when they are there. Each is guarded by what the
 * mirror has: where the database has something else, somebody wrote it there, and the mirror takes that first, as a write
 * that has not seen the change. For many threads.
 *
 * <p>After a crash between the two the database has what the mirror has not; the next scan takes it as a write.
 */
final class MirroredWrites implements WriteThrough {
    private final StoreTable mirror;
    private final Lock lock;
    private final SourceLink link;
    private final MirrorIntake intake;
    private final Supplier<Optional<String>> obstacle;
    private final Runnable scan;

    /**
     * @param lock held while something is written, so that the mirror stays as a decision saw it
     * @param obstacle why nothing may be written now
     * @param scan asks for one soon
     */
    MirroredWrites(
            StoreTable mirror,
            Lock lock,
            SourceLink link,
            MirrorIntake intake,
            Supplier<Optional<String>> obstacle,
            Runnable scan) {
        this.mirror = mirror;
        this.lock = lock;
        this.link = link;
        this.intake = intake;
        this.obstacle = obstacle;
        this.scan = scan;
    }

    @Override
    public List<Outcome> apply(List<Change> changes, Origin origin) {
        lock.lock();
        try {
            obstacle.get().ifPresent(why -> {
                throw new StoreException(StoreException.Kind.NOT_WRITABLE, why);
            });
            List<Outcome> outcomes = new ArrayList<>(changes.size());
            int from = 0;
            while (from < changes.size()) {
                int to = stop(changes, from);
                outcomes.addAll(different(changes.subList(from, to), origin));
                from = to;
            }
            return outcomes;
        } catch (SourceException e) {
            scan.run();
            throw new StoreException(
                    StoreException.Kind.IO,
                    "the database of table " + mirror.name() + " failed while it was written: " + e.getMessage()
                            + "; what it took is found by the next scan",
                    e);
        } finally {
            lock.unlock();
        }
    }

    /** Where a run of changes of different rows ends. */
    private static int stop(List<Change> changes, int from) {
        Set<Uid> seen = new HashSet<>();
        int to = from;
        while (to < changes.size()
                && to - from < SourceTable.MAX_BATCH
                && seen.add(changes.get(to).uid())) {
            to++;
        }
        return to;
    }

    private List<Outcome> different(List<Change> changes, Origin origin) {
        Map<Uid, Outcome> outcomes = new HashMap<>();
        List<Change> open = new ArrayList<>();
        for (Change change : changes) {
            Optional<String> refusal = refusal(change);
            if (refusal.isPresent()) {
                outcomes.put(change.uid(), new Outcome.Refused(refusal.get()));
            } else {
                open.add(change);
            }
        }
        List<Change> moved = attempt(open, origin, outcomes);
        if (!moved.isEmpty()) {
            List<Change> left = attempt(known(moved, outcomes), origin, outcomes);
            left.forEach(
                    change -> outcomes.put(change.uid(), new Outcome.ChangedMeanwhile(mirror.state(change.uid()))));
        }
        return changes.stream()
                .map(change -> Objects.requireNonNull(outcomes.get(change.uid())))
                .toList();
    }

    /** Why a row of a database can't be that; empty where it can. */
    private static Optional<String> refusal(Change change) {
        return switch (change) {
            case Change.Flag flag -> Optional.of("a row of a database's table has no flags");
            case Change.Put put
            when put.body() instanceof Body.Blob ->
                Optional.of("a row of a database's table has columns, and is no blob");
            case Change.Put put -> Optional.empty();
            case Change.Replicate replicate
            when replicate.data().row() instanceof Row.Live live ->
                live.body() instanceof Body.Blob
                        ? Optional.of("a row of a database's table has columns, and is no blob")
                        : live.marks().flags().isEmpty()
                                ? Optional.empty()
                                : Optional.of("a row of a database's table has no flags");
            case Change.Replicate replicate -> Optional.empty();
            case Change.Delete delete -> Optional.empty();
            case Change.Drop drop -> Optional.empty();
        };
    }

    /**
     * Makes changes where the database still has what the mirror has, and notes what became of them.
     *
     * @return those whose rows the database has otherwise
     */
    private List<Change> attempt(List<Change> changes, Origin origin, Map<Uid, Outcome> outcomes) {
        if (changes.isEmpty()) {
            return List.of();
        }
        List<Foreseen> foreseen = mirror.foresee(changes, origin);
        List<SourceChange> there = new ArrayList<>();
        for (int i = 0; i < changes.size(); i++) {
            change(changes.get(i).uid(), foreseen.get(i)).ifPresent(there::add);
        }
        Map<Uid, SourceOutcome> answers = new HashMap<>();
        if (!there.isEmpty()) {
            List<SourceOutcome> applied = link.get().table().apply(there);
            for (int i = 0; i < there.size(); i++) {
                answers.put(there.get(i).uid(), applied.get(i));
            }
        }
        List<Change> here = new ArrayList<>();
        List<Change> moved = new ArrayList<>();
        for (Change change : changes) {
            switch (answers.getOrDefault(change.uid(), new SourceOutcome.Same())) {
                case SourceOutcome.Applied applied -> here.add(change);
                case SourceOutcome.Same same -> here.add(change);
                case SourceOutcome.Changed changed -> moved.add(change);
                case SourceOutcome.Refused(String reason) ->
                    outcomes.put(change.uid(), new Outcome.Refused("the database refused it: " + reason));
            }
        }
        List<Outcome> done = mirror.applyHere(here, origin);
        for (int i = 0; i < here.size(); i++) {
            outcomes.put(here.get(i).uid(), done.get(i));
        }
        there.forEach(change -> intake.left(change.uid(), change.expected()));
        return moved;
    }

    /** What a change would mean for the database; empty for nothing. */
    private static Optional<SourceChange> change(Uid uid, Foreseen foreseen) {
        if (Versions.sameContent(foreseen.before(), foreseen.after())) {
            return Optional.empty();
        }
        return Optional.of(new SourceChange(
                uid,
                Versions.digest(foreseen.before()).orElse(null),
                foreseen.row() instanceof Row.Live live && live.body() instanceof Body.Fields fields
                        ? fields.fields()
                        : null));
    }

    /** Takes what the database has of changed rows; gives those changes whose rows the mirror has as they are now. */
    private List<Change> known(List<Change> moved, Map<Uid, Outcome> outcomes) {
        scan.run();
        List<Uid> uids = moved.stream().map(Change::uid).toList();
        Set<Uid> strange = intake.takeFew(link.get().table(), uids);
        List<Change> known = new ArrayList<>();
        for (Change change : moved) {
            if (strange.contains(change.uid())) {
                outcomes.put(change.uid(), new Outcome.Refused(Distrust.unread(change.uid())));
            } else {
                known.add(change);
            }
        }
        return known;
    }
}
