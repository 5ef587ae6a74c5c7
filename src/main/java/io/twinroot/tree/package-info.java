/**
 * The hash tree over the live rows of one table. Start with HashTree; docs/tree.md is
 * the specification, with vectors.
 *
 * <p>The shape depends on the set of UIDs and a salt only ({@link io.twinroot.tree.Salt}), never on the order
 * of writes, so two copies with the same entries have the same root. {@link io.twinroot.tree.TreeView} reads,
 * HashTree keeps a stored tree true after writes, TreeBuilder
 * makes one from a sorted stream. Where nodes are stored is behind {@link io.twinroot.tree.TreeStore}.
 */
@NullMarked
package io.twinroot.tree;

import org.jspecify.annotations.NullMarked;
