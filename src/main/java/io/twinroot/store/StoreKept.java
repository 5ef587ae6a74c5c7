package io.twinroot.store;

import io.twinroot.log.LogException;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows that a store keeps aside: the trash, the losers of conflicts, and parked rows; and what can be done about
 * them. For many threads.
 */
public final class StoreKept {
    private static final int RETRIED_AT_ONCE = 1_000;

    private final Store store;
    private final KeptRows rows;

    StoreKept(Store store, KeptRows rows) {
        this.store = store;
        this.rows = rows;
    }

    /** A kept row, and what it is; the bytes of a blob are among it. */
    public record Whole(KeptRow what, RowData data) {}

    /** How a conflict is decided. */
    public sealed interface Choice {
        /** What the table has stays. */
        record Mine() implements Choice {}

        /** What was kept aside takes its place. */
        record Theirs() implements Choice {}

        /** Something else takes the place of both. */
        record Other(Body body, @Nullable BlobSource blob) implements Choice {}
    }

    /**
     * A page of kept rows, newest first. A row that is in its table just as it is kept is left out: what was to take
     * its place never came.
     */
    public List<KeptRow> list(KeptQuery query) {
        store.checkOpen();
        return rows.list(query, this::isShown);
    }

    private boolean isShown(KeptRow kept) {
        Optional<StoreTable> table = table(kept.table());
        if (table.isEmpty()) {
            return true;
        }
        RowState now = table.get().state(kept.uid());
        boolean isThere = now instanceof RowState.Live live && live.stamp().equals(kept.stamp());
        return !isThere && !(rows.concerns(kept.table(), kept.uid()) && isSettled(kept, table.get(), now));
    }

    /** Whether the table has something that ends it, which a crash kept from being noted; it is noted now. */
    private boolean isSettled(KeptRow kept, StoreTable table, RowState now) {
        if (kept.kind().isTrash()
                || now.equals(kept.there())
                || now instanceof RowState.Absent
                || table.isLost(kept.uid())) {
            return false;
        }
        RowData held = table.row(kept.uid());
        if (held == null) {
            return false;
        }
        rows.written(kept.table(), List.of(held.row()));
        return rows.isOver(kept.number());
    }

    private Optional<StoreTable> table(TableName name) {
        return store.tables().stream()
                .filter(table -> table.name().equals(name))
                .findFirst();
    }

    /**
     * A kept row, also one that is over, as far as it is remembered.
     *
     * @throws StoreException of kind DAMAGED when it cannot be read any more
     */
    public Optional<Whole> get(String id) {
        store.checkOpen();
        try {
            return rows.get(KeptRow.number(id)).map(whole -> new Whole(whole.what(), whole.data()));
        } catch (LogException e) {
            throw StoreException.of(e);
        }
    }

    /** How many of each kind are open. */
    public Map<KeptRow.Kind, Long> counts() {
        return rows.counts();
    }

    /** What the table has under the UID of a kept row now; null for nothing. */
    public @Nullable RowData held(KeptRow kept) {
        return store.table(kept.table()).row(kept.uid());
    }

    /**
     * Puts a row back as a new write: one from the trash, or one of a conflict or of a parked row that is over.
     *
     * @param seen the stamp of what the table must still have; {@link Optional#empty} for whatever it has
     * @return what became of the write
     * @throws StoreException of kind ABSENT where there is no such row
     */
    public Outcome restore(String id, Optional<Stamp> seen) {
        Whole kept = need(id, false);
        if (!kept.what().kind().isTrash() && kept.what().state() == KeptRow.State.OPEN) {
            throw new IllegalArgumentException(id + " is not in the trash but among the problems, to be decided there");
        }
        RowState now = store.table(kept.what().table()).state(kept.what().uid());
        Outcome outcome = isChanged(now, seen) ? new Outcome.ChangedMeanwhile(now) : put(kept, now);
        if (outcome instanceof Outcome.Applied(Stamp stamp)) {
            end(kept, KeptRow.State.RESTORED, "put back as the write of " + stamp);
        }
        return outcome;
    }

    /**
     * Decides a conflict, by a new write that has seen both sides: where it comes, the conflict is over.
     *
     * @param seen as in {@link #restore}
     * @throws StoreException of kind ABSENT where there is no such open conflict
     */
    public Outcome resolve(String id, Choice choice, Optional<Stamp> seen) {
        Whole kept = need(id, true);
        KeptRow what = kept.what();
        if (what.kind() != KeptRow.Kind.CONFLICT) {
            throw new IllegalArgumentException(id + " is no conflict");
        }
        StoreTable table = store.table(what.table());
        RowState now = table.state(what.uid());
        if (isChanged(now, seen)) {
            return new Outcome.ChangedMeanwhile(now);
        }
        Outcome outcome = switch (choice) {
            case Choice.Theirs() -> put(kept, now);
            case Choice.Other(Body body, BlobSource blob) -> put(table, what, body, blob, now);
            case Choice.Mine() -> keepMine(table, kept, now);
        };
        if (outcome instanceof Outcome.Applied(Stamp stamp)) {
            end(kept, KeptRow.State.RESOLVED, "decided by the write of " + stamp);
        }
        return outcome;
    }

    private static boolean isChanged(RowState now, Optional<Stamp> seen) {
        return seen.isPresent() && !Versions.stamp(now).equals(seen);
    }

