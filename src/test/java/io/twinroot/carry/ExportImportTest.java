package io.twinroot.carry;

import static io.twinroot.carry.Rows.FILES;
import static io.twinroot.carry.Rows.ORDERS;
import static io.twinroot.carry.Rows.blob;
import static io.twinroot.carry.Rows.deleted;
import static io.twinroot.carry.Rows.fields;
import static io.twinroot.carry.Rows.noise;
import static io.twinroot.carry.Rows.stamp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdInputStream;
import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.MemoryReplicas;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What an export writes, an import brings in. */
final class ExportImportTest {
    private static final Instant MADE = Instant.parse("2026-01-02T03:04:05Z");
    private static final TableRules RULES = new TableRules(List.of("seen"));

    private static final class Exported {
        private final byte[] file;
        private final Export export;

        Exported(byte[] file, Export export) {
            this.file = file;
            this.export = export;
        }

        byte[] file() {
            return file;
        }

        Export export() {
            return export;
        }
    }

    private static Exported export(ChangeFeed feed, String since) {
        return export(feed, since, Set.of());
    }

    private static Exported export(ChangeFeed feed, String since, Set<io.twinroot.table.TableName> tables) {
        Export export = Export.begin(feed, "memory:feed", since, tables);
        FlushedBytes file = new FlushedBytes();
        try {
            export.write(file, MADE, Progress.NONE);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return new Exported(file.toByteArray(), export);
    }

    private static Import bring(byte[] file, Replicas place) {
        Import bringing = new Import(place, true, Set.of());
        Ending ending = bringing.run(new ByteArrayInputStream(file), Progress.NONE);
        assertEquals(new Ending.Whole(), ending);
        return bringing;
    }

    /** How many were fresh, same, older and refused in all. */
    private static List<Long> counts(Import bringing) {
        long[] sums = new long[4];
        for (TableTally tally : bringing.tables()) {
            sums[0] += tally.fresh();
            sums[1] += tally.same();
            sums[2] += tally.older();
            sums[3] += tally.refusedRows();
        }
        return Arrays.stream(sums).boxed().toList();
    }

    private static List<String> lines(byte[] file) throws IOException {
        try (InputStream in = new ZstdInputStream(new ByteArrayInputStream(file))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    private static ListFeed orders() {
        return new ListFeed(3)
                .table(ORDERS, RULES)
                .row(ORDERS, fields("a", stamp(1, 1), "first"))
                .row(ORDERS, fields("b", stamp(2, 1), "second"))
                .row(ORDERS, deleted("gone", stamp(3, 1)))
                .table(FILES, TableRules.DEFAULT)
                .row(ORDERS, fields("a", stamp(4, 1), "changed"))
                .row(FILES, blob("empty", stamp(5, 1), new byte[0]));
    }

    @Test
    void everythingArrivesWithDeletesAndTheEmptyTable() throws IOException {
        ListFeed feed = orders().table(new io.twinroot.table.TableName("none/yet"), TableRules.DEFAULT);
        Exported exported = export(feed, null);
        MemoryReplicas place = MemoryReplicas.numbered(2);
        Import bringing = bring(exported.file(), place);
        assertEquals(List.of(4L, 0L, 0L, 0L), counts(bringing));
        assertEquals(
                List.of("files", "none/yet", "shop/orders"),
                place.tables().stream().map(table -> table.name().text()).toList());
        assertEquals(RULES, place.table(ORDERS).info().rules());
        assertEquals(
                List.of(new RowState.Deleted(stamp(3, 1))), place.table(ORDERS).states(List.of(Uid.ofText("gone"))));
        assertEquals(new Reached(4, "log:8"), bringing.reached());
        assertEquals(new Reached(4, "log:8"), exported.export().reached());
        assertEquals(
                "{\"twinroot\":\"changes\",\"format\":1,\"from\":\"memory:feed\",\"made\":\"2026-01-02T03:04:05Z\","
                        + "\"since\":null,\"tables\":[]}",
                lines(exported.file()).getFirst());
    }

    @Test
    void importingTwiceChangesNothing() {
        byte[] file = export(orders(), null).file();
        MemoryReplicas place = MemoryReplicas.numbered(2);
        bring(file, place);
        List<TableInfo> before = place.tables();
        assertEquals(List.of(0L, 4L, 0L, 0L), counts(bring(file, place)));
        assertEquals(before, place.tables());
    }

    @Test
    void anExportSinceACursorHasOnlyWhatCameAfter() throws IOException {
        ListFeed feed = orders();
        String cursor = export(feed, null).export().reached().next();
        assertEquals(0, export(feed, cursor).export().reached().changes());
        feed.row(ORDERS, fields("c", stamp(9, 1), "later")).row(ORDERS, deleted("a", stamp(10, 1)));
        byte[] file = export(feed, cursor).file();
        assertEquals(
                2, lines(file).stream().filter(line -> line.contains("\"row\"")).count());
        assertTrue(lines(file).getFirst().contains("\"since\":\"" + cursor + "\""));
    }

    @Test
    void anExportSinceATimeStartsAtItsCursor() {
        ListFeed feed = orders();
        Exported exported = export(feed, feed.cursorAt(Rows.EPOCH_MS + 4));
        assertEquals(2, exported.export().reached().changes());
    }

    @Test
    void onlyTheWantedTablesAreInTheFileOrBroughtIn() throws IOException {
        byte[] file = export(orders(), null, Set.of(FILES)).file();
        assertTrue(lines(file).stream().noneMatch(line -> line.contains("shop/orders")));
        MemoryReplicas place = MemoryReplicas.numbered(2);
        Import some = new Import(place, true, Set.of(FILES));
        some.run(new ByteArrayInputStream(export(orders(), null).file()), Progress.NONE);
        assertEquals(List.of(1L, 0L, 0L, 0L), counts(some));
        assertEquals(1, place.tables().size());
    }

    @Test
    void aCursorThatIsGoneIsToldBeforeThereIsAFile() {
        ListFeed feed = orders();
        String cursor = export(feed, null).export().reached().next();
        feed.row(ORDERS, fields("d", stamp(20, 1), "x"));
        feed.compact();
        ReplicaException gone =
                assertThrows(ReplicaException.class, () -> Export.begin(feed, "memory:feed", cursor, Set.of()));
        assertEquals(ReplicaException.Kind.CURSOR_GONE, gone.kind());
    }

    @Test
    void blobsOfEverySizeArrive() {
        int[] sizes = {0, 1, 48 << 10, 64 << 10, (64 << 10) + 1, 96 << 10, (96 << 10) + 1, (1 << 20) + 17, 5 << 20};
        ListFeed feed = new ListFeed(2).table(FILES, TableRules.DEFAULT);
        MemoryReplicas direct = MemoryReplicas.numbered(1);
        Replica files = direct.create(FILES, TableRules.DEFAULT);
        for (int i = 0; i < sizes.length; i++) {
            RowData row = blob("size-" + sizes[i], stamp(i, 1), noise(sizes[i], i));
            feed.row(FILES, row);
            files.apply(List.of(new Change.Replicate(row, null)));
        }
        MemoryReplicas place = MemoryReplicas.numbered(2);
        bring(export(feed, null).file(), place);
        assertEquals(direct.tables(), place.tables());
        try (RowCursor rows = place.table(FILES).fetch(List.of(Uid.ofText("size-" + (5 << 20))))) {
            assertEquals(
                    new Body.Blob(5 << 20, Digest.sha256(noise(5 << 20, 8))),
                    ((Row.Live) rows.next().row()).body());
        }
    }

    @Test
    void manyRowsAreCutIntoSections() throws IOException {
        ListFeed feed = new ListFeed(700).table(ORDERS, TableRules.DEFAULT);
        int rows = 2 * Section.ROWS_MAX + 5;
        for (int i = 0; i < rows; i++) {
            feed.row(ORDERS, fields("row-" + i, stamp(i, 1), "x"));
        }
        byte[] file = export(feed, null).file();
        List<String> flushes = lines(file).stream()
                .filter(line -> line.startsWith("{\"flush\""))
                .toList();
        assertEquals(3, flushes.size());
        assertTrue(flushes.getFirst().startsWith("{\"flush\":1,\"changes\":10000,\"next\":\"all:20006:9800\""));
        MemoryReplicas place = MemoryReplicas.numbered(2);
        assertEquals(List.of((long) rows, 0L, 0L, 0L), counts(bring(file, place)));
    }

    @Test
    void longRowsAreCutIntoSectionsToo() throws IOException {
        ListFeed feed = new ListFeed(50).table(ORDERS, TableRules.DEFAULT);
        String long1 = "\u0001".repeat(200_000); // six bytes each in JSON, 1.2 MB
        for (int i = 0; i < 9; i++) {
            feed.row(ORDERS, fields("row-" + i, stamp(i, 1), long1));
        }
        byte[] file = export(feed, null).file();
        assertEquals(
                3,
                lines(file).stream()
                        .filter(line -> line.startsWith("{\"flush\""))
                        .count());
        assertTrue(lines(file).get(6).startsWith("{\"flush\":1,\"changes\":4,\"next\":null"), "no page had ended");
        assertEquals(List.of(9L, 0L, 0L, 0L), counts(bring(file, MemoryReplicas.numbered(2))));
    }

    /** Files of random histories of three writers, in every order and mixed with the rows themselves. */
    @Test
    void anyOrderOfImportsGivesTheSameRows() {
        for (int seed = 0; seed < 12; seed++) {
            Random random = new Random(seed);
            List<byte[]> files = new ArrayList<>();
            TreeMap<Uid, RowData> newest = new TreeMap<>();
            for (int writer = 1; writer <= 3; writer++) {
                ListFeed feed = new ListFeed(1 + random.nextInt(7)).table(ORDERS, TableRules.DEFAULT);
                for (int i = 0; i < 30; i++) {
                    String uid = "r" + random.nextInt(12);
                    int ms = 10 * i + random.nextInt(10);
                    RowData row = random.nextInt(4) == 0
                            ? deleted(uid, stamp(ms, writer))
                            : random.nextInt(8) == 0
                                    ? blob(uid, stamp(ms, writer), noise(65_537, ms))
                                    : fields(uid, stamp(ms, writer), writer + " at " + ms);
                    feed.row(ORDERS, row);
                    newest.merge(
                            row.row().uid(),
                            row,
                            (one, other) ->
                                    one.row().stamp().compareTo(other.row().stamp()) > 0 ? one : other);
                }
                byte[] all = export(feed, null).file();
                files.add(all);
                files.add(export(feed, feed.cursorAt(Rows.EPOCH_MS + 100)).file());
            }
            MemoryReplicas model = MemoryReplicas.numbered(9);
            model.create(ORDERS, TableRules.DEFAULT)
                    .apply(newest.values().stream()
                            .<Change>map(row -> new Change.Replicate(row, null))
                            .toList());
            for (int order = 0; order < 3; order++) {
                Collections.shuffle(files, random);
                MemoryReplicas place = MemoryReplicas.numbered(2);
                files.forEach(file -> bring(file, place));
                assertEquals(model.tables(), place.tables(), "seed " + seed);
            }
        }
    }

    @Test
    void rowsThatAreWrittenMeanwhileAreInTheFile() {
        ListFeed feed = orders();
        int[] pages = {0};
        feed.whenRead(() -> {
            pages[0]++;
            if (pages[0] == 1) {
                feed.row(ORDERS, fields("b", stamp(50, 1), "written meanwhile"));
            }
        });
        MemoryReplicas place = MemoryReplicas.numbered(2);
        bring(export(feed, null).file(), place);
        assertEquals(
                stamp(50, 1),
                ((RowState.Live) place.table(ORDERS)
                                .states(List.of(Uid.ofText("b")))
                                .getFirst())
                        .stamp());
    }

    private static RowData unreadable(String uid, int ms, int size) {
        return new RowData(
                new Row.Live(Uid.ofText(uid), stamp(ms, 1), new Body.Blob(size, Digest.sha256(new byte[size]))), () -> {
                    throw new IOException("bad sector");
                });
    }

    @Test
    void blobsThatCannotBeReadAreNamedAndTheRestGoesOn() {
        RowData other = blob("x", stamp(7, 1), new byte[] {1});
        RowData wrong = new RowData(
                new Row.Live(Uid.ofText("wrong"), stamp(7, 1), ((Row.Live) other.row()).body()),
                BlobSource.of(new byte[] {2}));
        ListFeed feed = orders().row(FILES, unreadable("small", 6, 10))
                .row(FILES, unreadable("large", 7, 100_000))
                .row(FILES, wrong)
                .row(FILES, blob("good", stamp(8, 1), new byte[3]));
        feed.damage("segment 3 is damaged at 17");
        Exported exported = export(feed, null);
        Import bringing = bring(exported.file(), MemoryReplicas.numbered(2));
        List<String> gaps = exported.export().gaps();
        assertEquals(gaps, bringing.gaps());
        assertEquals(4, gaps.size());
        assertEquals("segment 3 is damaged at 17", gaps.getFirst());
        assertTrue(
                gaps.stream().anyMatch(gap -> gap.contains("the blob of large in files cannot be read: bad sector")));
        assertEquals(List.of(5L, 0L, 0L, 0L), counts(bringing));
    }

    @Test
    void aBlobThatIsReplacedWhileItIsReadIsNoGap() {
        ListFeed feed = new ListFeed(10).table(FILES, TableRules.DEFAULT);
        RowData replaced = new RowData(
                new Row.Live(Uid.ofText("f"), stamp(1, 1), new Body.Blob(100_000, Digest.sha256(new byte[100_000]))),
                () -> {
                    feed.row(FILES, blob("f", stamp(2, 1), new byte[5]));
                    throw new ReplicaException(ReplicaException.Kind.BAD_REQUEST, "the row f has other content by now");
                });
        feed.row(FILES, replaced);
        Exported exported = export(feed, null);
        assertEquals(List.of(), exported.export().gaps());
        assertEquals(1, exported.export().reached().changes());
    }

    @Test
    void aFeedThatIsLostEndsTheExportAndLeavesWhatItFlushed() {
        ListFeed feed = new ListFeed(700).table(ORDERS, TableRules.DEFAULT);
        for (int i = 0; i < 12_000; i++) {
            feed.row(ORDERS, fields("row-" + i, stamp(i, 1), "x"));
        }
        ChangeFeed lost = new ChangeFeed() {
            private int pages;

            @Override
            public ChangePage changes(Query query) {
                pages++;
                if (pages == 17) {
                    throw new ReplicaException(ReplicaException.Kind.UNREACHABLE, "memory:feed is gone");
                }
                return feed.changes(query);
            }

            @Override
            public String cursorAt(long sinceMs) {
                return feed.cursorAt(sinceMs);
            }
        };
        Export export = Export.begin(lost, "memory:feed", null, Set.of());
        FlushedBytes file = new FlushedBytes();
        assertThrows(ReplicaException.class, () -> export.write(file, MADE, Progress.NONE));
        assertEquals(new Reached(10_000, "all:12001:9800"), export.reached());
        Import bringing = new Import(MemoryReplicas.numbered(2), true, Set.of());
        assertInstanceOf(
                Ending.Broken.class, bringing.run(new ByteArrayInputStream(file.toByteArray()), Progress.NONE));
        assertEquals(export.reached(), bringing.reached());
    }

    @Test
    void aFullDiskEndsTheExportAndLeavesWhatItFlushed() {
        ListFeed feed = new ListFeed(700).table(FILES, TableRules.DEFAULT);
        for (int i = 0; i < 40; i++) {
            feed.row(FILES, blob("f" + i, stamp(i, 1), noise(500_000, i)));
        }
        FlushedBytes kept = new FlushedBytes();
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                int room = Math.min(length, 12_000_000 - kept.size());
                kept.write(bytes, offset, room);
                if (room < length) {
                    throw new IOException("No space left on device");
                }
            }

            @Override
            public void flush() {
                kept.flush();
            }
        };
        Export export = Export.begin(feed, "memory:feed", null, Set.of());
        IOException failure = assertThrows(IOException.class, () -> export.write(full, MADE, Progress.NONE));
        assertEquals("No space left on device", failure.getMessage());
        Import bringing = new Import(MemoryReplicas.numbered(2), true, Set.of());
        assertInstanceOf(
                Ending.Broken.class, bringing.run(new ByteArrayInputStream(kept.toByteArray()), Progress.NONE));
        assertTrue(bringing.reached().changes() >= 10, bringing.reached().toString());
        assertEquals(export.reached(), bringing.reached());
    }

    @Test
    void aFeedThatGivesNothingForEverIsStopped() {
        ChangeFeed stuck = new ChangeFeed() {
            @Override
            public ChangePage changes(Query query) {
                return new ChangePage(List.of(), "here", true, List.of());
            }

            @Override
            public String cursorAt(long sinceMs) {
                return "here";
            }
        };
        Export export = Export.begin(stuck, "memory:stuck", null, Set.of());
        ReplicaException stopped =
                assertThrows(ReplicaException.class, () -> export.write(new FlushedBytes(), MADE, Progress.NONE));
        assertEquals(ReplicaException.Kind.BAD_ANSWER, stopped.kind());
    }

    @Test
    void aTableWithOtherRulesIsRefusedAndTheOthersGoOn() {
        byte[] file = export(orders(), null).file();
        MemoryReplicas place = MemoryReplicas.numbered(2);
        place.create(ORDERS, TableRules.DEFAULT);
        Import bringing = bring(file, place);
        assertEquals(List.of(1L, 0L, 0L, 3L), counts(bringing));
        TableTally orders = bringing.tables().getLast();
        assertTrue(orders.refused() != null && orders.refused().contains("has other rules"), orders.refused());
        assertNull(bringing.tables().getFirst().refused());
    }

    @Test
    void aMissingTableIsRefusedUnlessItIsToBeMade() {
        MemoryReplicas place = MemoryReplicas.numbered(2);
        place.create(FILES, TableRules.DEFAULT);
        Import bringing = new Import(place, false, Set.of());
        bringing.run(new ByteArrayInputStream(export(orders(), null).file()), Progress.NONE);
        assertEquals(List.of(1L, 0L, 0L, 3L), counts(bringing));
        assertEquals(
                "it is not there; --create makes it",
                bringing.tables().getLast().refused());
        assertEquals(1, place.tables().size());
    }
}
