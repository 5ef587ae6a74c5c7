package io.twinroot.table;

/** What became of a {@link Change}. */
public sealed interface Outcome {
    /**
     * Done and durable.
     *
     * @param stamp of the row as it is now: the change's, or a newer one where it was merged
     */
    record Applied(Stamp stamp) implements Outcome {}

    /** Nothing to do: exactly this was already here. */
    record Same() implements Outcome {}

    /** Not done: what is held is newer. */
    record Older(RowState held) implements Outcome {}

    /** Not done: the guard's state is no longer what is held. */
    record ChangedMeanwhile(RowState held) implements Outcome {}

    /** Not done: this version was here and was deleted since, so it does not come back by itself. */
    record Lingering() implements Outcome {}

    /** Not done yet: it is kept aside, among the problems, until what is in its way is gone. */
    record Parked(String reason) implements Outcome {}

    /** Not done: the change itself is not acceptable; the others of its batch went on. */
    record Refused(String reason) implements Outcome {}
}
