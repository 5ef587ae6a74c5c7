package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.twinroot.log.Disk;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeBuilder;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.TreeRoot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What the tests of the store share: opening with a clock of their own, rows of one number, a check of all. */
final class StoreFixture {
    static final TableName TABLE = new TableName("t/rows");
    static final long START_MS = 1_800_000_000_000L;

    private static final AtomicLong INCARNATIONS = new AtomicLong();

    private StoreFixture() {}

    static StoreOptions options() {
        return options(START_MS);
    }

    static StoreOptions options(long nowMs) {
        Incarnation fresh = new Incarnation(ProcessHandle.current().pid(), INCARNATIONS.incrementAndGet());
        return StoreOptions.of(() -> nowMs, fresh, Salt.PUBLISHED);
    }

    /** So small that a few hundred rows are written to files and merged. */
    static StoreOptions small() {
        return options().sizes(150_000, 40_000);
    }

    static Store open(Path directory) {
        return Store.open(directory, options());
    }

    static Store open(Path directory, StoreOptions options, Disk disk) {
        return Store.open(directory, options, disk);
    }

    static StoreTable table(Store store) {
        return store.createTable(TABLE, TableRules.DEFAULT);
    }

    static Uid uid(long i) {
        return Uid.ofText(String.format("row-%06d", i));
    }

    static Body body(long number) {
        return new Body.Fields(Value.Mapping.of(Map.of("n", new Value.Int(number))));
    }

    static Change put(long i, long number) {
        return new Change.Put(uid(i), body(number), null, null);
    }

    static Change delete(long i) {
        return new Change.Delete(uid(i), null);
    }

    static Outcome apply(StoreTable table, Change change) {
        return table.apply(List.of(change)).getFirst();
    }

    static long number(TableSnapshot snapshot, long i) {
        return number(snapshot.row(uid(i)));
    }

    /** The number in a row; -1 where there is none. */
    static long number(RowData data) {
        return data != null
                        && data.row() instanceof Row.Live live
                        && live.body() instanceof Body.Fields fields
                        && fields.fields().values().get("n") instanceof Value.Int n
                ? n.value()
                : -1;
    }

    static Change.Put blobPut(Uid uid, byte[] bytes) {
        return new Change.Put(uid, new Body.Blob(bytes.length, Digest.sha256(bytes)), BlobSource.of(bytes), null);
    }

    /** Checks that tree, counts, index and bodies of a snapshot agree; gives the root. */
    static Digest check(TableSnapshot snapshot) {
        List<TreeNode> nodes = new ArrayList<>();
        List<Integer> levels = new ArrayList<>();
        TreeBuilder builder = new TreeBuilder(snapshot.salt(), (level, node) -> {
            levels.add(level);
            nodes.add(node);
        });
        var rows = snapshot.rows(UidRange.ALL);
        var entries = snapshot.entriesWithStamps(UidRange.ALL);
        long count = 0;
        while (rows.hasNext()) {
            Row.Live row = (Row.Live) rows.next().row();
            var entry = entries.next();
            Digest digest = row.body().digest(snapshot.rules());
            assertEquals(entry.uid(), row.uid());
            assertEquals(entry.digest(), digest);
            assertEquals(new RowState.Live(row.stamp(), digest), snapshot.state(row.uid()));
            builder.add(row.uid(), digest);
            count++;
        }
        assertEquals(false, entries.hasNext());
        TreeRoot root = builder.finish();
        assertEquals(root, snapshot.root());
        assertEquals(count, snapshot.info().count());
        for (int level = 1; level <= root.height() + 1; level++) {
            List<TreeNode> expected = new ArrayList<>();
            for (int i = 0; i < nodes.size(); i++) {
                if (levels.get(i) == level) {
                    expected.add(nodes.get(i));
                }
            }
            List<TreeNode> found = new ArrayList<>();
            snapshot.nodes(level, UidRange.ALL).forEachRemaining(found::add);
            assertEquals(expected, found, "nodes of level " + level);
            for (int i = 0; i < expected.size(); i += 1 + i / 2) {
                TreeNode below = i == 0 ? null : expected.get(i - 1);
                assertEquals(below, snapshot.lower(level, expected.get(i).start()));
            }
        }
        long tombstones = 0;
        var deleted = snapshot.tombstones(UidRange.ALL);
        while (deleted.hasNext()) {
            Row.Tombstone tombstone = deleted.next();
            assertEquals(new RowState.Deleted(tombstone.stamp()), snapshot.state(tombstone.uid()));
            tombstones++;
        }
        assertEquals(tombstones, snapshot.info().tombstones());
        return root.root();
    }
}
