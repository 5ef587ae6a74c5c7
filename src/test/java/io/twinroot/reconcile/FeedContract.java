package io.twinroot.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Row;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link ChangeFeed} keeps. A test of an implementation extends this. */
public abstract class FeedContract {
    private static final TableName A = new TableName("t/a");
    private static final TableName B = new TableName("t/b");
    private static final String END = ChangeFeed.END;

    private Place place;

    /** Tables, and the feed of their changes. */
    protected record Place(Replicas replicas, ChangeFeed feed) {
        public static <T extends Replicas & ChangeFeed> Place of(T both) {
            return new Place(both, both);
        }
    }

    /** A place without tables, opened for one test. */
    protected abstract Place open() throws Exception;

    /** Called when the test is over and the replicas are closed. */
    protected void release() throws Exception {}

    @BeforeEach
    final void openPlace() throws Exception {
        place = open();
    }

    @AfterEach
    final void closePlace() throws Exception {
        place.replicas().close();
        release();
    }

    private ChangePage read(String since, int limit, long waitMs, TableName... tables) {
        return place.feed().changes(new ChangeFeed.Query(since, Set.of(tables), "contract", limit, waitMs));
    }

    private Replica table(TableName name) {
        return place.replicas().create(name, TableRules.excluding(List.of("seen")));
    }

    private static Change put(String uid, long n) {
        return new Change.Put(
                Uid.ofText(uid), new Body.Fields(Value.Mapping.of(Map.of("n", new Value.Int(n)))), null, null);
    }

    private static Change delete(String uid) {
        return new Change.Delete(Uid.ofText(uid), null);
    }

    private static String text(Logged item) {
        return switch (item) {
            case Logged.Table(var table, var rules) -> table + " " + rules.digestExcludes();
            case Logged.OfRow(var table, var data) ->
                switch (data.row()) {
                    case Row.Tombstone(var uid, var stamp, var past) -> table + " " + uid + " deleted";
                    case Row.Live(var uid, var stamp, Body.Fields(var fields), var past) ->
                        table + " " + uid + " " + ((Value.Int) fields.values().get("n")).value();
                    case Row.Live(var uid, var stamp, Body.Blob blob, var past) ->
                        table + " " + uid + " " + blob.size();
                };
        };
    }

    private static List<String> texts(ChangePage page) {
        return page.items().stream().map(FeedContract::text).toList();
    }

    @Test
    void nothingIsAfterTheEndUntilSomethingIsWritten() {
        Replica a = table(A);
        a.apply(List.of(put("1", 1)));
        ChangePage end = read(END, 10, 0);
        assertEquals(List.of(), end.items());
        assertFalse(end.more());
        assertEquals(List.of(), read(end.next(), 10, 0).items());
        a.apply(List.of(put("2", 2), delete("1")));
        assertEquals(List.of("t/a [seen]", "t/a 2 2", "t/a 1 deleted"), texts(read(end.next(), 10, 0)));
    }

    @Test
    void aNewTableComesWithItsRules() {
        String end = read(END, 1, 0).next();
        table(A);
        assertEquals(List.of("t/a [seen]"), texts(read(end, 10, 0)));
        assertEquals(List.of("t/a [seen]"), texts(read(null, 10, 0)));
    }

    @Test
    void onlyTheTablesThatAreWantedCome() {
        Replica a = table(A);
        Replica b = table(B);
        String end = read(END, 1, 0).next();
        a.apply(List.of(put("1", 1)));
        b.apply(List.of(put("2", 2)));
        assertEquals(List.of("t/b [seen]", "t/b 2 2"), texts(read(end, 10, 0, B)));
        assertEquals(List.of("t/b [seen]", "t/b 2 2"), texts(read(null, 10, 0, B)));
        assertEquals(4, read(end, 10, 0, A, B).items().size());
        ReplicaException e = assertThrows(ReplicaException.class, () -> read(end, 1, 0, new TableName("none")));
        assertEquals(ReplicaException.Kind.UNKNOWN_TABLE, e.kind());
    }

