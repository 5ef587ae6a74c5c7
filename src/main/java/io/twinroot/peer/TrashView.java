package io.twinroot.peer;

import io.twinroot.table.RowData;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A row in the trash.
 *
 * @param id a short name that no other has
 * @param stamp of the version that is there
 * @param restored whether it was put back
 * @param row whole; null in a list
 */
public record TrashView(
        String id,
        Kind kind,
        TableName table,
        Uid uid,
        Stamp stamp,
        Instant since,
        String why,
        boolean restored,
        @Nullable RowData row) {
    /** How it came there. */
    public enum Kind {
        DELETED,
        OVERWRITTEN,
        /** It lingered: it had been deleted elsewhere. */
        DROPPED,
        /** It was among the problems, and was decided about. */
        DECIDED
    }
}
