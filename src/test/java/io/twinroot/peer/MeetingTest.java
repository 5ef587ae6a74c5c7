package io.twinroot.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.MemoryReplicas;
import io.twinroot.reconcile.Met;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.reconcile.Sender;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Outcome;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import io.twinroot.wire.RowJson;
import io.twinroot.wire.WireRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What replicas tell each other around a repair comes over HTTP as it was said. */
final class MeetingTest {
    private static final TableName TABLE = new TableName("t");

    /** Keeps what it was told, and answers what it was given. */
    private static final class Listener extends OneReplica implements ChangeFeed {
        private final List<Object> heard = new ArrayList<>();
        private Knowledge knowledge = Knowledge.NONE;
        private List<RowData> tombstones = List.of();
        private String ticket = "";
        private Map<TableName, Context> contexts = Map.of();

        @Override
        public synchronized Knowledge knowledge() {
            return knowledge;
        }

        @Override
        public synchronized Met meet(Knowledge other) {
            heard.add(other);
            return new Met(Met.Standing.BEHIND, List.of("restored", "from\nearlier"), knowledge);
        }

        @Override
        public synchronized RowCursor tombstones(Context known) {
            heard.add(known);
            return RowCursor.of(tombstones);
        }

        @Override
        public synchronized void absorb(Context context, @Nullable Incarnation life) {
            heard.add(context);
            if (life != null) {
                heard.add(life);
            }
        }

        @Override
        public synchronized String announce(Intent intent) {
            heard.add(intent);
            if (intent.added() > 100) {
                throw new GuardException("101 rows are too many; approve g1");
            }
            return ticket;
        }

        @Override
        public synchronized List<Outcome> apply(List<Change> changes, Sender sender) {
            heard.add(sender);
            changes.forEach(change -> heard.add(plain(change)));
            return changes.stream()
                    .<Outcome>map(change -> new Outcome.Lingering())
                    .toList();
        }

        @Override
        public synchronized ChangePage changes(Query query) {
            heard.add(query);
            return new ChangePage(List.of(), "c", false, List.of(), contexts);
        }

        @Override
        public String cursorAt(long sinceMs) {
            return "c";
        }

        private synchronized List<Object> heard() {
            List<Object> all = List.copyOf(heard);
            heard.clear();
            return all;
        }
    }

    /** A change without the source of its blob, which is another one on each side. */
    private static Object plain(Change change) {
        return change instanceof Change.Replicate(RowData data, var expected) ? data.row() : change;
    }

    private final Listener listener = new Listener();
    private TestNode node;
    private HttpReplicas replicas;
    private Replica replica;

    @BeforeEach
    void start() throws Exception {
        node = TestNode.over(listener);
        replicas = node.client();
        replica = replicas.table(TABLE);
    }

    @AfterEach
    void stop() {
        replica.close();
        replicas.close();
        node.close();
    }

    private static Stamp stamp(long seq) {
        return new Stamp(-seq, new Incarnation(-1, seq % 3), seq);
    }

    private static Context context(int dots) {
        Context.Editor editor = Context.EMPTY.edit();
        for (int i = 1; i <= dots; i++) {
            editor.add(stamp(2L * i));
        }
        return editor.context();
    }

    private static Knowledge knowledge(int lives, int dots) {
        List<Incarnation> all = new ArrayList<>();
        List<Stamp> latest = new ArrayList<>();
        for (int i = 1; i <= lives; i++) {
            all.add(new Incarnation(i, -i));
            latest.add(stamp(i));
        }
        return new Knowledge("node " + lives, new Incarnation(-1, 5), all, context(dots), -7, latest, lives % 2 == 1);
    }

    @Test
    void knowledgeIsHeardAsItWasSaid() {
        for (Knowledge said : List.of(Knowledge.NONE, knowledge(1, 3), knowledge(Knowledge.LIVES_MAX, 2_000))) {
            listener.knowledge = said;
            assertEquals(said, replica.knowledge());
            Met met = replica.meet(said);
            assertEquals(new Met(Met.Standing.BEHIND, List.of("restored", "from earlier"), said), met);
            assertEquals(List.of(said), listener.heard());
        }
    }

    /** The most runs that a context has, each of an incarnation of its own with the longest numbers. */
    @Test
    void theLargestContextIsHeard() {
        Context.Editor editor = Context.EMPTY.edit();
        for (int i = 0; i < Context.RUNS_MAX; i++) {
            editor.add(new Stamp(1, new Incarnation(i, -1), Long.MAX_VALUE - 1));
        }
        Context largest = editor.context();
        assertEquals(Context.RUNS_MAX, largest.size());
        Knowledge said = new Knowledge("n", null, List.of(), largest, 0, List.of(), false);
        listener.knowledge = said;
        assertEquals(said, replica.meet(said).knowledge());
        replica.absorb(largest, new Incarnation(1, 2));
        replica.tombstones(largest).close();
        replica.apply(List.of(new Change.Delete(Uid.ofText("a"), null)), Sender.feed(largest));
        List<Object> heard = listener.heard();
        assertEquals(List.of(said, largest, new Incarnation(1, 2), largest, Sender.feed(largest)), heard.subList(0, 5));
    }

