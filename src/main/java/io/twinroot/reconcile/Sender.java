package io.twinroot.reconcile;

import io.twinroot.table.Context;
import org.jspecify.annotations.Nullable;

/**
 * From where a batch of changes comes.
 *
 * @param way on which it came
 * @param context what the copy that sends replicated rows has seen of this table; empty for nothing known
 * @param ticket of an announced repair ({@link Replica#announce}); null for every other batch
 */
public record Sender(Way way, Context context, @Nullable String ticket) {
    /** How changes come to a replica. */
    public enum Way {
        /** From a user of this replica. */
        USER,
        /** From another replica, as they happen. */
        FEED,
        /** From a repair. */
        REPAIR,
        /** From a file that was carried here. */
        CARRIED
    }

    public static final Sender USER = new Sender(Way.USER, Context.EMPTY, null);

    public static Sender repair(Context context, @Nullable String ticket) {
        return new Sender(Way.REPAIR, context, ticket);
    }

    public static Sender feed(Context context) {
        return new Sender(Way.FEED, context, null);
    }
}
