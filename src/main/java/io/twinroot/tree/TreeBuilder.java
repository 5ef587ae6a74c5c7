package io.twinroot.tree;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a tree from all entries of a table in one pass. It holds one unfinished node a level, whatever the
 * table's size. Not for use by two threads.
 */
public final class TreeBuilder {
    /** Takes the finished nodes: those of each level in the order of their starts. */
    @FunctionalInterface
    public interface Sink {
        void node(int level, TreeNode node);
    }

    /** The unfinished node of a level above the leaves, and how many are finished. */
    private static final class Level {
        final List<TreeNode> children = new ArrayList<>();
        long finished;
    }

    private final Salt salt;
    private final Sink sink;
    private final TreeFormat format = new TreeFormat();
    private final List<LeafEntry> leaf = new ArrayList<>();
    private final Level[] levels = new Level[Salt.MAX_LEVEL + 3];
    private boolean cutting;
    private @Nullable Uid last;

    public TreeBuilder(Salt salt, Sink sink) {
        this.salt = salt;
        this.sink = sink;
        for (int level = 1; level < levels.length; level++) {
            levels[level] = new Level();
        }
    }

    /** @throws IllegalArgumentException when the UID is not above the one before */
    public void add(Uid uid, Digest digest) {
        if (last != null && last.compareTo(uid) >= 0) {
            throw new IllegalArgumentException("entries must ascend: " + uid + " comes after " + last);
        }
        last = uid;
        if (salt.level(uid) >= 1) {
            finishLeaf();
        } else if (leaf.size() == (cutting ? TreeFormat.PIECE : TreeFormat.LEAF_MAX)) {
            cut();
        }
        leaf.add(new LeafEntry(uid, digest));
    }

    /** Finishes the open nodes. Call it once, after the last entry. */
    public TreeRoot finish() {
        finishLeaf();
        if (levels[1].finished == 0) {
            return TreeFormat.empty(salt);
        }
        int level = 1;
        while (levels[level].finished > 1) {
            finishNode(++level);
        }
        return format.root(salt, level, levels[level + 1].children.getFirst());
    }

    private void cut() {
        for (int from = 0; from < leaf.size(); from += TreeFormat.PIECE) {
            emitLeaf(leaf.subList(from, from + TreeFormat.PIECE));
        }
        leaf.clear();
        cutting = true;
    }

    private void finishLeaf() {
        if (!leaf.isEmpty()) {
            emitLeaf(leaf);
            leaf.clear();
        }
        cutting = false;
    }

    private void emitLeaf(List<LeafEntry> entries) {
        emit(1, new TreeNode(entries.getFirst().uid(), format.leaf(entries), entries.size()));
    }

    private void finishNode(int level) {
        List<TreeNode> children = levels[level].children;
        TreeNode node = HashTree.parent(format, level, children);
        children.clear();
        emit(level, node);
    }

    private void emit(int level, TreeNode node) {
        levels[level].finished++;
        sink.node(level, node);
        Level above = levels[level + 1];
        if (level < Salt.MAX_LEVEL && !above.children.isEmpty() && salt.level(node.start()) > level) {
            finishNode(level + 1);
        }
        above.children.add(node);
    }
}
