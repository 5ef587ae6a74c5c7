package io.twinroot.reconcile;

import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.LeafEntry;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.TreeView;
import java.util.Iterator;

/** Counts the entries of any range by the nodes of a tree: of each level it reads those along the two ends only. */
final class RowCount {
    private RowCount() {}

    static long of(TreeView tree, UidRange range) {
        return of(tree, tree.root().height(), range);
    }

    private static long of(TreeView tree, int level, UidRange range) {
        if (range.isEmpty()) {
            return 0;
        }
        if (level == 0) {
            long count = 0;
            for (Iterator<LeafEntry> entries = tree.entries(range); entries.hasNext(); entries.next()) {
                count++;
            }
            return count;
        }
        Iterator<TreeNode> nodes = tree.nodes(level, range);
        if (!nodes.hasNext()) {
            return of(tree, level - 1, range);
        }
        TreeNode last = nodes.next();
        Uid first = last.start();
        long count = 0;
        while (nodes.hasNext()) {
            count += last.count();
            last = nodes.next();
        }
        return of(tree, level - 1, new UidRange(range.start(), first))
                + count
                + of(tree, level - 1, new UidRange(last.start(), range.stop()));
    }
}
