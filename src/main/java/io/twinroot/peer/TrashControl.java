package io.twinroot.peer;

import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The trash of a node. Implemented by the node; used by many threads. */
public interface TrashControl {
    /** The most rows of one page. */
    int PAGE_MAX = 1_000;

    /**
     * What is in the trash, the newest first.
     *
     * @param table null for all
     * @param after go on after the one with this id; empty for the first page
     * @param limit at most {@value #PAGE_MAX}
     */
    List<TrashView> list(@Nullable TableName table, String after, int limit);

    /** One of them, whole. Empty: there is none. */
    Optional<TrashView> trashed(String id);

    /**
     * Puts one back as a new write. Empty: there is none.
     *
     * @param seen the stamp of what the table must still have; empty for whatever it has
     */
    Optional<Decided<TrashView>> restore(String id, Optional<Stamp> seen);
}
