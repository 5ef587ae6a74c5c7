package io.twinroot.tree;

import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Where the nodes of one table's tree are kept: an ordered map of (level, start) to node, beside the table's
 * entries. Used by one thread at a time; an iterator need not survive a change.
 */
public interface TreeStore {
    /** The node of the level with the greatest start below {@code uid}, or null. */
    @Nullable
    TreeNode lower(int level, Uid uid);

    /** The nodes of a level whose start is in the range, in the order of their starts. */
    Iterator<TreeNode> nodes(int level, UidRange range);

    /** The entries in the range, in the order of their UIDs, as they are after the writes. */
    Iterator<LeafEntry> entries(UidRange range);

    void put(int level, TreeNode node);

    void remove(int level, Uid start);
}
