package io.twinroot.store;

import io.twinroot.table.UidRange;
import io.twinroot.tree.LeafEntry;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeBuilder;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.TreeRoot;
import java.util.Iterator;

/** Makes a table's tree again from all its rows, and changes of the stored leaves only those that differ. */
final class TreeRewrite {
    private final Run<TreeNode> old;
    private final UidMap.Editor<TreeNode> leaves;
    private boolean hasOld;

    private TreeRewrite(Run<TreeNode> old, UidMap.Editor<TreeNode> leaves) {
        this.old = old;
        this.leaves = leaves;
        this.hasOld = old.next();
    }

    static TreeRoot emptyRoot(Salt salt) {
        return new TreeBuilder(salt, (level, node) -> {}).finish();
    }

    static Iterator<LeafEntry> entries(Run<IndexRow> rows) {
        return new Cells<>(rows, row -> {
            var digest = row.value().digest();
            return digest == null ? null : new LeafEntry(row.uid(), digest);
        });
    }

    /**
     * @param leaves where the leaves that differ go, and markers for those that are gone
     * @param upper takes all nodes of the levels above
     */
    static TreeRoot run(TableState table, Salt salt, UidMap.Editor<TreeNode> leaves, TreeBuilder.Sink upper) {
        TreeRewrite rewrite = new TreeRewrite(table.run(Space.LEAVES, UidRange.ALL), leaves);
        TreeBuilder builder = new TreeBuilder(salt, (level, node) -> {
            if (level == 1) {
                rewrite.leaf(node);
            } else {
                upper.node(level, node);
            }
        });
        Run<IndexRow> rows = table.run(Space.ROWS, UidRange.ALL);
        while (rows.next()) {
            var digest = rows.value().digest();
            if (digest != null) {
                builder.add(rows.uid(), digest);
            }
        }
        TreeRoot root = builder.finish();
        while (rewrite.hasOld) {
            rewrite.dropOld();
        }
        return root;
    }

    private void leaf(TreeNode node) {
        while (hasOld && old.uid().compareTo(node.start()) < 0) {
            dropOld();
        }
        boolean same = false;
        if (hasOld && old.uid().equals(node.start())) {
            same = old.value().equals(node);
            hasOld = old.next();
        }
        if (!same) {
            leaves.put(node.start(), node);
        }
    }

    private void dropOld() {
        if (!ViewCodec.isGone(old.value())) {
            leaves.put(old.uid(), ViewCodec.goneNode(old.uid()));
        }
        hasOld = old.next();
    }
}
