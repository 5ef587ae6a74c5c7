package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The map in memory is a sorted map, and its versions stay as they were; the filter forgets no key. */
final class UidMapTest {
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void equalsATreeMapInEveryVersion(long seed) {
        Random random = new Random(seed);
        NavigableMap<Uid, Integer> model = new TreeMap<>();
        UidMap.Editor<Integer> editor = UidMap.<Integer>empty().edit();
        List<NavigableMap<Uid, Integer>> models = new ArrayList<>();
        List<UidMap<Integer>> maps = new ArrayList<>();
        for (int i = 0; i < 6000; i++) {
            Uid uid = seed % 2 == 0 ? StoreFixture.uid(i) : StoreFixture.uid(random.nextInt(20_000));
            editor.put(uid, i);
            model.put(uid, i);
            if (random.nextInt(500) == 0) {
                models.add(new TreeMap<>(model));
                maps.add(editor.map());
                if (random.nextBoolean()) {
                    editor = maps.getLast().edit();
                }
            }
        }
        models.add(model);
        maps.add(editor.map());
        for (int version = 0; version < maps.size(); version++) {
            compare(models.get(version), maps.get(version), random);
        }
    }

    private static void compare(NavigableMap<Uid, Integer> model, UidMap<Integer> map, Random random) {
        assertEquals(model.size(), map.size());
        assertEquals(new ArrayList<>(model.entrySet()), entries(map.run(UidRange.ALL)));
        for (int i = 0; i < 200; i++) {
            Uid one = StoreFixture.uid(random.nextInt(21_000));
            Uid two = StoreFixture.uid(random.nextInt(21_000));
            assertEquals(model.get(one), map.get(one));
            assertEquals(model.lowerKey(one), map.lowerKey(one));
            Uid start = one.compareTo(two) < 0 ? one : two;
            Uid stop = one.compareTo(two) < 0 ? two : one;
            assertEquals(
                    new ArrayList<>(model.subMap(start, stop).entrySet()), entries(map.run(new UidRange(start, stop))));
        }
        assertEquals(
                new ArrayList<>(model.headMap(StoreFixture.uid(50)).entrySet()),
                entries(map.run(new UidRange(null, StoreFixture.uid(50)))));
    }

    private static List<Map.Entry<Uid, Integer>> entries(Run<Integer> run) {
        List<Map.Entry<Uid, Integer>> entries = new ArrayList<>();
        while (run.next()) {
            entries.add(Map.entry(run.uid(), run.value()));
        }
        return entries;
    }

    @Test
    void theFilterKnowsEachKeyAndFewOthers() {
        KeyFilter filter = KeyFilter.forKeys(20_000);
        for (int i = 0; i < 20_000; i++) {
            filter.add(ViewCodec.key(1, StoreFixture.uid(i)));
        }
        List<byte[]> pieces = new ArrayList<>();
        for (int i = 0; i < filter.pieces(); i++) {
            pieces.add(filter.piece(i));
        }
        KeyFilter read = KeyFilter.of(pieces);
        int wrong = 0;
        for (int i = 0; i < 20_000; i++) {
            assertTrue(read.mayHold(ViewCodec.key(1, StoreFixture.uid(i))));
            wrong += read.mayHold(ViewCodec.key(2, StoreFixture.uid(i))) ? 1 : 0;
        }
        assertTrue(wrong < 600, "wrongly held: " + wrong);
        assertFalse(KeyFilter.forKeys(0).mayHold(ViewCodec.key(1, StoreFixture.uid(1))));
    }
}
