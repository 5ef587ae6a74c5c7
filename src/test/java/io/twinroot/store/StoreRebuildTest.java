package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The view that the log alone gives is the one that was there, however little memory sorting has. */
final class StoreRebuildTest {
    private static final TableName EMPTY = new TableName("t/a-empty");
    private static final TableName NOTES = new TableName("t/notes");
    private static final TableRules RULES = new TableRules(List.of("seen"));

    @TempDir
    Path directory;

    private final FaultyDisk disk = FaultyDisk.quick();

    private Store open(long overlayBytes) {
        return StoreFixture.open(directory, StoreFixture.options().sizes(overlayBytes, 1 << 20), disk);
    }

    /** What the store says of all its tables, checked. */
    private static String state(Store store) {
        StringBuilder state = new StringBuilder();
        for (StoreTable table : store.tables()) {
            StoreFixture.check(table.snapshot());
            state.append(table.info()).append('\n');
        }
        return state.toString();
    }

    /** Fills three tables, one of them with no row: updates, deletes, rows that come back, UIDs of all lengths. */
    private String fill() {
        try (Store store = open(StoreOptions.OVERLAY_BYTES)) {
            StoreTable rows = StoreFixture.table(store);
            store.createTable(EMPTY, TableRules.DEFAULT);
            StoreTable notes = store.createTable(NOTES, RULES);
            Random random = new Random(7);
            for (int round = 0; round < 12; round++) {
                List<Change> changes = new ArrayList<>();
                List<Change> noted = new ArrayList<>();
                for (int i = 0; i < 500; i++) {
                    int row = random.nextInt(2000);
                    changes.add(row % 7 == round % 7 ? StoreFixture.delete(row) : StoreFixture.put(row, round));
                    noted.add(new Change.Put(noteUid(random.nextInt(700)), note(round, i), null, null));
                }
                rows.apply(changes);
                notes.apply(noted);
            }
            return state(store);
        }
    }

    /** UIDs of 1 to 1,024 bytes, some of them prefixes of others. */
    private static Uid noteUid(int i) {
        byte[] bytes = new byte[i < 40 ? Uid.MAX_LENGTH - i % 4 : 1 + i / 4];
        Arrays.fill(bytes, (byte) (i % 4 == 3 ? 0xff : i % 4));
        if (i < 40) {
            bytes[bytes.length - 1] = (byte) i;
        }
        return Uid.of(bytes);
    }

    private static Body note(int number, int seen) {
        return new Body.Fields(Value.Mapping.of(Map.of("n", new Value.Int(number), "seen", new Value.Int(seen))));
    }

    private void forget() throws IOException {
        Files.delete(directory.resolve("view/MANIFEST"));
    }

    private List<String> viewFiles() throws IOException {
        try (var files = Files.list(directory.resolve("view"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void isTheSameHoweverOftenRowsAreSpilled() throws IOException {
        String expected = fill();
        for (long memory : new long[] {1, 5_000, 100_000, 1 << 20, StoreOptions.OVERLAY_BYTES}) {
            forget();
            try (Store store = open(memory)) {
                assertTrue(store.recovery().rebuilt());
                assertTrue(store.recovery().framesReplayed() > 11_000);
                assertEquals(expected, state(store));
                assertEquals(2, viewFiles().size(), viewFiles().toString()); // the manifest and one file
                StoreTable rows = StoreFixture.table(store);
                StoreFixture.apply(rows, StoreFixture.put(1, 1000 + memory));
                expected = state(store);
            }
            try (Store store = open(memory)) {
                assertFalse(store.recovery().rebuilt());
                assertEquals(expected, state(store));
            }
            try (Store store = open(memory)) {
                StoreFixture.apply(StoreFixture.table(store), StoreFixture.put(1, 0));
                expected = state(store);
            }
        }
    }

    @Test
    void isTheSameWhereNoTableHasARow() throws IOException {
        try (Store store = open(StoreOptions.OVERLAY_BYTES)) {
            store.createTable(EMPTY, TableRules.DEFAULT);
            store.createTable(NOTES, RULES);
        }
        Files.deleteIfExists(directory.resolve("view/MANIFEST"));
        try (Store store = open(1)) {
            assertTrue(store.recovery().rebuilt());
            assertEquals(2, store.tables().size());
            state(store);
        }
    }

    @Test
    void aDiskThatIsFullWhileRowsAreSpilledIsAnErrorAndNoMore() throws IOException {
        String expected = fill();
        forget();
        for (long space : new long[] {48, 1_000, 200_000, 400_000}) {
            disk.space = space;
            StoreException e = assertThrows(StoreException.class, () -> open(1));
            assertEquals(StoreException.Kind.FULL, e.kind(), e.getMessage());
            assertFalse(Files.exists(directory.resolve("view/MANIFEST")));
        }
        disk.space = Long.MAX_VALUE;
        Files.write(directory.resolve("view/00000001.mapdb.rows.tmp"), new byte[100]); // as after a kill
        try (Store store = open(1)) {
            assertEquals(expected, state(store));
            assertEquals(2, viewFiles().size(), viewFiles().toString());
        }
    }

    @Test
    void aDiskThatFailsToForceTheFileIsAnErrorAndNoMore() throws IOException {
        String expected = fill();
        forget();
        disk.failsForce = true;
        StoreException e = assertThrows(StoreException.class, () -> open(50_000));
        assertEquals(StoreException.Kind.IO, e.kind(), e.getMessage());
        disk.failsForce = false;
        try (Store store = open(50_000)) {
            assertEquals(expected, state(store));
            assertEquals(2, viewFiles().size(), viewFiles().toString());
        }
    }
}
