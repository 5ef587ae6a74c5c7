package io.twinroot.store;

import io.twinroot.log.Disk;
import io.twinroot.log.LogException;
import io.twinroot.table.Uid;
import io.twinroot.tree.TreeNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mapdb.DB;
import org.mapdb.DBException;
import org.mapdb.DBMaker;

/**
 * Builds a layer file from sorted streams. Within a space, cells come in the order of table and UID; the
 * spaces may be filled side by side. For one thread.
 *
 * <p>It writes through a channel, not a mapping: a full disk is then an error and not the end of the process.
 */
final class LayerBuilder implements AutoCloseable {
    /** So many cells are handed to the second thread together. */
    private static final int BATCH = 2048;

    private final ViewDirectory directory;
    private final String name;
    private final Path file;
    private final DB db;
    private final Sink<IndexRow> rows;
    private final Sink<IndexRow> tombstones;
    private final Sink<TreeNode> leaves;
    private final DB.TreeMapSink<byte[], byte[]> upper;
    private final KeyFilter filter;
    private final @Nullable OneAhead ahead;
    private List<Cell> batch = new ArrayList<>();
    private long cells;
    private boolean closed;

    /** A cell on its way to MapDB. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Cell(DB.TreeMapSink<byte[], byte[]> sink, boolean isFiltered, byte[] key, byte[] value) {}

    /** Takes the cells of one space. */
    final class Sink<V> {
        private final Space<V> space;
        private final DB.TreeMapSink<byte[], byte[]> sink;

        private Sink(Space<V> space) {
            this.space = space;
            this.sink = pump(space.name());
        }

        void put(int table, Uid uid, V value) {
            byte[] key = ViewCodec.key(table, uid);
            put(key, space.encode(key, value));
        }

        /** Takes a cell in its encoding. The arrays are not copied. */
        void put(byte[] key, byte[] encoded) {
            LayerBuilder.this.put(new Cell(sink, space.equals(Space.ROWS), key, encoded));
            cells++;
        }
    }

    /** @param cellsMax a bound of how many cells there will be */
    LayerBuilder(ViewDirectory directory, long cellsMax) throws IOException {
        this(directory, cellsMax, null);
    }

    /**
     * One whose file is written by a second thread.
     *
     * @param ahead that thread, for this alone until the file is finished or this is closed
     */
    LayerBuilder(ViewDirectory directory, long cellsMax, @Nullable OneAhead ahead) throws IOException {
        this.ahead = ahead;
        this.directory = directory;
        this.name = directory.nextName();
        this.file = directory.file(name + ".tmp");
        this.filter = KeyFilter.forKeys(cellsMax);
        Files.deleteIfExists(file);
        try {
            db = DBMaker.volumeDB(new BufferedVolume(file), false)
                    .checksumHeaderBypass()
                    .concurrencyDisable()
                    .make();
            rows = new Sink<>(Space.ROWS);
            tombstones = new Sink<>(Space.TOMBSTONES);
            leaves = new Sink<>(Space.LEAVES);
            upper = pump(LayerFile.UPPER);
        } catch (DBException e) {
            throw failure(e);
        }
    }

    private DB.TreeMapSink<byte[], byte[]> pump(String space) {
        return db.treeMap(space, FlatBytes.SERIALIZER, FlatBytes.SERIALIZER).createFromSink();
    }

    Sink<IndexRow> rows() {
        return rows;
    }

    Sink<IndexRow> tombstones() {
        return tombstones;
    }

    Sink<TreeNode> leaves() {
        return leaves;
    }

    void upper(int table, int level, TreeNode node) {
        byte[] key = ViewCodec.upperKey(table, level, node.start());
        put(new Cell(upper, false, key, ViewCodec.node(key, node)));
    }

    private void put(Cell cell) {
        if (ahead == null) {
            write(cell);
            return;
        }
        batch.add(cell);
        if (batch.size() == BATCH) {
            flush(ahead);
        }
    }

    private void flush(OneAhead second) {
        List<Cell> full = batch;
        batch = new ArrayList<>(BATCH);
        second.begin(() -> full.forEach(this::write));
    }

    private void write(Cell cell) {
        try {
            cell.sink.put(cell.key, cell.value);
        } catch (DBException e) {
            throw failure(e);
        }
        if (cell.isFiltered) {
            filter.add(cell.key);
        }
    }

    /** Closes and forces the file, gives it its name and opens it. It is not in the manifest yet. */
    LayerFile finish() throws IOException {
        if (ahead != null) {
            flush(ahead);
            ahead.await();
        }
        try {
            rows.sink.create();
            tombstones.sink.create();
            leaves.sink.create();
            upper.create();
            writeFilter();
            closed = true;
            db.close();
        } catch (DBException e) {
            throw failure(e);
        }
        try (Disk.Output out = directory.disk().append(file)) {
            out.force();
        }
        Path target = directory.file(name);
        directory.disk().rename(file, target);
        directory.disk().forceDirectory(directory.path());
        LayerFile.Listed listed = new LayerFile.Listed(name, Files.size(target), ViewDirectory.checksum(target), cells);
        return LayerFile.open(listed, directory);
    }

    private void writeFilter() {
        DB.TreeMapSink<byte[], byte[]> sink = pump(LayerFile.FILTER);
        for (int i = 0; i < filter.pieces(); i++) {
            sink.put(ViewCodec.tableKey(i), filter.piece(i));
        }
        sink.create();
    }

    /** MapDB wraps the disk's errors. */
    static StoreException failure(DBException e) {
        String attempted = "writing a file of the view";
        return e.getCause() instanceof IOException io
                ? StoreException.of(LogException.of(attempted, io))
                : new StoreException(StoreException.Kind.IO, attempted + ": " + e.getMessage(), e);
    }

    /** Drops the file where it was not finished. */
    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            if (ahead != null) {
                ahead.close();
            }
            try {
                db.close();
            } catch (DBException e) {
                throw failure(e);
            } finally {
                Files.deleteIfExists(file);
            }
        }
    }
}
