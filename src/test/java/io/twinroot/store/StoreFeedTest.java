package io.twinroot.store;

import static io.twinroot.store.StoreFixture.TABLE;
import static io.twinroot.store.StoreFixture.body;
import static io.twinroot.store.StoreFixture.delete;
import static io.twinroot.store.StoreFixture.open;
import static io.twinroot.store.StoreFixture.put;
import static io.twinroot.store.StoreFixture.table;
import static io.twinroot.store.StoreFixture.uid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.Disk;
import io.twinroot.log.LogPosition;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The feed of a store: what follows a cursor, all of it, and nothing that it must not give. */
final class StoreFeedTest {
    private static final TableName OTHER = new TableName("t/other");

    @TempDir
    Path directory;

    private static FeedQuery after(@Nullable String since) {
        return new FeedQuery(since, Set.of(), null, 1_000, 0);
    }

    private static String end(Store store) {
        return store.changes(after(FeedQuery.END)).next();
    }

    /** Items as short texts: {@code +table}, {@code uid=n}, {@code uid-}. */
    private static List<String> texts(FeedPage page) {
        return page.items().stream()
                .map(item -> switch (item) {
                    case FeedItem.Table table -> "+" + table.table();
                    case FeedItem.OfRow row ->
                        switch (row.data().row()) {
                            case Row.Tombstone gone -> gone.uid().text().orElseThrow() + "-";
                            case Row.Live live -> live.uid().text().orElseThrow() + "=" + number(live.body());
                        };
                })
                .toList();
    }

    private static Object number(Body body) {
        return body instanceof Body.Fields fields && fields.fields().values().get("n") instanceof Value.Int n
                ? n.value()
                : body;
    }

    private static void copy(FeedPage page, Store target) {
        assertEquals(List.of(), page.gaps());
        for (FeedItem item : page.items()) {
            switch (item) {
                case FeedItem.Table named -> target.createTable(named.table(), named.rules());
                case FeedItem.OfRow row -> {
                    Outcome outcome = target.table(row.table())
                            .apply(List.of(new Change.Replicate(row.data(), null)))
                            .getFirst();
                    assertFalse(outcome instanceof Outcome.Refused, outcome::toString);
                }
            }
        }
    }

    private static void assertGone(Store store, String cursor) {
        StoreException e = assertThrows(StoreException.class, () -> store.changes(after(cursor)));
        assertEquals(StoreException.Kind.CURSOR_GONE, e.kind(), e.getMessage());
    }

    @Test
    void givesWhatCameAfterTheCursorInItsOrder() {
        try (Store store = open(directory)) {
            StoreTable table = table(store);
            table.apply(List.of(put(1, 1)));
            String end = end(store);
            assertEquals(List.of(), store.changes(after(end)).items());
            table.apply(List.of(put(2, 2), put(1, 3)));
            table.apply(List.of(delete(2)));
            FeedPage page = store.changes(after(end));
            assertEquals(
                    List.of("+t/rows", "row-000002=2", "row-000001=3", "row-000002-"), texts(page), page.toString());
            assertFalse(page.more());
            assertEquals(List.of(), store.changes(after(page.next())).items());
        }
    }

    @Test
    void aCursorOutlivesARestart() {
        String end;
        try (Store store = open(directory)) {
            table(store).apply(List.of(put(1, 1)));
            end = end(store);
            table(store).apply(List.of(put(2, 2)));
        }
        try (Store store = open(directory)) {
            table(store).apply(List.of(put(3, 3)));
            assertEquals(List.of("+t/rows", "row-000002=2", "row-000003=3"), texts(store.changes(after(end))));
        }
    }

