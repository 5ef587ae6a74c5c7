package io.twinroot.bench;

import io.twinroot.store.Store;
import io.twinroot.store.StoreOptions;
import io.twinroot.store.StoreTable;
import io.twinroot.store.TableSnapshot;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.tree.Salt;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.jspecify.annotations.Nullable;
import org.mapdb.BTreeMap;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.Serializer;

/** An ordered map on the disk, as {@link WriteBench} needs it. {@code write} is for many threads. */
interface WriteEngine extends AutoCloseable {
    /** Returns once the value would outlast a loss of power. */
    void write(byte[] key, byte[] value) throws InterruptedException;

    /** The value that the key had when the engine was opened; null where it had none. */
    byte @Nullable [] read(byte[] key);

    @Override
    void close();

    /** The engines that are compared. */
    enum Kind {
        TWINROOT,
        MVSTORE,
        MAPDB;

        /** Opens what is in the folder, or begins anew. */
        WriteEngine open(Path directory) {
            return switch (this) {
                case TWINROOT -> new Twinroot(directory);
                case MVSTORE -> new MvStore(directory);
                case MAPDB -> new MapDb(directory);
            };
        }
    }

    /** Our store: each write is a batch of one row, with its stamp, digest and place in the tree. */
    final class Twinroot implements WriteEngine {
        private final Store store;
        private final StoreTable table;
        private final TableSnapshot snapshot;

        private Twinroot(Path directory) {
            Random random = new Random();
            Incarnation fresh = new Incarnation(random.nextLong(), random.nextLong());
            store = Store.open(directory, StoreOptions.of(System::currentTimeMillis, fresh, Salt.PUBLISHED));
            table = store.createTable(new TableName("bench"), TableRules.DEFAULT);
            snapshot = table.snapshot();
        }

        @Override
        public void write(byte[] key, byte[] value) {
            Body body = new Body.Fields(Value.Mapping.of(Map.of("v", new Value.Bytes(value))));
            Outcome outcome = table.apply(List.of(new Change.Put(Uid.of(key), body, null, null)))
                    .getFirst();
            if (!(outcome instanceof Outcome.Applied)) {
                throw new IllegalStateException("a put gave " + outcome);
            }
        }

        @Override
        public byte @Nullable [] read(byte[] key) {
            RowData data = snapshot.row(Uid.of(key));
            return data != null
                            && data.row() instanceof Row.Live live
                            && live.body() instanceof Body.Fields fields
                            && fields.fields().values().get("v") instanceof Value.Bytes bytes
                    ? bytes.toBytes()
                    : null;
        }

        @Override
        public void close() {
            store.close();
        }
    }

    /** A write that waits for its group. */
    @SuppressWarnings("ArrayRecordComponent")
    record Put(byte[] key, byte[] value) {}

    /** H2's MVStore, with the settings it comes with, but for the commits in the background. */
    final class MvStore implements WriteEngine {
        private final MVStore store;
        private final MVMap<byte[], byte[]> map;
        private final GroupCommit<Put> group;

        private MvStore(Path directory) {
            store = new MVStore.Builder()
                    .fileName(directory.resolve("mvstore").toString())
                    .autoCommitDisabled()
                    .open();
            map = store.openMap(
                    "bench",
                    new MVMap.Builder<byte[], byte[]>()
                            .keyType(ByteArrayDataType.INSTANCE)
                            .valueType(ByteArrayDataType.INSTANCE));
            group = new GroupCommit<>(puts -> {
                puts.forEach(put -> map.put(put.key(), put.value()));
                store.commit();
                store.sync();
            });
        }

        @Override
        public void write(byte[] key, byte[] value) throws InterruptedException {
            group.write(new Put(key, value));
        }

        @Override
        public byte @Nullable [] read(byte[] key) {
            return map.get(key);
        }

        @Override
        public void close() {
            store.close();
        }
    }

    /** MapDB with its write-ahead log, as fast as it was found to go: mapped, growing by 64 MiB. */
    final class MapDb implements WriteEngine {
        private final DB db;
        private final BTreeMap<byte[], byte[]> map;
        private final GroupCommit<Put> group;

        private MapDb(Path directory) {
            db = DBMaker.fileDB(directory.resolve("mapdb").toFile())
                    .fileMmapEnable()
                    .allocateIncrement(64 << 20)
                    .transactionEnable()
                    .make();
            map = db.treeMap("bench", Serializer.BYTE_ARRAY, Serializer.BYTE_ARRAY)
                    .createOrOpen();
            group = new GroupCommit<>(puts -> {
                puts.forEach(put -> map.put(put.key(), put.value()));
                db.commit();
            });
        }

        @Override
        public void write(byte[] key, byte[] value) throws InterruptedException {
            group.write(new Put(key, value));
        }

        @Override
        public byte @Nullable [] read(byte[] key) {
            return map.get(key);
        }

        @Override
        public void close() {
            db.close();
        }
    }
}
