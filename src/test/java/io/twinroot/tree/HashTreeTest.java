package io.twinroot.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HashTreeTest {
    private static final Salt SALT = Salt.PUBLISHED;

    static Stream<String> kinds() {
        return UidKinds.all(SALT).keySet().stream();
    }

    private static LongFunction<Uid> kind(String name) {
        return UidKinds.all(SALT).get(name);
    }

    static Digest digest(long n) {
        return Digest.sha256(ByteBuffer.allocate(8).putLong(n).array());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anyOrderOfAnyOperationsGivesTheTreeOfARebuild(String name) {
        for (long seed = 1; seed <= 40; seed++) {
            Random random = new Random(seed);
            LongFunction<Uid> kind = kind(name);
            MemoryTree tree = new MemoryTree(SALT);
            int universe = 1 + random.nextInt(seed % 8 == 0 ? 4000 : 300);
            int operations = random.nextInt(universe * 3);
            for (int i = 0; i < operations; i++) {
                Uid uid = kind.apply(random.nextInt(universe));
                if (random.nextInt(100) < 65) {
                    tree.write(uid, digest(random.nextInt(50)));
                } else {
                    tree.delete(uid);
                }
                if (random.nextInt(20) == 0) {
                    tree.refresh();
                }
            }
            tree.refresh();
            assertEquals(tree.rebuilt().allNodes(), tree.allNodes(), name + " seed " + seed);
            assertEquals(tree.rebuilt().root(), tree.root(), name + " seed " + seed);
            for (Uid uid : new ArrayList<>(tree.entries().keySet())) {
                tree.delete(uid);
                if (random.nextInt(10) == 0) {
                    tree.refresh();
                }
            }
            assertEquals(TreeFormat.empty(SALT), tree.refresh().root(), name + " seed " + seed);
            assertEquals(new MemoryTree(SALT).allNodes(), tree.allNodes(), "nodes left over, seed " + seed);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aBatchGivesTheSameTreeAsSingleWritesInAnotherOrder(String name) {
        LongFunction<Uid> kind = kind(name);
        MemoryTree batch = new MemoryTree(SALT);
        MemoryTree single = new MemoryTree(SALT);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            batch.write(kind.apply(i), digest(i));
            order.add(i);
        }
        Collections.shuffle(order, new Random(11));
        for (int i : order) {
            single.write(kind.apply(i), digest(i));
            single.refresh();
        }
        assertEquals(batch.refresh().allNodes(), single.allNodes());
        assertEquals(batch.root(), single.root());
    }

    @Test
    void theTreeIsWhatTheSpecificationSaysWordByWord() {
        for (Map.Entry<String, LongFunction<Uid>> kind : UidKinds.all(SALT).entrySet()) {
            for (int n : new int[] {0, 1, 2, 7, 128, 129, 192, 193, 1000, 5000}) {
                MemoryTree tree = new MemoryTree(SALT);
                for (int i = 0; i < n; i++) {
                    tree.write(kind.getValue().apply(i), digest(i));
                }
                assertEquals(
                        Specification.root(SALT, tree.entries()),
                        tree.refresh().root().root(),
                        kind.getKey() + " with " + n + " entries");
            }
        }
    }

    @Test
    void anyChangeOfOneEntryChangesTheRoot() {
        MemoryTree tree = new MemoryTree(SALT);
        LongFunction<Uid> kind = kind("uuid4");
        for (int i = 0; i < 3000; i++) {
            tree.write(kind.apply(i), digest(i));
        }
        TreeRoot before = tree.refresh().root();
        for (int i = 0; i < 3000; i += 37) {
            tree.write(kind.apply(i), digest(-i - 1));
            assertNotEquals(before.root(), tree.refresh().root().root());
            tree.delete(kind.apply(i));
            assertNotEquals(before.root(), tree.refresh().root().root());
            tree.write(kind.apply(i), digest(i));
            assertEquals(before, tree.refresh().root());
        }
    }

    @Test
    void anotherSaltGivesAnotherRootForTheSameEntriesEvenForNone() {
        Salt other = Salt.ofHex("000102030405060708090a0b0c0d0e0f");
        assertNotEquals(TreeFormat.empty(SALT), TreeFormat.empty(other));
    }

    @Test
    void leavesAndNodesHaveTheSizesOfTheDesign() {
        MemoryTree tree = new MemoryTree(SALT);
        for (int i = 0; i < 100_000; i++) {
            tree.write(kind("sequential").apply(i), digest(i));
        }
        List<List<TreeNode>> nodes = tree.refresh().allNodes();
        assertEquals(8.0, 100_000.0 / nodes.get(1).size(), 0.4);
        assertEquals(16.0, (double) nodes.get(1).size() / nodes.get(2).size(), 2.0);
    }

    @Test
    void theBuilderRefusesEntriesThatDoNotAscend() {
        TreeBuilder builder = new TreeBuilder(SALT, (level, node) -> {});
        builder.add(Uid.ofText("b"), digest(1));
        assertThrows(IllegalArgumentException.class, () -> builder.add(Uid.ofText("b"), digest(1)));
        assertThrows(IllegalArgumentException.class, () -> builder.add(Uid.ofText("a"), digest(1)));
    }
}
