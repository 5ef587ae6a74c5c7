package io.twinroot.tree;

import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** A tree at one moment: it does not change while it is read. Implementations say which threads may read. */
public interface TreeView {
    Salt salt();

    TreeRoot root();

    /** The node of the level with the greatest start below {@code uid}, or null. */
    @Nullable
    TreeNode lower(int level, Uid uid);

    /**
     * The nodes of a level whose start is in the range, in the order of their starts.
     *
     * @param level 1 for leaves, up to the height
     */
    Iterator<TreeNode> nodes(int level, UidRange range);

    /** The entries in the range, in the order of their UIDs. */
    Iterator<LeafEntry> entries(UidRange range);
}
