package io.twinroot.tree;

import io.twinroot.table.Digest;

/**
 * The top of a tree.
 *
 * @param height the level of the one top node; leaves are level 1; 0 for the empty tree
 * @param count entries in all
 * @param root the digest that two copies compare
 */
public record TreeRoot(int height, long count, Digest root) {}
