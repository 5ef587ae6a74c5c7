package io.twinroot.reconcile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Merging;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Replicas} keeps. A test of an implementation extends this. */
public abstract class ReplicaContract {
    private static final TableName TABLE = new TableName("tenant/shop/orders");

    private Replicas replicas;

    /** Replicas without tables, opened for one test. */
    protected abstract Replicas open() throws Exception;

    /** Called when the test is over and the replicas are closed. */
    protected void release() throws Exception {}

    @BeforeEach
    final void openReplicas() throws Exception {
        replicas = open();
    }

    @AfterEach
    final void closeReplicas() throws Exception {
        replicas.close();
        release();
    }

    private Replica make() {
        return replicas.create(TABLE, TableRules.DEFAULT);
    }

    private static Body fields(String text) {
        return new Body.Fields(Value.Mapping.of(Map.of("text", new Value.Text(text))));
    }

    private static Change put(String uid, String text) {
        return new Change.Put(Uid.ofText(uid), fields(text), null, null);
    }

    /** Later than any clock. */
    private static Stamp late(long seq) {
        return new Stamp(0xffff_0000_0000_0000L + seq, new Incarnation(7, 7), seq);
    }

    private static Stamp early(long seq) {
        return new Stamp(seq, new Incarnation(7, 7), seq);
    }

    private static Change replicate(String uid, Stamp stamp, String text) {
        return new Change.Replicate(new RowData(new Row.Live(Uid.ofText(uid), stamp, fields(text)), null), null);
    }

    private static Change replicateDelete(String uid, Stamp stamp) {
        return new Change.Replicate(new RowData(new Row.Tombstone(Uid.ofText(uid), stamp), null), null);
    }

    private static List<Row> drain(RowCursor cursor) {
        try (cursor) {
            List<Row> rows = new ArrayList<>();
            cursor.forEachRemaining(data -> rows.add(data.row()));
            return rows;
        }
    }

    private static Stamp applied(Outcome outcome) {
        return assertInstanceOf(Outcome.Applied.class, outcome).stamp();
    }

    private static ReplicaException.Kind kindOf(Runnable call) {
        return assertThrows(ReplicaException.class, call::run).kind();
    }

    @Test
    void anUnknownTableIsRefused() {
        assertEquals(ReplicaException.Kind.UNKNOWN_TABLE, kindOf(() -> replicas.table(new TableName("none"))));
    }

    @Test
    void tablesAreListedByName() {
        replicas.create(new TableName("b"), TableRules.DEFAULT).close();
        replicas.create(new TableName("a/x"), TableRules.excluding(List.of("seen", "a")))
                .close();
        List<TableInfo> tables = replicas.tables();
        assertEquals(
                List.of(new TableName("a/x"), new TableName("b")),
                tables.stream().map(TableInfo::name).toList());
        assertEquals(
                TableRules.excluding(List.of("a", "seen")), tables.getFirst().rules());
        assertEquals(0, tables.getLast().count());
    }

    @Test
    void creatingTwiceIsOnceUnlessTheRulesDiffer() {
        try (Replica first = make();
                Replica second = make()) {
            first.apply(List.of(put("a", "1")));
            assertEquals(1, second.info().count());
        }
        assertEquals(
                ReplicaException.Kind.INCOMPATIBLE,
                kindOf(() -> replicas.create(TABLE, TableRules.excluding(List.of("x")))));
    }

    @Test
    void whatIsPutIsReadBack() {
        Body body = new Body.Fields(Value.Mapping.of(Map.ofEntries(
                Map.entry("null", Value.Null.NULL),
                Map.entry("bool", new Value.Bool(true)),
                Map.entry("int", new Value.Int(Long.MIN_VALUE)),
                Map.entry("decimal", new Value.Decimal(new BigDecimal("1.50"))),
                Map.entry("double", new Value.Real(1)),
                Map.entry("nan", new Value.Real(Double.NaN)),
                Map.entry("text", new Value.Text("grün 🌳 \u0000")),
                Map.entry("bytes", new Value.Bytes(new byte[] {0, -1})),
                Map.entry("time", new Value.Time(Instant.parse("2026-01-02T03:04:05.000000006Z"))),
                Map.entry("$map", Value.Mapping.of(Map.of("$bytes", new Value.Text("not bytes")))),
                Map.entry("list", new Value.Sequence(List.of(new Value.Int(1), new Value.Real(1)))))));
        try (Replica replica = make()) {
            Uid uid = Uid.ofText("row");
            Stamp stamp = applied(replica.apply(List.of(new Change.Put(uid, body, null, null)))
                    .getFirst());
            Row row = new Row.Live(uid, stamp, body);
            Digest digest = body.digest(TableRules.DEFAULT);
            assertEquals(List.of(row), drain(replica.rows(UidRange.ALL)));
            assertEquals(List.of(row), drain(replica.fetch(List.of(uid))));
            assertEquals(List.of(new RowState.Live(stamp, digest)), replica.states(List.of(uid)));
            assertEquals(List.of(new Entry(uid, stamp, digest)), replica.entries(UidRange.ALL, 10));
            TableInfo info = replica.info();
            assertEquals(1, info.count());
            assertEquals(stamp, info.newest());
            assertEquals(info, replicas.tables().getFirst());
        }
    }

