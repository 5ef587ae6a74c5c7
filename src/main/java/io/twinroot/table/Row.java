package io.twinroot.table;

/** A record of a table: a UID and its newest known write, which gave it a body or deleted it. */
public sealed interface Row {
    Uid uid();

    Stamp stamp();

    /** A row that is there. */
    record Live(Uid uid, Stamp stamp, Body body) implements Row {}

    /** The mark of a delete, kept so that the delete can travel. It is in no tree. */
    record Tombstone(Uid uid, Stamp stamp) implements Row {}
}
