package io.twinroot.store;

/**
 * How far a scrub is.
 *
 * @param step what it reads, for people
 * @param doneBytes read so far
 * @param totalBytes that there are, about; grows with blobs and what is written meanwhile
 */
public record ScrubProgress(String step, long doneBytes, long totalBytes) {}
