package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.BlobFiles;
import io.twinroot.log.Disk;
import io.twinroot.log.FaultyDisk;
import io.twinroot.log.LogException;
import io.twinroot.log.PowerDisk;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that are kept aside: what was kept is there, whatever happens to the process and the disk. */
final class KeptRowsTest {
    private static final Incarnation MINE = new Incarnation(1, 1);
    private static final Incarnation THEIRS = new Incarnation(2, 2);
    private static final StoreOptions.Trash LARGE = StoreOptions.Trash.DEFAULT;
    private static final KeptQuery ALL = KeptQuery.of(EnumSet.allOf(KeptRow.Kind.class));

    @TempDir
    Path directory;

    private final AtomicLong now = new AtomicLong(StoreFixture.START_MS);
    private List<String> flaws = List.of();

    private KeptRows open() throws IOException {
        return open(directory, FaultyDisk.quick(), LARGE);
    }

    private KeptRows open(Path home, Disk disk, StoreOptions.Trash trash) throws IOException {
        BlobFiles blobs = new BlobFiles(home.resolve("blobs"), disk);
        blobs.open();
        KeptRows rows = new KeptRows(home.resolve("kept"), blobs, disk, now::get, trash, true);
        flaws = rows.open();
        return rows;
    }

    private static Stamp stamp(Incarnation who, long seq) {
        return new Stamp((StoreFixture.START_MS << 16) + seq, who, seq);
    }

    private static Keep keep(KeptRow.Kind kind, long i, long seq) {
        Row row = new Row.Live(StoreFixture.uid(i), stamp(MINE, seq), StoreFixture.body(seq));
        return new Keep(kind, StoreFixture.TABLE, new RowData(row, null), new RowState.Absent(), "a test");
    }

    private static List<Long> numbers(KeptRows rows) {
        return rows.list(ALL, row -> true).stream().map(KeptRow::number).toList();
    }

    private static RowData data(KeptRows rows, long number) {
        return rows.get(number).orElseThrow().data();
    }

    private Path file(int number) {
        return directory.resolve(String.format("kept/%010d.kept", number));
    }

    @Test
    void aRowIsKeptWhole() throws IOException {
        TreeMap<Marks.Part, Marks.Mark> parts = new TreeMap<>();
        parts.put(Marks.Part.flag("flags", "\\Seen"), new Marks.Mark(stamp(MINE, 7), true));
        parts.put(Marks.Part.field("n"), new Marks.Mark(stamp(THEIRS, 3), false));
        Past past = new Past(List.of(stamp(THEIRS, 3)), Marks.of(stamp(MINE, 6), parts));
        Row row = new Row.Live(StoreFixture.uid(1), stamp(MINE, 7), StoreFixture.body(1), past);
        Row gone =
                new Row.Tombstone(StoreFixture.uid(2), stamp(MINE, 8), new Past(List.of(stamp(THEIRS, 2)), Marks.NONE));
        byte[] bytes = {1, 2, 3};
        Row small =
                new Row.Live(StoreFixture.uid(3), stamp(MINE, 9), new Body.Blob(3, Digest.sha256(bytes)), Past.NONE);
        RowState there = new RowState.Live(stamp(THEIRS, 4), Digest.sha256(bytes));
        try (var rows = closing(open())) {
            rows.rows()
                    .keep(List.of(
                            new Keep(
                                    KeptRow.Kind.CONFLICT,
                                    StoreFixture.TABLE,
                                    new RowData(row, null),
                                    there,
                                    "both changed"),
                            new Keep(
                                    KeptRow.Kind.PARKED,
                                    StoreFixture.TABLE,
                                    new RowData(gone, null),
                                    there,
                                    "too early"),
                            new Keep(
                                    KeptRow.Kind.DELETED,
                                    StoreFixture.TABLE,
                                    new RowData(small, BlobSource.of(bytes)),
                                    new RowState.Deleted(stamp(MINE, 10)),
                                    "deleted")));
        }
        try (var closing = closing(open())) {
            KeptRows rows = closing.rows();
            assertEquals(List.of(), flaws);
            assertEquals(row, data(rows, 1).row());
            assertEquals(gone, data(rows, 2).row());
            assertEquals(small, data(rows, 3).row());
            assertEquals(3, data(rows, 3).blob().open().readAllBytes().length);
            KeptRow first = rows.get(1).orElseThrow().what();
            assertEquals(
                    new KeptRow(
                            1,
                            KeptRow.Kind.CONFLICT,
                            StoreFixture.TABLE,
                            row.uid(),
                            row.stamp(),
                            there,
                            now.get(),
                            "both changed",
                            KeptRow.State.OPEN,
                            0,
                            ""),
                    first);
            assertEquals("k1", first.id());
            assertEquals(List.of(3L, 2L, 1L), numbers(rows));
        }
    }

