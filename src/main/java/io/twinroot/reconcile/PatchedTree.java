package io.twinroot.reconcile;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.HashTree;
import io.twinroot.tree.LeafEntry;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.TreeRoot;
import io.twinroot.tree.TreeStore;
import io.twinroot.tree.TreeView;
import java.util.Iterator;
import java.util.NavigableMap;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a tree would be with some entries changed; the tree itself stays as it is. For one thread. */
final class PatchedTree implements TreeStore {
    private final TreeView base;
    private final NavigableMap<Uid, Optional<LeafEntry>> entries;
    private final NavigableMap<Integer, NavigableMap<Uid, Optional<TreeNode>>> levels = new TreeMap<>();

    private PatchedTree(TreeView base, NavigableMap<Uid, Optional<LeafEntry>> entries) {
        this.base = base;
        this.entries = entries;
    }

    /**
     * The root of a tree after changes.
     *
     * @param changes the new digest of each changed UID; empty where its entry is taken out
     */
    static TreeRoot root(TreeView base, NavigableMap<Uid, Optional<Digest>> changes) {
        NavigableMap<Uid, Optional<LeafEntry>> entries = new TreeMap<>();
        changes.forEach((uid, digest) -> entries.put(uid, digest.map(d -> new LeafEntry(uid, d))));
        PatchedTree patched = new PatchedTree(base, entries);
        return HashTree.refresh(patched, base.salt(), base.root(), new TreeSet<>(changes.keySet()));
    }

    private NavigableMap<Uid, Optional<TreeNode>> level(int level) {
        return levels.computeIfAbsent(level, ignored -> new TreeMap<>());
    }

    @Override
    public @Nullable TreeNode lower(int level, Uid uid) {
        Uid at = uid;
        while (true) {
            TreeNode below = base.lower(level, at);
            var patch = level(level).lowerEntry(at);
            if (patch == null || (below != null && below.start().compareTo(patch.getKey()) > 0)) {
                return below;
            }
            if (patch.getValue().isPresent()) {
                return patch.getValue().get();
            }
            at = patch.getKey();
        }
    }

    @Override
    public Iterator<TreeNode> nodes(int level, UidRange range) {
        return new Merged<>(base.nodes(level, range), sub(level(level), range), TreeNode::start);
    }

    @Override
    public Iterator<LeafEntry> entries(UidRange range) {
        return new Merged<>(base.entries(range), sub(entries, range), LeafEntry::uid);
    }

    @Override
    public void put(int level, TreeNode node) {
        level(level).put(node.start(), Optional.of(node));
    }

    @Override
    public void remove(int level, Uid start) {
        level(level).put(start, Optional.empty());
    }

    private static <T> NavigableMap<Uid, T> sub(NavigableMap<Uid, T> map, UidRange range) {
        NavigableMap<Uid, T> tail = range.start() == null ? map : map.tailMap(range.start(), true);
        return range.stop() == null ? tail : tail.headMap(range.stop(), false);
    }

    /** The base in order, with each patched one in its place or left out. */
    private static final class Merged<T> implements Iterator<T> {
        private final Iterator<T> base;
        private final Iterator<Optional<T>> patch;
        private final Iterator<Uid> patched;
        private final Function<T, Uid> key;
        private @Nullable T nextBase;
        private @Nullable Uid nextUid;
        private @Nullable T next;

        Merged(Iterator<T> base, NavigableMap<Uid, Optional<T>> patch, Function<T, Uid> key) {
            this.base = base;
            this.patch = patch.values().iterator();
            this.patched = patch.keySet().iterator();
            this.key = key;
            stepBase();
            stepPatch();
            advance();
        }

        private void stepBase() {
            nextBase = base.hasNext() ? base.next() : null;
        }

        private void stepPatch() {
            nextUid = patched.hasNext() ? patched.next() : null;
        }

        private void advance() {
            next = null;
            while (next == null && (nextBase != null || nextUid != null)) {
                T candidate = nextBase;
                Uid uid = nextUid;
                int order = candidate == null
                        ? 1
                        : uid == null ? -1 : key.apply(candidate).compareTo(uid);
                if (order < 0) {
                    next = candidate;
                    stepBase();
                } else {
                    next = patch.next().orElse(null);
                    stepPatch();
                    if (order == 0) {
                        stepBase();
                    }
                }
            }
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public T next() {
            T result = next;
            if (result == null) {
                throw new NoSuchElementException();
            }
            advance();
            return result;
        }
    }
}
