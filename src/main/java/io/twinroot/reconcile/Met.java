package io.twinroot.reconcile;

import java.util.List;

/**
 * What a replica found out about itself when it heard what another one has seen.
 *
 * @param standing what it may do now
 * @param notes for people: what was found, and what to do; empty where all is well
 * @param knowledge what it says of itself after that
 */
public record Met(Standing standing, List<String> notes, Knowledge knowledge) {
    /** What a replica may do with the other one. */
    public enum Standing {
        /** All is well. */
        CURRENT,
        /**
         * It was restored from an older copy, or was away for longer than deletes are remembered: it takes before it
         * gives.
         */
        BEHIND,
        /** Rows may be missing here through damage: it only takes. */
        DAMAGED
    }

    public Met {
        notes = List.copyOf(notes);
    }
}
