package io.twinroot.store;

import io.twinroot.table.Context;
import io.twinroot.table.TableName;
import java.util.List;
import java.util.Map;

/**
 * A piece of what {@link Store#changes} reads; about 4 MiB at the most, or one row where that is larger.
 *
 * @param items in the order in which they came to the log; may be none
 * @param next the cursor to read on from
 * @param more whether more was there already
 * @param gaps what could not be read and was left out, for people
 * @param contexts what the store had seen of each table when the page began; only where that was wanted and the page
 *     reaches what was the end of the log then. Who applied all pages up to this one has seen as much
 */
public record FeedPage(
        List<FeedItem> items, String next, boolean more, List<String> gaps, Map<TableName, Context> contexts) {
    public FeedPage {
        items = List.copyOf(items);
        gaps = List.copyOf(gaps);
        contexts = Map.copyOf(contexts);
    }
}