    @Test
    void onePageOfOneRowAfterTheOtherGivesAll() {
        try (Store store = open(directory)) {
            String cursor = end(store);
            table(store);
            for (int i = 0; i < 5; i++) {
                table(store).apply(List.of(put(i, i)));
            }
            List<String> all = new ArrayList<>();
            boolean more = true;
            while (more) {
                FeedPage page = store.changes(new FeedQuery(cursor, Set.of(), null, 1, 0));
                page.items().stream().filter(FeedItem.OfRow.class::isInstance).forEach(item -> all.addAll(texts(page)));
                cursor = page.next();
                more = page.more();
            }
            assertEquals(
                    List.of("row-000000=0", "row-000001=1", "row-000002=2", "row-000003=3", "row-000004=4"),
                    all.stream().filter(text -> !text.startsWith("+")).toList());
        }
    }

    @Test
    void everythingIsCopiedWhileItIsWritten(@TempDir Path copy) throws IOException {
        Random random = new Random(11);
        try (Store store = open(directory, StoreFixture.small().force(false), Disk.REAL);
                Store target = open(copy, StoreFixture.options().force(false), Disk.REAL)) {
            StoreTable table = table(store);
            StoreTable other = store.createTable(OTHER, TableRules.DEFAULT);
            store.createTable(new TableName("t/empty"), TableRules.DEFAULT);
            for (int i = 0; i < 2_000; i++) {
                table.apply(List.of(put(random.nextInt(900), i)));
                if (i % 3 == 0) {
                    table.apply(List.of(delete(random.nextInt(900))));
                    other.apply(List.of(put(i, i)));
                }
            }
            String cursor = null;
            boolean more = true;
            for (int pages = 0; more; pages++) {
                if (pages < 40) {
                    table.apply(List.of(put(random.nextInt(1_000), pages), delete(random.nextInt(1_000))));
                }
                FeedPage page = store.changes(new FeedQuery(cursor, Set.of(), null, 50, 0));
                assertTrue(page.items().stream()
                                .filter(FeedItem.OfRow.class::isInstance)
                                .count()
                        <= 50);
                copy(page, target);
                cursor = page.next();
                more = page.more();
            }
            for (StoreTable source : store.tables()) {
                TableSnapshot mine = source.snapshot();
                TableSnapshot theirs = target.table(source.name()).snapshot();
                assertEquals(StoreFixture.check(mine), StoreFixture.check(theirs));
                assertEquals(mine.info().tombstones(), theirs.info().tombstones());
            }
        }
    }

    @Test
    void wakesUpWhenSomethingIsWritten() throws Exception {
        try (Store store = open(directory)) {
            StoreTable table = table(store);
            String end = end(store);
            CompletableFuture<FeedPage> waiting = new CompletableFuture<>();
            Thread.ofVirtual()
                    .start(() -> waiting.complete(store.changes(new FeedQuery(end, Set.of(), null, 10, 20_000))));
            table.apply(List.of(put(1, 1)));
            assertEquals(List.of("+t/rows", "row-000001=1"), texts(waiting.get(10, TimeUnit.SECONDS)));
        }
    }

    @Test
    void waitsOnThroughWritesToOtherTables() throws Exception {
        try (Store store = open(directory)) {
            StoreTable table = table(store);
            StoreTable other = store.createTable(OTHER, TableRules.DEFAULT);
            String end = end(store);
            CompletableFuture<FeedPage> waiting = new CompletableFuture<>();
            Thread.ofVirtual()
                    .start(() -> waiting.complete(store.changes(new FeedQuery(end, Set.of(TABLE), null, 10, 20_000))));
            other.apply(List.of(put(1, 1)));
            table.apply(List.of(put(2, 2)));
            assertEquals(List.of("+t/rows", "row-000002=2"), texts(waiting.get(10, TimeUnit.SECONDS)));
            FeedPage nothing = store.changes(new FeedQuery(end(store), Set.of(TABLE), null, 10, 1));
            assertEquals(List.of(), nothing.items());
        }
    }

