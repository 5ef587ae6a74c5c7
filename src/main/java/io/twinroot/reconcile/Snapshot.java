package io.twinroot.reconcile;

import io.twinroot.table.Entry;
import io.twinroot.table.TableRules;
import io.twinroot.table.UidRange;
import io.twinroot.tree.TreeView;
import java.util.Iterator;

/** A table at one moment: its tree, and its entries with their versions. May be read by many threads. */
public interface Snapshot {
    TreeView tree();

    TableRules rules();

    /** The entries in the range, in UID order. */
    Iterator<Entry> entries(UidRange range);
}
