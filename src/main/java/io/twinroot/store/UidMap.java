package io.twinroot.store;

import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An immutable sorted map, a B+ tree of which versions share what did not change. Many threads may read.
 *
 * <p>An {@link Editor} makes the next version: it copies a node the first time that it touches it, and changes
 * it in place after that, until the version is {@linkplain Editor#map taken}. Keys are never removed: in a
 * layered view a key that is gone needs a marker anyway.
 */
final class UidMap<V> {
    private static final int WIDTH = 32;

    /** Whose nodes may be changed in place. */
    private static final class Owner {}

    /** In a leaf the slots are values, else children; a child's key is at most its least key. */
    private static final class Node {
        final Owner owner;
        final boolean leaf;
        final Uid[] keys = new Uid[WIDTH];
        final Object[] slots = new Object[WIDTH];
        int size;

        Node(Owner owner, boolean leaf) {
            this.owner = owner;
            this.leaf = leaf;
        }

        Node copy(Owner newOwner) {
            Node copy = new Node(newOwner, leaf);
            System.arraycopy(keys, 0, copy.keys, 0, size);
            System.arraycopy(slots, 0, copy.slots, 0, size);
            copy.size = size;
            return copy;
        }

        int search(Uid key) {
            return Arrays.binarySearch(keys, 0, size, key);
        }

        /** The child in which a key lies. */
        int childOf(Uid key) {
            int i = search(key);
            return i >= 0 ? i : Math.max(0, -i - 2);
        }

        Node child(int i) {
            return (Node) slots[i];
        }
    }

    private static final UidMap<?> EMPTY = new UidMap<>(new Node(new Owner(), true), 0);

    private final Node root;
    private final int size;

    private UidMap(Node root, int size) {
        this.root = root;
        this.size = size;
    }

    @SuppressWarnings("unchecked") // it holds no value of any type
    static <V> UidMap<V> empty() {
        return (UidMap<V>) EMPTY;
    }

    int size() {
        return size;
    }

    @Nullable
    @SuppressWarnings("unchecked") // slots of leaves are values
    V get(Uid key) {
        return (V) slot(root, key);
    }

    /** The greatest key below this one, or null. */
    @Nullable
    Uid lowerKey(Uid key) {
        return lowerKey(root, key);
    }

    Run<V> run(UidRange range) {
        return new Walk<>(root, range);
    }

    Editor<V> edit() {
        return new Editor<>(this);
    }

    private static @Nullable Object slot(Node root, Uid key) {
        Node node = root;
        while (!node.leaf) {
            node = node.child(node.childOf(key));
        }
        int i = node.search(key);
        return i < 0 ? null : node.slots[i];
    }

    private static @Nullable Uid lowerKey(Node node, Uid key) {
        int i = node.search(key);
        int below = (i >= 0 ? i : -i - 1) - 1;
        if (node.leaf) {
            return below < 0 ? null : node.keys[below];
        }
        for (int child = i >= 0 ? i : Math.max(0, below); child >= 0; child--) {
            Uid found = lowerKey(node.child(child), key);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Makes the next version. For one thread; a run over it ends with the next change. */
    static final class Editor<V> {
        private Owner owner = new Owner();
        private Node root;
        private int size;
        private @Nullable UidMap<V> taken;

        private Editor(UidMap<V> map) {
            root = map.root;
            size = map.size;
            taken = map;
        }

        /** The version as it is now, which later edits leave as it is. */
        UidMap<V> map() {
            UidMap<V> map = taken;
            if (map == null) {
                map = new UidMap<>(root, size);
                taken = map;
                owner = new Owner();
            }
            return map;
        }

        int size() {
            return size;
        }

        @Nullable
        @SuppressWarnings("unchecked") // slots of leaves are values
        V get(Uid key) {
            return (V) slot(root, key);
        }

        @Nullable
        Uid lowerKey(Uid key) {
            return UidMap.lowerKey(root, key);
        }

        Run<V> run(UidRange range) {
            return new Walk<>(root, range);
        }

        void put(Uid key, V value) {
            taken = null;
            root = own(root);
            Node right = put(root, key, value);
            if (right != null) {
                Node top = new Node(owner, false);
                top.keys[0] = root.keys[0];
                top.slots[0] = root;
                top.keys[1] = right.keys[0];
                top.slots[1] = right;
                top.size = 2;
                root = top;
            }
        }

        private Node own(Node node) {
            return node.owner == owner ? node : node.copy(owner);
        }

        /** Puts into a node of ours; gives the new node to its right where it had to be split. */
        private @Nullable Node put(Node node, Uid key, V value) {
            if (node.leaf) {
                int i = node.search(key);
                if (i >= 0) {
                    node.slots[i] = value;
                    return null;
                }
                size++;
                return insert(node, -i - 1, key, value);
            }
            int i = node.childOf(key);
            Node child = own(node.child(i));
            node.slots[i] = child;
            Node right = put(child, key, value);
            node.keys[i] = child.keys[0];
            return right == null ? null : insert(node, i + 1, right.keys[0], right);
        }

        private @Nullable Node insert(Node node, int at, Uid key, Object slot) {
            if (node.size < WIDTH) {
                insertHere(node, at, key, slot);
                return null;
            }
            // Where keys come in order, full nodes are left behind.
            int left = at == WIDTH ? WIDTH - 1 : WIDTH / 2;
            Node right = new Node(owner, node.leaf);
            right.size = WIDTH - left;
            System.arraycopy(node.keys, left, right.keys, 0, right.size);
            System.arraycopy(node.slots, left, right.slots, 0, right.size);
            Arrays.fill(node.keys, left, WIDTH, null);
            Arrays.fill(node.slots, left, WIDTH, null);
            node.size = left;
            if (at <= left && at != WIDTH) {
                insertHere(node, at, key, slot);
            } else {
                insertHere(right, at - left, key, slot);
            }
            return right;
        }

        private static void insertHere(Node node, int at, Uid key, Object slot) {
            System.arraycopy(node.keys, at, node.keys, at + 1, node.size - at);
            System.arraycopy(node.slots, at, node.slots, at + 1, node.size - at);
            node.keys[at] = key;
            node.slots[at] = slot;
            node.size++;
        }
    }

    /** Walks the leaves from left to right. */
    private static final class Walk<V> implements Run<V> {
        private final UidRange range;
        private final Node[] path = new Node[16];
        private final int[] index = new int[16];
        private int depth;

        Walk(Node root, UidRange range) {
            this.range = range;
            Node node = root;
            Uid start = range.start();
            path[0] = node;
            while (!node.leaf) {
                int i = start == null ? 0 : node.childOf(start);
                index[depth++] = i;
                node = node.child(i);
                path[depth] = node;
            }
            int i = start == null ? 0 : node.search(start);
            index[depth] = (i >= 0 ? i : -i - 1) - 1;
        }

        @Override
        public boolean next() {
            index[depth]++;
            if (index[depth] >= path[depth].size && !nextLeaf()) {
                index[depth] = path[depth].size - 1; // stays at the end
                return false;
            }
            Uid stop = range.stop();
            if (stop != null && stop.compareTo(uid()) <= 0) {
                index[depth]--;
                return false;
            }
            return true;
        }

        private boolean nextLeaf() {
            int up = depth - 1;
            while (up >= 0 && index[up] + 1 >= path[up].size) {
                up--;
            }
            if (up < 0) {
                return false;
            }
            index[up]++;
            for (int level = up; level < depth; level++) {
                path[level + 1] = path[level].child(index[level]);
                index[level + 1] = 0;
            }
            return true;
        }

        @Override
        public Uid uid() {
            return path[depth].keys[index[depth]];
        }

        @Override
        @SuppressWarnings("unchecked") // slots of leaves are values
        public V value() {
            return (V) path[depth].slots[index[depth]];
        }
    }
}
