package io.twinroot.store;

import io.twinroot.table.Context;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.TreeNode;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.mapdb.BTreeMap;
import org.mapdb.DB;
import org.mapdb.DBMaker;

/**
 * A file of the view: sorted maps in a MapDB file that was built once and is only read. Many threads may read.
 *
 * <p>A file that was replaced may be deleted while it is read: it is mapped, and goes when no snapshot has it
 * any more.
 */
final class LayerFile {
    /** The space of the upper tree nodes, of which only the newest layer's counts. */
    static final String UPPER = "upper";

    /** The space of the pieces of the filter over the keys of the rows. */
    static final String FILTER = "filter";

    /**
     * What the manifest says of a file.
     *
     * @param name within the view's folder
     * @param length in bytes
     * @param checksum CRC-32C of the whole file
     * @param cells how many values it has in all spaces
     */
    record Listed(String name, long length, int checksum, long cells) {}

    private final Listed listed;
    private final ViewDirectory directory;
    private final DB db;
    private final Map<Space<?>, BTreeMap<byte[], byte[]>> spaces;
    private final KeyFilter filter;

    /** By table, found when it is first asked for: the file does not change. */
    private final Map<Integer, SeqSpans> spans = new ConcurrentHashMap<>();

    private LayerFile(Listed listed, ViewDirectory directory, DB db) {
        this.listed = listed;
        this.directory = directory;
        this.db = db;
        this.spaces = Map.of(
                Space.ROWS, map(Space.ROWS.name()),
                Space.TOMBSTONES, map(Space.TOMBSTONES.name()),
                Space.LEAVES, map(Space.LEAVES.name()));
        this.filter = KeyFilter.of(map(FILTER).values());
    }

    /** @throws RuntimeException of MapDB's when the file is not as it was written */
    static LayerFile open(Listed listed, ViewDirectory directory) {
        Path file = directory.file(listed.name());
        DB db = DBMaker.fileDB(file.toFile())
                .fileMmapEnable()
                .fileLockDisable()
                .checksumHeaderBypass()
                .concurrencyDisable()
                .readOnly()
                .make();
        return new LayerFile(listed, directory, db);
    }

    private BTreeMap<byte[], byte[]> map(String name) {
        return db.treeMap(name, FlatBytes.SERIALIZER, FlatBytes.SERIALIZER).open();
    }

    Listed listed() {
        return listed;
    }

    <V> @Nullable V get(Space<V> space, int table, Uid uid) {
        try {
            byte[] key = ViewCodec.key(table, uid);
            if (space.equals(Space.ROWS) && !filter.mayHold(key)) {
                return null;
            }
            byte[] value = map(space).get(key);
            return value == null ? null : space.decode(key, uid, value);
        } catch (ViewCodec.Mismatch | RuntimeException | InternalError | AssertionError e) {
            throw directory.damaged(listed.name(), table, uid, e);
        }
    }

    /** Whether a context covers the writes of all rows of a table; not always found where it does. */
    boolean isCoveredBy(Context known, int table) {
        return spans.computeIfAbsent(table, this::spans).areCoveredBy(known);
    }

    private SeqSpans spans(int table) {
        SeqSpans found = new SeqSpans();
        Run<IndexRow> rows = run(Space.ROWS, table, UidRange.ALL);
        while (rows.next()) {
            IndexRow row = rows.value();
            if (row.isLive()) {
                found.add(row.stamp());
                if (row.isMarked()) {
                    row.seen().forEach(found::add);
                }
            }
        }
        return found;
    }

    <V> Run<V> run(Space<V> space, int table, UidRange range) {
        return new Scan<>(space, table, range);
    }

    private BTreeMap<byte[], byte[]> map(Space<?> space) {
        BTreeMap<byte[], byte[]> map = spaces.get(space);
        if (map == null) {
            throw new IllegalArgumentException("no such space: " + space);
        }
        return map;
    }

    /** Takes an upper node. */
    interface UpperNodes {
        void node(int table, int level, TreeNode node);
    }

    /** Gives all upper nodes of all tables. */
    void upperNodes(UpperNodes sink) {
        try {
            Iterator<Map.Entry<byte[], byte[]>> entries = map(UPPER).entryIterator();
            while (entries.hasNext()) {
                Map.Entry<byte[], byte[]> entry = entries.next();
                byte[] key = entry.getKey();
                Uid start = ViewCodec.uid(key, ViewCodec.TABLE_BYTES + 1);
                TreeNode node = ViewCodec.node(key, start, entry.getValue());
                sink.node(java.nio.ByteBuffer.wrap(key).getInt(), key[ViewCodec.TABLE_BYTES], node);
            }
        } catch (ViewCodec.Mismatch | RuntimeException | InternalError | AssertionError e) {
            throw directory.damaged(listed.name(), 0, null, e);
        }
    }

    private final class Scan<V> implements Run<V> {
        private final Space<V> space;
        private final int table;
        private final Iterator<Map.Entry<byte[], byte[]>> entries;
        private @Nullable Uid uid;
        private @Nullable V value;

        Scan(Space<V> space, int table, UidRange range) {
            this.space = space;
            this.table = table;
            byte[] start = range.start() == null ? ViewCodec.tableKey(table) : ViewCodec.key(table, range.start());
            byte[] stop = range.stop() == null ? ViewCodec.tableKey(table + 1) : ViewCodec.key(table, range.stop());
            try {
                entries = map(space).entryIterator(start, true, stop, false);
            } catch (RuntimeException | InternalError | AssertionError e) {
                throw directory.damaged(listed.name(), table, range.start(), e);
            }
        }

        @Override
        public boolean next() {
            try {
                if (!entries.hasNext()) {
                    return false;
                }
                Map.Entry<byte[], byte[]> entry = entries.next();
                byte[] key = entry.getKey();
                Uid found = ViewCodec.uid(key, ViewCodec.TABLE_BYTES);
                if (uid != null && uid.compareTo(found) >= 0) {
                    throw new ViewCodec.Mismatch("the order of the keys is wrong");
                }
                uid = found;
                value = space.decode(key, found, entry.getValue());
                return true;
            } catch (ViewCodec.Mismatch | RuntimeException | InternalError | AssertionError e) {
                throw directory.damaged(listed.name(), table, uid, e);
            }
        }

        @Override
        public Uid uid() {
            return java.util.Objects.requireNonNull(uid);
        }

        @Override
        public V value() {
            return java.util.Objects.requireNonNull(value);
        }
    }
}