    @Test
    void closingTheStoreEndsTheWaiting() throws Exception {
        Store store = open(directory);
        String end = end(store);
        CompletableFuture<StoreException> waiting = new CompletableFuture<>();
        CompletableFuture<Thread> begun = new CompletableFuture<>();
        Thread reader = Thread.ofPlatform().start(() -> {
            begun.complete(Thread.currentThread());
            waiting.complete(assertThrows(
                    StoreException.class, () -> store.changes(new FeedQuery(end, Set.of(), null, 10, 20_000))));
        });
        begun.get();
        while (reader.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        store.close();
        assertEquals(
                StoreException.Kind.CLOSED, waiting.get(10, TimeUnit.SECONDS).kind());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage",
                "",
                "0-48-00000000000000000000000000000000",
                "1-48-00000000000000000000000000000000",
                "9999999-9999999999999-00000000000000000000000000000000",
                "all:1-48-00000000000000000000000000000000::",
                "all:1-48-00000000000000000000000000000000:no table:",
                "1-48-00000000000000000000000000000000:t/rows:00"
            })
    void aCursorThatItNeverGaveIsRefused(String cursor) {
        try (Store store = open(directory)) {
            table(store).apply(List.of(put(1, 1)));
            assertGone(store, cursor);
        }
    }

    @Test
    void aCursorOfAnotherLifeOrBetweenFramesIsRefused(@TempDir Path elsewhere) {
        try (Store store = open(directory);
                Store other = open(elsewhere)) {
            table(store).apply(List.of(put(1, 1)));
            table(other).apply(List.of(put(1, 1)));
            FeedCursor end = FeedCursor.parse(end(store));
            assertGone(other, end.text());
            for (long offset :
                    new long[] {end.position().offset() - 1, end.position().offset() + 1, 0, 47}) {
                LogPosition wrong = new LogPosition(end.position().segment(), offset);
                assertGone(store, new FeedCursor(wrong, end.incarnation(), null).text());
            }
            LogPosition later = new LogPosition(end.position().segment() + 1, 48);
            assertGone(store, new FeedCursor(later, end.incarnation(), null).text());
            assertEquals(0, store.changes(after(end.text())).items().size());
        }
    }

    @Test
    void aCursorOfAWalkHoldsTheLongestNames() {
        Uid longest = Uid.ofText("u".repeat(Uid.MAX_LENGTH));
        TableName table = new TableName(("p".repeat(64) + "/").repeat(3) + "12345");
        try (Store store = open(directory)) {
            store.createTable(table, TableRules.DEFAULT)
                    .apply(List.of(
                            new Change.Put(longest, body(1), null, null),
                            new Change.Put(Uid.ofText("v"), body(2), null, null)));
            FeedPage first = store.changes(new FeedQuery(null, Set.of(), null, 2, 0));
            assertEquals(1, first.items().size() - 1);
            assertEquals("v=2", texts(store.changes(after(first.next()))).getLast());
        }
    }

    @Test
    void aPageIsBoundedInBytes() {
        byte[] large = new byte[60_000];
        try (Store store = open(directory)) {
            String cursor = end(store);
            for (int i = 0; i < 200; i++) {
                large[0] = (byte) i;
                table(store).apply(List.of(StoreFixture.blobPut(uid(i), large)));
            }
            FeedPage first = store.changes(after(cursor));
            assertTrue(first.more());
            assertTrue(
                    first.items().size() > 50 && first.items().size() < 72,
                    first.items().size() + " items");
            FeedPage walked = store.changes(after(null));
            assertTrue(walked.more());
            assertTrue(walked.items().size() > 50 && walked.items().size() < 72);
        }
    }

