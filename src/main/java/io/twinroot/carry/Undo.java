package io.twinroot.carry;

import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Marks;
import io.twinroot.table.Merging;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Versions;
import io.twinroot.wire.UndoLine;
import io.twinroot.wire.WireRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Brings the rows of an undo file back to what they were before the repair, as new writes, each only while the row is
 * still as the repair left it. Done twice it changes nothing. For one thread and one use.
 */
public final class Undo {
    private static final int BATCH = 1_000;
    private static final long BATCH_BYTES = 4 << 20;
    private static final String CHANGED = "it was changed since the repair";

    private final Replicas placeA;
    private final Replicas placeB;
    private final boolean apply;
    private final Progress progress;
    private final List<Copy> copies = new ArrayList<>();
    private long done;

    /** @param apply whether to change anything; else it is only told what would be done */
    public Undo(Replicas placeA, Replicas placeB, boolean apply, Progress progress) {
        this.placeA = placeA;
        this.placeB = placeB;
        this.apply = apply;
        this.progress = progress;
    }

    /**
     * Goes through the file.
     *
     * @return what became of the rows, for each copy of a table
     * @throws CarryException when the file changed meanwhile
     * @throws ReplicaException when a side fails; run it again
     */
    public List<UndoTally> run(UndoFile file) throws IOException {
        try {
            file.each(new UndoFile.Taker() {
                private @Nullable Copy a;
                private @Nullable Copy b;

                @Override
                public void table(UndoLine.Table table) {
                    flush();
                    a = new Copy(placeA, table.a(), table.rules(), UndoLine.Side.A);
                    b = new Copy(placeB, table.b(), table.rules(), UndoLine.Side.B);
                    copies.add(a);
                    copies.add(b);
                }

                @Override
                public void row(UndoLine.Side on, Uid uid, @Nullable RowData was, UndoLine.After after) {
                    Copy copy = on == UndoLine.Side.A ? a : b;
                    if (copy == null) {
                        throw new IllegalStateException("the reader gave a row before its table");
                    }
                    copy.add(new Way(uid, was, after));
                    done++;
                    progress.at(apply ? "undoing" : "looking", done, file.rows());
                }

                private void flush() {
                    if (a != null) {
                        a.flush();
                    }
                    if (b != null) {
                        b.flush();
                    }
                }
            });
            copies.forEach(Copy::flush);
        } finally {
            copies.forEach(Copy::close);
        }
        return copies.stream().map(Copy::tally).toList();
    }

    /** One row's way back. */
    private record Way(Uid uid, @Nullable RowData was, UndoLine.After after) {
        Optional<Row.Live> live() {
            return was != null && was.row() instanceof Row.Live live ? Optional.of(live) : Optional.empty();
        }
    }

    /** One copy of a table. */
    private final class Copy implements AutoCloseable {
        private final TableName name;
        private final TableRules rules;
        private final UndoLine.Side side;
        private final Replica replica;
        private final List<Refusal> refusals = new ArrayList<>();
        private List<Way> batch = new ArrayList<>();
        private long bytes;
        private long back;
        private long already;
        private long refused;

        Copy(Replicas place, TableName name, TableRules rules, UndoLine.Side side) {
            this.name = name;
            this.rules = rules;
            this.side = side;
            this.replica = place.table(name);
            if (!replica.info().rules().equals(rules)) {
                throw new ReplicaException(
                        ReplicaException.Kind.INCOMPATIBLE,
                        replica.address() + " has other rules than when the undo file was made");
            }
        }

        void add(Way way) {
            batch.add(way);
            bytes += way.was == null ? 100 : way.was.weight();
            boolean large = way.live()
                    .filter(row -> row.body() instanceof Body.Blob blob && blob.size() > WireRow.INLINE_MAX)
                    .isPresent();
            if (batch.size() == BATCH || bytes > BATCH_BYTES || large) {
                flush();
            }
        }

        void flush() {
            if (batch.isEmpty()) {
                return;
            }
            List<Way> ways = batch;
            batch = new ArrayList<>();
            bytes = 0;
            List<RowState> now = replica.states(ways.stream().map(Way::uid).toList());
            List<Way> open = new ArrayList<>();
            List<Change> changes = new ArrayList<>();
            for (int i = 0; i < ways.size(); i++) {
                Way way = ways.get(i);
                RowState state = now.get(i);
                Row was = way.was == null ? null : way.was.row();
                if (Versions.sameContent(Merging.state(was, rules), state)) {
                    already++;
                } else if (!way.after.matches(state)) {
                    refuse(way.uid, CHANGED);
                } else {
                    open.add(way);
                    changes.add(change(way, state));
                }
            }
            if (!apply) {
                back += open.size();
            } else if (!open.isEmpty()) {
                apply(open, changes);
            }
        }

