package io.twinroot.store;

import io.twinroot.log.Frame;
import io.twinroot.log.LogPosition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the view from all frames of the log, as an external sort does: the rows are sorted in memory, written out
 * when that is full, and merged in the end while trees and counts are made. Of one UID the last frame counts, as
 * frames are only written for what was newer.
 *
 * <p>Two threads work side by side, each on what the other left: one reads the log and the other digests, sorts
 * and spills; then one merges and hashes the trees and the other writes the file. Memory does not grow with the
 * bodies, and with the rows by what the {@linkplain KeyFilter filter} and the upper nodes take. Used by one thread.
 */
final class Rebuild implements AutoCloseable {
    /** So many frames are handed on together, */
    private static final int FRAMES = 1024;

    /** or so many bytes of bodies and blobs; about. */
    private static final int FRAME_BYTES = 1 << 20;

    private final View view;
    private final RowSorter sorter;
    private final OneAhead second = new OneAhead("twinroot-rebuild", "making the view from the log");
    private List<Placed> batch = new ArrayList<>(FRAMES);
    private long batchBytes;

    /** A frame and where it is. */
    private record Placed(LogPosition at, Frame frame) {}

    /**
     * @param view gets the tables that the frames define
     * @param memory for sorting, in bytes; about
     */
    Rebuild(View view, long memory) {
        this.view = view;
        this.sorter = new RowSorter(view.directory(), memory);
    }

    /** Takes the next frame of the log. */
    void frame(LogPosition at, Frame frame) {
        batch.add(new Placed(at, frame));
        if (frame instanceof Frame.Put put) {
            byte[] blob = put.blob();
            batchBytes += put.body().length + (blob == null ? 0 : blob.length);
        }
        if (batch.size() == FRAMES || batchBytes >= FRAME_BYTES) {
            handOn();
        }
    }

    private void handOn() {
        List<Placed> full = batch;
        batch = new ArrayList<>(FRAMES);
        batchBytes = 0;
        second.begin(() -> collect(full));
    }

    private void collect(List<Placed> frames) {
        for (Placed placed : frames) {
            view.read(placed.at, placed.frame, (table, uid, row) -> {
                byte[] key = ViewCodec.key(table.id(), uid);
                try {
                    sorter.add(key, Space.ROWS.encode(key, row));
                } catch (IOException e) {
                    throw StoreException.of("sorting the rows of the log", e);
                }
            });
        }
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
