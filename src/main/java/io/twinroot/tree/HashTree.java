package io.twinroot.tree;

import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a stored tree true after its entries changed.
 *
 * <p>A node of level L begins at the first entry and at each UID whose {@linkplain Salt#level level} is at
 * least L, so a changed UID can only touch the node it lies in and the one that ends there. For each level the
 * runs of nodes around the changed keys are made again from the level below, and the nodes that came out
 * different are the changed keys of the next level:
 *
 * <pre>
 * level 2   |-----------------------|---------------|
 * level 1   |-------|------|--------|------|--------|      made again: from the node below u
 * entries   . . . . . . . . .u. . . . . . . . . . . .      to the next start that u can't move
 * </pre>
 *
 * <p>The top is the lowest level with one node. A batch of changes shares the upper levels.
 */
public final class HashTree {
    private final TreeStore store;
    private final Salt salt;
    private final TreeFormat format = new TreeFormat();

    private HashTree(TreeStore store, Salt salt) {
        this.store = store;
        this.salt = salt;
    }

    /**
     * Brings the nodes up to date.
     *
     * @param old the root before the changes
     * @param changed the UIDs of all entries that were added, removed or given another digest since; others
     *     among them do no harm
     * @return the root after the changes
     */
    public static TreeRoot refresh(TreeStore store, Salt salt, TreeRoot old, NavigableSet<Uid> changed) {
        return new HashTree(store, salt).refresh(old, changed);
    }

    private TreeRoot refresh(TreeRoot old, NavigableSet<Uid> changedEntries) {
        NavigableSet<Uid> changed = changedEntries;
        for (int level = 1; level <= Salt.MAX_LEVEL + 1; level++) {
            changed = refreshLevel(level, changed);
            Iterator<TreeNode> nodes = store.nodes(level, UidRange.ALL);
            if (!nodes.hasNext()) {
                clearAbove(level, old.height());
                return TreeFormat.empty(salt);
            }
            TreeNode first = nodes.next();
            if (!nodes.hasNext()) {
                clearAbove(level, old.height());
                return format.root(salt, level, first);
            }
            if (changed.isEmpty()) {
                return old;
            }
        }
        throw new IllegalStateException("a tree has one node at level " + (Salt.MAX_LEVEL + 1) + " at the latest");
    }

    private void clearAbove(int top, int oldHeight) {
        for (int level = top + 1; level <= oldHeight; level++) {
            List<TreeNode> nodes = new ArrayList<>();
            store.nodes(level, UidRange.ALL).forEachRemaining(nodes::add);
            for (TreeNode node : nodes) {
                store.remove(level, node.start());
            }
        }
    }

    /** Makes the runs around the changed keys again; gives the starts of the nodes that came out different. */
    private NavigableSet<Uid> refreshLevel(int level, NavigableSet<Uid> changed) {
        NavigableSet<Uid> different = new TreeSet<>();
        Uid next = changed.isEmpty() ? null : changed.first();
        while (next != null) {
            Run run = runAround(level, next, changed);
            replace(level, run, different);
            next = run.range.stop() == null ? null : changed.ceiling(run.range.stop());
        }
        return different;
    }

    /** Nodes to be made again, and the range of UIDs that they cover. */
    private record Run(UidRange range, List<TreeNode> nodes) {}

    private Run runAround(int level, Uid first, NavigableSet<Uid> changed) {
        TreeNode above = store.lower(level + 1, first);
        Run run = scan(level, above == null ? null : above.start(), first, changed);
        return run != null ? run : Objects.requireNonNull(scan(level, begin(level, first), first, changed));
    }

    /** Where the run begins that a key lies in, or null for the start of the table. */
    private @Nullable Uid begin(int level, Uid first) {
        TreeNode begin = store.lower(level, first);
        while (begin != null && salt.level(begin.start()) < level) { // a piece of a cut leaf, or the first entry
            TreeNode before = store.lower(level, begin.start());
            if (before == null) {
                return null;
            }
            begin = before;
        }
        return begin == null ? null : begin.start();
    }

    /**
     * The run around a key, looked for from a start on: a node of the level above begins where one of this
     * level does, so that one scan finds the run's begin and its end.
     *
     * @param from null for the start of the table
     * @return null where no node of this level begins there any more
     */
    private @Nullable Run scan(int level, @Nullable Uid from, Uid first, NavigableSet<Uid> changed) {
        Uid start = null;
        List<TreeNode> nodes = new ArrayList<>();
        Iterator<TreeNode> old = store.nodes(level, new UidRange(from, null));
        while (old.hasNext()) {
            TreeNode node = old.next();
            if (node.start().compareTo(first) < 0) {
                if (salt.level(node.start()) >= level) {
                    start = node.start();
                    nodes.clear();
                } else if (start == null && from != null) {
                    return null;
                }
            } else if (start == null && from != null) {
                return null;
            } else if (isFixedEnd(level, node.start(), first, changed)) {
                return new Run(new UidRange(start, node.start()), nodes);
            }
            nodes.add(node);
        }
        return start == null && from != null ? null : new Run(new UidRange(start, null), nodes);
    }

    /** Whether a node surely still begins at this start, whatever happened to the changed keys before it. */
    private boolean isFixedEnd(int level, Uid start, Uid first, NavigableSet<Uid> changed) {
        return start.compareTo(first) > 0 && salt.level(start) >= level && !changed.contains(start);
    }

    private void replace(int level, Run run, NavigableSet<Uid> different) {
        Map<Uid, TreeNode> old = new HashMap<>();
        run.nodes.forEach(node -> old.put(node.start(), node));
        List<TreeNode> made = level == 1 ? leaves(run.range) : parents(level, run.range);
        for (TreeNode node : made) {
            if (!node.equals(old.remove(node.start()))) {
                store.put(level, node);
                different.add(node.start());
            }
        }
        for (Uid gone : old.keySet()) {
            store.remove(level, gone);
            different.add(gone);
        }
    }

    private List<TreeNode> leaves(UidRange range) {
        List<TreeNode> made = new ArrayList<>();
        List<LeafEntry> open = new ArrayList<>();
        Iterator<LeafEntry> entries = store.entries(range);
        while (entries.hasNext()) {
            LeafEntry entry = entries.next();
            if (!open.isEmpty() && salt.level(entry.uid()) >= 1) {
                cutLeaf(open, made);
                open.clear();
            }
            open.add(entry);
        }
        if (!open.isEmpty()) {
            cutLeaf(open, made);
        }
        return made;
    }

    /** One leaf of these entries, or pieces where there are more than a leaf may have. */
    private void cutLeaf(List<LeafEntry> entries, List<TreeNode> made) {
        int size = entries.size() > TreeFormat.LEAF_MAX ? TreeFormat.PIECE : entries.size();
        for (int from = 0; from < entries.size(); from += size) {
            List<LeafEntry> piece = entries.subList(from, Math.min(from + size, entries.size()));
            made.add(new TreeNode(piece.getFirst().uid(), format.leaf(piece), piece.size()));
        }
    }

    private List<TreeNode> parents(int level, UidRange range) {
        List<TreeNode> made = new ArrayList<>();
        List<TreeNode> open = new ArrayList<>();
        Iterator<TreeNode> children = store.nodes(level - 1, range);
        while (children.hasNext()) {
            TreeNode child = children.next();
            if (!open.isEmpty() && salt.level(child.start()) >= level) {
                made.add(parent(format, level, open));
                open.clear();
            }
            open.add(child);
        }
        if (!open.isEmpty()) {
            made.add(parent(format, level, open));
        }
        return made;
    }

    static TreeNode parent(TreeFormat format, int level, List<TreeNode> children) {
        long count = 0;
        for (TreeNode child : children) {
            count += child.count();
        }
        return new TreeNode(children.getFirst().start(), format.node(level, children), count);
    }

    /** The top node of a tree, or null for an empty one. */
    static @Nullable TreeNode top(TreeView tree) {
        TreeRoot root = tree.root();
        return root.height() == 0
                ? null
                : tree.nodes(root.height(), UidRange.ALL).next();
    }
}
