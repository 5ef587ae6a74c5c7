package io.twinroot.store;

import io.twinroot.log.Frame;
import io.twinroot.log.LogPosition;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the view from all frames of the log, as an external sort does: the rows are sorted in memory, written out
 * when that is full, and merged in the end while trees and counts are made. Of one UID the last frame counts, as
 * frames are only written for what was newer.
 *
 * <p>Two threads work side by side: the caller's reads the log and digests bodies while the second sorts and
 * spills; then the caller's merges and hashes the trees while the second writes the file. Memory does not grow with
 * the log, but for ten bits a row in the {@linkplain KeyFilter filter}, and the upper nodes.
 */
final class Rebuild implements AutoCloseable {
    /** So many rows are handed on together. */
    private static final int BATCH = 2048;

    private final View view;
    private final RowSorter sorter;
    private final OneAhead second = new OneAhead("twinroot-rebuild", "making the view from the log");
    private List<Read> batch = new ArrayList<>(BATCH);

    /** A row as it was read. */
    private record Read(int table, Uid uid, IndexRow row) {}

    /**
     * @param view gets the tables that the frames define
     * @param memory for sorting, in bytes; about
     */
    Rebuild(View view, long memory) {
        this.view = view;
        this.sorter = new RowSorter(view.directory(), memory);
    }

    /** Takes the next frame of the log. */
    void frame(LogPosition at, int bytes, Frame frame) {
        view.read(at, bytes, frame, (table, uid, row) -> {
            batch.add(new Read(table.id(), uid, row));
            if (batch.size() == BATCH) {
                handOn();
            }
        });
    }

    private void handOn() {
        List<Read> full = batch;
        batch = new ArrayList<>(BATCH);
        second.begin(() -> {
            for (Read read : full) {
                byte[] key = ViewCodec.key(read.table, read.uid);
                sorter.add(key, Space.ROWS.encode(key, read.row));
            }
        });
    }

    /**
     * Makes the file and the manifest, after the last frame.
     *
     * @param end of the log
     * @param made gets the file
     */
    Manifest finish(LogPosition end, List<LayerFile> made) throws IOException {
        handOn();
        second.await();
        RowMerge merge = sorter.finish();
        return view.rebuild(new TableRows(merge, sorter.rowsMax()), end, second, made);
    }

    @Override
    public void close() throws IOException {
        second.close();
        sorter.close();
    }
}
