package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people do about rows that are kept aside, on two stores. */
final class StoreKeptTest {
    private static final KeptQuery CONFLICTS = KeptQuery.of(Set.of(KeptRow.Kind.CONFLICT));
    private static final KeptQuery TRASH = KeptQuery.of(StoreKept.trash());

    @TempDir
    Path directory;

    private Store open(String name, long aheadMs) {
        return Store.open(directory.resolve(name), StoreFixture.options(StoreFixture.START_MS + aheadMs));
    }

    private static Outcome bring(Store from, Store to, long i) {
        RowData row = Objects.requireNonNull(StoreFixture.table(from).row(StoreFixture.uid(i)));
        return StoreFixture.apply(StoreFixture.table(to), new Change.Replicate(row, null));
    }

    private static long number(Store store, long i) {
        return StoreFixture.number(StoreFixture.table(store).snapshot(), i);
    }

    @Test
    void aDeletedRowComesBackFromTheTrash() {
        try (Store store = open("a", 0)) {
            StoreTable table = StoreFixture.table(store);
            StoreFixture.apply(table, StoreFixture.put(1, 7));
            StoreFixture.apply(table, StoreFixture.delete(1));
            KeptRow kept = store.kept().list(TRASH).getFirst();
            assertEquals(KeptRow.Kind.DELETED, kept.kind());
            assertInstanceOf(Outcome.Applied.class, store.kept().restore(kept.id(), Optional.empty()));
            assertEquals(7, number(store, 1));
            assertTrue(
                    store.kept().list(TRASH).stream().noneMatch(row -> row.id().equals(kept.id())));
            assertEquals(
                    KeptRow.State.RESTORED,
                    store.kept().get(kept.id()).orElseThrow().what().state());
        }
    }

    @Test
    void aRestoreOfWhatChangedSinceItWasLookedAtIsRefused() {
        try (Store store = open("a", 0)) {
            StoreTable table = StoreFixture.table(store);
            StoreFixture.apply(table, StoreFixture.put(1, 7));
            StoreFixture.apply(table, StoreFixture.delete(1));
            String id = store.kept().list(TRASH).getFirst().id();
            Stamp seen = ((RowState.Deleted) table.state(StoreFixture.uid(1))).stamp();
            StoreFixture.apply(table, StoreFixture.put(1, 8));
            assertInstanceOf(Outcome.ChangedMeanwhile.class, store.kept().restore(id, Optional.of(seen)));
            assertEquals(8, number(store, 1));
            assertThrows(StoreException.class, () -> store.kept().restore("k99", Optional.empty()));
        }
    }

    private void conflict(Store a, Store b) {
        StoreFixture.apply(StoreFixture.table(a), StoreFixture.put(1, 10));
        StoreFixture.apply(StoreFixture.table(b), StoreFixture.put(1, 20));
        bring(a, b, 1);
        bring(b, a, 1);
        assertEquals(20, number(a, 1));
        assertEquals(20, number(b, 1));
    }

    private static KeptRow only(Store store) {
        List<KeptRow> open = store.kept().list(CONFLICTS);
        assertEquals(1, open.size(), open.toString());
        return open.getFirst();
    }