    @Test
    void theRootDependsOnTheEntriesAlone() {
        try (Replica one = replicas.create(new TableName("one"), TableRules.DEFAULT);
                Replica two = replicas.create(new TableName("two"), TableRules.DEFAULT)) {
            Digest empty = one.info().root();
            one.apply(List.of(put("a", "1"), put("b", "2"), put("c", "3")));
            two.apply(List.of(put("c", "3"), put("x", "0"), put("a", "0")));
            assertNotEquals(one.info().root(), two.info().root());
            two.apply(List.of(put("a", "1"), new Change.Delete(Uid.ofText("x"), null), put("b", "2")));
            assertEquals(one.info().root(), two.info().root());
            one.apply(List.of("a", "b", "c").stream()
                    .<Change>map(uid -> new Change.Delete(Uid.ofText(uid), null))
                    .toList());
            assertEquals(empty, one.info().root());
            assertEquals(3, one.info().tombstones());
        }
    }

    @Test
    void excludedFieldsAreKeptButNotInTheDigest() {
        try (Replica replica = replicas.create(TABLE, TableRules.excluding(List.of("seen")))) {
            Map<String, Value> fields = Map.of("a", new Value.Int(1), "seen", new Value.Bool(true));
            Body body = new Body.Fields(Value.Mapping.of(fields));
            Uid uid = Uid.ofText("a");
            replica.apply(List.of(new Change.Put(uid, body, null, null)));
            Digest without =
                    new Body.Fields(Value.Mapping.of(Map.of("a", new Value.Int(1)))).digest(TableRules.DEFAULT);
            assertEquals(without, replica.entries(UidRange.ALL, 1).getFirst().digest());
            assertEquals(body, ((Row.Live) drain(replica.rows(UidRange.ALL)).getFirst()).body());
        }
    }

    @Test
    void aDeleteLeavesATombstoneOutsideTheIndex() {
        try (Replica replica = make()) {
            Stamp first = applied(replica.apply(List.of(put("a", "1"))).getFirst());
            Uid uid = Uid.ofText("a");
            Stamp second =
                    applied(replica.apply(List.of(new Change.Delete(uid, null))).getFirst());
            assertTrue(second.compareTo(first) > 0);
            assertEquals(List.of(), replica.entries(UidRange.ALL, 10));
            assertEquals(List.of(), drain(replica.rows(UidRange.ALL)));
            assertEquals(List.of(new Row.Tombstone(uid, second)), drain(replica.fetch(List.of(uid))));
            assertEquals(List.of(new RowState.Deleted(second)), replica.states(List.of(uid)));
            assertEquals(List.of(new Outcome.Same()), replica.apply(List.of(new Change.Delete(uid, null))));
            assertEquals(
                    List.of(new Outcome.Same()), replica.apply(List.of(new Change.Delete(Uid.ofText("never"), null))));
        }
    }

    @Test
    void theNewestStampWins() {
        try (Replica replica = make()) {
            Stamp mine = applied(replica.apply(List.of(put("a", "1"))).getFirst());
            RowState held = replica.states(List.of(Uid.ofText("a"))).getFirst();
            assertEquals(List.of(new Outcome.Older(held)), replica.apply(List.of(replicate("a", early(1), "older"))));
            assertEquals(List.of(new Outcome.Older(held)), replica.apply(List.of(replicateDelete("a", early(1)))));
            assertEquals(List.of(new Outcome.Same()), replica.apply(List.of(replicate("a", mine, "1"))));
            assertEquals(
                    List.of(new Outcome.Applied(early(5)), new Outcome.Applied(early(6)), new Outcome.Same()),
                    replica.apply(List.of(
                            replicate("b", early(5), "x"),
                            replicateDelete("b", early(6)),
                            replicateDelete("b", early(6)))));
            RowState deleted = new RowState.Deleted(early(6));
            assertEquals(List.of(new Outcome.Older(deleted)), replica.apply(List.of(replicate("b", early(5), "x"))));
        }
    }

