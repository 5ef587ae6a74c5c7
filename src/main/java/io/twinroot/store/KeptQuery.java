package io.twinroot.store;

import io.twinroot.table.TableName;
import io.twinroot.table.Value;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which kept rows are asked for. They come newest first.
 *
 * @param kinds that are wanted
 * @param table null for all
 * @param prefix of their UIDs; empty for all
 * @param ended whether also those that are no longer open, as far as they are remembered
 * @param after go on after the row with this number; 0 for the first page
 * @param limit 1 to {@value #LIMIT_MAX} rows
 */
public record KeptQuery(
        Set<KeptRow.Kind> kinds, @Nullable TableName table, Value.Bytes prefix, boolean ended, long after, int limit) {
    /** The most rows of one page. */
    public static final int LIMIT_MAX = 1_000;

    public KeptQuery {
        kinds = Set.copyOf(kinds);
        if (limit < 1 || limit > LIMIT_MAX || after < 0) {
            throw new IllegalArgumentException(
                    "a page has 1 to " + LIMIT_MAX + " kept rows, not " + limit + " after number " + after);
        }
    }

    /** The first page of the open ones of all tables. */
    public static KeptQuery of(Set<KeptRow.Kind> kinds) {
        return new KeptQuery(kinds, null, new Value.Bytes(new byte[0]), false, 0, LIMIT_MAX);
    }

    public KeptQuery of(TableName newTable) {
        return new KeptQuery(kinds, newTable, prefix, ended, after, limit);
    }

    public KeptQuery startingWith(byte[] newPrefix) {
        return new KeptQuery(kinds, table, new Value.Bytes(newPrefix), ended, after, limit);
    }

    public KeptQuery withEnded(boolean newEnded) {
        return new KeptQuery(kinds, table, prefix, newEnded, after, limit);
    }

    public KeptQuery page(long newAfter, int newLimit) {
        return new KeptQuery(kinds, table, prefix, ended, newAfter, newLimit);
    }
}
