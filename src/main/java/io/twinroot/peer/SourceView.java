package io.twinroot.peer;

import io.twinroot.table.TableName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A table of a database, and the table of the node that mirrors it.
 *
 * @param address of the database's table, without a password
 * @param changes how changes are found between two scans
 * @param scanned when the last scan began after which both agreed; null for never
 * @param scanning whether one goes on
 * @param rows that the last one read, or this one has so far
 * @param rowsPerSecond of the last whole one since the node was started; 0 where there was none
 * @param differed rows that it found different; null where there was none
 * @param problem the id of what keeps it from agreeing; null for nothing
 */
public record SourceView(
        TableName table,
        String address,
        String changes,
        @Nullable Instant scanned,
        boolean scanning,
        long rows,
        long rowsPerSecond,
        @Nullable Long differed,
        @Nullable String problem) {}
