package io.twinroot.table;

/** What a replica knows of one UID, without the body. */
public sealed interface RowState {
    /** No row and no tombstone: never here, or deleted and its tombstone cleaned up. */
    record Absent() implements RowState {}

    record Live(Stamp stamp, Digest digest) implements RowState {}

    record Deleted(Stamp stamp) implements RowState {}
}
