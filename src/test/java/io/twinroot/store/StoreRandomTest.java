package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** After any operations, written out, merged, reopened and rebuilt, the store has what a sorted map has. */
final class StoreRandomTest {
    @TempDir
    Path directory;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void equalsASortedMap(long seed) throws Exception {
        Random random = new Random(seed);
        TreeMap<Uid, Body> model = new TreeMap<>();
        Store store = Store.open(directory, StoreFixture.small(), FaultyDisk.quick());
        int range = 200 + random.nextInt(3000);
        for (int round = 0; round < 40; round++) {
            StoreTable table = StoreFixture.table(store);
            for (int b = 0; b < 5; b++) {
                List<Change> batch = new ArrayList<>();
                int size = 1 + random.nextInt(round % 7 == 0 ? 900 : 60);
                for (int i = 0; i < size; i++) {
                    int row = random.nextInt(range);
                    if (random.nextInt(4) == 0) {
                        batch.add(StoreFixture.delete(row));
                        model.remove(StoreFixture.uid(row));
                    } else {
                        int number = random.nextInt(1000);
                        batch.add(StoreFixture.put(row, number));
                        model.put(StoreFixture.uid(row), StoreFixture.body(number));
                    }
                }
                table.apply(batch);
            }
            if (random.nextInt(3) == 0) {
                compare(model, table.snapshot());
            }
            if (random.nextInt(5) == 0) {
                Digest root = table.snapshot().root().root();
                store.close();
                if (random.nextInt(3) == 0) {
                    Files.deleteIfExists(directory.resolve("view/MANIFEST"));
                }
                store = Store.open(directory, StoreFixture.small(), FaultyDisk.quick());
                assertEquals(root, StoreFixture.table(store).snapshot().root().root());
            }
        }
        compare(model, StoreFixture.table(store).snapshot());
        store.close();
    }

    private static void compare(Map<Uid, Body> model, TableSnapshot snapshot) {
        StoreFixture.check(snapshot);
        assertEquals(model.size(), snapshot.info().count());
        model.forEach((uid, body) -> {
            Row.Live live = (Row.Live) snapshot.row(uid).row();
            assertEquals(body, live.body());
            assertEquals(new RowState.Live(live.stamp(), body.digest(snapshot.rules())), snapshot.state(uid));
        });
    }
}
