package io.twinroot.table;

/** What became of a {@link Change}. */
public sealed interface Outcome {
    /** Done and durable. */
    record Applied(Stamp stamp) implements Outcome {}

    /** Nothing to do: exactly this was already here. */
    record Same() implements Outcome {}

    /** Not done: what is held is newer. */
    record Older(RowState held) implements Outcome {}

    /** Not done: the guard's state is no longer what is held. */
    record ChangedMeanwhile(RowState held) implements Outcome {}

    /** Not done: the change itself is not acceptable; the others of its batch went on. */
    record Refused(String reason) implements Outcome {}
}
