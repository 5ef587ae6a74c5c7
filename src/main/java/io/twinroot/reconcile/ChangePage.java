package io.twinroot.reconcile;

import io.twinroot.table.Context;
import io.twinroot.table.TableName;
import java.util.List;
import java.util.Map;

/**
 * A piece of a {@link ChangeFeed}.
 *
 * @param items in the order in which they came to the log; may be none. A table is named once, before its first row
 * @param next the cursor to read on from
 * @param more whether more was there already
 * @param gaps places where the log is damaged and was skipped, for people; rows that were lost there come by
 *     comparing the tables
 * @param contexts what the place has seen of each table as of the page's end; only where it was asked for, and the
 *     page reaches the end of the log as it was when the page began. Who applied all pages up to it, from the first
 *     on, and met no gaps, has seen as much
 */
public record ChangePage(
        List<Logged> items, String next, boolean more, List<String> gaps, Map<TableName, Context> contexts) {
    public ChangePage {
        items = List.copyOf(items);
        gaps = List.copyOf(gaps);
        contexts = Map.copyOf(contexts);
    }

    /** A page without contexts. */
    public ChangePage(List<Logged> items, String next, boolean more, List<String> gaps) {
        this(items, next, more, gaps, Map.of());
    }
}
