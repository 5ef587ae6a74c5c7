package io.twinroot.store;

import java.util.List;

/**
 * A piece of what {@link Store#changes} reads; about 4 MiB at the most, or one row where that is larger.
 *
 * @param items in the order in which they came to the log; may be none
 * @param next the cursor to read on from
 * @param more whether more was there already
 * @param gaps what could not be read and was left out, for people
 */
public record FeedPage(List<FeedItem> items, String next, boolean more, List<String> gaps) {
    public FeedPage {
        items = List.copyOf(items);
        gaps = List.copyOf(gaps);
    }
}
