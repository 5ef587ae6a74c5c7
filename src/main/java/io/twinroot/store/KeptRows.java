package io.twinroot.store;

import io.twinroot.log.BlobFiles;
import io.twinroot.log.Disk;
import io.twinroot.log.LogException;
import io.twinroot.table.Digest;
import io.twinroot.table.Row;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Rows that are kept aside: the trash, the losers of conflicts, and parked rows; the folder {@code kept} of a
 * store. May be used by many threads.
 *
 * <p>What {@link #keep} returned for is on the disk. The rows' bodies are on the disk only; in memory there is a
 * short entry for each.
 */
final class KeptRows {
    KeptRows(Path directory, BlobFiles blobs, Disk disk, LongSupplier nowMs, StoreOptions.Trash trash) {}

    /**
     * Reads the folder.
     *
     * @return what is wrong with its files, for people; empty where nothing is
     * @throws LogException of kind FORMAT when a file is of another format
     */
    synchronized List<String> open() {
        return List.of();
    }

    /**
     * Keeps rows, all or none: they are on the disk when this returns. One of which the same version is kept already,
     * for the same reason, and is open, is not kept twice.
     *
     * @throws LogException when they could not be written; nothing was kept then, as far as can be told
     */
    synchronized void keep(List<Keep> rows) {}

    /**
     * Whether a conflict or a parked row of this UID is open. Costs a look into a map, and nothing where none is of any
     * row.
     */
    boolean concerns(TableName table, Uid uid) {
        return false;
    }

    /**
     * These versions are in the table now, and in the log: conflicts that they settled are over, and so are parked rows
     * that are no newer. Call it with those that {@link #concerns} is true for; a disk that refuses does not matter, it
     * is tried again with the next write.
     */
    synchronized void written(TableName table, List<? extends Row> rows) {}

    /** Gives the content of each large blob that a kept row has; its file must stay. */
    synchronized void blobs(Consumer<Digest> sink) {}
}
