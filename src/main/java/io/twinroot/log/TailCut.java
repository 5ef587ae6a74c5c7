package io.twinroot.log;

/**
 * What was cut off the end of the log when it was opened: the rest of a batch that was never acknowledged.
 *
 * @param at where the whole batches end
 * @param bytes how many bytes lay beyond
 * @param why what was wrong with them; empty where nothing was cut
 */
public record TailCut(LogPosition at, long bytes, String why) {}
