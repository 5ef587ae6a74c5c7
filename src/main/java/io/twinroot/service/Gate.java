package io.twinroot.service;

import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Intent;
import io.twinroot.table.TableName;

/** Who answers for a repair that would go beyond the guards of a node. May be used by many threads. */
@FunctionalInterface
interface Gate {
    /** Nothing goes beyond the guards. */
    Gate SHUT = (table, intent, why) -> {
        throw new GuardException(why);
    };

    /** For what a person approved: it may do what it announces, and nothing else. */
    Gate OPEN = (table, intent, why) -> {};

    /**
     * Returns where it may be done all the same.
     *
     * @param why for people: what would be done, and which guard stops it
     * @throws GuardException where it may not
     */
    void beyond(TableName table, Intent intent, String why);
}
