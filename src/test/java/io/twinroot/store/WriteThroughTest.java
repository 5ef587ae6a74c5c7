package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes that are made elsewhere first: that nothing goes past, and that what is foreseen is what is done. */
final class WriteThroughTest {
    @TempDir
    Path directory;

    private static RowData row(Store store, long i) {
        return Objects.requireNonNull(StoreFixture.table(store).row(StoreFixture.uid(i)));
    }

    @Test
    void allThatIsWrittenGoesThrough() {
        try (Store store = StoreFixture.open(directory)) {
            StoreTable table = StoreFixture.table(store);
            StoreFixture.apply(table, StoreFixture.put(1, 7));
            List<Change> seen = new ArrayList<>();
            table.writeThrough((changes, origin) -> {
                seen.addAll(changes);
                return table.applyHere(changes, origin);
            });
            StoreFixture.apply(StoreFixture.table(store), StoreFixture.delete(1));
            String trashed = store.kept()
                    .list(KeptQuery.of(StoreKept.trash()))
                    .getFirst()
                    .id();
            store.kept().restore(trashed, Optional.empty());
            assertEquals(2, seen.size(), seen::toString);
            assertInstanceOf(Change.Delete.class, seen.getFirst());
            assertInstanceOf(Change.Put.class, seen.getLast());
            table.writeThrough(null);
            StoreFixture.apply(table, StoreFixture.put(1, 8));
            assertEquals(2, seen.size());
        }
    }

    @Test
    void whatIsForeseenIsWhatIsDoneAndChangesNothing() {
        try (Store store = StoreFixture.open(directory.resolve("a"));
                Store other = StoreFixture.open(directory.resolve("b"))) {
            StoreTable table = StoreFixture.table(store);
            for (long i = 0; i < 4; i++) {
                StoreFixture.apply(table, StoreFixture.put(i, 1));
                StoreFixture.apply(StoreFixture.table(other), new Change.Replicate(row(store, i), null));
            }
            StoreFixture.apply(StoreFixture.table(other), StoreFixture.put(0, 2));
            StoreFixture.apply(StoreFixture.table(other), StoreFixture.delete(1));
            List<Change> changes = List.of(
                    new Change.Replicate(row(other, 0), null),
                    new Change.Replicate(row(other, 1), null),
                    StoreFixture.put(2, 5),
                    StoreFixture.delete(3),
                    StoreFixture.put(9, 9),
                    new Change.Put(
                            StoreFixture.uid(8),
                            new Body.Fields(fields(store)),
                            null,
                            table.state(StoreFixture.uid(0))));
            String before = table.info().toString();
            long clock = store.clock();
            List<Foreseen> foreseen = table.foresee(changes, Origin.USER);
            assertEquals(before, table.info().toString());
            assertEquals(clock, store.clock());
            List<Outcome> done = table.apply(changes);
            for (int i = 0; i < changes.size(); i++) {
                RowState after = table.state(changes.get(i).uid());
                assertEquals(after.getClass(), foreseen.get(i).after().getClass(), changes.get(i)::toString);
                assertEquals(done.get(i).getClass(), foreseen.get(i).outcome().getClass());
                RowData row = table.row(changes.get(i).uid());
                Row expected = foreseen.get(i).row();
                if (expected instanceof Row.Live live) {
                    assertEquals(
                            live.body(), ((Row.Live) Objects.requireNonNull(row).row()).body());
                }
            }
            assertInstanceOf(Outcome.ChangedMeanwhile.class, done.getLast());
            assertNull(foreseen.getLast().row());
            assertEquals(foreseen.getLast().before(), foreseen.getLast().after());
        }
    }

    private static io.twinroot.table.Value.Mapping fields(Store store) {
        return ((Body.Fields) ((Row.Live) row(store, 0).row()).body()).fields();
    }

    @Test
    void whatWasElsewhereInARowsPlaceGoesToTheTrashAndComesBackFromThere() {
        try (Store store = StoreFixture.open(directory)) {
            StoreTable table = StoreFixture.table(store);
            StoreFixture.apply(table, StoreFixture.put(1, 7));
            StoreFixture.apply(table, StoreFixture.put(2, 8));
            Row.Live second = (Row.Live) row(store, 2).row();
            Row.Live elsewhere = new Row.Live(StoreFixture.uid(1), second.stamp(), second.body());
            table.trash(List.of(elsewhere), "it was elsewhere");
            assertEquals(7, StoreFixture.number(table.snapshot(), 1));
            KeptRow kept = store.kept()
                    .list(KeptQuery.of(Set.of(KeptRow.Kind.OVERWRITTEN)))
                    .getFirst();
            assertEquals("it was elsewhere", kept.why());
            store.kept().restore(kept.id(), Optional.empty());
            assertEquals(8, StoreFixture.number(table.snapshot(), 1));
        }
    }
}
