package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What damage takes of the log is named, its tables are read-only, and it comes back from elsewhere or is given up. */
final class LogDamageTest {
    private static final int ROWS = 300;
    private static final TableName OTHER = new TableName("t/other");

    @TempDir
    Path directory;

    private Digest root;
    private RowData row7;

    @BeforeEach
    void fill() {
        try (Store store = open()) {
            StoreTable table = StoreFixture.table(store);
            for (int i = 0; i < ROWS; i++) {
                StoreFixture.apply(table, StoreFixture.put(i, i));
            }
            StoreFixture.apply(table, StoreFixture.put(7, 77));
            StoreFixture.apply(store.createTable(OTHER, TableRules.DEFAULT), StoreFixture.put(1, 1));
            TableSnapshot snapshot = table.snapshot();
            root = snapshot.root().root();
            row7 = snapshot.row(StoreFixture.uid(7));
        }
    }

    private Store open() {
        StoreOptions options =
                StoreFixture.options().sizes(1 << 20, 8_000).compaction(new StoreOptions.Compaction(0, 0, 1 << 30, 0));
        return StoreFixture.open(directory, options, FaultyDisk.quick());
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("log"))) {
            return files.filter(file -> file.toString().endsWith(".seg"))
                    .sorted()
                    .toList();
        }
    }

    /** Damages the newest frame of row 7: the body, or the UID. */
    private void damageRow(boolean inUid) throws IOException {
        byte[] uid = StoreFixture.uid(7).toBytes();
        for (Path file : segments().reversed()) {
            byte[] bytes = Files.readAllBytes(file);
            for (int i = bytes.length - uid.length; i > 0; i--) {
                if (java.util.Arrays.equals(bytes, i, i + uid.length, uid, 0, uid.length)) {
                    bytes[inUid ? i + 4 : i + uid.length + 32 + 5] ^= 8;
                    Files.write(file, bytes);
                    return;
                }
            }
        }
        throw new AssertionError("row 7 is not in the log");
    }

    private void withoutView() throws IOException {
        Files.deleteIfExists(directory.resolve("view/MANIFEST"));
    }

    private static RowData withStamp(RowData data, long clock) {
        Row.Live live = (Row.Live) data.row();
        return new RowData(
                new Row.Live(live.uid(), new Stamp(clock, new Incarnation(5, 5), 1), live.body()), data.blob());
    }

    private void isLost(Store store) {
        StoreTable table = StoreFixture.table(store);
        assertEquals(1, store.damages().size());
        StoreDamage damage = store.damages().getFirst();
        assertEquals(StoreFixture.TABLE, damage.table());
        assertEquals(StoreFixture.uid(7), damage.uid());
        assertEquals(row7.row().stamp(), damage.stamp());
        assertTrue(damage.text().contains("log position "), damage.text());
        assertEquals(StoreDamage.State.OPEN, damage.state());
        StoreException e =
                assertThrows(StoreException.class, () -> table.snapshot().row(StoreFixture.uid(7)));
        assertEquals(StoreException.Kind.DAMAGED, e.kind());
        assertEquals(new RowState.Absent(), table.state(StoreFixture.uid(7)));
        assertTrue(store.isReadOnly(StoreFixture.TABLE));
        assertFalse(store.isReadOnly(OTHER));
        assertTrue(!table.snapshot().root().root().equals(root), "a copy without a row must not look the same");
        StoreFixture.check(table.snapshot());
        assertInstanceOf(Outcome.Refused.class, StoreFixture.apply(table, StoreFixture.put(3, 3)));
        assertInstanceOf(Outcome.Refused.class, StoreFixture.apply(table, StoreFixture.delete(7)));
        assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(store.table(OTHER), StoreFixture.put(3, 3)));
    }

    @Test
    void theNewestVersionThatIsLostHidesOlderOnes() throws IOException {
        for (boolean inUid : new boolean[] {false, true}) {
            damageRow(inUid);
            withoutView();
            try (Store store = open()) {
                isLost(store);
            }
            try (Store store = open()) {
                isLost(store);
                StoreTable table = StoreFixture.table(store);
                Change older =
                        new Change.Replicate(withStamp(row7, row7.row().stamp().clock() - 1), null);
                assertTrue(StoreFixture.apply(table, older) instanceof Outcome.Refused(String why)
                        && why.contains("damage took a newer version"));
                assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(table, new Change.Replicate(row7, null)));
                assertEquals(root, StoreFixture.check(table.snapshot()));
                assertFalse(store.isReadOnly(StoreFixture.TABLE));
                assertEquals(
                        StoreDamage.State.HEALED, store.damages().getFirst().state());
            }
            withoutView();
            try (Store store = open()) {
                assertEquals(root, StoreFixture.table(store).snapshot().root().root());
                assertFalse(store.isReadOnly(StoreFixture.TABLE));
            }
            Files.delete(directory.resolve("DAMAGE"));
        }
    }

    @Test
    void aReadFindsWhatWasDamagedSinceTheOpening() throws IOException {
        try (Store store = open()) {
            StoreTable table = StoreFixture.table(store);
            TableSnapshot before = table.snapshot();
            damageRow(false);
            StoreException e = assertThrows(StoreException.class, () -> before.row(StoreFixture.uid(7)));
            assertTrue(e.getMessage().contains("0000000"), e.getMessage());
            table.apply(List.of()); // comes behind what the read noted
            isLost(store);
        }
        withoutView();
        try (Store store = open()) {
            isLost(store);
        }
    }

    @Test
    void aPersonMayGiveUpWhatIsLost() throws IOException {
        damageRow(false);
        withoutView();
        try (Store store = open()) {
            isLost(store);
            assertThrows(StoreException.class, () -> store.accept(99));
            store.accept(store.damages().getFirst().id());
            assertFalse(store.isReadOnly(StoreFixture.TABLE));
            assertEquals(StoreDamage.State.ACCEPTED, store.damages().getFirst().state());
            assertThrows(StoreException.class, () -> store.accept(1));
            assertEquals(null, StoreFixture.table(store).snapshot().row(StoreFixture.uid(7)));
        }
        withoutView();
        try (Store store = open()) {
            StoreTable table = StoreFixture.table(store);
            assertEquals(null, table.snapshot().row(StoreFixture.uid(7)));
            assertEquals(ROWS - 1, StoreFixture.table(store).info().count());
            assertInstanceOf(Outcome.Applied.class, StoreFixture.apply(table, StoreFixture.put(7, 7)));
            store.compact();
            assertEquals(ROWS, table.info().count());
            StoreFixture.check(table.snapshot());
        }
    }

    @Test
    void aMissingSegmentMakesAllTablesReadOnlyUntilTheyAreProvenEqual() throws IOException {
        Files.delete(segments().get(1));
        withoutView();
        try (Store store = open()) {
            assertTrue(StoreFixture.table(store).info().count() < ROWS);
            assertTrue(store.isReadOnly(StoreFixture.TABLE) && store.isReadOnly(OTHER));
            assertEquals(2, store.damages().size());
            assertTrue(
                    store.damages().getFirst().text().contains("2:"),
                    store.damages().toString());
            assertInstanceOf(
                    Outcome.Refused.class, StoreFixture.apply(StoreFixture.table(store), StoreFixture.put(3, 3)));
        }
        try (Store store = open()) {
            assertEquals(2, store.damages().size());
            store.provenEqual(OTHER);
            assertFalse(store.isReadOnly(OTHER));
            assertTrue(store.isReadOnly(StoreFixture.TABLE));
            store.accept(store.damages().stream()
                    .filter(damage -> StoreFixture.TABLE.equals(damage.table()))
                    .findFirst()
                    .orElseThrow()
                    .id());
            assertFalse(store.isReadOnly(StoreFixture.TABLE));
        }
        withoutView();
        try (Store store = open()) { // the same damage is met again, and known
            assertFalse(store.isReadOnly(StoreFixture.TABLE));
            assertFalse(store.isReadOnly(OTHER));
        }
    }

    @Test
    void aLogThatWasCutAfterItsClosingIsDamaged() throws IOException {
        Path last = segments().getLast();
        byte[] bytes = Files.readAllBytes(last);
        Files.write(last, java.util.Arrays.copyOf(bytes, bytes.length - 40));
        try (Store store = open()) {
            assertTrue(store.isReadOnly(StoreFixture.TABLE));
            assertTrue(
                    store.damages().stream().anyMatch(damage -> damage.why().contains("the file ends here")),
                    store.damages().toString());
        }
    }
}
