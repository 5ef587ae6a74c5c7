package io.twinroot.tree;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;

/** What a leaf covers of one row. */
public record LeafEntry(Uid uid, Digest digest) {}
