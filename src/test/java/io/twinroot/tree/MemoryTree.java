package io.twinroot.tree;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** A table and its tree in sorted maps; stricter than a real store: it refuses levels that can't be. */
public final class MemoryTree implements TreeStore, TreeView {
    private final Salt salt;
    private final NavigableMap<Uid, Digest> entries = new TreeMap<>();
    private final List<NavigableMap<Uid, TreeNode>> levels = new ArrayList<>();
    private final TreeSet<Uid> changed = new TreeSet<>();
    private TreeRoot root;

    public MemoryTree(Salt salt) {
        this.salt = salt;
        this.root = TreeFormat.empty(salt);
        for (int level = 0; level <= Salt.MAX_LEVEL + 1; level++) {
            levels.add(new TreeMap<>());
        }
    }

    /** A copy that changes on its own. */
    public MemoryTree copy() {
        MemoryTree copy = new MemoryTree(salt);
        copy.entries.putAll(entries);
        for (int level = 1; level < levels.size(); level++) {
            copy.levels.get(level).putAll(levels.get(level));
        }
        copy.root = root;
        copy.changed.addAll(changed);
        return copy;
    }

    public void write(Uid uid, Digest digest) {
        entries.put(uid, digest);
        changed.add(uid);
    }

    public void delete(Uid uid) {
        entries.remove(uid);
        changed.add(uid);
    }

    /** Hashes what changed since the last time. */
    public MemoryTree refresh() {
        root = HashTree.refresh(this, salt, root, new TreeSet<>(changed));
        changed.clear();
        return this;
    }

    public NavigableMap<Uid, Digest> entries() {
        return entries;
    }

    /** All nodes by level, for comparing two trees node by node. */
    public List<List<TreeNode>> allNodes() {
        return levels.stream().map(level -> List.copyOf(level.values())).toList();
    }

    /** The same table's tree, built from nothing by streaming. */
    public MemoryTree rebuilt() {
        MemoryTree built = new MemoryTree(salt);
        TreeBuilder builder = new TreeBuilder(salt, built::put);
        entries.forEach((uid, digest) -> {
            builder.add(uid, digest);
            built.entries.put(uid, digest);
        });
        built.root = builder.finish();
        return built;
    }

    @Override
    public Salt salt() {
        return salt;
    }

    @Override
    public TreeRoot root() {
        if (!changed.isEmpty()) {
            throw new IllegalStateException("refresh first");
        }
        return root;
    }

    @Override
    public TreeNode lower(int level, Uid uid) {
        Map.Entry<Uid, TreeNode> lower = levels.get(level).lowerEntry(uid);
        return lower == null ? null : lower.getValue();
    }

    @Override
    public Iterator<TreeNode> nodes(int level, UidRange range) {
        if (level < 1) {
            throw new IllegalArgumentException("level " + level);
        }
        return sub(levels.get(level), range).values().iterator();
    }

    @Override
    public Iterator<LeafEntry> entries(UidRange range) {
        return sub(entries, range).entrySet().stream()
                .map(entry -> new LeafEntry(entry.getKey(), entry.getValue()))
                .iterator();
    }

    @Override
    public void put(int level, TreeNode node) {
        levels.get(level).put(node.start(), node);
    }

    @Override
    public void remove(int level, Uid start) {
        if (levels.get(level).remove(start) == null) {
            throw new IllegalStateException("no node of level " + level + " starts at " + start);
        }
    }

    private static <V> NavigableMap<Uid, V> sub(NavigableMap<Uid, V> map, UidRange range) {
        NavigableMap<Uid, V> tail = range.start() == null ? map : map.tailMap(range.start(), true);
        return range.stop() == null ? tail : tail.headMap(range.stop(), false);
    }
}