    private record Closing(KeptRows rows) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            rows.close();
        }
    }

    private static Closing closing(KeptRows rows) {
        return new Closing(rows);
    }

    @Test
    void pagesAreByKindTableAndPrefix() throws IOException {
        KeptRows rows = open();
        List<Keep> all = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            all.add(keep(i % 2 == 0 ? KeptRow.Kind.DELETED : KeptRow.Kind.CONFLICT, i, i + 1));
        }
        rows.keep(all);
        KeptQuery deleted = KeptQuery.of(Set.of(KeptRow.Kind.DELETED));
        List<Long> seen = new ArrayList<>();
        List<KeptRow> page = rows.list(deleted.page(0, 4), row -> true);
        while (!page.isEmpty()) {
            assertTrue(page.size() <= 4);
            page.forEach(row -> seen.add(row.number()));
            page = rows.list(deleted.page(page.getLast().number(), 4), row -> true);
        }
        assertEquals(Stream.iterate(29L, n -> n >= 1, n -> n - 2).toList(), seen, "the odd numbers, the newest first");
        KeptQuery tens = ALL.startingWith("row-00001".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertEquals(10, rows.list(tens, row -> true).size());
        assertEquals(
                0,
                rows.list(ALL.of(new io.twinroot.table.TableName("other")), row -> true)
                        .size());
        rows.close();
    }

    @Test
    void theSameVersionIsKeptOnce() throws IOException {
        KeptRows rows = open();
        rows.keep(List.of(keep(KeptRow.Kind.CONFLICT, 1, 1), keep(KeptRow.Kind.CONFLICT, 1, 1)));
        rows.keep(List.of(keep(KeptRow.Kind.CONFLICT, 1, 1)));
        assertEquals(List.of(1L), numbers(rows));
        rows.close();
        rows = open();
        rows.keep(List.of(keep(KeptRow.Kind.CONFLICT, 1, 1)));
        assertEquals(List.of(1L), numbers(rows));
        rows.keep(List.of(keep(KeptRow.Kind.OVERWRITTEN, 1, 1), keep(KeptRow.Kind.CONFLICT, 1, 2)));
        assertEquals(List.of(3L, 2L, 1L), numbers(rows), "another reason and another version are others");
        assertTrue(rows.end(1, KeptRow.State.RESOLVED, "by hand"));
        rows.keep(List.of(keep(KeptRow.Kind.CONFLICT, 1, 1)));
        assertEquals(List.of(4L, 3L, 2L), numbers(rows), "the one before was over");
        rows.close();
    }

    @Test
    void whatWasGivenUpIsNotKeptAgain() throws IOException {
        KeptRows rows = open();
        rows.keep(List.of(keep(KeptRow.Kind.PARKED, 1, 1)));
        assertTrue(rows.end(1, KeptRow.State.GIVEN_UP, "given up"));
        assertFalse(rows.concerns(StoreFixture.TABLE, StoreFixture.uid(1)));
        rows.close();
        rows = open();
        rows.keep(List.of(keep(KeptRow.Kind.PARKED, 1, 1)));
        assertEquals(List.of(), numbers(rows));
        assertFalse(rows.concerns(StoreFixture.TABLE, StoreFixture.uid(1)));
        rows.close();
    }

    @Test
    void aWriteThatSawTheLoserEndsTheConflict() throws IOException {
        KeptRows rows = open();
        rows.keep(List.of(keep(KeptRow.Kind.CONFLICT, 1, 5), keep(KeptRow.Kind.PARKED, 2, 6)));
        Uid uid = StoreFixture.uid(1);
        assertTrue(rows.concerns(StoreFixture.TABLE, uid));
        assertFalse(rows.concerns(StoreFixture.TABLE, StoreFixture.uid(3)));
        Row blind = new Row.Live(
                uid, stamp(THEIRS, 9), StoreFixture.body(9), new Past(List.of(stamp(MINE, 4)), Marks.NONE));
        rows.written(StoreFixture.TABLE, List.of(blind));
        assertFalse(rows.isOver(1));
        rows.written(
                StoreFixture.TABLE,
                List.of(new Row.Live(uid, stamp(MINE, 5), StoreFixture.body(5)))); // what is kept itself
        assertFalse(rows.isOver(1));
        Row settling = new Row.Live(
                uid, stamp(THEIRS, 10), StoreFixture.body(9), new Past(List.of(stamp(MINE, 5)), Marks.NONE));
        rows.written(StoreFixture.TABLE, List.of(settling));
        assertTrue(rows.isOver(1));
        assertFalse(rows.concerns(StoreFixture.TABLE, uid));
        rows.written(StoreFixture.TABLE, List.of(new Row.Tombstone(StoreFixture.uid(2), stamp(MINE, 7))));
        assertEquals(KeptRow.State.APPLIED, rows.get(2).orElseThrow().what().state());
        rows.close();
        rows = open();
        assertEquals(List.of(), numbers(rows));
        assertEquals(KeptRow.State.RESOLVED, rows.get(1).orElseThrow().what().state());
        assertEquals(
                List.of(2L, 1L),
                rows.list(ALL.withEnded(true), row -> true).stream()
                        .map(KeptRow::number)
                        .toList());
        rows.close();
    }

    @Test
    void theTrashGoesAfterATimeAndConflictsStay() throws IOException {
        KeptRows rows = open();
        rows.keep(List.of(keep(KeptRow.Kind.DELETED, 1, 1), keep(KeptRow.Kind.CONFLICT, 2, 2)));
        now.addAndGet(LARGE.retentionMs() / 2);
        rows.keep(List.of(keep(KeptRow.Kind.DELETED, 3, 3), keep(KeptRow.Kind.CONFLICT, 4, 4)));
        assertTrue(rows.end(4, KeptRow.State.RESOLVED, "by hand"));
        now.addAndGet(LARGE.retentionMs() / 2 + 1);
        rows.expire();
        assertEquals(List.of(3L, 2L), numbers(rows));
        assertTrue(rows.get(4).isPresent(), "it came to its end later");
        now.addAndGet(LARGE.retentionMs());
        rows.close();
        rows = open();
        assertEquals(List.of(2L), numbers(rows));
        assertTrue(rows.get(4).isEmpty());
        rows.close();
    }

    @Test
    void theOldestGoWhenTheTrashIsFull() throws IOException {
        long most = 100_000;
        KeptRows rows = open(directory, FaultyDisk.quick(), new StoreOptions.Trash(LARGE.retentionMs(), most));
        for (int i = 0; i < 2_000; i++) {
            rows.keep(List.of(keep(KeptRow.Kind.DELETED, i, i + 1)));
        }
        List<Long> left = numbers(rows);
        assertTrue(left.size() > 100 && left.size() < 1_000, left.size() + " rows");
        assertEquals(2_000, left.getFirst());
        assertEquals(2_000 - left.size() + 1, left.getLast());
        rows.close();
    }

    @Test
    void aLargeBlobCountsAndItsFileIsNamed() throws Exception {
        byte[] bytes = new byte[BlobFiles.INLINE_MAX + 1];
        Body.Blob blob = new Body.Blob(bytes.length, Digest.sha256(bytes));
        KeptRows rows = open(directory, FaultyDisk.quick(), new StoreOptions.Trash(LARGE.retentionMs(), 100_000));
        BlobFiles blobs = new BlobFiles(directory.resolve("blobs"), FaultyDisk.quick());
        blobs.stage(blob, BlobSource.of(bytes));
        RowData data = new RowData(new Row.Live(StoreFixture.uid(1), stamp(MINE, 1), blob), blobs.source(blob));
        rows.keep(List.of(new Keep(
                KeptRow.Kind.DELETED, StoreFixture.TABLE, data, new RowState.Deleted(stamp(MINE, 2)), "gone")));
        List<Digest> named = new ArrayList<>();
        rows.blobs(named::add);
        assertEquals(List.of(blob.content()), named);
        assertEquals(bytes.length, data(rows, 1).blob().open().readAllBytes().length, "checked while it is read");
        RowData more = new RowData(new Row.Live(StoreFixture.uid(2), stamp(MINE, 3), blob), blobs.source(blob));
        rows.keep(List.of(new Keep(
                KeptRow.Kind.DELETED, StoreFixture.TABLE, more, new RowState.Deleted(stamp(MINE, 4)), "gone")));
        assertEquals(List.of(2L), numbers(rows), "there is room for one of this size");
        rows.close();
    }

    @Test
    void aTornEndIsCutAndReported() throws IOException {
        KeptRows rows = open();
        rows.keep(List.of(keep(KeptRow.Kind.DELETED, 1, 1)));
        rows.keep(List.of(keep(KeptRow.Kind.DELETED, 2, 2)));
        rows.close();
        long length = Files.size(file(1));
        try (RandomAccessFile torn = new RandomAccessFile(file(1).toFile(), "rw")) {
            torn.setLength(length - 5);
        }
        rows = open();
        assertEquals(1, flaws.size(), flaws.toString());
        assertTrue(flaws.getFirst().contains("cut off"), flaws.getFirst());
        assertEquals(List.of(1L), numbers(rows));
        rows.keep(List.of(keep(KeptRow.Kind.DELETED, 3, 3)));
        rows.close();
        rows = open();
        assertEquals(List.of(), flaws);
        assertEquals(List.of(2L, 1L), numbers(rows));
        rows.close();
    }

    @Test
    void aDamagedRecordIsNamedAndTheOthersAreRead() throws IOException {
        KeptRows rows = open();
        for (int i = 1; i <= 20; i++) {
            rows.keep(List.of(keep(KeptRow.Kind.DELETED, i, i)));
        }
        rows.close();
        byte[] whole = Files.readAllBytes(file(1));
        Random random = new Random(3);
        int last = whole.length - (whole.length - KeptFile.HEADER) / 20;
        for (int flip = 0; flip < 200; flip++) {
            byte[] flipped = whole.clone();
            int at = KeptFile.HEADER + random.nextInt(last - KeptFile.HEADER - 8);
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file(1), flipped);
            rows = open();
            assertEquals(19, numbers(rows).size(), "flipped at " + at);
            assertEquals(1, flaws.size(), flaws.toString());
            assertTrue(flaws.getFirst().contains("0000000001.kept is damaged at "), flaws.getFirst());
            rows.close();
        }
    }

    @Test
    void aRowDamagedWhileItIsKeptIsRefusedNotGuessed() throws IOException {
        KeptRows rows = open();
        rows.keep(List.of(keep(KeptRow.Kind.DELETED, 1, 1), keep(KeptRow.Kind.DELETED, 2, 2)));
        byte[] bytes = Files.readAllBytes(file(1));
        bytes[KeptFile.HEADER + KeptFile.HEAD + 4] ^= 1;
        Files.write(file(1), bytes);
        assertEquals(
                LogException.Kind.DAMAGED,
                assertThrows(LogException.class, () -> rows.get(1)).kind());
        assertEquals(List.of(2L), numbers(rows));
        rows.close();
    }

    @Test
    void anotherFormatIsRefused() throws IOException {
        KeptRows rows = open();
        rows.keep(List.of(keep(KeptRow.Kind.DELETED, 1, 1)));
        rows.close();
        byte[] bytes = Files.readAllBytes(file(1));
        bytes[9] = 7;
        bytes[8] = 3;
        Files.write(file(1), bytes);
        LogException refused = assertThrows(LogException.class, this::open);
        assertEquals(LogException.Kind.FORMAT, refused.kind());
        assertTrue(refused.getMessage().contains("0000000001.kept"), refused.getMessage());
    }

    @Test
    void numbersAreNotGivenTwice() throws IOException {
        StoreOptions.Trash none = new StoreOptions.Trash(LARGE.retentionMs(), 300_000);
        KeptRows rows = open(directory, FaultyDisk.quick(), none);
        byte[] filler = new byte[50_000];
        long highest = 0;
        for (int i = 0; i < 300; i++) {
            Row row = new Row.Live(
                    StoreFixture.uid(i),
                    stamp(MINE, i + 1),
                    new Body.Fields(Value.Mapping.of(Map.of("x", new Value.Bytes(filler)))));
            rows.keep(List.of(new Keep(
                    KeptRow.Kind.DELETED, StoreFixture.TABLE, new RowData(row, null), new RowState.Absent(), "x")));
            long number = numbers(rows).getFirst();
            assertEquals(highest + 1, number);
            highest = number;
            if (i % 50 == 49) {
                rows.close();
                rows = open(directory, FaultyDisk.quick(), none);
            }
        }
        assertTrue(Files.notExists(file(1)), "what nobody needs went");
        assertTrue(size() < 3L * KeptFiles.FILE_BYTES, size() + " bytes");
        now.addAndGet(2 * LARGE.retentionMs());
        rows.close();
        rows = open(directory, FaultyDisk.quick(), none);
        assertEquals(List.of(), numbers(rows));
        rows.keep(List.of(keep(KeptRow.Kind.DELETED, 1, 1)));
        assertEquals(List.of(highest + 1), numbers(rows));
        rows.close();
    }

    private long size() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("kept"))) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    @Test
    void openConflictsAreCarriedOnWhileOldFilesGo() throws IOException {
        StoreOptions.Trash little = new StoreOptions.Trash(LARGE.retentionMs(), 100_000);
        KeptRows rows = open(directory, FaultyDisk.quick(), little);
        rows.keep(List.of(keep(KeptRow.Kind.CONFLICT, 1, 1), keep(KeptRow.Kind.PARKED, 2, 2)));
        byte[] filler = new byte[50_000];
        for (int i = 10; i < 500; i++) {
            Row row = new Row.Live(
                    StoreFixture.uid(i),
                    stamp(MINE, i + 1),
                    new Body.Fields(Value.Mapping.of(Map.of("x", new Value.Bytes(filler)))));
            rows.keep(List.of(new Keep(
                    KeptRow.Kind.DELETED, StoreFixture.TABLE, new RowData(row, null), new RowState.Absent(), "x")));
        }
        assertTrue(Files.notExists(file(1)));
        assertEquals(StoreFixture.body(1), ((Row.Live) data(rows, 1).row()).body());
        rows.close();
        rows = open(directory, FaultyDisk.quick(), little);
        assertEquals(StoreFixture.body(1), ((Row.Live) data(rows, 1).row()).body());
        assertEquals(StoreFixture.body(2), ((Row.Live) data(rows, 2).row()).body());
        assertTrue(rows.concerns(StoreFixture.TABLE, StoreFixture.uid(1)));
        rows.close();
    }

    @Test
    void aDiskThatRefusesKeepsNothingAndIsTriedAgain() throws IOException {
        FaultyDisk disk = FaultyDisk.quick();
        KeptRows rows = open(directory, disk, LARGE);
        rows.keep(List.of(keep(KeptRow.Kind.CONFLICT, 1, 1)));
        Random random = new Random(5);
        for (int i = 2; i < 40; i++) {
            Keep keep = keep(KeptRow.Kind.CONFLICT, i, i);
            switch (random.nextInt(3)) {
                case 0 -> disk.space = random.nextInt(100);
                case 1 -> disk.failsForce = true;
                default -> {
                    disk.space = random.nextInt(100);
                    disk.failsTruncate = true;
                }
            }
            assertThrows(LogException.class, () -> rows.keep(List.of(keep)));
            assertFalse(rows.concerns(StoreFixture.TABLE, StoreFixture.uid(i)));
            disk.space = Long.MAX_VALUE;
            disk.failsForce = false;
            disk.failsTruncate = false;
            rows.keep(List.of(keep));
        }
        List<Long> before = numbers(rows);
        assertEquals(39, before.size());
        rows.close();
        KeptRows again = open();
        assertEquals(before, numbers(again));
        for (int i = 1; i < 40; i++) {
            assertEquals(StoreFixture.uid(i), data(again, i).row().uid());
        }
        again.close();
    }

    /** A copy that a loss of power left, and what had been kept and ended before it. */
    private record Cut(Path copy, Set<Uid> kept, Set<Uid> mayBe, String when) {}

    @Test
    void afterALossOfPowerWhatKeepReturnedForIsThere() throws IOException {
        int found = 0;
        for (int seed = 1; seed <= 30; seed++) {
            for (Cut cut : cuts(seed)) {
                KeptRows rows = open(cut.copy(), FaultyDisk.quick(), LARGE);
                Set<Uid> there = new HashSet<>();
                for (KeptRow row : rows.list(ALL, any -> true)) {
                    there.add(row.uid());
                    assertEquals(row.uid(), data(rows, row.number()).row().uid(), cut.when());
                }
                Set<Uid> missing = new HashSet<>(cut.kept());
                missing.removeAll(there);
                assertEquals(Set.of(), missing, cut.when() + " " + flaws);
                Set<Uid> tooMany = new HashSet<>(there);
                tooMany.removeAll(cut.kept());
                tooMany.removeAll(cut.mayBe());
                assertEquals(Set.of(), tooMany, cut.when());
                found += there.size();
                rows.close();
            }
        }
        assertTrue(found > 1_000, "too little happened: " + found);
    }

    private List<Cut> cuts(int seed) throws IOException {
        Random random = new Random(seed);
        Path home = Files.createDirectories(directory.resolve("home-" + seed));
        PowerDisk disk = new PowerDisk(home);
        List<Cut> cuts = new ArrayList<>();
        Set<Uid> kept = new HashSet<>();
        Set<Uid> unsure = new HashSet<>();
        AtomicInteger diesIn = new AtomicInteger(-1);
        disk.betweenOperations(() -> {
            if (diesIn.get() >= 0 && diesIn.getAndDecrement() == 0) {
                disk.kill();
            }
            if (random.nextInt(12) == 0) {
                Path copy = directory.resolve("cut-" + seed + "-" + cuts.size());
                try {
                    disk.cut(copy, random);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                cuts.add(new Cut(copy, Set.copyOf(kept), Set.copyOf(unsure), "seed " + seed + ", cut " + cuts.size()));
            }
        });
        int next = 0;
        for (int life = 0; life < 4; life++) {
            KeptRows rows = open(home, disk, LARGE);
            for (KeptRow row : rows.list(ALL, any -> true)) {
                kept.add(row.uid()); // it is there now, and so it stays
                unsure.remove(row.uid());
            }
            for (KeptRow row : rows.list(ALL.withEnded(true), any -> true)) {
                if (row.state() != KeptRow.State.OPEN) {
                    unsure.remove(row.uid());
                }
            }
            try {
                int steps = random.nextInt(15);
                for (int i = 0; i < steps; i++) {
                    if (i == steps - 1) {
                        diesIn.set(random.nextInt(6));
                    }
                    step(rows, random, next++, kept, unsure);
                }
                rows.close();
            } catch (LogException e) {
                assertTrue(diesIn.get() < 0, e.getMessage());
            }
            diesIn.set(-1);
            disk.revive();
        }
        return cuts;
    }

    private static void step(KeptRows rows, Random random, int i, Set<Uid> kept, Set<Uid> unsure) {
        if (random.nextInt(3) == 0 && !kept.isEmpty()) {
            KeptRow row = rows.list(ALL.page(0, 5), any -> true).getLast();
            kept.remove(row.uid());
            unsure.add(row.uid());
            rows.end(row.number(), KeptRow.State.RESOLVED, "by a test");
            unsure.remove(row.uid());
            return;
        }
        List<Keep> some = new ArrayList<>();
        for (int n = 0; n <= random.nextInt(3); n++) {
            some.add(keep(KeptRow.Kind.CONFLICT, 10L * i + n, 10L * i + n + 1));
        }
        some.forEach(keep -> unsure.add(keep.row().row().uid()));
        rows.keep(some);
        some.forEach(keep -> {
            unsure.remove(keep.row().row().uid());
            kept.add(keep.row().row().uid());
        });
    }
}