    @Test
    void tombstonesThatTheOtherDoesNotKnowCome() {
        List<Row> gone = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            Past past = new Past(List.of(stamp(i + 10)), Marks.NONE);
            gone.add(new Row.Tombstone(Uid.ofText("row " + i), stamp(i), past));
        }
        listener.tombstones = gone.stream().map(row -> new RowData(row, null)).toList();
        List<Row> came = new ArrayList<>();
        try (RowCursor rows = replica.tombstones(context(5))) {
            rows.forEachRemaining(data -> came.add(data.row()));
        }
        assertEquals(gone, came);
        assertEquals(List.of(context(5)), listener.heard());
    }

    @Test
    void anIntentIsHeardAndItsTicketComesBack() {
        listener.ticket = "r 1/ä";
        Intent intent = new Intent(
                "a repair",
                List.of(Uid.ofText("a"), Uid.of(new byte[] {0, -1})),
                List.of(Uid.ofText("b")),
                7,
                List.of(
                        UidRange.ALL,
                        new UidRange(
                                Uid.of(new byte[1]), Uid.of(new byte[1_024]).successor())));
        assertEquals("r 1/ä", replica.announce(intent));
        assertEquals(List.of(intent), listener.heard());
        Sender sender = Sender.repair(context(100), "r 1/ä");
        Change.Drop drop = new Change.Drop(
                Uid.ofText("b"), new io.twinroot.table.RowState.Live(stamp(1), Digest.sha256(new byte[1])));
        assertEquals(List.of(new Outcome.Lingering()), replica.apply(List.of(drop), sender));
        assertEquals(List.of(sender, drop), listener.heard());
    }

    @Test
    void aGuardThatHoldsIsToldAsOne() {
        Intent intent = new Intent("a repair", List.of(), List.of(), 101, List.of());
        GuardException e = assertThrows(GuardException.class, () -> replica.announce(intent));
        assertEquals("101 rows are too many; approve g1", e.getMessage());
    }

    @Test
    void anIntentOfTooManyRowsIsNotSent() {
        List<Uid> uids = new ArrayList<>();
        for (int i = 0; i <= MeetingJson.INTENT_ITEMS_MAX; i++) {
            uids.add(Uid.ofText("a" + i));
        }
        Intent intent = new Intent("a repair", uids, List.of(), 0, List.of());
        ReplicaException e = assertThrows(ReplicaException.class, () -> replica.announce(intent));
        assertTrue(e.getMessage().contains("a part of the table at a time"), e.getMessage());
        assertEquals(List.of(), listener.heard());
    }

    @Test
    void changesComeWithTheirSender() {
        Change put = new Change.Delete(Uid.ofText("a"), null);
        for (Sender sender : List.of(
                Sender.USER,
                Sender.feed(Context.EMPTY),
                Sender.feed(context(3)),
                new Sender(Sender.Way.CARRIED, Context.EMPTY, null),
                Sender.repair(context(3), null),
                Sender.repair(Context.EMPTY, "t"))) {
            replica.apply(List.of(put, put), sender);
            assertEquals(List.of(sender, put, put), listener.heard());
        }
    }

    /** As large a blob goes by itself, with all that is to be said of it. */
    @Test
    void aLargeBlobComesWithItsPastAndSender() {
        byte[] bytes = new byte[WireRow.INLINE_MAX + 1];
        Body.Blob blob = new Body.Blob(bytes.length, Digest.sha256(bytes));
        TreeMap<Marks.Part, Marks.Mark> marks = new TreeMap<>();
        for (int i = 0; i < Marks.PARTS_MAX; i++) {
            marks.put(Marks.Part.flag("flags", "\\Flag " + i), new Marks.Mark(stamp(1), i % 2 == 0));
        }
        Row row =
                new Row.Live(Uid.ofText("a"), stamp(1), blob, new Past(List.of(stamp(9)), new Marks(stamp(2), marks)));
        Sender sender = Sender.repair(context(1_000), "t");
        replica.apply(List.of(new Change.Replicate(new RowData(row, BlobSource.of(bytes)), null)), sender);
        assertEquals(List.of(sender, row), listener.heard());
    }

    @Test
    void contextsOfAFeedComeWhereTheyAreAskedFor() {
        Map<TableName, Context> contexts = Map.of(TABLE, context(10), new TableName("a/b"), Context.EMPTY);
        listener.contexts = contexts;
        ChangeFeed.Query query = new ChangeFeed.Query(null, Set.of(), null, 10, 0, true);
        assertEquals(contexts, replicas.changes(query).contexts());
        assertEquals(List.of(query), listener.heard());
        ReplicaException e = assertThrows(
                ReplicaException.class, () -> replicas.changes(new ChangeFeed.Query(null, Set.of(), null, 10, 0)));
        assertTrue(e.getMessage().contains("was not asked for"), e.getMessage());
    }

    @Test
    void contextsComeWhenThePageReachesTheEnd() throws Exception {
        MemoryReplicas memory = MemoryReplicas.numbered(1);
        try (Replica table = memory.create(TABLE, TableRules.DEFAULT);
                TestNode served = TestNode.over(memory);
                HttpReplicas far = served.client()) {
            Body body = new Body.Fields(Value.Mapping.of(Map.of()));
            table.apply(List.of(
                    new Change.Put(Uid.ofText("a"), body, null, null),
                    new Change.Put(Uid.ofText("b"), body, null, null)));
            ChangePage first = far.changes(new ChangeFeed.Query(null, Set.of(), null, 1, 0, true));
            assertEquals(Map.of(), first.contexts());
            ChangePage last = far.changes(new ChangeFeed.Query(first.next(), Set.of(TABLE), null, 10, 0, true));
            assertEquals(Map.of(TABLE, table.knowledge().context()), last.contexts());
            assertTrue(last.contexts().get(TABLE).covers(new Stamp(1, memory.incarnation(), 2)));
        }
    }

    /** Base (\\Flagged); one side adds \\Answered, the other adds \\Seen and removes \\Flagged. */
    @Test
    void flagsChangedOnTwoNodesComeTogether() throws Exception {
        MemoryReplicas one = MemoryReplicas.numbered(1);
        MemoryReplicas two = MemoryReplicas.numbered(2);
        Uid uid = Uid.ofText("mail/7");
        try (TestNode a = TestNode.over(one);
                TestNode b = TestNode.over(two);
                HttpReplicas placeA = a.client();
                HttpReplicas placeB = b.client();
                Replica mine = placeA.create(TABLE, TableRules.DEFAULT);
                Replica theirs = placeB.create(TABLE, TableRules.DEFAULT)) {
            mine.apply(List.of(
                    new Change.Put(uid, new Body.Fields(Value.Mapping.of(Map.of())), null, null),
                    new Change.Flag(uid, "flags", List.of("\\Flagged"), List.of(), null)));
            copy(mine, theirs);
            flags(a, "{\"set\":\"flags\",\"add\":[\"\\\\Answered\"]}");
            flags(b, "{\"set\":\"flags\",\"add\":[\"\\\\Seen\"],\"remove\":[\"\\\\Flagged\"]}");
            copy(mine, theirs);
            copy(theirs, mine);
            assertEquals(mine.info().root(), theirs.info().root());
            try (RowCursor rows = theirs.fetch(List.of(uid))) {
                Row.Live row = (Row.Live) rows.next().row();
                assertEquals(
                        Map.of("flags", List.of("\\Seen", "\\Answered")),
                        row.marks().flags());
                RawHttp.Reply reply = RawHttp.ask(a.port(), "GET", "/v1/tables/t/rows/mail%2F7", "", new byte[0]);
                String digest = row.digest(TableRules.DEFAULT).hex();
                assertTrue(reply.hasHeader("etag: \"" + digest + "\""), reply::head);
                assertTrue(reply.body().contains("\"flags\":{\"flags\":[\"\\\\Seen\",\"\\\\Answered\"]}"), reply::body);
            }
            assertEquals(List.of(), two.losers(TABLE));
        }
    }

    private static void copy(Replica from, Replica to) {
        Context seen = from.knowledge().context();
        try (RowCursor rows = from.rows(UidRange.ALL)) {
            rows.forEachRemaining(
                    data -> to.apply(List.of(new Change.Replicate(data, null)), Sender.repair(seen, null)));
        }
        to.absorb(seen, to.knowledge().incarnation());
    }

    private static void flags(TestNode at, String operation) throws Exception {
        RawHttp.Reply reply = RawHttp.ask(
                at.port(),
                "POST",
                "/v1/tables/t/rows/mail%2F7/flags",
                "Content-Type: application/json\r\nIf-Match: *\r\n",
                operation.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertEquals(200, reply.status(), reply::body);
        assertTrue(reply.body().contains("\"outcome\":\"applied\""), reply::body);
    }

    @Test
    void aLineOfTheLargestRowIsTaken() {
        assertEquals(RowJson.LINE_MAX, Limits.DEFAULT.lineMax());
    }
}
