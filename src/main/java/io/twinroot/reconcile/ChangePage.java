package io.twinroot.reconcile;

import java.util.List;

/**
 * A piece of a {@link ChangeFeed}.
 *
 * @param items in the order in which they came to the log; may be none. A table is named once, before its first row
 * @param next the cursor to read on from
 * @param more whether more was there already
 * @param gaps places where the log is damaged and was skipped, for people; rows that were lost there come by
 *     comparing the tables
 */
public record ChangePage(List<Logged> items, String next, boolean more, List<String> gaps) {
    public ChangePage {
        items = List.copyOf(items);
        gaps = List.copyOf(gaps);
    }
}
