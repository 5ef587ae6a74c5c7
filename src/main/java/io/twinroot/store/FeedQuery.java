package io.twinroot.store;

import io.twinroot.table.TableName;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Store#changes} is to read.
 *
 * @param since a cursor, {@link #END}, or null for all rows and tombstones there are, and then the log
 * @param tables the tables wanted; empty for all
 * @param reader who reads on from this cursor, 1 to 64 letters, digits, {@code . _ -}; null for nobody who
 *     comes back
 * @param limit the most rows, from 1
 * @param waitMs how long to wait for the first item where there is none yet
 * @param contexts whether {@link FeedPage#contexts} are wanted
 */
public record FeedQuery(
        @Nullable String since,
        Set<TableName> tables,
        @Nullable String reader,
        int limit,
        long waitMs,
        boolean contexts) {
    /** Stands for the end of the log as it is now. */
    public static final String END = "end";

    static final Pattern READER = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    public FeedQuery {
        tables = Set.copyOf(tables);
        if (limit < 1 || waitMs < 0) {
            throw new IllegalArgumentException(
                    "a page has at least 1 row and waits 0 ms or longer, not " + limit + " and " + waitMs);
        }
        if (reader != null && !READER.matcher(reader).matches()) {
            throw new IllegalArgumentException("a reader's name has 1 to 64 letters, digits, '.', '_', '-'");
        }
    }

    /** Without contexts. */
    public FeedQuery(@Nullable String since, Set<TableName> tables, @Nullable String reader, int limit, long waitMs) {
        this(since, tables, reader, limit, waitMs, false);
    }

    boolean wants(TableName table) {
        return tables.isEmpty() || tables.contains(table);
    }
}
