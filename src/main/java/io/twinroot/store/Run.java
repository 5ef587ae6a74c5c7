package io.twinroot.store;

import io.twinroot.table.Uid;

/** Entries in ascending order of their UIDs, one at a time. For one thread. */
interface Run<V> {
    /** Goes to the next entry, the first at the first call. False at the end, after which it is not called. */
    boolean next();

    /** The UID of the entry. */
    Uid uid();

    V value();
}
