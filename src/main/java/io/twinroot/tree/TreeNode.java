package io.twinroot.tree;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;

/**
 * A node of the tree. It covers the entries from {@code start} to the next node's start on its level.
 *
 * @param start the UID of its first entry
 * @param count entries below it
 */
public record TreeNode(Uid start, Digest digest, long count) {}
