package io.twinroot.store;

import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import java.util.List;

/**
 * Takes all changes of a table in place of the store, from whomever they come, so that they are made elsewhere first.
 * What it wants to be in the store it writes with {@link StoreTable#applyHere}. For many threads.
 */
@FunctionalInterface
public interface WriteThrough {
    /** As {@link StoreTable#apply}. */
    List<Outcome> apply(List<Change> changes, Origin origin);
}