    @Test
    void underOneStampBothSidesChooseAlike() {
        try (Replica one = replicas.create(new TableName("one"), TableRules.DEFAULT);
                Replica two = replicas.create(new TableName("two"), TableRules.DEFAULT)) {
            one.apply(List.of(replicate("a", early(5), "x"), replicate("a", early(5), "y")));
            two.apply(List.of(replicate("a", early(5), "y"), replicate("a", early(5), "x")));
            assertEquals(one.info().root(), two.info().root());
        }
    }

    @Test
    void aNewWriteIsNewerThanAllThatWasSeen() {
        try (Replica replica = make()) {
            Stamp seen = new Stamp((System.currentTimeMillis() + 60_000) << 16, new Incarnation(7, 7), 1);
            replica.apply(List.of(replicate("a", seen, "ahead")));
            assertTrue(applied(replica.apply(List.of(put("a", "mine"))).getFirst())
                            .compareTo(seen)
                    > 0);
        }
    }

    @Test
    void aGuardHoldsAgainstEveryOtherState() {
        try (Replica replica = make()) {
            Uid uid = Uid.ofText("a");
            RowState absent = new RowState.Absent();
            replica.apply(List.of(new Change.Put(uid, fields("1"), null, absent)));
            RowState held = replica.states(List.of(uid)).getFirst();
            Row.Live newer = new Row.Live(uid, late(1), fields("2"));
            assertEquals(
                    List.of(
                            new Outcome.ChangedMeanwhile(held),
                            new Outcome.ChangedMeanwhile(held),
                            new Outcome.ChangedMeanwhile(held)),
                    replica.apply(List.of(
                            new Change.Put(uid, fields("2"), null, absent),
                            new Change.Delete(uid, new RowState.Deleted(early(1))),
                            new Change.Replicate(new RowData(newer, null), absent))));
            applied(replica.apply(List.of(new Change.Delete(uid, held))).getFirst());
        }
    }

    @Test
    void changesOfOneBatchAreDoneInOrder() {
        try (Replica replica = make()) {
            List<Outcome> outcomes = replica.apply(
                    List.of(put("a", "1"), new Change.Delete(Uid.ofText("a"), null), put("a", "2"), put("b", "3")));
            outcomes.forEach(ReplicaContract::applied);
            assertEquals(2, replica.info().count());
            Row.Live row =
                    (Row.Live) drain(replica.fetch(List.of(Uid.ofText("a")))).getFirst();
            assertEquals(fields("2"), row.body());
            assertEquals(List.of(), replica.apply(List.of()));
        }
    }

    @Test
    void rangesAreHalfOpenAndOrderedByUnsignedBytes() {
        byte[][] keys = {{0}, {1}, {1, 0}, {1, -1}, {127}, {-128}, {-1}, {-1, -1}};
        try (Replica replica = make()) {
            List<Change> changes = new ArrayList<>();
            for (byte[] key : keys) {
                changes.add(new Change.Put(Uid.of(key), fields("x"), null, null));
            }
            replica.apply(changes.reversed());
            List<Uid> all = Arrays.stream(keys).map(Uid::of).toList();
            assertEquals(all, uids(replica.entries(UidRange.ALL, 100)));
            for (int i = 0; i < all.size(); i++) {
                for (int j = i; j < all.size(); j++) {
                    UidRange range = new UidRange(all.get(i), all.get(j));
                    assertEquals(all.subList(i, j), uids(replica.entries(range, 100)));
                    assertEquals(
                            all.subList(i, j),
                            drain(replica.rows(range)).stream().map(Row::uid).toList());
                }
            }
            assertEquals(all.subList(2, 5), uids(replica.entries(UidRange.from(all.get(2)), 3)));
            assertEquals(all.subList(3, 8), uids(replica.entries(UidRange.ALL.after(all.get(2)), 100)));
        }
    }

