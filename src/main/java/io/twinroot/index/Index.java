package io.twinroot.index;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.HashTree;
import io.twinroot.tree.LeafEntry;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.TreeRoot;
import io.twinroot.tree.TreeStore;
import io.twinroot.tree.TreeView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a table at one moment, and their tree: files that don't change, under a few changes in memory. It never
 * changes itself; many threads may read. Reading fails with {@link java.io.UncheckedIOException} where the files do.
 */
public final class Index implements TreeView {
    private final IndexFiles files;
    private final TreeRoot root;

    /** By level, 0 for the entries; what is in the files and not here any more has a count of -1. */
    private final List<NavigableMap<Uid, TreeNode>> changed;

    Index(IndexFiles files, TreeRoot root) {
        this(files, root, emptyMaps());
    }

    private Index(IndexFiles files, TreeRoot root, List<NavigableMap<Uid, TreeNode>> changed) {
        this.files = files;
        this.root = root;
        this.changed = changed;
    }

    private static List<NavigableMap<Uid, TreeNode>> emptyMaps() {
        List<NavigableMap<Uid, TreeNode>> maps = new ArrayList<>();
        for (int level = 0; level <= Salt.MAX_LEVEL + 1; level++) {
            maps.add(new TreeMap<>());
        }
        return maps;
    }

    /**
     * This index after changes.
     *
     * @param digests of the rows that are other ones now; null for those that are gone
     */
    public Index with(Map<Uid, @Nullable Digest> digests) {
        Map<Uid, @Nullable Digest> real = new HashMap<>();
        digests.forEach((uid, digest) -> {
            if (!java.util.Objects.equals(digest, digest(uid))) {
                real.put(uid, digest);
            }
        });
        if (real.isEmpty()) {
            return this;
        }
        List<NavigableMap<Uid, TreeNode>> maps = new ArrayList<>();
        changed.forEach(map -> maps.add(new TreeMap<>(map)));
        real.forEach(
                (uid, digest) -> maps.getFirst().put(uid, digest == null ? gone(uid) : new TreeNode(uid, digest, 1)));
        TreeRoot after = HashTree.refresh(new Overlay(maps), files.salt(), root, new TreeSet<>(real.keySet()));
        return new Index(files, after, maps);
    }

    /** The digest of a row; null where it is absent. */
    public @Nullable Digest digest(Uid uid) {
        Iterator<LeafEntry> found = entries(UidRange.only(uid));
        return found.hasNext() ? found.next().digest() : null;
    }

    @Override
    public Salt salt() {
        return files.salt();
    }

    @Override
    public TreeRoot root() {
        return root;
    }

    @Override
    public @Nullable TreeNode lower(int level, Uid uid) {
        return new Overlay(changed).lower(level, uid);
    }

    @Override
    public Iterator<TreeNode> nodes(int level, UidRange range) {
        return new Overlay(changed).nodes(level, range);
    }

    @Override
    public Iterator<LeafEntry> entries(UidRange range) {
        return new Overlay(changed).entries(range);
    }

    private static TreeNode gone(Uid uid) {
        return new TreeNode(uid, NO_DIGEST, -1);
    }

    private static final Digest NO_DIGEST = Digest.of(new byte[Digest.LENGTH]);

    /** The files under changes. */
    private final class Overlay implements TreeStore {
        private final List<NavigableMap<Uid, TreeNode>> maps;

        Overlay(List<NavigableMap<Uid, TreeNode>> maps) {
            this.maps = maps;
        }

        @Override
        public @Nullable TreeNode lower(int level, Uid uid) {
            if (level >= maps.size()) {
                return null;
            }
            Uid below = uid;
            while (true) {
                TreeNode old = files.lower(level, below);
                Map.Entry<Uid, TreeNode> entry = maps.get(level).lowerEntry(below);
                TreeNode young = entry == null ? null : entry.getValue();
                if (young == null || (old != null && old.start().compareTo(young.start()) > 0)) {
                    return old;
                }
                if (young.count() >= 0) {
                    return young;
                }
                below = young.start();
            }
        }

        @Override
        public Iterator<TreeNode> nodes(int level, UidRange range) {
            return level >= maps.size()
                    ? List.<TreeNode>of().iterator()
                    : new Merged(files.cursor(level, range), within(maps.get(level), range));
        }

        @Override
        public Iterator<LeafEntry> entries(UidRange range) {
            Iterator<TreeNode> nodes = new Merged(files.cursor(0, range), within(maps.getFirst(), range));
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return nodes.hasNext();
                }

                @Override
                public LeafEntry next() {
                    TreeNode entry = nodes.next();
                    return new LeafEntry(entry.start(), entry.digest());
                }
            };
        }

        @Override
        public void put(int level, TreeNode node) {
            maps.get(level).put(node.start(), node);
        }

        @Override
        public void remove(int level, Uid start) {
            maps.get(level).put(start, gone(start));
        }
    }

    private static Iterator<TreeNode> within(NavigableMap<Uid, TreeNode> map, UidRange range) {
        Map<Uid, TreeNode> part = map;
        if (range.start() != null && range.stop() != null) {
            part = map.subMap(range.start(), range.stop());
        } else if (range.start() != null) {
            part = map.tailMap(range.start());
        } else if (range.stop() != null) {
            part = map.headMap(range.stop());
        }
        return part.values().iterator();
    }

    /** Records of a file and changes of them, in one order. */
    private static final class Merged implements Iterator<TreeNode> {
        private final RecordFile.@Nullable Cursor file;
        private final Iterator<TreeNode> changes;
        private @Nullable TreeNode old;
        private @Nullable TreeNode young;
        private @Nullable TreeNode next;

        Merged(RecordFile.@Nullable Cursor file, Iterator<TreeNode> changes) {
            this.file = file;
            this.changes = changes;
            readFile();
            readChanges();
            advance();
        }

        private void readFile() {
            old = file != null && file.next() ? file.node() : null;
        }

        private void readChanges() {
            young = changes.hasNext() ? changes.next() : null;
        }

        private void advance() {
            next = null;
            while (next == null && (old != null || young != null)) {
                int order = old == null ? 1 : young == null ? -1 : old.start().compareTo(young.start());
                if (order < 0) {
                    next = old;
                    readFile();
                } else {
                    next = young != null && young.count() >= 0 ? young : null;
                    if (order == 0) {
                        readFile();
                    }
                    readChanges();
                }
            }
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public TreeNode next() {
            TreeNode node = next;
            if (node == null) {
                throw new java.util.NoSuchElementException();
            }
            advance();
            return node;
        }
    }
}
