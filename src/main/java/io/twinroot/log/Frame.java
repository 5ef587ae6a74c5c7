package io.twinroot.log;

import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Past;
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
     * @param past where this version comes from, with the marks on its parts
     * @param body in its canonical encoding
     * @param blob the bytes of a small blob; null for fields, and for a blob that has its own file
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Put(int table, Uid uid, Stamp stamp, Past past, byte[] body, byte @Nullable [] blob) implements Frame {}

    /** A row was deleted. */
    record Delete(int table, Uid uid, Stamp stamp, Past past) implements Frame {}

    /**
     * A row had this version, and what the log held of it is damaged. It is no delete: the row is to come back
     * from another copy.
     *
     * @param digest of its body where that is known
     */
    record Lost(int table, Uid uid, Stamp stamp, @Nullable Digest digest) implements Frame {}

    /**
     * Nothing is known of this UID any more: a person gave up a lost row, a row that lingered was dropped, or the mark
     * of a delete was cleaned up.
     */
    record Forget(int table, Uid uid) implements Frame {}

    /** A write of the table was offered and is not needed: something newer was here. It counts as seen. */
    record Seen(int table, Stamp stamp) implements Frame {}

    /** This is what the table has seen; what was known of that before does not count. */
    record Known(int table, Context context) implements Frame {}

    /**
     * All before this mark was forced to the disk when it was written: what is broken before it was not torn.
     *
     * @param timeMs when it was written, in milliseconds since 1970
     */
    record Mark(long timeMs) implements Frame {}
}