    @Test
    void rowsAndDeletesThatAreNotOlderThanATimeAreListed() {
        try (Replica replica = make()) {
            replica.apply(List.of(
                    replicate("a", early(1 << 16), "1 ms"),
                    replicate("b", early(2 << 16), "2 ms"),
                    replicateDelete("c", early(3 << 16)),
                    replicateDelete("d", early((1 << 16) + 1)),
                    replicate("e", early(4 << 16), "4 ms")));
            Recent.Item c = new Recent.Item(Uid.ofText("c"), new RowState.Deleted(early(3 << 16)));
            Recent.Item e = new Recent.Item(
                    Uid.ofText("e"), replica.states(List.of(Uid.ofText("e"))).getFirst());
            assertEquals(5, replica.recent(1, UidRange.ALL, 100).rows().size());
            assertEquals(new Recent(List.of(c, e), null), replica.recent(3, UidRange.ALL, 100));
            assertEquals(new Recent(List.of(), null), replica.recent(5, UidRange.ALL, 100));
            assertEquals(new Recent(List.of(e), null), replica.recent(3, UidRange.from(Uid.ofText("d")), 100));
            UidRange middle = new UidRange(Uid.ofText("b"), Uid.ofText("e"));
            assertEquals(new Recent(List.of(c), null), replica.recent(3, middle, 100));
            Recent first = replica.recent(2, UidRange.ALL, 2);
            assertEquals(
                    List.of("b", "c"),
                    first.rows().stream().map(item -> item.uid().toString()).toList());
            Uid next = first.next();
            assertTrue(next != null && next.compareTo(Uid.ofText("c")) > 0);
            assertEquals(new Recent(List.of(e), null), replica.recent(2, UidRange.from(next), 2));
            assertThrows(IllegalArgumentException.class, () -> replica.recent(1, UidRange.ALL, 0));
        }
    }

    private static List<Uid> uids(List<Entry> entries) {
        return entries.stream().map(Entry::uid).toList();
    }

    @Test
    void statesAndRowsComeInTheOrderOfTheList() {
        try (Replica replica = make()) {
            replica.apply(
                    List.of(put("a", "1"), put("b", "2"), put("c", "3"), new Change.Delete(Uid.ofText("b"), null)));
            List<Uid> list =
                    List.of("c", "none", "b", "a").stream().map(Uid::ofText).toList();
            List<RowState> states = replica.states(list);
            assertInstanceOf(RowState.Live.class, states.get(0));
            assertInstanceOf(RowState.Absent.class, states.get(1));
            assertInstanceOf(RowState.Deleted.class, states.get(2));
            assertInstanceOf(RowState.Live.class, states.get(3));
            assertEquals(
                    List.of("c", "b", "a"),
                    drain(replica.fetch(list)).stream()
                            .map(row -> row.uid().toString())
                            .toList());
            assertEquals(List.of(), replica.states(List.of()));
            assertEquals(List.of(), drain(replica.fetch(List.of())));
        }
    }

    @Test
    void anyBytesMayBeAUid() {
        byte[] longest = new byte[Uid.MAX_LENGTH];
        Arrays.fill(longest, (byte) 0xff);
        List<Uid> uids = new ArrayList<>(List.of(Uid.of(longest), Uid.of(new byte[] {0}), Uid.of(new byte[] {-1, -2})));
        List.of(".", "..", "a/b", "%2F", "a+b", "a b", "ü", "😀", "a\u0000", "\n", "\"\\", "?&=#;", "\u007f")
                .forEach(text -> uids.add(Uid.ofText(text)));
        try (Replica replica = make()) {
            byte[] content = new byte[100_000];
            Body.Blob blob = new Body.Blob(content.length, Digest.sha256(content));
            for (Uid uid : uids) {
                applied(replica.apply(List.of(new Change.Put(uid, fields("x"), null, null)))
                        .getFirst());
                applied(replica.apply(List.of(new Change.Put(uid, blob, BlobSource.of(content), null)))
                        .getFirst());
            }
            List<Uid> sorted = uids.stream().sorted().toList();
            assertEquals(sorted, uids(replica.entries(UidRange.ALL, 100)));
            assertEquals(uids, drain(replica.fetch(uids)).stream().map(Row::uid).toList());
            for (Uid uid : uids) {
                assertEquals(List.of(uid), uids(replica.entries(UidRange.only(uid), 100)));
                assertArrayEquals(content, read(replica.blob(uid, blob)));
            }
        }
    }

