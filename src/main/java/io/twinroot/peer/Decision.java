package io.twinroot.peer;

import io.twinroot.table.Body;
import io.twinroot.table.Stamp;
import java.util.Optional;

/** What a person decides about a problem. Which decisions a problem takes depends on its kind. */
public sealed interface Decision {
    /** The word for it in JSON. */
    String word();

    /** To live with it. */
    record Accept() implements Decision {
        @Override
        public String word() {
            return "accept";
        }
    }

    /**
     * Of a conflict's two sides, to have one.
     *
     * @param mine whether it is what the table has; else what was kept aside
     * @param seen the stamp of what the table must still have; empty for whatever it has
     */
    record Keep(boolean mine, Optional<Stamp> seen) implements Decision {
        @Override
        public String word() {
            return mine ? "keep-mine" : "keep-theirs";
        }
    }

    /**
     * To have something else than both sides of a conflict.
     *
     * @param seen as in {@link Keep}
     */
    record Put(Body.Fields body, Optional<Stamp> seen) implements Decision {
        @Override
        public String word() {
            return "put";
        }
    }

    /** To try it again. */
    record Retry() implements Decision {
        @Override
        public String word() {
            return "retry";
        }
    }

    /** Of what a guard stopped, that it is done. */
    record Approve() implements Decision {
        @Override
        public String word() {
            return "approve";
        }
    }

    /** Of what a guard stopped, that it is not done. */
    record Reject() implements Decision {
        @Override
        public String word() {
            return "reject";
        }
    }

    /**
     * Of a database that looks set back, whether it is right.
     *
     * @param database else its mirror is
     */
    record Trust(boolean database) implements Decision {
        @Override
        public String word() {
            return database ? "trust-database" : "trust-mirror";
        }
    }
}
