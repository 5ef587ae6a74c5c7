package io.twinroot.store;

import io.twinroot.log.LogPosition;

/**
 * One who reads the feed of a store, and comes back.
 *
 * @param position it has all frames before it; what follows is still to be read
 * @param lastSeenMs when it asked last, in milliseconds since 1970
 */
public record FeedReader(LogPosition position, long lastSeenMs) {}