    private static byte[] read(BlobSource source) {
        try (InputStream in = source.open()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError("reading a blob", e);
        }
    }

    @Test
    void blobsOfEverySizeAreKept() {
        Random random = new Random(17);
        try (Replica replica = make()) {
            List<Change> changes = new ArrayList<>();
            List<byte[]> contents = new ArrayList<>();
            for (int size : new int[] {0, 1, 65_535, 65_536, 65_537, 1 << 20, 3_000_001}) {
                byte[] content = new byte[size];
                random.nextBytes(content);
                contents.add(content);
                Body.Blob blob = new Body.Blob(size, Digest.sha256(content));
                Uid uid = Uid.ofText("blob " + contents.size());
                BlobSource source = BlobSource.of(content);
                changes.add(
                        contents.size() % 2 == 0
                                ? new Change.Put(uid, blob, source, new RowState.Absent())
                                : new Change.Replicate(
                                        new RowData(new Row.Live(uid, early(size + 1), blob), source), null));
                changes.add(put("between " + contents.size(), "x"));
            }
            replica.apply(changes).forEach(ReplicaContract::applied);
            try (RowCursor rows = replica.rows(UidRange.from(Uid.ofText("blob")))) {
                for (byte[] content : contents) {
                    RowData data = rows.next();
                    assertArrayEquals(content, read(data.blob()));
                    assertArrayEquals(content, read(data.blob()), "a second reading");
                    Body.Blob blob = (Body.Blob) ((Row.Live) data.row()).body();
                    assertEquals(content.length, blob.size());
                    assertArrayEquals(content, read(replica.blob(data.row().uid(), blob)));
                }
                assertFalse(rows.hasNext());
            }
        }
    }

    @Test
    void aBlobThatIsNotWhatItSaysIsRefused() {
        try (Replica replica = make()) {
            Body.Blob small = new Body.Blob(3, Digest.sha256(new byte[] {1, 2, 3}));
            byte[] other = {1, 2, 4};
            Body.Blob large = new Body.Blob(100_000, Digest.sha256(other));
            for (Change change : List.<Change>of(
                    new Change.Put(Uid.ofText("a"), small, BlobSource.of(other), null),
                    new Change.Put(Uid.ofText("b"), large, BlobSource.of(new byte[100_000]), null))) {
                try {
                    assertInstanceOf(
                            Outcome.Refused.class,
                            replica.apply(List.of(change)).getFirst());
                } catch (ReplicaException | IllegalArgumentException refused) {
                    // As good: what is asked for is wrong.
                    assertTrue(refused.getMessage().length() > 10);
                }
            }
            assertEquals(0, replica.info().count());
        }
    }

    @Test
    void aRowThatIsTooLargeIsRefusedAndTheOthersGoOn() {
        try (Replica replica = make()) {
            List<Outcome> outcomes = replica.apply(List.of(
                    put("a", "1"), put("b", "x".repeat(1 << 20)), put("c", "x".repeat(3 << 20)), put("d", "4")));
            applied(outcomes.get(0));
            assertInstanceOf(Outcome.Refused.class, outcomes.get(1));
            assertInstanceOf(Outcome.Refused.class, outcomes.get(2));
            applied(outcomes.get(3));
            assertEquals(2, replica.info().count());
        }
    }

    @Test
    void theLargestRowsGoThrough() {
        List<Value> wordy = new ArrayList<>();
        for (int i = 0; i < Body.MAX_FIELDS_BYTES - 100; i++) {
            wordy.add(new Value.Bytes(new byte[0]));
        }
        String controls = "\u0001".repeat(Body.MAX_FIELDS_BYTES - 100);
        try (Replica replica = make()) {
            Body one = new Body.Fields(Value.Mapping.of(Map.of("f", new Value.Sequence(wordy))));
            Body two = fields(controls.substring(0, Body.MAX_FIELDS_BYTES - 100));
            Body three = new Body.Fields(
                    Value.Mapping.of(Map.of("f", new Value.Bytes(new byte[Body.MAX_FIELDS_BYTES - 100]))));
            List<Body> bodies = List.of(one, two, three);
            for (Body body : bodies) {
                applied(replica.apply(List.of(new Change.Put(Uid.ofText("a"), body, null, null)))
                        .getFirst());
                assertEquals(body, ((Row.Live) drain(replica.rows(UidRange.ALL)).getFirst()).body());
            }
        }
    }

