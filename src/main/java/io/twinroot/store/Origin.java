package io.twinroot.store;

import io.twinroot.table.Context;

/**
 * From where a batch of changes comes to a {@link StoreTable}.
 *
 * @param context what the copy that sends replicated rows has seen of the table; empty for nothing known
 */
public record Origin(Way way, Context context) {
    /** How changes come. */
    public enum Way {
        /** From a user. */
        USER,
        /** From another copy, as they happen. */
        FEED,
        /** From a repair: rows that it overwrites go to the trash. */
        REPAIR,
        /** From a file. */
        CARRIED
    }

    public static final Origin USER = new Origin(Way.USER, Context.EMPTY);
}
