package io.twinroot.peer;

import io.twinroot.table.Outcome;

/**
 * What became of a decision.
 *
 * @param item what was decided about, as it is now
 * @param outcome of the write that the decision made; {@link Outcome.Same} where it made none
 */
public record Decided<T>(T item, Outcome outcome) {}
