package io.twinroot.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.MemoryTree;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.UidKinds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The index in files against the tree in sorted maps. */
final class IndexTest {
    private static final Salt SALT = Salt.PUBLISHED;

    @TempDir
    private Path folder;

    private static Stream<String> kinds() {
        return UidKinds.all(SALT).keySet().stream();
    }

    private static Digest digest(long n) {
        return Digest.sha256(ByteBuffer.allocate(8).putLong(n).array());
    }

    private static MemoryTree table(LongFunction<Uid> kind, int rows) {
        MemoryTree table = new MemoryTree(SALT);
        for (int i = 0; i < rows; i++) {
            table.write(kind.apply(i), digest(i));
        }
        return table.refresh();
    }

    private static Index ordered(Map<Uid, Digest> entries) {
        try (IndexBuilder builder = IndexBuilder.temporary(SALT, true)) {
            entries.forEach(builder::add);
            return builder.finish();
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void hasTheNodesOfTheTree(String kind) {
        for (int rows : new int[] {0, 1, 7, 300, 5_000}) {
            MemoryTree table = table(UidKinds.all(SALT).get(kind), rows);
            assertSame(table, ordered(table.entries()));
        }
    }

    @Test
    void anyOrderGivesTheSameIndex() {
        MemoryTree table = table(UidKinds.all(SALT).get("path"), 300_000); // more than is sorted in memory at a time
        List<Map.Entry<Uid, Digest>> entries = new ArrayList<>(table.entries().entrySet());
        Collections.shuffle(entries, new Random(5));
        try (IndexBuilder builder = IndexBuilder.temporary(SALT, false)) {
            entries.forEach(entry -> builder.add(entry.getKey(), entry.getValue()));
            assertSame(table, builder.finish());
        }
    }

    @Test
    void rowsThatShareAUidAreNumberedInTheOrderOfTheirDigests() {
        Uid uid = Uid.ofText("null");
        List<Digest> digests = new ArrayList<>(List.of(digest(1), digest(2), digest(3)));
        List<Index> built = new ArrayList<>();
        for (int turn = 0; turn < 3; turn++) {
            Collections.rotate(digests, 1);
            try (IndexBuilder builder = IndexBuilder.temporary(SALT, false)) {
                digests.forEach(digest -> builder.add(uid, digest));
                built.add(builder.finish((shared, n) -> Uid.ofText("null" + n)));
            }
        }
        assertEquals(3, built.getFirst().root().count());
        assertEquals(1, built.stream().map(Index::root).distinct().count());
        assertEquals(Collections.min(digests), built.getFirst().digest(uid));
    }

    @Test
    void namesTheRowThatIsOutOfOrder() {
        try (IndexBuilder builder = IndexBuilder.temporary(SALT, true)) {
            builder.add(Uid.ofText("b"), digest(1));
            IndexBuilder.OutOfOrder e =
                    assertThrows(IndexBuilder.OutOfOrder.class, () -> builder.add(Uid.ofText("a"), digest(1)));
            assertEquals("the row a came after the row b", e.getMessage());
            assertThrows(IndexBuilder.OutOfOrder.class, () -> builder.add(Uid.ofText("b"), digest(1)));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void changesGiveTheTreeOfARebuild(String kind) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        LongFunction<Uid> uids = UidKinds.all(SALT).get(kind);
        MemoryTree table = table(uids, 3_000);
        Index index = ordered(table.entries());
        for (int round = 0; round < 30; round++) {
            Map<Uid, @Nullable Digest> changes = new HashMap<>();
            for (int i = random.nextInt(40); i >= 0; i--) {
                Uid uid = uids.apply(random.nextInt(3_500));
                if (random.nextInt(3) == 0) {
                    changes.put(uid, null);
                    table.delete(uid);
                } else {
                    Digest digest = digest(random.nextInt(50));
                    changes.put(uid, digest);
                    table.write(uid, digest);
                }
            }
            Index before = index;
            var rootBefore = index.root();
            index = index.with(changes);
            assertSame(table.refresh(), index, "seed " + seed + ", round " + round);
            assertEquals(rootBefore, before.root());
        }
        Map<Uid, @Nullable Digest> all = new HashMap<>();
        new ArrayList<>(table.entries().keySet()).forEach(uid -> {
            all.put(uid, null);
            table.delete(uid);
        });
        assertSame(table.refresh(), index.with(all), "seed " + seed + ", emptied");
    }

    @Test
    void goesOnAfterTheLastMark() throws IOException {
        for (boolean ordered : new boolean[] {true, false}) {
            Path kept = folder.resolve("scan-" + ordered);
            MemoryTree table = table(UidKinds.all(SALT).get("sequential"), 2_000);
            List<Map.Entry<Uid, Digest>> entries =
                    new ArrayList<>(table.entries().entrySet());
            if (!ordered) {
                Collections.reverse(entries);
            }
            assertTrue(IndexBuilder.progress(kept, "t").isEmpty());
            try (IndexBuilder builder = IndexBuilder.begin(kept, "t", SALT, ordered)) {
                for (int i = 0; i < 1_100; i++) {
                    builder.add(entries.get(i).getKey(), entries.get(i).getValue());
                    if (i == 999) {
                        builder.mark(new IndexBuilder.Progress(entries.get(i).getKey(), 1_000, 5));
                    }
                }
            }
            assertTrue(IndexBuilder.progress(kept, "another table").isEmpty());
            IndexBuilder.Progress progress = IndexBuilder.progress(kept, "t").orElseThrow();
            assertEquals(new IndexBuilder.Progress(entries.get(999).getKey(), 1_000, 5), progress);
            try (IndexBuilder builder = IndexBuilder.resume(kept, "t", SALT, ordered)) {
                entries.subList(1_000, 2_000).forEach(entry -> builder.add(entry.getKey(), entry.getValue()));
                assertSame(table, builder.finish());
            }
            assertFalse(Files.exists(kept));
        }
    }

    @Test
    void believesNoMarkThatWasAltered() throws IOException {
        try (IndexBuilder builder = IndexBuilder.begin(folder, "t", SALT, true)) {
            builder.add(Uid.ofText("a"), digest(1));
            builder.mark(new IndexBuilder.Progress(Uid.ofText("a"), 1, 5));
        }
        Path file = folder.resolve("progress");
        String text = Files.readString(file);
        Files.writeString(file, text.replaceFirst("\n1\n", "\n2\n"));
        assertTrue(IndexBuilder.progress(folder, "t").isEmpty());
        Files.writeString(file, text);
        assertTrue(IndexBuilder.progress(folder, "t").isPresent());
    }

    private static void assertSame(MemoryTree expected, Index index) {
        assertSame(expected, index, "");
    }

    private static void assertSame(MemoryTree expected, Index index, String message) {
        assertEquals(expected.root(), index.root(), message);
        assertEquals(expected.rebuilt().root(), index.root(), message);
        List<List<TreeNode>> nodes = expected.allNodes();
        for (int level = 1; level < nodes.size(); level++) {
            assertEquals(nodes.get(level), list(index.nodes(level, UidRange.ALL)), message + " level " + level);
        }
        TreeMap<Uid, Digest> entries = new TreeMap<>();
        index.entries(UidRange.ALL).forEachRemaining(entry -> entries.put(entry.uid(), entry.digest()));
        assertEquals(expected.entries(), entries, message);
        List<Uid> uids = List.copyOf(entries.keySet());
        for (int i = 0; i < uids.size(); i += 1 + uids.size() / 50) {
            Uid uid = uids.get(i);
            UidRange range = new UidRange(uid, uids.get(Math.min(uids.size() - 1, i + 40)));
            assertEquals(list(expected.entries(range)), list(index.entries(range)), message);
            for (int level = 1; level < 5; level++) {
                assertEquals(expected.lower(level, uid), index.lower(level, uid), message);
                assertEquals(list(expected.nodes(level, range)), list(index.nodes(level, range)), message);
            }
        }
    }

    private static <T> List<T> list(Iterator<T> iterator) {
        List<T> all = new ArrayList<>();
        iterator.forEachRemaining(all::add);
        return all;
    }
}
