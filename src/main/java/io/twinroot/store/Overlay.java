package io.twinroot.store;

import io.twinroot.tree.TreeNode;

/** The cells of a table that are in no file yet. Immutable. */
record Overlay(UidMap<IndexRow> rows, UidMap<IndexRow> tombstones, UidMap<TreeNode> leaves) {
    static final Overlay EMPTY = new Overlay(UidMap.empty(), UidMap.empty(), UidMap.empty());

    <V> UidMap<V> map(Space<V> space) {
        @SuppressWarnings("unchecked") // each space has its own type of value
        UidMap<V> map = (UidMap<V>)
                switch (space) {
                    case Space.Rows rows -> rows.equals(Space.ROWS) ? this.rows : tombstones;
                    case Space.Nodes nodes -> leaves;
                };
        return map;
    }

    long cells() {
        return (long) rows.size() + tombstones.size() + leaves.size();
    }
}