    private Outcome keepMine(StoreTable table, Whole kept, RowState now) {
        KeptRow what = kept.what();
        RowData held = now instanceof RowState.Live ? table.row(what.uid()) : null;
        if (held != null && held.row() instanceof Row.Live live) {
            return put(table, what, live.body(), held.blob(), now);
        }
        // A delete that has seen what lost: a write of it, which names it, and the delete of that.
        Outcome put = put(kept, now);
        if (!(put instanceof Outcome.Applied(Stamp stamp))) {
            return put;
        }
        RowState written = table.state(what.uid());
        return Versions.stamp(written).equals(Optional.of(stamp))
                ? table.apply(List.of(new Change.Delete(what.uid(), written))).getFirst()
                : put; // somebody was quicker, and has seen it
    }

    private static Outcome put(StoreTable table, KeptRow what, Body body, @Nullable BlobSource blob, RowState now) {
        Change put = new Change.Put(what.uid(), body, blob, now, List.of(what.stamp()));
        return table.apply(List.of(put)).getFirst();
    }

    /** Writes what was kept; its flags too where the table has no row. */
    private Outcome put(Whole kept, RowState now) {
        KeptRow what = kept.what();
        StoreTable table = store.table(what.table());
        if (!(kept.data().row() instanceof Row.Live live)) {
            return table.apply(List.of(new Change.Delete(what.uid(), now))).getFirst();
        }
        Outcome outcome = put(table, what, live.body(), kept.data().blob(), now);
        if (outcome instanceof Outcome.Applied && !(now instanceof RowState.Live)) {
            List<Change> flags = new ArrayList<>();
            live.marks()
                    .flags()
                    .forEach((set, names) -> flags.add(new Change.Flag(what.uid(), set, names, List.of(), null)));
            for (Outcome flagged : flags.isEmpty() ? List.<Outcome>of() : table.apply(flags)) {
                outcome = flagged instanceof Outcome.Applied ? flagged : outcome;
            }
        }
        return outcome;
    }

    /**
     * Gives up an open parked row: it is not tried again.
     *
     * @throws StoreException of kind ABSENT where there is no such open parked row
     */
    public void giveUp(String id) {
        Whole kept = need(id, true);
        if (kept.what().kind() != KeptRow.Kind.PARKED) {
            throw new IllegalArgumentException(id + " is not parked");
        }
        end(kept, KeptRow.State.GIVEN_UP, "given up");
    }

    /**
     * Tries an open parked row again.
     *
     * @throws StoreException of kind ABSENT where there is no such open parked row
     */
    public Outcome retry(String id) {
        Whole kept = need(id, true);
        if (kept.what().kind() != KeptRow.Kind.PARKED) {
            throw new IllegalArgumentException(id + " is not parked");
        }
        return retry(kept);
    }

    private Outcome retry(Whole kept) {
        Outcome outcome = store.table(kept.what().table())
                .apply(List.of(new Change.Replicate(kept.data(), null)))
                .getFirst();
        switch (outcome) {
            case Outcome.Applied ignored -> end(kept, KeptRow.State.APPLIED, "applied");
            case Outcome.Same ignored -> end(kept, KeptRow.State.APPLIED, "the table has it");
            case Outcome.Older ignored -> end(kept, KeptRow.State.APPLIED, "the table has a newer version");
            case Outcome.Lingering ignored -> end(kept, KeptRow.State.APPLIED, "it was deleted here since");
            case Outcome.ChangedMeanwhile ignored -> {}
            case Outcome.Parked ignored -> {}
            case Outcome.Refused ignored -> {}
        }
        return outcome;
    }

    /**
     * Tries parked rows again, those first that were parked first; also lets go of what was in the trash long enough.
     *
     * @return how many are parked no more
     */
    public int retryParked() {
        store.checkOpen();
        rows.expire();
        int over = 0;
        List<Long> some = rows.parked(0, RETRIED_AT_ONCE);
        while (!some.isEmpty()) {
            for (long number : some) {
                readable(number).filter(this::isDue).ifPresent(this::retry);
                over += rows.isOver(number) ? 1 : 0;
            }
            some = rows.parked(some.getLast(), RETRIED_AT_ONCE);
        }
        return over;
    }

    /** Whether nothing stands in its way that time alone removes. */
    private boolean isDue(Whole parked) {
        return parked.what().stamp().millis() <= store.latestMs()
                && table(parked.what().table()).isPresent();
    }

    private Optional<Whole> readable(long number) {
        try {
            return get("k" + number);
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.DAMAGED) {
                throw e;
            }
            System.getLogger(StoreKept.class.getName()).log(System.Logger.Level.WARNING, e.getMessage());
            return Optional.empty();
        }
    }

    private Whole need(String id, boolean open) {
        Optional<Whole> kept = get(id).filter(whole -> !open || whole.what().state() == KeptRow.State.OPEN);
        return kept.orElseThrow(() -> new StoreException(
                StoreException.Kind.ABSENT, "there is no " + (open ? "open " : "") + "kept row '" + id + "'"));
    }

    private void end(Whole kept, KeptRow.State state, String how) {
        try {
            rows.end(kept.what().number(), state, how);
        } catch (LogException e) {
            throw StoreException.of(e);
        }
    }

    /** The kinds of the trash. */
    public static Set<KeptRow.Kind> trash() {
        return Set.of(KeptRow.Kind.DELETED, KeptRow.Kind.OVERWRITTEN, KeptRow.Kind.DROPPED);
    }
}
