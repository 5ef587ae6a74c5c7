package io.twinroot.store;

import io.twinroot.table.Uid;
import io.twinroot.tree.TreeNode;

/** One of the sorted maps of a layer, and how its values are written. */
sealed interface Space<V> {
    /** Each UID's newest row or tombstone. */
    Space<IndexRow> ROWS = new Rows("rows");

    /** The tombstones once more, to be listed without the rows; a marker where one was outlived. */
    Space<IndexRow> TOMBSTONES = new Rows("tombstones");

    /** The leaves of the tree: level 1. */
    Space<TreeNode> LEAVES = new Nodes("leaves");

    String name();

    byte[] encode(byte[] key, V value);

    V decode(byte[] key, Uid uid, byte[] value) throws ViewCodec.Mismatch;

    /** Whether the value only hides what an older layer has. */
    boolean isMarker(V value);

    record Rows(String name) implements Space<IndexRow> {
        @Override
        public byte[] encode(byte[] key, IndexRow value) {
            return ViewCodec.row(key, value);
        }

        @Override
        public IndexRow decode(byte[] key, Uid uid, byte[] value) throws ViewCodec.Mismatch {
            return ViewCodec.row(key, value);
        }

        @Override
        public boolean isMarker(IndexRow value) {
            return value.isGone();
        }
    }

    record Nodes(String name) implements Space<TreeNode> {
        @Override
        public byte[] encode(byte[] key, TreeNode value) {
            return ViewCodec.node(key, value);
        }

        @Override
        public TreeNode decode(byte[] key, Uid uid, byte[] value) throws ViewCodec.Mismatch {
            return ViewCodec.node(key, uid, value);
        }

        @Override
        public boolean isMarker(TreeNode value) {
            return ViewCodec.isGone(value);
        }
    }
}