    @Test
    void aConflictIsListedAtBothAndClosedAtBothByOneDecision() {
        for (int choice = 0; choice < 3; choice++) {
            try (Store a = open("a" + choice, 0);
                    Store b = open("b" + choice, 1_000)) {
                conflict(a, b);
                KeptRow atA = only(a);
                KeptRow atB = only(b);
                assertEquals(atA.stamp(), atB.stamp());
                StoreKept.Choice how = switch (choice) {
                    case 0 -> new StoreKept.Choice.Mine();
                    case 1 -> new StoreKept.Choice.Theirs();
                    default -> new StoreKept.Choice.Other(StoreFixture.body(30), null);
                };
                Outcome decided = a.kept().resolve(atA.id(), how, Optional.empty());
                assertInstanceOf(Outcome.Applied.class, decided);
                long expected = choice == 0 ? 20 : choice == 1 ? 10 : 30;
                assertEquals(expected, number(a, 1));
                assertEquals(List.of(), a.kept().list(CONFLICTS));
                assertInstanceOf(Outcome.Applied.class, bring(a, b, 1));
                assertEquals(expected, number(b, 1));
                assertEquals(List.of(), b.kept().list(CONFLICTS));
                assertEquals(
                        KeptRow.State.RESOLVED,
                        b.kept().get(atB.id()).orElseThrow().what().state());
                assertEquals(
                        StoreFixture.table(a).state(StoreFixture.uid(1)),
                        StoreFixture.table(b).state(StoreFixture.uid(1)));
            }
        }
    }

    @Test
    void keepingADeleteIsADeleteThatHasSeenTheOtherSide() {
        try (Store a = open("a", 0);
                Store b = open("b", 1_000)) {
            StoreFixture.apply(StoreFixture.table(a), StoreFixture.put(1, 1));
            bring(a, b, 1);
            StoreFixture.apply(StoreFixture.table(a), StoreFixture.put(1, 10));
            StoreFixture.apply(StoreFixture.table(b), StoreFixture.delete(1));
            bring(b, a, 1);
            KeptRow lost = only(a);
            assertInstanceOf(
                    Outcome.Applied.class, a.kept().resolve(lost.id(), new StoreKept.Choice.Mine(), Optional.empty()));
            assertInstanceOf(RowState.Deleted.class, StoreFixture.table(a).state(StoreFixture.uid(1)));
            Row tombstone = Objects.requireNonNull(StoreFixture.table(a).row(StoreFixture.uid(1)))
                    .row();
            assertTrue(tombstone.past().saw(tombstone.stamp(), lost.stamp()));
            assertEquals(List.of(), a.kept().list(CONFLICTS));
        }
    }

    @Test
    void aRowFromTheFutureWaitsUntilItsTimeComes() {
        try (Store b = open("b", 3_600_000)) {
            StoreFixture.apply(StoreFixture.table(b), StoreFixture.put(1, 5));
            RowData early = Objects.requireNonNull(StoreFixture.table(b).row(StoreFixture.uid(1)));
            try (Store a = open("a", 0)) {
                Outcome parked = StoreFixture.apply(StoreFixture.table(a), new Change.Replicate(early, null));
                assertInstanceOf(Outcome.Parked.class, parked);
                assertEquals(0, a.kept().retryParked());
                assertEquals(1, a.kept().counts().get(KeptRow.Kind.PARKED));
            }
            try (Store later = open("a", 3_600_000)) {
                assertEquals(1, later.kept().retryParked());
                assertEquals(5, number(later, 1));
                assertEquals(
                        KeptRow.State.APPLIED,
                        later.kept().get("k1").orElseThrow().what().state());
            }
        }
    }

    @Test
    void theBlobOfADeletedRowOutlivesACompaction() throws Exception {
        byte[] bytes = new byte[100_000];
        bytes[7] = 1;
        try (Store store = open("a", 0)) {
            StoreTable table = StoreFixture.table(store);
            StoreFixture.apply(table, StoreFixture.blobPut(StoreFixture.uid(1), bytes));
            StoreFixture.apply(table, StoreFixture.delete(1));
            store.compact();
            String id = store.kept().list(TRASH).getFirst().id();
            assertInstanceOf(Outcome.Applied.class, store.kept().restore(id, Optional.empty()));
            RowData back = Objects.requireNonNull(table.row(StoreFixture.uid(1)));
            assertInstanceOf(Body.Blob.class, ((Row.Live) back.row()).body());
            try (var in = Objects.requireNonNull(back.blob()).open()) {
                assertEquals(bytes.length, in.readAllBytes().length);
            }
        }
    }
}
