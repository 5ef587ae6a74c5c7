package io.twinroot.log;

import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import org.jspecify.annotations.Nullable;

/**
 * One operation in the log.
 *
 * <p>The byte arrays are not copied: whoever makes or reads a frame leaves them as they are.
 */
public sealed interface Frame {
    /** Gives a table its number, which the other frames name it by. */
    record DefineTable(int table, TableName name, TableRules rules) implements Frame {}

    /**
     * A row got this body.
     *
     * @param body in its canonical encoding
     * @param blob the bytes of a small blob; null for fields, and for a blob that has its own file
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Put(int table, Uid uid, Stamp stamp, byte[] body, byte @Nullable [] blob) implements Frame {}

    /** A row was deleted. */
    record Delete(int table, Uid uid, Stamp stamp) implements Frame {}

    /** All before this mark was forced to the disk when it was written: what is broken before it was not torn. */
    record Mark(LogPosition at) implements Frame {}
}