    @Test
    void aLargeBlobIsThereUntilItsFileIsGone() throws IOException {
        byte[] large = new byte[100_000];
        try (Store store = open(directory)) {
            table(store).apply(List.of(StoreFixture.blobPut(uid(1), large)));
            FeedItem.OfRow row = assertInstanceOf(
                    FeedItem.OfRow.class, store.changes(after(null)).items().getLast());
            try (var in = row.data().blob().open()) {
                assertEquals(large.length, in.readAllBytes().length);
            }
            String begin = store.cursorAt(0);
            assertEquals(2, store.changes(after(begin)).items().size());
            try (Stream<Path> files = Files.walk(directory.resolve("blobs"))) {
                files.filter(Files::isRegularFile).forEach(StoreFeedTest::remove);
            }
            assertEquals(List.of("+t/rows"), texts(store.changes(after(begin))));
        }
    }

    private static void remove(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aDamagedRowIsNamedAndLeftOutOfTheWalk() throws IOException {
        try (Store store = open(directory)) {
            table(store).apply(List.of(put(1, 1), put(2, 2), put(3, 3)));
            Path log = directory.resolve("log/0000000001.seg");
            byte[] bytes = Files.readAllBytes(log);
            int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("row-000002");
            bytes[at] ^= 1;
            Files.write(log, bytes);
            FeedPage page = store.changes(after(null));
            assertEquals(List.of("+t/rows", "row-000001=1", "row-000003=3"), texts(page));
            assertEquals(1, page.gaps().size());
            assertTrue(page.gaps().getFirst().contains("row-000002"), page.gaps()::toString);
        }
    }

    @Test
    void anUnknownTableIsRefused() {
        try (Store store = open(directory)) {
            StoreException e = assertThrows(
                    StoreException.class, () -> store.changes(new FeedQuery(null, Set.of(OTHER), null, 1, 0)));
            assertEquals(StoreException.Kind.UNKNOWN_TABLE, e.kind());
        }
    }

    @Test
    void cursorsOfAMomentLieBeforeWhatCameSince() {
        try (Store store = open(directory)) {
            table(store).apply(List.of(put(1, 1)));
            assertEquals(List.of("+t/rows", "row-000001=1"), texts(store.changes(after(store.cursorAt(0)))));
            assertEquals(end(store), store.cursorAt(Long.MAX_VALUE));
        }
    }

    @Test
    void readersAreRememberedOverARestart() {
        LogPosition position;
        try (Store store = open(directory)) {
            String end = end(store);
            position = FeedCursor.parse(end).position();
            store.changes(new FeedQuery(end, Set.of(), "b.other-store_1", 1, 0));
            table(store).apply(List.of(put(1, 1)));
            store.changes(after(end));
        }
        try (Store store = open(directory)) {
            assertEquals(Map.of("b.other-store_1", new FeedReader(position, StoreFixture.START_MS)), store.readers());
        }
    }

    @Test
    void compactionKeepsWhatAReaderNeedsAndNoMore() {
        try (Store store = open(directory, StoreFixture.small(), Disk.REAL)) {
            StoreTable table = table(store);
            String early = end(store);
            for (int i = 0; i < 50; i++) {
                table.apply(List.of(put(1, i), put(2, i)));
            }
            store.changes(new FeedQuery(early, Set.of(), "r", 1, 0));
            store.compact();
            assertEquals(101, store.changes(after(early)).items().size());
            store.changes(new FeedQuery(FeedQuery.END, Set.of(), "r", 1, 0));
            store.compact();
            assertGone(store, early);
            String end = end(store);
            table.apply(List.of(put(3, 3)));
            assertEquals(List.of("+t/rows", "row-000003=3"), texts(store.changes(after(end))));
            assertEquals(
                    List.of("+t/rows", "row-000001=49", "row-000002=49", "row-000003=3"),
                    texts(store.changes(after(null))));
        }
    }

    @Test
    void thereAreOnlySoManyReaders() {
        try (Store store = open(directory)) {
            for (int i = 0; i <= Readers.MAX; i++) {
                store.changes(new FeedQuery(FeedQuery.END, Set.of(), "r" + i, 1, 0));
            }
            assertEquals(Readers.MAX, store.readers().size());
            assertTrue(store.readers().containsKey("r" + Readers.MAX));
        }
    }
}