        private Change change(Way way, RowState now) {
            RowData was = way.was;
            return was != null && was.row() instanceof Row.Live live
                    ? new Change.Put(way.uid, live.body(), was.blob(), now)
                    : new Change.Delete(way.uid, now);
        }

        private void apply(List<Way> ways, List<Change> changes) {
            List<Outcome> outcomes = replica.apply(changes);
            if (outcomes.size() != changes.size()) {
                throw new ReplicaException(
                        ReplicaException.Kind.UNKNOWN_OUTCOME,
                        changes.size() + " changes of " + replica.address() + " gave " + outcomes.size()
                                + " outcomes; run the undo again");
            }
            List<Way> written = new ArrayList<>();
            for (int i = 0; i < outcomes.size(); i++) {
                Way way = ways.get(i);
                switch (outcomes.get(i)) {
                    case Outcome.Applied applied -> {
                        back++;
                        written.add(way);
                    }
                    case Outcome.Same same -> already++;
                    case Outcome.ChangedMeanwhile meanwhile -> refuse(way.uid, CHANGED);
                    case Outcome.Older older -> refuse(way.uid, CHANGED);
                    case Outcome.Lingering lingering -> refuse(way.uid, CHANGED);
                    case Outcome.Parked(String why) -> refuse(way.uid, why);
                    case Outcome.Refused(String why) -> refuse(way.uid, why);
                }
            }
            flags(written);
        }

        /** A put leaves the flags as they are; those that were others are set one by one. */
        private void flags(List<Way> written) {
            Map<Uid, Row.Live> wrong = new HashMap<>();
            List<Way> live =
                    written.stream().filter(way -> way.live().isPresent()).toList();
            List<RowState> states = replica.states(live.stream().map(Way::uid).toList());
            for (int i = 0; i < live.size(); i++) {
                Row.Live was = live.get(i).live().orElseThrow();
                if (!Versions.sameContent(Merging.state(was, rules), states.get(i))) {
                    wrong.put(was.uid(), was);
                }
            }
            if (wrong.isEmpty()) {
                return;
            }
            List<Change> changes = new ArrayList<>();
            try (RowCursor rows = replica.fetch(List.copyOf(wrong.keySet()))) {
                for (int i = 0; i < wrong.size() && rows.hasNext(); i++) {
                    Row now = rows.next().row();
                    Row.Live was = wrong.get(now.uid());
                    if (was != null && now instanceof Row.Live row) {
                        changes.addAll(flags(row.marks(), was));
                    }
                }
            }
            for (int at = 0; at < changes.size(); at += Replica.MAX_BATCH) {
                List<Change> some = changes.subList(at, Math.min(changes.size(), at + Replica.MAX_BATCH));
                List<Outcome> outcomes = replica.apply(some);
                for (int i = 0; i < outcomes.size(); i++) {
                    if (outcomes.get(i) instanceof Outcome.Refused(String why)) {
                        refuse(some.get(i).uid(), why);
                    }
                }
            }
        }

        /** The operations that bring the flags of a row to what they were. */
        private static List<Change> flags(Marks now, Row.Live was) {
            Map<String, List<String>> wanted = was.marks().flags();
            Map<String, List<String>> there = now.flags();
            Set<String> sets = new TreeSet<>(wanted.keySet());
            sets.addAll(there.keySet());
            List<Change> changes = new ArrayList<>();
            for (String set : sets) {
                List<String> add = without(wanted.getOrDefault(set, List.of()), there.getOrDefault(set, List.of()));
                List<String> remove = without(there.getOrDefault(set, List.of()), wanted.getOrDefault(set, List.of()));
                if (!add.isEmpty() || !remove.isEmpty()) {
                    changes.add(new Change.Flag(was.uid(), set, add, remove, null));
                }
            }
            return changes;
        }

        private static List<String> without(List<String> all, List<String> others) {
            return all.stream().filter(one -> !others.contains(one)).toList();
        }

        private void refuse(Uid uid, String why) {
            refused++;
            if (refusals.size() < TableTally.REFUSALS_MAX) {
                refusals.add(new Refusal(uid, why));
            }
        }

        UndoTally tally() {
            return new UndoTally(name, side, back, already, refused, refusals);
        }

        @Override
        public void close() {
            replica.close();
        }
    }
}
