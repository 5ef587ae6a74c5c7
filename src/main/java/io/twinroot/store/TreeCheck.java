package io.twinroot.store;

import io.twinroot.table.UidRange;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeBuilder;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.TreeRoot;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Makes a table's tree again from its index and compares it, node by node, with the one that is stored. */
final class TreeCheck {
    /** About what the index has of a row, in bytes. */
    private static final int ENTRY_BYTES = 96;

    private static final int AT_ONCE = 1_024;

    private final List<Iterator<TreeNode>> stored = new ArrayList<>();
    private @Nullable String fault;

    private TreeCheck(TableState table) {
        for (int level = 1; level <= TableWork.LEVELS; level++) {
            Run<TreeNode> run = level == 1
                    ? table.run(Space.LEAVES, UidRange.ALL)
                    : table.upper(level).run(UidRange.ALL);
            stored.add(new Cells<>(run, cell -> ViewCodec.isGone(cell.value()) ? null : cell.value()));
        }
    }

    /**
     * What differs, or null.
     *
     * @param table with its tree up to date
     * @param read is told of the bytes, and may wait, or throw to end this
     */
    static @Nullable String fault(TableState table, Salt salt, LongConsumer read) {
        TreeCheck check = new TreeCheck(table);
        TreeBuilder builder = new TreeBuilder(salt, check::node);
        Run<IndexRow> rows = table.run(Space.ROWS, UidRange.ALL);
        for (long count = 1; rows.next(); count++) {
            var digest = rows.value().digest();
            if (digest != null) {
                builder.add(rows.uid(), digest);
            }
            if (count % AT_ONCE == 0) {
                read.accept(AT_ONCE * ENTRY_BYTES);
            }
        }
        return check.finish(builder.finish(), table);
    }

    private void node(int level, TreeNode made) {
        Iterator<TreeNode> nodes = stored.get(level - 1);
        TreeNode found = nodes.hasNext() ? nodes.next() : null;
        if (fault == null && !made.equals(found)) {
            fault = "the tree's node of level " + level + " at " + made.start()
                    + " is not what the rows of the index make";
        }
    }

    private @Nullable String finish(TreeRoot made, TableState table) {
        if (fault != null) {
            return fault;
        }
        for (int level = 1; level <= TableWork.LEVELS; level++) {
            if (stored.get(level - 1).hasNext()) {
                return "the tree has nodes of level " + level + " that no row of the index makes";
            }
        }
        if (made.count() != table.count()) {
            return "the index has " + made.count() + " live rows and the table counts " + table.count();
        }
        return made.equals(table.root()) ? null : "the tree's root is not what the rows of the index make";
    }
}
