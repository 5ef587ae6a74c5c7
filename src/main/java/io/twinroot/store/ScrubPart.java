package io.twinroot.store;

/** What a scrub reads. */
public enum ScrubPart {
    /** All bytes: rows, blobs, trees, the log's segments, the view's files. */
    ALL,
    /** The rows and blobs that the last scrub did not find whole, or did not come to. */
    REST
}