    @Test
    void everythingAndThenTheLogIsAllThereIs() {
        Random random = new Random(5);
        Replica a = table(A);
        Replica b = table(B);
        Map<String, String> copy = new TreeMap<>();
        String cursor = null;
        boolean more = true;
        for (int round = 0; round < 40 || more; round++) {
            if (round < 40) {
                a.apply(List.of(put("r" + random.nextInt(60), round), delete("r" + random.nextInt(60))));
                b.apply(List.of(put("r" + random.nextInt(60), round)));
            }
            ChangePage page = read(cursor, 1 + random.nextInt(5), 0);
            for (Logged item : page.items()) {
                if (item instanceof Logged.OfRow row) {
                    copy.put(row.table() + " " + row.data().row().uid(), text(row));
                }
            }
            cursor = page.next();
            more = page.more();
        }
        Map<String, String> all = new TreeMap<>();
        ChangePage page = read(null, ChangeFeed.PAGE_MAX, 0);
        for (Logged item : page.items()) {
            if (item instanceof Logged.OfRow row) {
                all.put(row.table() + " " + row.data().row().uid(), text(row));
            }
        }
        assertEquals(all, copy);
        assertEquals(all.size() + 2, page.items().size());
    }

    @Test
    void aPageHasNoMoreRowsThanAskedForAndNamesItsTables() {
        Replica a = table(A);
        String cursor = read(END, 1, 0).next();
        List<Change> many = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            many.add(put("r" + i, i));
        }
        a.apply(many);
        int rows = 0;
        boolean more = true;
        while (more) {
            ChangePage page = read(cursor, 10, 0);
            assertTrue(page.items().getFirst() instanceof Logged.Table);
            assertTrue(page.items().size() <= 11);
            rows += page.items().size() - 1;
            cursor = page.next();
            more = page.more();
        }
        assertEquals(25, rows);
    }

    @Test
    void whoWaitsIsAnsweredWhenSomethingComes() throws Exception {
        Replica a = table(A);
        String end = read(END, 1, 0).next();
        CompletableFuture<ChangePage> waiting = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> waiting.complete(read(end, 10, 20_000)));
        a.apply(List.of(put("1", 1)));
        assertEquals(List.of("t/a [seen]", "t/a 1 1"), texts(waiting.get(10, TimeUnit.SECONDS)));
        assertEquals(List.of(), read(read(END, 1, 0).next(), 10, 5).items());
    }

    @Test
    void aCursorThatIsNotKnownIsGone() {
        table(A).apply(List.of(put("1", 1)));
        for (String cursor : List.of("garbage", "1-48-00000000000000000000000000000009", "all:9:x:y")) {
            ReplicaException e = assertThrows(ReplicaException.class, () -> read(cursor, 1, 0), cursor);
            assertEquals(ReplicaException.Kind.CURSOR_GONE, e.kind(), cursor);
        }
    }

    @Test
    void aMomentInTheFutureIsTheEndAndOneLongAgoIsBeforeAll() {
        table(A).apply(List.of(put("1", 1)));
        long future = Long.MAX_VALUE >> 12;
        assertEquals(List.of(), read(place.feed().cursorAt(future), 10, 0).items());
        assertEquals(List.of("t/a [seen]", "t/a 1 1"), texts(read(place.feed().cursorAt(0), 10, 0)));
    }

    @Test
    void blobsComeWithTheirBytes() throws Exception {
        byte[] small = new byte[1_000];
        byte[] large = new byte[100_000];
        new Random(2).nextBytes(large);
        table(A).apply(List.of(blob("large", large), blob("small", small)));
        List<Logged> items = read(null, 10, 0).items();
        assertEquals(3, items.size());
        for (int i = 1; i < 3; i++) {
            Logged.OfRow row = (Logged.OfRow) items.get(i);
            try (var in = row.data().blob().open()) {
                assertEquals(Digest.sha256(i == 1 ? large : small), Digest.sha256(in.readAllBytes()));
            }
        }
    }

    private static Change blob(String uid, byte[] bytes) {
        return new Change.Put(
                Uid.ofText(uid), new Body.Blob(bytes.length, Digest.sha256(bytes)), BlobSource.of(bytes), null);
    }
}