    @Test
    void aFullBatchGoesThrough() {
        try (Replica replica = make()) {
            List<Change> changes = new ArrayList<>();
            List<Uid> uids = new ArrayList<>();
            for (int i = 0; i < Replica.MAX_BATCH; i++) {
                uids.add(Uid.of(("row " + (10_000_000 + i)).getBytes(StandardCharsets.US_ASCII)));
                changes.add(new Change.Put(uids.getLast(), fields("text " + i), null, null));
            }
            assertEquals(Replica.MAX_BATCH, replica.apply(changes).size());
            assertEquals(uids, uids(replica.entries(UidRange.ALL, Replica.MAX_BATCH)));
            assertEquals(Replica.MAX_BATCH, replica.states(uids).size());
            assertEquals(uids, drain(replica.fetch(uids)).stream().map(Row::uid).toList());
            uids.add(Uid.ofText("one more"));
            assertThrows(IllegalArgumentException.class, () -> replica.states(uids));
            assertThrows(IllegalArgumentException.class, () -> replica.fetch(uids));
            assertThrows(IllegalArgumentException.class, () -> replica.entries(UidRange.ALL, 0));
        }
    }

    @Test
    void aCursorMayBeClosedEarly() {
        try (Replica replica = make()) {
            List<Change> changes = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                changes.add(put("row " + i, "x".repeat(300)));
            }
            replica.apply(changes);
            for (int i = 0; i < 20; i++) {
                try (RowCursor rows = replica.rows(UidRange.ALL)) {
                    assertTrue(rows.hasNext());
                    assertEquals("row 0", rows.next().row().uid().toString());
                }
            }
            assertEquals(5_000, drain(replica.rows(UidRange.ALL)).size());
        }
    }

    // --- what a copy has seen, and what it makes of what others send ---

    private static Context seen(Stamp... stamps) {
        Context.Editor editor = Context.EMPTY.edit();
        for (Stamp stamp : stamps) {
            editor.add(stamp);
        }
        return editor.context();
    }

    private static Row only(Replica replica, String uid) {
        return drain(replica.fetch(List.of(Uid.ofText(uid)))).getFirst();
    }

    private static RowState state(Replica replica, String uid) {
        return replica.states(List.of(Uid.ofText(uid))).getFirst();
    }

    private static Outcome send(Replica replica, Context sender, Change change) {
        return replica.apply(List.of(change), Sender.repair(sender, null)).getFirst();
    }

    @Test
    void aCopyHasSeenItsOwnWritesAndThoseThatCame() {
        try (Replica replica = make();
                Replica other = replicas.create(new TableName("other"), TableRules.DEFAULT)) {
            assertTrue(replica.knowledge().context().isEmpty());
            Stamp first = applied(replica.apply(List.of(put("a", "1"))).getFirst());
            applied(other.apply(List.of(put("x", "1"))).getFirst());
            Stamp second = applied(replica.apply(List.of(new Change.Delete(Uid.ofText("a"), null)))
                    .getFirst());
            send(replica, Context.EMPTY, replicate("b", early(5), "x"));
            send(replica, Context.EMPTY, replicateDelete("c", early(7)));
            Knowledge knowledge = replica.knowledge();
            assertTrue(knowledge.context().covers(first));
            assertTrue(knowledge.context().covers(second));
            assertTrue(knowledge.context().covers(early(5)));
            assertTrue(knowledge.context().covers(early(7)));
            assertFalse(knowledge.context().covers(early(6)));
            assertFalse(knowledge.context().covers(early(4)));
            assertFalse(knowledge.damaged());
            assertEquals(second.incarnation(), knowledge.incarnation());
            assertTrue(Long.compareUnsigned(knowledge.clock(), second.clock()) >= 0);
        }
    }

    @Test
    void whatWasSkippedAsOlderWasSeenToo() {
        try (Replica replica = make()) {
            applied(replica.apply(List.of(put("a", "1"))).getFirst());
            assertInstanceOf(Outcome.Older.class, send(replica, Context.EMPTY, replicate("a", early(3), "older")));
            assertTrue(replica.knowledge().context().covers(early(3)));
        }
    }

    @Test
    void whatWasHereAndWasDeletedLingers() {
        try (Replica replica = make()) {
            send(replica, Context.EMPTY, replicate("a", early(5), "x"));
            RowState held = state(replica, "a");
            assertInstanceOf(
                    Outcome.ChangedMeanwhile.class,
                    send(
                            replica,
                            Context.EMPTY,
                            new Change.Drop(Uid.ofText("a"), new RowState.Live(early(4), Digest.sha256(new byte[0])))));
            applied(send(replica, Context.EMPTY, new Change.Drop(Uid.ofText("a"), held)));
            assertEquals(new RowState.Absent(), state(replica, "a"));
            assertEquals(0, replica.info().tombstones());
            assertEquals(0, replica.info().count());
            assertTrue(replica.knowledge().context().covers(early(5)));
            assertEquals(new Outcome.Lingering(), send(replica, Context.EMPTY, replicate("a", early(5), "x")));
            assertEquals(new RowState.Absent(), state(replica, "a"));
            applied(send(replica, Context.EMPTY, replicate("a", early(6), "anew")));
        }
    }

    @Test
    void marksOfDeletesAreGivenToThoseWhoHaveNotSeenThem() {
        try (Replica replica = make()) {
            replica.apply(List.of(put("a", "1"), put("b", "1"), put("c", "1")));
            Stamp own = applied(replica.apply(List.of(new Change.Delete(Uid.ofText("b"), null)))
                    .getFirst());
            send(replica, Context.EMPTY, replicateDelete("z", early(9)));
            assertEquals(
                    List.of("b", "z"),
                    drain(replica.tombstones(Context.EMPTY)).stream()
                            .map(row -> row.uid().toString())
                            .toList());
            List<Row> rest = drain(replica.tombstones(seen(own)));
            assertEquals(List.of(new Row.Tombstone(Uid.ofText("z"), early(9))), rest);
            assertEquals(List.of(), drain(replica.tombstones(seen(own, early(9)))));
        }
    }

    @Test
    void rowsOfWhichAContextDoesNotCoverTheNewestWriteAreListed() {
        try (Replica replica = make()) {
            Stamp first = applied(replica.apply(List.of(put("a", "1"))).getFirst());
            Stamp second = applied(replica.apply(List.of(put("b", "1"))).getFirst());
            send(replica, Context.EMPTY, replicate("c", early(5), "1"));
            replica.apply(List.of(put("d", "1")));
            replica.apply(List.of(new Change.Delete(Uid.ofText("d"), null)));
            assertEquals(uids("a", "b", "c"), replica.unseen(Context.EMPTY, 10));
            assertEquals(uids("a", "b"), replica.unseen(Context.EMPTY, 2));
            assertEquals(uids("b", "c"), replica.unseen(seen(first), 10));
            assertEquals(uids(), replica.unseen(seen(first, second, early(5)), 10));
            Stamp again = applied(replica.apply(List.of(put("a", "1"))).getFirst());
            assertEquals(uids("a"), replica.unseen(seen(first, second, early(5)), 10), "though it looks the same");
            assertEquals(uids(), replica.unseen(seen(first, second, early(5), again), 10));
        }
    }

    private static List<Uid> uids(String... names) {
        return java.util.Arrays.stream(names).map(Uid::ofText).toList();
    }

    @Test
    void whatWasSeenUnderAnotherIncarnationIsNotAbsorbed() {
        try (Replica replica = make()) {
            assertEquals(
                    ReplicaException.Kind.BUSY,
                    assertThrows(ReplicaException.class, () -> replica.absorb(seen(early(3)), early(1).incarnation()))
                            .kind());
            assertFalse(replica.knowledge().context().covers(early(3)));
        }
    }

    @Test
    void absorbingMakesItSeen() {
        try (Replica replica = make()) {
            Stamp own = applied(replica.apply(List.of(put("a", "1"))).getFirst());
            replica.absorb(seen(early(3), late(7)), replica.knowledge().incarnation());
            Context context = replica.knowledge().context();
            assertTrue(context.covers(early(3)));
            assertTrue(context.covers(late(7)));
            assertTrue(context.covers(own));
            assertFalse(context.covers(early(4)));
            assertEquals(new Outcome.Lingering(), send(replica, Context.EMPTY, replicate("b", early(3), "x")));
        }
    }

    @Test
    void flagsAreOperationsAndMerge() {
        try (Replica replica = make()) {
            Uid uid = Uid.ofText("a");
            assertInstanceOf(
                    Outcome.Refused.class,
                    replica.apply(List.of(new Change.Flag(uid, "flags", List.of("seen"), List.of(), null)))
                            .getFirst());
            send(replica, Context.EMPTY, replicate("a", early(1), "x"));
            Digest bare = ((RowState.Live) state(replica, "a")).digest();
            Stamp stamp = applied(
                    replica.apply(List.of(new Change.Flag(uid, "flags", List.of("seen", "kept"), List.of(), null)))
                            .getFirst());
            assertEquals(
                    Map.of("flags", List.of("kept", "seen")),
                    ((Row.Live) only(replica, "a")).marks().flags());
            assertEquals(stamp, ((RowState.Live) state(replica, "a")).stamp());
            assertNotEquals(bare, ((RowState.Live) state(replica, "a")).digest());
            assertEquals(
                    ((RowState.Live) state(replica, "a")).digest(),
                    replica.entries(UidRange.ALL, 1).getFirst().digest());

            Row.Live base = new Row.Live(uid, early(1), fields("x"));
            Row.Live theirs =
                    Merging.flag(base, new Change.Flag(uid, "flags", List.of("new"), List.of(), null), early(2));
            applied(send(replica, Context.EMPTY, new Change.Replicate(new RowData(theirs, null), null)));
            assertEquals(
                    Map.of("flags", List.of("new", "kept", "seen")),
                    ((Row.Live) only(replica, "a")).marks().flags());
            applied(replica.apply(
                            List.of(new Change.Flag(uid, "flags", List.of(), List.of("new", "kept", "seen"), null)))
                    .getFirst());
            assertEquals(Map.of(), ((Row.Live) only(replica, "a")).marks().flags());
            assertEquals(bare, ((RowState.Live) state(replica, "a")).digest());
            applied(replica.apply(List.of(put("a", "y"))).getFirst());
            assertEquals(3, ((Row.Live) only(replica, "a")).marks().parts().size(), "a put leaves the flags");
        }
    }

    @Test
    void aWriteNamesWhatItReplaces() {
        try (Replica replica = make()) {
            send(replica, Context.EMPTY, replicate("a", early(1), "x"));
            Stamp put = applied(replica.apply(List.of(put("a", "y"))).getFirst());
            assertEquals(List.of(early(1)), only(replica, "a").past().seen());
            Stamp delete = applied(replica.apply(List.of(new Change.Delete(Uid.ofText("a"), null)))
                    .getFirst());
            assertEquals(List.of(early(1)), only(replica, "a").past().seen());
            assertTrue(only(replica, "a").past().saw(delete, put));
            applied(replica.apply(List.of(new Change.Put(Uid.ofText("b"), fields("z"), null, null, List.of(early(8)))))
                    .getFirst());
            assertEquals(List.of(early(8)), only(replica, "b").past().seen(), "what it settles counts as seen");
        }
    }

    @Test
    void meetingRaisesTheClock() {
        try (Replica replica = make()) {
            Stamp first = applied(replica.apply(List.of(put("a", "1"))).getFirst());
            long ahead = first.clock() + (60_000L << 16);
            Met met = replica.meet(
                    new Knowledge("", new Incarnation(7, 7), List.of(), Context.EMPTY, ahead, List.of(), false));
            assertEquals(Met.Standing.CURRENT, met.standing());
            assertEquals(List.of(), met.notes());
            assertTrue(met.knowledge().context().covers(first));
            Stamp second = applied(replica.apply(List.of(put("a", "2"))).getFirst());
            assertTrue(Long.compareUnsigned(second.clock(), ahead) > 0);
        }
    }

    @Test
    void aCopyThatWasSetBackNoticesIt() {
        try (Replica replica = make()) {
            Stamp own = applied(replica.apply(List.of(put("a", "1"))).getFirst());
            Stamp never = new Stamp(own.clock() + 1, own.incarnation(), own.seq() + 40);
            Context.Editor editor = Context.EMPTY.edit();
            editor.addUpTo(own.incarnation(), never.seq());
            Met met = replica.meet(new Knowledge(
                    "", new Incarnation(7, 7), List.of(), editor.context(), never.clock(), List.of(never), false));
            assertEquals(Met.Standing.BEHIND, met.standing());
            assertEquals(1, met.notes().size());
            assertNotEquals(own.incarnation(), met.knowledge().incarnation(), "it begins a new life at once");
            Stamp next = applied(replica.apply(List.of(put("a", "2"))).getFirst());
            assertEquals(met.knowledge().incarnation(), next.incarnation());
            assertTrue(next.compareTo(never) > 0);
        }
    }
}
